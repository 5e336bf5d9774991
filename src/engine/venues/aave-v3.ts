import { excess, min, mulDivDown, mulDivHalfUp, mulDivUp, RAY, sum, WAD } from './lending-math.js';

/**
 * Aave v3.3 to v3.7: liquidation arithmetic in the protocol's integers. Amounts in the asset's smallest units, values in base currency
 * (8 decimals of USD), percentages in basis points, indices in ray, health factors in wad.
 * Source: aave-dao/aave-v3-origin @fd1fbd91, LiquidationLogic.sol, GenericLogic.sol, PercentageMath.sol, TokenMath.sol.
 */

export const PERCENTAGE_FACTOR = 10_000n;

/** What holds of a close factor, and from when. Values in base currency. */
export interface CloseFactorRules {
  readonly defaultCloseFactorBps: bigint;
  /** At or below it the whole debt may be repaid, wad. */
  readonly fullCloseHealthFactor: bigint;
  /** With less collateral or debt in the reserve the whole debt may be repaid; 0 = no such rule. */
  readonly fullCloseBelow: bigint;
  /** What a part must leave of debt and of collateral; 0 = no such rule. */
  readonly minimumLeftover: bigint;
  /** The default applies to the debt of the whole position, or to that of the reserve alone. */
  readonly basis: 'position' | 'reserve';
}

/** Since v3.3. docs/3.3/Aave-v3.3-features.md section 2, LiquidationLogic.sol constants. */
export const RULES: CloseFactorRules = { defaultCloseFactorBps: 5000n, fullCloseHealthFactor: (95n * WAD) / 100n, fullCloseBelow: 2000n * 10n ** 8n, minimumLeftover: 1000n * 10n ** 8n, basis: 'position' };

/** v3.0 to v3.2. docs/3.3/Aave-v3.3-features.md section 2.1, "previous system". */
export const RULES_BEFORE_V33: CloseFactorRules = { ...RULES, fullCloseBelow: 0n, minimumLeftover: 0n, basis: 'reserve' };

/** `value * bps / 10000`, halves up; `Floor` rounds down, `Ceil` up. */
export const percentMul = (value: bigint, bps: bigint) => mulDivHalfUp(value, bps, PERCENTAGE_FACTOR);
export const percentMulFloor = (value: bigint, bps: bigint) => mulDivDown(value, bps, PERCENTAGE_FACTOR);
export const percentMulCeil = (value: bigint, bps: bigint) => mulDivUp(value, bps, PERCENTAGE_FACTOR);

/** `value * 10000 / bps`, halves up; `Floor` rounds down, `Ceil` up. */
export const percentDiv = (value: bigint, bps: bigint) => mulDivHalfUp(value, PERCENTAGE_FACTOR, bps);
export const percentDivFloor = (value: bigint, bps: bigint) => mulDivDown(value, PERCENTAGE_FACTOR, bps);
export const percentDivCeil = (value: bigint, bps: bigint) => mulDivUp(value, PERCENTAGE_FACTOR, bps);

/** `a * b`, halves up, in wad or ray; the ray's `Floor` and `Ceil` round down and up. WadRayMath.sol. */
export const wadMul = (a: bigint, b: bigint) => mulDivHalfUp(a, b, WAD);
export const wadDiv = (a: bigint, b: bigint) => mulDivHalfUp(a, WAD, b);
export const rayMul = (a: bigint, b: bigint) => mulDivHalfUp(a, b, RAY);
export const rayMulFloor = (a: bigint, b: bigint) => mulDivDown(a, b, RAY);
export const rayMulCeil = (a: bigint, b: bigint) => mulDivUp(a, b, RAY);
export const rayDiv = (a: bigint, b: bigint) => mulDivHalfUp(a, RAY, b);
export const rayDivFloor = (a: bigint, b: bigint) => mulDivDown(a, RAY, b);
export const rayDivCeil = (a: bigint, b: bigint) => mulDivUp(a, RAY, b);

/** Collateral from its scaled balance, rounded down; debt rounded up. TokenMath.sol, since v3.5. */
export const collateralBalance = (scaled: bigint, liquidityIndex: bigint) => rayMulFloor(scaled, liquidityIndex);
export const debtBalance = (scaled: bigint, borrowIndex: bigint) => rayMulCeil(scaled, borrowIndex);

/** Value in base currency: collateral rounded down, debt rounded up. `unit` is 10^decimals. */
export const collateralValue = (amount: bigint, price: bigint, unit: bigint) => mulDivDown(amount, price, unit);
export const debtValue = (amount: bigint, price: bigint, unit: bigint) => mulDivUp(amount, price, unit);

export interface CollateralTerms {
  readonly liquidationThresholdBps: bigint;
  /** 10000 plus the bonus: 10500 = 5 %. */
  readonly liquidationBonusBps: bigint;
}

/** The eMode category's terms where the borrower is in it and it admits the collateral, else the reserve's. */
export function collateralTerms(reserve: CollateralTerms, eMode: (CollateralTerms & { readonly admitsCollateral: boolean }) | null): CollateralTerms {
  return eMode?.admitsCollateral ? eMode : reserve;
}

/** Health factor, wad; null without debt. `sum(value * threshold) / debt` halves up, then bps taken off rounding down. GenericLogic.sol. */
export function healthFactor(collaterals: readonly { readonly value: bigint; readonly liquidationThresholdBps: bigint }[], debt: bigint): bigint | null {
  if (debt === 0n) return null;
  return wadDiv(sum(collaterals.map(({ value, liquidationThresholdBps }) => value * liquidationThresholdBps)), debt) / PERCENTAGE_FACTOR;
}

