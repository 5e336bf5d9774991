import { type Ratio, ratio } from '../../../src/engine/venues/fixed-point.js';

/** One published number with its inputs, as in ../shared/vectors (README there): every number is a string. */
export interface Vector {
  readonly id: string;
  readonly kind: string;
  readonly inputs: Inputs;
  readonly expected: Readonly<Record<string, string | boolean | null>>;
  readonly tolerance: Readonly<Record<string, { readonly exact?: true; readonly abs?: string; readonly rel?: string }>>;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the shape differs per kind and is read by the adapters alone
export type Inputs = Readonly<Record<string, any>>;
export type Result = bigint | number | boolean | Ratio | null | undefined;
/** Kind of vector to its results by the names the vectors expect. */
export type Adapter = Readonly<Record<string, (inputs: Inputs) => Readonly<Record<string, Result>>>>;

/** '-12.5', '1e9', '1e9 (9 dec)' as an exact fraction. */
export function decimal(text: unknown): Ratio {
  const match = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?/i.exec(String(text));
  if (match === null || !`${match[2]}${match[3] ?? ''}`) throw new Error(`not a number: ${text}`);
  const [, sign, whole, fraction = '', exponent = '0'] = match;
  const shift = Number(exponent) - fraction.length;
  const digits = BigInt(`${whole}${fraction}`) * (sign === '-' ? -1n : 1n);
  return shift >= 0 ? { numerator: digits * 10n ** BigInt(shift), denominator: 1n } : { numerator: digits, denominator: 10n ** BigInt(-shift) };
}

/** The decimal in units of 10^-decimals, towards zero. */
export function scaled(text: unknown, decimals: number): bigint {
  const { numerator, denominator } = decimal(text);
  return (numerator * 10n ** BigInt(decimals)) / denominator;
}

export function integer(text: unknown): bigint {
  return scaled(text, 0);
}

/** An integer of 10^-decimals as the number it stands for. */
export function units(value: bigint, decimals: number): Ratio {
  return ratio(value, 10n ** BigInt(decimals));
}

/** Why a result does not match, or null if it does. A double is exact when it rounds to the digits that were printed. */
export function mismatch(actual: Result, expected: string | boolean | null, tolerance: Vector['tolerance'][string]): string | null {
  const fails = `${describe(actual)} is not ${expected} within ${JSON.stringify(tolerance)}`;
  if (actual === undefined || actual === null || typeof actual === 'boolean' || typeof expected !== 'string') return String(actual) === String(expected) ? null : fails;
  const room = tolerance.exact ? null : decimal(tolerance.abs ?? tolerance.rel);
  const goal = decimal(expected);
  if (typeof actual === 'number') {
    if (room === null) return actual.toFixed(/\.(\d+)/.exec(expected)?.[1].length ?? 0) === expected ? null : fails;
    const limit = double(room) * (tolerance.rel === undefined ? 1 : Math.abs(double(goal)));
    return Math.abs(actual - double(goal)) <= limit ? null : fails;
  }
  const value = typeof actual === 'bigint' ? ratio(actual, 1n) : actual;
  const difference = value.numerator * goal.denominator - goal.numerator * value.denominator;
  if (room === null) return difference === 0n ? null : fails;
  const size = difference < 0n ? -difference : difference;
  const base = tolerance.rel === undefined ? goal.denominator : goal.numerator < 0n ? -goal.numerator : goal.numerator;
  return size * room.denominator <= room.numerator * base * value.denominator ? null : fails;
}

const double = ({ numerator, denominator }: Ratio) => Number(numerator) / Number(denominator);

function describe(value: Result): string {
  return typeof value === 'object' && value !== null ? `${value.numerator}/${value.denominator}` : String(value);
}
