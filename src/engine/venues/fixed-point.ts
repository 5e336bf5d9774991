/** Integer arithmetic as the protocols count: bigint in, bigint out, and the name says which way a division rounds. */

export const PPM = 1_000_000n;

/** Exact fraction; the denominator is positive. */
export interface Ratio {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** Towards zero is the `/` of bigint; this one goes towards negative infinity. */
export function floorDiv(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
}

/** Towards positive infinity. */
export function ceilDiv(a: bigint, b: bigint): bigint {
  return -floorDiv(-a, b);
}

/** `value * ppm / 1e6` towards negative infinity. */
export function mulPpm(value: bigint, ppm: bigint): bigint {
  return floorDiv(value * ppm, PPM);
}

/** `value * ppm / 1e6` towards positive infinity. */
export function mulPpmUp(value: bigint, ppm: bigint): bigint {
  return ceilDiv(value * ppm, PPM);
}

export function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

export function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

export function abs(a: bigint): bigint {
  return a < 0n ? -a : a;
}

/** -1, 0 or 1. */
export function sign(a: bigint): -1 | 0 | 1 {
  return a > 0n ? 1 : a < 0n ? -1 : 0;
}

/** `a - b`, stopping at 0. */
export function saturatingSub(a: bigint, b: bigint): bigint {
  return max(0n, a - b);
}

/** Largest integer whose square is at most `n` (>= 0): Newton's iteration from above. */
export function sqrtFloor(n: bigint): bigint {
  if (n < 2n) return n;
  let x = 1n << BigInt((n.toString(2).length + 1) >> 1);
  for (;;) {
    const y = (x + n / x) >> 1n;
    if (y >= x) return x;
    x = y;
  }
}

/** `value * 10^exponent`; a negative exponent divides towards zero. */
export function scalePow10(value: bigint, exponent: number): bigint {
  return exponent >= 0 ? value * 10n ** BigInt(exponent) : value / 10n ** BigInt(-exponent);
}

export function ratio(numerator: bigint, denominator: bigint): Ratio {
  return denominator < 0n ? { numerator: -numerator, denominator: -denominator } : { numerator, denominator };
}
