/** One published number set of a venue; every number is a string. */
export interface Vector {
  readonly id: string;
  readonly venue: string;
  readonly kind: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly expected: Readonly<Record<string, unknown>>;
  readonly tolerance: Readonly<Record<string, { readonly exact?: boolean; readonly abs?: string; readonly rel?: string }>>;
}

/** What the vectors call exact is exact in decimals; doubles carry the last bits of a few operations. */
const EXACT_RELATIVE = 1e-12;

/** What is wrong with `actual`, one line a key; empty when every expected value is met at its tolerance. */
export function misses({ expected, tolerance }: Vector, actual: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(expected).flatMap(([key, value]) => (meets(actual[key], value, tolerance[key] ?? {}) ? [] : [`${key}: ${JSON.stringify(actual[key])} for ${JSON.stringify(value)}`]));
}

function meets(actual: unknown, expected: unknown, tolerance: Vector['tolerance'][string]): boolean {
  if (Array.isArray(expected)) return Array.isArray(actual) && actual.length === expected.length && expected.every((item, n) => meets(actual[n], item, tolerance));
  if (expected !== null && typeof expected === 'object') return Object.entries(expected).every(([key, item]) => meets((actual as Record<string, unknown> | undefined)?.[key], item, tolerance));
  if (expected === null || typeof expected === 'boolean') return actual === expected;
  if (typeof expected === 'string' && !/^-?[\d.]+(e-?\d+)?$/i.test(expected)) return String(actual) === expected;
  if (typeof actual !== 'number') return false;
  const allowed = Math.max(Number(tolerance.abs ?? 0), Number(tolerance.rel ?? 0) * Math.abs(Number(expected)));
  return Math.abs(actual - Number(expected)) <= allowed + EXACT_RELATIVE * Math.abs(Number(expected));
}

/** Inputs as numbers, under any of the names that venues give them. */
export class Inputs {
  constructor(readonly fields: Readonly<Record<string, unknown>>) {}

  has(...names: string[]): boolean {
    return names.some((name) => this.fields[name] != null && this.fields[name] !== '');
  }

  /** The first of the names that is present. */
  number(...names: string[]): number | undefined {
    const name = names.find((candidate) => this.has(candidate));
    const value = name === undefined ? NaN : Number(this.fields[name]);
    return Number.isNaN(value) ? undefined : value;
  }

  numbers(...names: string[]): number[] | undefined {
    const name = names.find((candidate) => Array.isArray(this.fields[candidate]));
    return name === undefined ? undefined : (this.fields[name] as unknown[]).map(Number);
  }

  text(...names: string[]): string | undefined {
    const name = names.find((candidate) => typeof this.fields[candidate] === 'string');
    return name === undefined ? undefined : (this.fields[name] as string);
  }

  children(...names: string[]): Inputs[] {
    const name = names.find((candidate) => Array.isArray(this.fields[candidate]));
    return name === undefined ? [] : (this.fields[name] as Record<string, unknown>[]).map((fields) => new Inputs(fields));
  }
}
