import { ceilDiv, max, min, saturatingSub } from './fixed-point.js';

/**
 * GMX v2, all in integers: USD and factors in 1e-30, token amounts in the token's own decimals, prices in USD (1e-30) per smallest unit of the token,
 * so that `amount * price` is USD. Divisions round towards zero unless said.
 * Source of every formula: gmx-io/gmx-synthetics @a5c0c883, contracts; the file and function named at each.
 */
export const FLOAT_PRECISION = 10n ** 30n;

/** The two signed oracle prices of one moment. */
export interface OraclePrice {
  readonly min: bigint;
  readonly max: bigint;
}

export interface Position {
  readonly isLong: boolean;
  /** Size at entry: the cost of the tokens, which no later price changes. */
  readonly sizeInUsd: bigint;
  readonly sizeInTokens: bigint;
  readonly collateralAmount: bigint;
}

/** `value * factor / 1e30`, towards zero (utils/Precision.sol applyFactor). */
export function applyFactor(value: bigint, factor: bigint): bigint {
  return (value * factor) / FLOAT_PRECISION;
}

/** The price that hurts the position: the lower one for a long, the higher one for a short; `isMaximized` turns it round (price/Price.sol pickPriceForPnl). */
export function pickPriceForPnl(price: OraclePrice, isLong: boolean, isMaximized = false): bigint {
  return isLong === isMaximized ? price.max : price.min;
}

/** `s * (sizeInTokens * price - sizeInUsd)`, USD (position/PositionUtils.sol getPositionPnlUsd, before the pool's cap). */
export function positionPnlUsd({ isLong, sizeInUsd, sizeInTokens }: Position, indexPrice: OraclePrice): bigint {
  const value = sizeInTokens * pickPriceForPnl(indexPrice, isLong);
  return isLong ? value - sizeInUsd : sizeInUsd - value;
}

/** The traders of one side, together: USD cost and tokens of their positions, and what the pool holds against them. */
export interface PoolSide {
  readonly isLong: boolean;
  readonly openInterestUsd: bigint;
  readonly openInterestTokens: bigint;
  readonly poolUsd: bigint;
}

/** Pending profit of the side, USD, at the price best for the traders (market/MarketUtils.sol getPnl). */
export function poolPnlUsd({ isLong, openInterestUsd, openInterestTokens }: PoolSide, indexPrice: OraclePrice): bigint {
  if (openInterestUsd === 0n || openInterestTokens === 0n) return 0n;
  const value = openInterestTokens * pickPriceForPnl(indexPrice, isLong, true);
  return isLong ? value - openInterestUsd : openInterestUsd - value;
}

/** A profit shrinks in proportion once the side's profit exceeds `maxPnlFactor` of the pool (PositionUtils.sol getPositionPnlUsd, MarketUtils.sol getCappedPnl). */
export function cappedPnlUsd(pnlUsd: bigint, side: PoolSide, indexPrice: OraclePrice, maxPnlFactor: bigint): bigint {
  const pool = poolPnlUsd(side, indexPrice);
  const capped = min(pool, applyFactor(side.poolUsd, maxPnlFactor));
  return pnlUsd > 0n && capped > 0n && capped !== pool ? (pnlUsd * capped) / pool : pnlUsd;
}

/** Impact counted against the position, USD, <= 0: a gain never counts, a loss at most `sizeInUsd * maxImpactFactor` (PositionUtils.sol isPositionLiquidatable). */
export function countedImpactUsd(priceImpactUsd: bigint, sizeInUsd: bigint, maxImpactFactor?: bigint): bigint {
  const loss = min(priceImpactUsd, 0n);
  return maxImpactFactor === undefined ? loss : max(loss, -applyFactor(sizeInUsd, maxImpactFactor));
}

