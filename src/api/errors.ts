/** Every error a client can meet: code, HTTP status and title are the same at both doors. */
export const ERRORS = {
  INVALID_INPUT: { status: 400, title: 'The input is malformed' },
  NOT_FOUND: { status: 404, title: 'There is no such thing' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'This address does not take that method' },
  NOT_ACCEPTABLE: { status: 406, title: 'None of the accepted media types can be given' },
  ALREADY_FINAL: { status: 409, title: 'The simulation has reached its final state' },
  REFERENCE_TAKEN: { status: 409, title: 'The reference is taken' },
  TOO_LARGE: { status: 413, title: 'The body is too large' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'The body must be JSON' },
  INCONSISTENT_INPUT: { status: 422, title: 'The input contradicts itself' },
  INTERNAL: { status: 500, title: 'The service failed' },
  UNAVAILABLE: { status: 503, title: 'The service cannot answer now' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ErrorCode = keyof typeof ERRORS;

export type IssueCode = 'SYNTAX' | 'TOO_DEEP' | 'DUPLICATE' | 'UNKNOWN_PROPERTY' | 'MISSING' | 'WRONG_TYPE' | 'OUT_OF_RANGE' | 'EMPTY' | 'UNSORTED' | 'CROSSED' | 'GAP' | 'OVERLAP' | 'FALLING' | 'UNPRICED' | 'UNHELD' | 'FORBIDDEN' | 'NOT_FOUND';

/** One culprit inside the input. */
export interface Issue {
  /** JSON pointer (RFC 6901) from the root of the input. */
  readonly pointer: string;
  readonly code: IssueCode;
  readonly message: string;
}

/** What services throw; the filter gives it the shape of the door. */
export class ApiError extends Error {
  constructor(
    readonly code: ErrorCode,
    detail: string,
    readonly issues: readonly Issue[] = [],
  ) {
    super(detail);
    this.name = 'ApiError';
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}

export function invalidInput(issues: readonly Issue[]): ApiError {
  return new ApiError('INVALID_INPUT', summary(issues), issues);
}

export function notFound(noun: string, id: string): ApiError {
  return new ApiError('NOT_FOUND', `There is no ${noun} ${id}.`);
}

/** Throws INCONSISTENT_INPUT when there is any issue. */
export function refuseInconsistent(issues: readonly Issue[]): void {
  if (issues.length > 0) throw new ApiError('INCONSISTENT_INPUT', summary(issues), issues);
}

/** RFC 9457 body. */
export function problem(error: ApiError, instance?: string) {
  const { status, title } = ERRORS[error.code];
  return { type: 'about:blank', title, status, code: error.code, detail: error.message, ...(instance && { instance }), errors: error.issues };
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
