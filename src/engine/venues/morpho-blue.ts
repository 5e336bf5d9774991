import { excess, min, mulDivDown, mulDivUp, WAD } from './lending-math.js';

/**
 * Morpho Blue: liquidation arithmetic in the protocol's integers. Amounts in smallest units, shares with 6 more decimals, prices in loan
 * units per collateral unit times 10^36, ratios in wad. Rounding is against the liquidator and the borrower.
 * Source: morpho-org/morpho-blue @3085651a, src/Morpho.sol and libraries; positions and pre-liquidation: morpho-org/sdks @cdff8c45, packages/blue-sdk.
 */

export const ORACLE_PRICE_SCALE = 10n ** 36n;
export const LIQUIDATION_CURSOR = (3n * WAD) / 10n;
export const MAX_LIQUIDATION_INCENTIVE_FACTOR = (115n * WAD) / 100n;
export const VIRTUAL_SHARES = 10n ** 6n;
export const VIRTUAL_ASSETS = 1n;

export interface Borrow {
  readonly totalBorrowAssets: bigint;
  readonly totalBorrowShares: bigint;
}

const wMulDown = (x: bigint, y: bigint) => mulDivDown(x, y, WAD);
const wDivDown = (x: bigint, y: bigint) => mulDivDown(x, WAD, y);
const wDivUp = (x: bigint, y: bigint) => mulDivUp(x, WAD, y);

/** Shares to assets and back, rounded as named. */
export const toAssetsDown = (shares: bigint, { totalBorrowAssets, totalBorrowShares }: Borrow) => mulDivDown(shares, totalBorrowAssets + VIRTUAL_ASSETS, totalBorrowShares + VIRTUAL_SHARES);
export const toAssetsUp = (shares: bigint, { totalBorrowAssets, totalBorrowShares }: Borrow) => mulDivUp(shares, totalBorrowAssets + VIRTUAL_ASSETS, totalBorrowShares + VIRTUAL_SHARES);
export const toSharesDown = (assets: bigint, { totalBorrowAssets, totalBorrowShares }: Borrow) => mulDivDown(assets, totalBorrowShares + VIRTUAL_SHARES, totalBorrowAssets + VIRTUAL_ASSETS);
export const toSharesUp = (assets: bigint, { totalBorrowAssets, totalBorrowShares }: Borrow) => mulDivUp(assets, totalBorrowShares + VIRTUAL_SHARES, totalBorrowAssets + VIRTUAL_ASSETS);

/** Collateral in loan units, rounded down. */
export const collateralValue = (collateral: bigint, price: bigint) => mulDivDown(collateral, price, ORACLE_PRICE_SCALE);

/** Debt that the collateral carries, both products rounded down. */
export const maxBorrow = (collateral: bigint, price: bigint, lltv: bigint) => wMulDown(collateralValue(collateral, price), lltv);

export interface Position {
  readonly collateral: bigint;
  /** Assets, rounded up from shares. */
  readonly debt: bigint;
  readonly price: bigint;
  readonly lltv: bigint;
}

/** `maxBorrow >= debt`: equality is safe. */
export const isHealthy = ({ collateral, debt, price, lltv }: Position) => maxBorrow(collateral, price, lltv) >= debt;

/** `maxBorrow / debt`, wad, rounded down; null without debt. */
export const healthFactor = ({ collateral, debt, price, lltv }: Position) => (debt === 0n ? null : wDivDown(maxBorrow(collateral, price, lltv), debt));

/** One over the health factor, wad, rounded up; 0 without debt, null where nothing can be borrowed. */
export function borrowCapacityUsage(position: Position): bigint | null {
  const health = healthFactor(position);
  return health === null ? 0n : health === 0n ? null : wDivUp(WAD, health);
}

/** Loan-to-value, wad, rounded up; null without collateral value. */
export function loanToValue({ collateral, debt, price }: Position): bigint | null {
  const value = collateralValue(collateral, price);
  return value === 0n ? null : wDivUp(debt, value);
}

/** Price at which the position turns unhealthy, rounded up: `debt * 10^36 / (collateral * lltv)`; null without debt or collateral. */
export function liquidationPrice({ collateral, debt, lltv }: Omit<Position, 'price'>): bigint | null {
  const power = wMulDown(collateral, lltv);
  return debt === 0n || power === 0n ? null : mulDivUp(debt, ORACLE_PRICE_SCALE, power);
}

/** What can still be borrowed, rounded down. */
export const borrowable = ({ collateral, debt, price, lltv }: Position) => excess(maxBorrow(collateral, price, lltv), debt);