export interface LiquidationTerms {
  /** Of the collateral token; its lower price counts. */
  readonly collateralPrice: OraclePrice;
  readonly indexPrice: OraclePrice;
  /** Factor for liquidations; opening uses another, larger one. */
  readonly minCollateralFactor: bigint;
  /** Left out where the caller does not test it. */
  readonly minCollateralUsd?: bigint;
  /** Position, borrowing and funding fees, USD; the liquidation fee is charged but not counted here. */
  readonly feesUsd?: bigint;
  readonly priceImpactUsd?: bigint;
  readonly maxImpactFactor?: bigint;
  /** Profit as `cappedPnlUsd` left it; the uncapped one by default. */
  readonly pnlUsd?: bigint;
}

export interface LiquidationTest {
  readonly isLiquidatable: boolean;
  readonly reason: 'minCollateral' | 'notPositive' | 'minCollateralForLeverage' | null;
  readonly remainingCollateralUsd: bigint;
  readonly minCollateralUsdForLeverage: bigint;
}

/** `collateral * minPrice + pnl - fees + counted impact`, USD (PositionUtils.sol isPositionLiquidatable). */
export function remainingCollateralUsd(position: Position, terms: LiquidationTerms): bigint {
  const pnl = terms.pnlUsd ?? positionPnlUsd(position, terms.indexPrice);
  const impact = countedImpactUsd(terms.priceImpactUsd ?? 0n, position.sizeInUsd, terms.maxImpactFactor);
  return position.collateralAmount * terms.collateralPrice.min + pnl - (terms.feesUsd ?? 0n) + impact;
}

/** Remaining < minimum, <= 0, or < `sizeInUsd * minCollateralFactor`, in that order; equality with a minimum is safe (PositionUtils.sol isPositionLiquidatable). */
export function liquidationTest(position: Position, terms: LiquidationTerms): LiquidationTest {
  const remaining = remainingCollateralUsd(position, terms);
  const forLeverage = applyFactor(position.sizeInUsd, terms.minCollateralFactor);
  const failed = (reason: LiquidationTest['reason']) => ({ isLiquidatable: reason !== null, reason, remainingCollateralUsd: remaining, minCollateralUsdForLeverage: forLeverage });
  if (terms.minCollateralUsd !== undefined && remaining < terms.minCollateralUsd) return failed('minCollateral');
  if (remaining <= 0n) return failed('notPositive');
  return failed(remaining < forLeverage ? 'minCollateralForLeverage' : null);
}

export function isLiquidatable(position: Position, terms: LiquidationTerms): boolean {
  return liquidationTest(position, terms).isLiquidatable;
}

/** `sizeInUsd * factor` in collateral tokens, rounded up (pricing/PositionPricingUtils.sol getLiquidationFees). */
export function liquidationFeeAmount(sizeInUsd: bigint, liquidationFeeFactor: bigint, collateralPrice: OraclePrice): bigint {
  return ceilDiv(applyFactor(sizeInUsd, liquidationFeeFactor), collateralPrice.min);
}

export interface Settlement {
  /** Collateral tokens the account gets back, profit swapped into them at the oracle price. */
  readonly receivedAmount: bigint;
  /** Costs nobody paid, in collateral tokens: the pool's loss. */
  readonly unpaidAmount: bigint;
}

/**
 * A full close by a liquidation: profit comes in (rounded down), loss, fees and impact go out (each rounded up to a token unit) of it and then of the collateral;
 * what does not suffice closes insolvent, with nothing returned (position/DecreasePositionCollateralUtils.sol processCollateral, payForCost).
 * `feesUsd` here includes the liquidation fee where there is one.
 */
export function settlement(position: Position, terms: LiquidationTerms): Settlement {
  const pnl = terms.pnlUsd ?? positionPnlUsd(position, terms.indexPrice);
  const impact = countedImpactUsd(terms.priceImpactUsd ?? 0n, position.sizeInUsd, terms.maxImpactFactor);
  const available = position.collateralAmount + max(pnl, 0n) / terms.collateralPrice.max;
  const owed = [max(-pnl, 0n), terms.feesUsd ?? 0n, -impact].reduce((sum, costUsd) => sum + ceilDiv(costUsd, terms.collateralPrice.min), 0n);
  return { receivedAmount: saturatingSub(available, owed), unpaidAmount: saturatingSub(owed, available) };
}

