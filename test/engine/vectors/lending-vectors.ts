export type Inputs = Record<string, string | string[]>;
type Expected = string | boolean | null | Expected[];
type Tolerance = { exact?: boolean; abs?: string; rel?: string };

export interface Vector {
  readonly id: string;
  readonly kind: string;
  readonly inputs: Inputs;
  readonly expected: Record<string, Expected>;
  readonly tolerance: Record<string, Tolerance>;
}

/** What a rule answers: integers of the protocol come with their decimals, so that both ways of writing them compare. */
export type Answer = number | boolean | string | null | bigint | Fixed | Answer[];
export interface Fixed {
  readonly integer: bigint;
  readonly decimals: number;
}

/** Questions by their name in `expected`; only those asked are answered. */
export type Answers = (key: string) => Answer | undefined;

/** Which expected keys are missed, in words; empty when the vector is reproduced. */
export function misses({ expected, tolerance }: Vector, answers: Answers): string[] {
  return Object.keys(expected).flatMap((key) => {
    const answer = answers(key);
    if (answer === undefined) return [`${key}: no rule answers it`];
    return agrees(answer, expected[key], tolerance[key] ?? { exact: true }) ? [] : [`${key}: ${show(answer)} instead of ${JSON.stringify(expected[key])}`];
  });
}

function agrees(answer: Answer, expected: Expected, tolerance: Tolerance): boolean {
  if (Array.isArray(expected)) return Array.isArray(answer) && answer.length === expected.length && answer.every((part, k) => agrees(part, expected[k], tolerance));
  if (answer === null || typeof answer === 'boolean' || expected === null || typeof expected === 'boolean') return answer === expected || String(answer) === expected;
  const target = scaled(expected);
  const allowed = tolerance.abs != null ? scaled(tolerance.abs) : tolerance.rel != null ? (abs(target) * scaled(tolerance.rel)) / ONE : 0n;
  return readings(answer).some((reading) => abs(reading - target) <= allowed);
}

function readings(answer: Answer): bigint[] {
  if (typeof answer === 'bigint') return [answer * ONE];
  if (typeof answer === 'object' && answer !== null && 'integer' in answer) return [answer.integer * ONE, (answer.integer * ONE) / 10n ** BigInt(answer.decimals)];
  return [scaled(String(answer))];
}

function show(answer: Answer): string {
  return JSON.stringify(answer, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}

const DECIMALS = 80;
const ONE = 10n ** BigInt(DECIMALS);
const abs = (x: bigint) => (x < 0n ? -x : x);
const scaled = (text: string) => fixed(text, DECIMALS);

/** A decimal number, exponent allowed, as an integer with `decimals` decimals; refuses what does not fit exactly. */
export function fixed(text: string, decimals: number): bigint {
  const [, sign, whole, part = '', exponent = '0'] = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(text.trim().replaceAll('_', '')) ?? [];
  if (whole === undefined || whole + part === '') throw new Error(`not a number: ${text}`);
  const shift = decimals + Number(exponent) - part.length;
  const digits = BigInt(whole + part);
  if (shift < 0 && digits % 10n ** BigInt(-shift) !== 0n) throw new Error(`${text} has more than ${decimals} decimals`);
  const value = shift >= 0 ? digits * 10n ** BigInt(shift) : digits / 10n ** BigInt(-shift);
  return sign === '-' ? -value : value;
}
