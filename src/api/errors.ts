/** Every error a client can meet: code, HTTP status and title are the same at both doors. */
export const ERRORS = {
  INVALID_INPUT: { status: 400, title: 'The input is malformed' },
  TOO_COMPLEX: { status: 400, title: 'The query asks for too much' },
  UNAUTHENTICATED: { status: 401, title: 'There is no caller without a key' },
  FORBIDDEN: { status: 403, title: 'The key lacks the scope' },
  NOT_FOUND: { status: 404, title: 'There is no such thing' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'This address does not take that method' },
  NOT_ACCEPTABLE: { status: 406, title: 'None of the accepted media types can be given' },
  TIMEOUT: { status: 408, title: 'The client took too long' },
  ALREADY_FINAL: { status: 409, title: 'The simulation has reached its final state' },
  AUTHENTICATION_OFF: { status: 409, title: 'The service is open and has no keys' },
  NO_RESULT: { status: 409, title: 'The simulation has no result' },
  REFERENCE_TAKEN: { status: 409, title: 'The reference is taken' },
  IDEMPOTENCY_KEY_IN_USE: { status: 409, title: 'The first request with this key is still running' },
  PRECONDITION_FAILED: { status: 412, title: 'The document is not in the state that the request names' },
  TOO_LARGE: { status: 413, title: 'The body is too large' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'The body has a media type that this address does not take' },
  INCONSISTENT_INPUT: { status: 422, title: 'The input contradicts itself' },
  TOO_MANY_STREAMS: { status: 429, title: 'Too many streams are open' },
  TOO_MANY_SIMULATIONS: { status: 429, title: 'Too many simulations are waiting' },
  RATE_LIMITED: { status: 429, title: 'Too many requests' },
  TOO_COSTLY: { status: 422, title: 'The run may take more than the service gives' },
  RUN_TIMEOUT: { status: 422, title: 'The run took too long' },
  RUN_TOO_LARGE: { status: 422, title: 'The run needed too much memory' },
  TOO_MANY_POSITIONS: { status: 422, title: 'The portfolio holds more positions than this can work with' },
  IDEMPOTENCY_KEY_REUSED: { status: 422, title: 'The key was used with another request' },
  HEADERS_TOO_LARGE: { status: 431, title: 'The head of the request is too large' },
  INTERNAL: { status: 500, title: 'The service failed' },
  OVERLOADED: { status: 503, title: 'The service is busy' },
  UNAVAILABLE: { status: 503, title: 'The service cannot answer now' },
  STORAGE_FULL: { status: 507, title: 'The storage is full' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ErrorCode = keyof typeof ERRORS;

export type IssueCode = 'SYNTAX' | 'TOO_DEEP' | 'DUPLICATE' | 'UNKNOWN_PROPERTY' | 'MISSING' | 'WRONG_TYPE' | 'OUT_OF_RANGE' | 'EMPTY' | 'UNSORTED' | 'CROSSED' | 'GAP' | 'OVERLAP' | 'FALLING' | 'UNPRICED' | 'UNHELD' | 'FORBIDDEN' | 'NOT_FOUND';

/** One culprit inside the input. */
export interface Issue {
  /** JSON pointer (RFC 6901) from the root of the input. */
  readonly pointer: string;
  readonly code: IssueCode;
  readonly message: string;
  /** Of a file: the line, from 1; the pointer is then from the root of the line. */
  readonly line?: number;
}

/** What some errors say besides. */
export interface More {
  /** How many issues there are where not all are told. */
  readonly issueCount?: number;
  /** When to ask again. */
  readonly retryAfterSeconds?: number;
}

/** What services throw; the filter gives it the shape of the door. */
export class ApiError extends Error {
  constructor(
    readonly code: ErrorCode,
    detail: string,
    readonly issues: readonly Issue[] = [],
    readonly more: More = {},
  ) {
    super(detail);
    this.name = 'ApiError';
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}

/** Issues that are told of one input. */
export const ISSUES_MAX = 100;

export function invalidInput(issues: readonly Issue[]): ApiError {
  return new ApiError('INVALID_INPUT', summary(issues), issues);
}

export function notFound(noun: string, id: string): ApiError {
  return new ApiError('NOT_FOUND', `There is no ${noun} ${id}.`);
}

/** Throws INCONSISTENT_INPUT when there is any issue. */
export function refuseInconsistent(issues: readonly Issue[]): void {
  const told = issues.slice(0, ISSUES_MAX);
  if (told.length > 0) throw new ApiError('INCONSISTENT_INPUT', summary(told), told);
}

/** The issues told, and how many there are if that is more. */
export function issuesOf({ issues, more: { issueCount = 0 } }: ApiError) {
  return { errors: issues, ...(issueCount > issues.length && { errorCount: issueCount }) };
}

/** RFC 9457 body. */
export function problem(error: ApiError, instance?: string) {
  const { status, title } = ERRORS[error.code];
  return { type: 'about:blank', title, status, code: error.code, detail: error.message, ...(instance && { instance }), ...issuesOf(error) };
}

/** `/assets/0/price` from ['assets', 0, 'price'], with ~ and / escaped. */
export function pointer(path: readonly (string | number)[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function summary(issues: readonly Issue[]): string {
  const [first] = issues;
  if (!first) return 'The input is malformed.';
  const rest = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  return `${first.pointer || 'The input'}: ${first.message}${rest}`;
}
