/** Fixed-point pieces shared by the lending protocols. Integers are bigint; amounts are never negative unless a docstring says so. */

/** One, with 18, 27 and 45 decimals. */
export const WAD = 10n ** 18n;
export const RAY = 10n ** 27n;
export const RAD = 10n ** 45n;

/** `x * y / d`, rounded down. */
export function mulDivDown(x: bigint, y: bigint, d: bigint): bigint {
  return (x * y) / d;
}

/** `x * y / d`, rounded up. */
export function mulDivUp(x: bigint, y: bigint, d: bigint): bigint {
  return (x * y + d - 1n) / d;
}

/** `x * y / d`, rounded to nearest, halves up. */
export function mulDivHalfUp(x: bigint, y: bigint, d: bigint): bigint {
  return (x * y + d / 2n) / d;
}

export function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/** `max(0, a - b)`. */
export function excess(a: bigint, b: bigint): bigint {
  return a > b ? a - b : 0n;
}

export function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n);
}

/** A deposit or a debt at its mark; `weight` is the liquidation threshold of a deposit and 1 of a debt. `quantity` of a debt is negative. */
export interface Weighted {
  readonly symbol: string;
  readonly quantity: number;
  readonly price: number;
  readonly weight: number;
}

/**
 * Price of `symbol`, currency per unit, at which `sum(quantity * price * weight) = 0` with all other prices fixed: the borrower is
 * liquidatable below it where the net weighted quantity is positive (collateral), above it where it is negative (debt).
 * Null with the reason where no positive price does it. Design/liquidation-math section 5.1: `P* = debt / (amount * LT)`.
 */
export function liquidationPrice(symbol: string, holdings: readonly Weighted[]): { price: number | null; side: 'below' | 'above'; reason: 'neverReached' | 'neverHealthy' | null } {
  let slope = 0;
  let rest = 0;
  for (const holding of holdings) {
    if (holding.symbol === symbol) slope += holding.quantity * holding.weight;
    else rest += holding.quantity * holding.price * holding.weight;
  }
  const side = slope >= 0 ? 'below' : 'above';
  const price = slope === 0 ? NaN : -rest / slope;
  if (price > 0) return { price, side, reason: null };
  const isSafe = slope > 0 || (slope === 0 && rest >= 0);
  return { price: null, side, reason: isSafe ? 'neverReached' : 'neverHealthy' };
}

/**
 * A liquidation lowers the health factor: each unit repaid takes `incentive` units of collateral, which stand for `incentive * threshold`
 * in the numerator, more than the health factor that a unit of debt stands for. With one collateral: loan-to-value above `1 / incentive`.
 * `healthFactor < threshold * incentive`, compared without dividing. Warmuz, Chaudhary and Pinna, Toxic liquidation spirals, arXiv:2212.07306.
 */
export function isToxic(position: { weightedCollateral: number; debt: number; liquidationThreshold: number; incentive: number }): boolean {
  return position.weightedCollateral < position.debt * position.liquidationThreshold * position.incentive;
}
