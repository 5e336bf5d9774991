import { mulDivDown, mulDivUp, sum } from './lending-math.js';

/**
 * Compound v3 (Comet): liquidation arithmetic in the protocol's integers. Amounts in smallest units, `scale` = 10^decimals, prices with
 * 8 decimals, factors with 18. A balance of the base asset is signed, debt negative.
 * Source: compound-finance/comet @d5a30b0a, contracts/Comet.sol, contracts/CometCore.sol.
 */

export const FACTOR_SCALE = 10n ** 18n;
export const BASE_INDEX_SCALE = 10n ** 15n;

export interface Base {
  readonly price: bigint;
  readonly scale: bigint;
}

export interface Collateral {
  readonly amount: bigint;
  readonly price: bigint;
  readonly scale: bigint;
  /** Part of the value that counts before liquidation, and part that is credited by it. */
  readonly liquidateCollateralFactor: bigint;
  readonly liquidationFactor: bigint;
}

/** Value of an amount; rounds towards zero, so a debt's down in size. */
export const mulPrice = (amount: bigint, price: bigint, scale: bigint) => mulDivDown(amount, price, scale);
/** Amount of a value, rounded down. */
export const divPrice = (value: bigint, price: bigint, scale: bigint) => mulDivDown(value, scale, price);
/** Part of a value, rounded down. */
export const mulFactor = (value: bigint, factor: bigint) => mulDivDown(value, factor, FACTOR_SCALE);

/** Balance from principal, rounded towards zero. */
export const presentValue = (principal: bigint, index: bigint) => mulDivDown(principal, index, BASE_INDEX_SCALE);
/** Principal from balance: supply rounded down, debt up in size. */
export const principalValue = (balance: bigint, index: bigint) => (balance >= 0n ? mulDivDown(balance, BASE_INDEX_SCALE, index) : -mulDivUp(-balance, BASE_INDEX_SCALE, index));

/** Value of the balance plus all collateral at its liquidation factor. */
export function liquidity(balance: bigint, base: Base, collaterals: readonly Collateral[]): bigint {
  return sum(collaterals.map(({ amount, price, scale, liquidateCollateralFactor }) => mulFactor(mulPrice(amount, price, scale), liquidateCollateralFactor))) + mulPrice(balance, base.price, base.scale);
}

/** Debt and strictly negative liquidity; a debt without collateral is liquidatable, equality is safe. */
export function isLiquidatable(balance: bigint, base: Base, collaterals: readonly Collateral[]): boolean {
  return balance < 0n && liquidity(balance, base, collaterals) < 0n;
}

export interface Absorption {
  /** What the borrower keeps, in base: never negative. */
  readonly newBalance: bigint;
  /** What the reserves pay: `newBalance - balance`. */
  readonly basePaidOut: bigint;
  /** Debt that the credited collateral did not cover. */
  readonly shortfall: bigint;
  readonly seizedValue: bigint;
}

/** The whole account, always: every collateral is seized and credited at its liquidation factor, each product rounded down. */
export function absorb(balance: bigint, base: Base, collaterals: readonly Collateral[]): Absorption {
  const values = collaterals.map(({ amount, price, scale }) => mulPrice(amount, price, scale));
  const credited = balance + divPrice(sum(values.map((value, k) => mulFactor(value, collaterals[k].liquidationFactor))), base.price, base.scale);
  const newBalance = credited > 0n ? credited : 0n;
  return { newBalance, basePaidOut: newBalance - balance, shortfall: newBalance - credited, seizedValue: sum(values) };
}

export interface Totals {
  readonly totalSupply: bigint;
  readonly totalBorrow: bigint;
  readonly reserves: bigint;
}

/** The market after absorbing accounts with these balances: debts leave the borrows, credits join the supply, reserves pay both. */
export function absorbAll(totals: Totals, accounts: readonly { readonly balance: bigint; readonly absorption: Absorption }[]): Totals {
  return accounts.reduce(
    ({ totalSupply, totalBorrow, reserves }, { balance, absorption }) => ({ totalSupply: totalSupply + absorption.newBalance, totalBorrow: totalBorrow + balance, reserves: reserves - absorption.basePaidOut }),
    totals,
  );
}

export interface StoreFront {
  readonly price: bigint;
  readonly storeFrontPriceFactor: bigint;
  readonly liquidationFactor: bigint;
}

/** Price at which seized collateral is sold: `price * (1 - storeFront * (1 - liquidationFactor))`, both products rounded down. */
export function discountedPrice({ price, storeFrontPriceFactor, liquidationFactor }: StoreFront): bigint {
  return mulFactor(price, FACTOR_SCALE - mulFactor(storeFrontPriceFactor, FACTOR_SCALE - liquidationFactor));
}

/** Collateral for an amount of base, rounded down. */
export function quoteCollateral(baseAmount: bigint, base: Base, asset: StoreFront & { readonly scale: bigint }): bigint {
  return (base.price * baseAmount * asset.scale) / discountedPrice(asset) / base.scale;
}