/** Profit of a side over the pool that owes it, 1e-30, towards zero; 0 for an empty pool (MarketUtils.sol getPnlToPoolFactor). */
export function pnlToPoolFactor(side: PoolSide, indexPrice: OraclePrice): bigint {
  return side.poolUsd === 0n ? 0n : (poolPnlUsd(side, indexPrice) * FLOAT_PRECISION) / side.poolUsd;
}

/** Deleveraging of WINNERS is on while the factor is positive and above the maximum for it; equality is off (MarketUtils.sol isPnlFactorExceeded, adl/AdlUtils.sol updateAdlState). */
export function isAdlEnabled(factor: bigint, maxPnlFactorForAdl: bigint): boolean {
  return factor > 0n && factor > maxPnlFactorForAdl;
}

/** One forced close must lower the factor, and not below the minimum to be left (exchange/AdlHandler.sol executeAdl). */
export function isValidAdl(factorBefore: bigint, factorAfter: bigint, minPnlFactorAfterAdl: bigint): boolean {
  return factorAfter < factorBefore && factorAfter >= minPnlFactorAfterAdl;
}

/**
 * Smallest close, USD of size, after which the factor is at most the maximum, or the whole position: the keeper chooses the size, the protocol only
 * checks it by `isValidAdl`. The profit leaves the pool too, so the close must realise `excess / (1 - factor)`. Rounded up.
 */
export function adlCloseUsd(position: Position, side: PoolSide, indexPrice: OraclePrice, maxPnlFactorForAdl: bigint): bigint {
  const best = pickPriceForPnl(indexPrice, position.isLong, true);
  const pnl = positionPnlUsd(position, { min: best, max: best });
  const excess = poolPnlUsd(side, indexPrice) - applyFactor(side.poolUsd, maxPnlFactorForAdl);
  if (pnl <= 0n || excess <= 0n || maxPnlFactorForAdl >= FLOAT_PRECISION) return 0n;
  const realised = ceilDiv(excess * FLOAT_PRECISION, FLOAT_PRECISION - maxPnlFactorForAdl);
  return min(position.sizeInUsd, ceilDiv(realised * position.sizeInUsd, pnl));
}

/** Doubles: USD, tokens, USD per token. `fees` are fixed costs in USD. */
export interface PositionInDoubles {
  readonly isLong: boolean;
  readonly sizeInUsd: number;
  readonly sizeInTokens: number;
  readonly minCollateralFactor: number;
  readonly fees?: number;
}

/** Collateral of `collateralUsd` that does not move with the index: `(Z * (k + s) + fees - K) / (s * T)`; null where not positive. */
export function liquidationPriceStableCollateral(position: PositionInDoubles, collateralUsd: number): number | null {
  const { s, z } = signed(position);
  return positive((z - collateralUsd) / (s * position.sizeInTokens));
}

/** Collateral of `collateralTokens` of the index token itself: `(Z * (k + s) + fees) / (C + s * T)`; null where not positive. */
export function liquidationPriceIndexCollateral(position: PositionInDoubles, collateralTokens: number): number | null {
  const { s, z } = signed(position);
  return positive(z / (collateralTokens + s * position.sizeInTokens));
}

/** Collateral in a third token: with the index standing still, the price of that token at which the position is liquidated. The other way round is the stable form. */
export function liquidationPriceOfCollateral(position: PositionInDoubles, collateralTokens: number, indexPrice: number): number | null {
  const { s, z } = signed(position);
  return positive((z - s * position.sizeInTokens * indexPrice) / collateralTokens);
}

/** `Z * (k + s) + fees`: what collateral and tokens together must be worth. */
function signed({ isLong, sizeInUsd, minCollateralFactor, fees = 0 }: PositionInDoubles): { readonly s: number; readonly z: number } {
  const s = isLong ? 1 : -1;
  return { s, z: sizeInUsd * (minCollateralFactor + s) + fees };
}

function positive(price: number): number | null {
  return price > 0 && Number.isFinite(price) ? price : null;
}
