/**
 * Quantities are whole lots inside the engine: sums of integers below 2^53 are exact, so neither order nor threads can change a bit.
 */
export interface LotSize {
  /** Units per lot. */
  readonly size: number;
  /** Lots per unit where that is whole (0.001 -> 1000), else 0: dividing by it gives back the decimal that was typed. */
  readonly perUnit: number;
}

/** An asset's lots may sum up to this; 2^53 less headroom for cumulative flows. */
export const MAX_LOTS = 2 ** 50;

const FINEST_EXPONENT = 18;

/** The stated lot, or the finest power of ten that keeps `total` units (all holdings, gross) under MAX_LOTS. */
export function lotSize(stated: number | null | undefined, total: number): LotSize {
  if (stated != null) {
    const perUnit = Math.round(1 / stated);
    return { size: stated, perUnit: perUnit >= 1 && 1 / perUnit === stated ? perUnit : 0 };
  }
  let exponent = FINEST_EXPONENT;
  while (total * powerOfTen(exponent) > MAX_LOTS) exponent--;
  const perUnit = powerOfTen(exponent);
  return exponent < 0 ? { size: powerOfTen(-exponent), perUnit: 0 } : { size: 1 / perUnit, perUnit };
}

/** Units to the nearest lot. */
export function toLots(lot: LotSize, units: number): number {
  return Math.round(lot.perUnit > 0 ? units * lot.perUnit : units / lot.size);
}

/** Relative: what a few roundings of doubles leave. */
const ROUNDING = 2 ** -50;

/** Up to whole lots: 28 % of 100 lots are 28, although `0.28 * 100` is 28.000000000000004 in binary. */
export function wholeUp(lots: number): number {
  return Math.ceil(lots * (1 - ROUNDING));
}

export function toUnits(lot: LotSize, lots: number): number {
  return lot.perUnit > 0 ? lots / lot.perUnit : lots * lot.size;
}

/** `wanted` lots sold in all (negative = bought), or as many whole lots as find a counterparty; capacities in units, of which 0.3 are 3 lots of 0.1 although `0.3 / 0.1` is less. */
export function withinCapacity(lot: LotSize, wanted: number, { capacitySold, capacityBought }: { capacitySold: number; capacityBought: number }): number {
  const whole = (units: number) => (units === Infinity ? Infinity : Math.floor((units / lot.size) * (1 + ROUNDING)));
  return Math.max(-whole(capacityBought), Math.min(wanted, whole(capacitySold)));
}

/** 10^n, exact for 0 <= n <= 22 (`Math.pow` is not, everywhere). */
function powerOfTen(n: number): number {
  let power = 1;
  for (let k = Math.abs(n); k > 0; k--) power *= 10;
  return n < 0 ? 1 / power : power;
}