/** What can be withdrawn, rounded down. */
export const withdrawable = ({ collateral, debt, price, lltv }: Position) => (price === 0n ? 0n : excess(collateral, wDivUp(mulDivUp(debt, ORACLE_PRICE_SCALE, price), lltv)));

/** `min(max, 1 / (1 - cursor * (1 - lltv)))`, wad, both divisions rounded down. */
export function liquidationIncentiveFactor(lltv: bigint, cursor = LIQUIDATION_CURSOR, max = MAX_LIQUIDATION_INCENTIVE_FACTOR): bigint {
  return min(max, wDivDown(WAD, WAD - wMulDown(cursor, WAD - lltv)));
}

export interface Call extends Borrow {
  readonly price: bigint;
  readonly incentiveFactor: bigint;
}

export interface Seizure {
  readonly seizedAssets: bigint;
  readonly repaidShares: bigint;
  readonly repaidAssets: bigint;
}

/** The liquidator names shares: collateral rounded down three times, repayment up. */
export function liquidateShares(repaidShares: bigint, call: Call): Seizure {
  const seizedAssets = mulDivDown(wMulDown(toAssetsDown(repaidShares, call), call.incentiveFactor), ORACLE_PRICE_SCALE, call.price);
  return { seizedAssets, repaidShares, repaidAssets: toAssetsUp(repaidShares, call) };
}

/** The liquidator names collateral: quote, division by the factor and shares rounded up, and the repayment again. */
export function liquidateCollateral(seizedAssets: bigint, call: Call): Seizure {
  const repaidShares = toSharesUp(wDivUp(mulDivUp(seizedAssets, call.price, ORACLE_PRICE_SCALE), call.incentiveFactor), call);
  return { seizedAssets, repaidShares, repaidAssets: toAssetsUp(repaidShares, call) };
}

export interface Settlement {
  readonly collateral: bigint;
  readonly borrowShares: bigint;
  readonly totalBorrowAssets: bigint;
  readonly totalBorrowShares: bigint;
  readonly totalSupplyAssets: bigint;
  readonly badDebtAssets: bigint;
  readonly badDebtShares: bigint;
}

/** Position and market after a seizure. Bad debt only where the collateral reaches exactly 0: it leaves both borrows and supply. */
export function settle(
  before: Borrow & { readonly totalSupplyAssets: bigint; readonly collateral: bigint; readonly borrowShares: bigint },
  { seizedAssets, repaidShares, repaidAssets }: Seizure,
): Settlement {
  const collateral = before.collateral - seizedAssets;
  const borrowShares = before.borrowShares - repaidShares;
  const totals = { totalBorrowAssets: excess(before.totalBorrowAssets, repaidAssets), totalBorrowShares: before.totalBorrowShares - repaidShares };
  const badDebtShares = collateral === 0n ? borrowShares : 0n;
  const badDebtAssets = min(totals.totalBorrowAssets, toAssetsUp(badDebtShares, totals));
  return {
    collateral,
    borrowShares: borrowShares - badDebtShares,
    totalBorrowAssets: totals.totalBorrowAssets - badDebtAssets,
    totalBorrowShares: totals.totalBorrowShares - badDebtShares,
    totalSupplyAssets: before.totalSupplyAssets - badDebtAssets,
    badDebtAssets,
    badDebtShares,
  };
}

/** Parameters of a pre-liquidation contract, wad: close factor and incentive at `preLltv` and at `lltv`. */
export interface PreLiquidation {
  readonly preLltv: bigint;
  readonly preLCF1: bigint;
  readonly preLCF2: bigint;
  readonly preLIF1: bigint;
  readonly preLIF2: bigint;
}

/** Close factor and incentive between the two, linear in the loan-to-value, products rounded down. Null outside `(preLltv, lltv]`. */
export function preLiquidationTerms(position: Position, { preLltv, preLCF1, preLCF2, preLIF1, preLIF2 }: PreLiquidation): { closeFactor: bigint; incentiveFactor: bigint } | null {
  const ltv = loanToValue(position);
  if (ltv === null || isHealthy({ ...position, lltv: preLltv }) || !isHealthy(position)) return null;
  const quotient = wDivDown(ltv - preLltv, position.lltv - preLltv);
  return { closeFactor: preLCF1 + wMulDown(quotient, preLCF2 - preLCF1), incentiveFactor: preLIF1 + wMulDown(quotient, preLIF2 - preLIF1) };
}