/** Strictly below one. ValidationLogic.sol. */
export function isLiquidatable(health: bigint | null): boolean {
  return health !== null && health < WAD;
}

/** What a call on one pair of reserves is judged by. */
export interface Pair {
  readonly healthFactor: bigint;
  /** Of the reserve that is repaid and of the reserve that is seized. */
  readonly reserveDebtValue: bigint;
  readonly reserveCollateralValue: bigint;
}

/** Basis points: all of the reserve's debt, or the default. */
export function closeFactorBps({ healthFactor: health, reserveDebtValue, reserveCollateralValue }: Pair, rules = RULES): bigint {
  const isSmall = reserveDebtValue < rules.fullCloseBelow || reserveCollateralValue < rules.fullCloseBelow;
  return isSmall || health <= rules.fullCloseHealthFactor ? PERCENTAGE_FACTOR : rules.defaultCloseFactorBps;
}

/** Largest value of the reserve's debt that one call repays: the default counts the debt of the whole position, halves up. */
export function maxLiquidatableDebtValue(pair: Pair & { readonly totalDebtValue: bigint }, rules = RULES): bigint {
  const closeFactor = closeFactorBps(pair, rules);
  if (closeFactor === PERCENTAGE_FACTOR) return pair.reserveDebtValue;
  return min(pair.reserveDebtValue, percentMul(rules.basis === 'position' ? pair.totalDebtValue : pair.reserveDebtValue, closeFactor));
}

/** The same as an amount, rounded down. */
export function maxLiquidatableDebt(pair: Pair & { readonly totalDebtValue: bigint; readonly reserveDebt: bigint; readonly debtPrice: bigint; readonly debtUnit: bigint }, rules = RULES): bigint {
  const value = maxLiquidatableDebtValue(pair, rules);
  return value < pair.reserveDebtValue ? mulDivDown(value, pair.debtUnit, pair.debtPrice) : pair.reserveDebt;
}

export interface Prices {
  readonly collateralPrice: bigint;
  readonly collateralUnit: bigint;
  readonly debtPrice: bigint;
  readonly debtUnit: bigint;
}

export interface Seizure {
  readonly debtRepaid: bigint;
  readonly collateralToLiquidator: bigint;
  /** Share of the bonus, taken from the seized collateral. */
  readonly protocolFee: bigint;
}

/**
 * What a call of `debtToCover` repays and seizes. Collateral at the debt's value rounded down, times the bonus rounded down; where the
 * balance is smaller all of it goes and the debt needed is rounded up. Base of the bonus rounded down, fee on it rounded up.
 */
export function liquidationAmounts(call: Prices & { readonly debtToCover: bigint; readonly collateralBalance: bigint; readonly liquidationBonusBps: bigint; readonly protocolFeeBps: bigint }): Seizure {
  const { collateralPrice, collateralUnit, debtPrice, debtUnit, debtToCover, collateralBalance: balance, liquidationBonusBps } = call;
  const wanted = percentMulFloor((debtPrice * debtToCover * collateralUnit) / (collateralPrice * debtUnit), liquidationBonusBps);
  const seized = min(wanted, balance);
  const debtRepaid = wanted > balance ? percentDivCeil((collateralPrice * balance * debtUnit) / (debtPrice * collateralUnit), liquidationBonusBps) : debtToCover;
  const protocolFee = percentMulCeil(seized - percentDivFloor(seized, liquidationBonusBps), call.protocolFeeBps);
  return { debtRepaid, collateralToLiquidator: seized - protocolFee, protocolFee };
}

/** A part that leaves less than the minimum of debt (rounded up) or of collateral (rounded down) reverts: MustNotLeaveDust. */
export function leavesDust({ debtRepaid, collateralToLiquidator, protocolFee }: Seizure, pair: Prices & { readonly reserveDebt: bigint; readonly collateralBalance: bigint }, rules = RULES): boolean {
  const debtLeft = pair.reserveDebt - debtRepaid;
  const collateralLeft = pair.collateralBalance - collateralToLiquidator - protocolFee;
  if (debtLeft <= 0n || collateralLeft <= 0n) return false;
  return debtValue(debtLeft, pair.debtPrice, pair.debtUnit) < rules.minimumLeftover || collateralValue(collateralLeft, pair.collateralPrice, pair.collateralUnit) < rules.minimumLeftover;
}

/** Largest part of a debt or collateral, by value, that leaves the minimum; taking all of it is allowed besides. */
export function largestPart(value: bigint, rules = RULES): bigint {
  return excess(value, rules.minimumLeftover);
}

/** Scaled balance that a call consumes: liquidator's and treasury's transfers each rounded up, together at most what is there. */
export function scaledConsumption({ collateralToLiquidator, protocolFee }: Seizure, { scaledCollateral, liquidityIndex }: { readonly scaledCollateral: bigint; readonly liquidityIndex: bigint }) {
  const uncapped = rayDivCeil(collateralToLiquidator, liquidityIndex) + rayDivCeil(protocolFee, liquidityIndex);
  const consumed = min(uncapped, scaledCollateral);
  return { uncapped, consumed, isReserveConsumed: consumed === scaledCollateral };
}

/**
 * The call leaves no collateral in base currency, so what remains of the debt in every reserve becomes the protocol's deficit: the value
 * of what is consumed, rounded down, is all the position has. A few wei worth less than one unit of base currency do not prevent it.
 */
export function leavesNoCollateral(position: { readonly scaledConsumed: bigint; readonly liquidityIndex: bigint; readonly price: bigint; readonly unit: bigint; readonly totalCollateralValue: bigint }): boolean {
  return collateralValue(collateralBalance(position.scaledConsumed, position.liquidityIndex), position.price, position.unit) === position.totalCollateralValue;
}
