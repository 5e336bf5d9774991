import { requirement, tierAt, type TierTable, tierTable } from '../tiers.js';

/**
 * Hyperliquid perpetuals, in doubles: USD, coins, USD per coin.
 * Source of every formula: Hyperliquid docs, Trading: Liquidations, Margin tiers, Auto-deleveraging; Info endpoint, clearinghouseState (read 2026-11).
 */

/** From `lowerBound` USD of notional on, at most `maxLeverage`. */
export interface LeverageTier {
  readonly lowerBound: number;
  readonly maxLeverage: number;
}

/** Margin tables that are not a single tier, by id (docs, Margin tiers). */
export const MARGIN_TABLES: Readonly<Record<number, readonly LeverageTier[]>> = {
  51: [{ lowerBound: 0, maxLeverage: 10 }, { lowerBound: 3_000_000, maxLeverage: 5 }],
  54: [{ lowerBound: 0, maxLeverage: 20 }, { lowerBound: 70_000_000, maxLeverage: 10 }],
  55: [{ lowerBound: 0, maxLeverage: 25 }, { lowerBound: 100_000_000, maxLeverage: 15 }],
  56: [{ lowerBound: 0, maxLeverage: 40 }, { lowerBound: 150_000_000, maxLeverage: 20 }],
};

/** Table ids below this are one tier whose leverage is the id. */
const FIRST_TIERED_TABLE = 50;

/** Share of the maintenance margin below which the liquidator vault takes over. */
export const BACKSTOP_RATIO = 2 / 3;

/** Positions above this notional, USD, are first closed by `FIRST_SLICE`; after that slice the rest must wait `COOLDOWN_SECONDS`. */
export const PARTIAL_LIQUIDATION_NOTIONAL = 100_000;
export const FIRST_SLICE = 0.2;
export const COOLDOWN_SECONDS = 30;

/** Relative rounding room at a tier's bound, where both tiers require the same. */
const EDGE = 1e-12;

/** Tiers of a margin table id. Throws for an unknown one. */
export function leverageTiers(marginTableId: number): readonly LeverageTier[] {
  if (marginTableId > 0 && marginTableId < FIRST_TIERED_TABLE) return [{ lowerBound: 0, maxLeverage: marginTableId }];
  const tiers = MARGIN_TABLES[marginTableId];
  if (tiers === undefined) throw new RangeError(`margin table ${marginTableId} is not known`);
  return tiers;
}

/** Half of the initial rate at the tier's maximum leverage: `1 / (2 * maxLeverage)`. */
export function maintenanceRate(maxLeverage: number): number {
  return 1 / (2 * maxLeverage);
}

/** Rates and deductions, continuous at the bounds: `d_k = d_(k-1) + lowerBound_k * (l_k - l_(k-1))`. */
export function maintenanceTiers(tiers: readonly LeverageTier[]): TierTable {
  return tierTable(tiers.map(({ lowerBound, maxLeverage }) => ({ minNotional: lowerBound, maxNotional: null, maintenanceMarginRate: maintenanceRate(maxLeverage) })));
}

/** `notional * l - d` in the tier that holds `notional`, USD. */
export function maintenanceMargin(tiers: readonly LeverageTier[], notional: number): number {
  return requirement(maintenanceTiers(tiers), notional);
}

/** Margin of an isolated position with its unrealised profit, USD: `rawUsd + positionValue`, the value signed like the position. */
export function marginUsed(rawUsd: number, positionValue: number): number {
  return rawUsd + positionValue;
}

/** A position at any price with the equity it has there: entry with the margin paid in, or mark with the account value. */
export interface Holding {
  /** Coins; negative = short. */
  readonly size: number;
  readonly price: number;
  /** Isolated: margin with the profit at `price`. Cross: account value at `price`. */
  readonly equity: number;
  /** Maintenance margin of the other cross positions, 0 for an isolated one. */
  readonly otherMaintenance?: number;
}

/**
 * Price at which equity equals the maintenance margin, USD per coin, the others standing still:
 * `(s * Q * P - equity + other - d) / (Q * (s - l))` in the tier that holds AT that price; equal to the docs'
 * `P - s * marginAvailable / Q / (1 - l * s)`. Null where no positive price is one.
 */
export function liquidationPrice({ size, price, equity, otherMaintenance = 0 }: Holding, tiers: readonly LeverageTier[]): number | null {
  const table = maintenanceTiers(tiers);
  const units = Math.abs(size);
  const cash = size * price - equity + otherMaintenance;
  for (let k = 0; k < table.floors.length; k++) {
    const candidate = (cash - table.amounts[k]) / (size - units * table.rates[k]);
    const notional = units * candidate;
    const ceiling = table.floors[k + 1] ?? Infinity;
    if (candidate > 0 && notional >= table.floors[k] * (1 - EDGE) && notional <= ceiling * (1 + EDGE)) return candidate;
  }
  return null;
}

/** The same from the cash leg of an isolated position: `-rawUsd / (size * (1 - l * s))` in a single tier; no entry price is needed. */
export function liquidationPriceOfCash(position: { readonly size: number; readonly rawUsd: number }, tiers: readonly LeverageTier[]): number | null {
  return liquidationPrice({ size: position.size, price: 0, equity: position.rawUsd }, tiers);
}

/** Price at which equity is zero; null where not positive. */
export function bankruptcyPrice({ size, price, equity }: Holding): number | null {
  const zero = price - equity / size;
  return zero > 0 && Number.isFinite(zero) ? zero : null;
}

/** Equity below the maintenance margin; equality is safe. */
export function isLiquidatable(equity: number, maintenance: number): boolean {
  return equity < maintenance;
}

/**
 * What happens at this equity: nothing, market orders to the book, the liquidator vault (below two thirds of the maintenance margin, which is not returned),
 * or auto-deleveraging (below zero). Isolated-only and HIP-3 assets have no backstop.
 */
export function stage(equity: number, maintenance: number, hasBackstop = true): 'healthy' | 'market' | 'backstop' | 'autoDeleveraging' {
  if (!isLiquidatable(equity, maintenance)) return 'healthy';
  if (equity < 0) return 'autoDeleveraging';
  return hasBackstop && equity < BACKSTOP_RATIO * maintenance ? 'backstop' : 'market';
}

/** Coins the next market order closes: a fifth of a position above $100k, all of it otherwise or after the cooldown. */
export function closeSize(size: number, price: number, isAfterCooldown = false): number {
  const units = Math.abs(size);
  return !isAfterCooldown && units * price > PARTIAL_LIQUIDATION_NOTIONAL ? units * FIRST_SLICE : units;
}

/** A winner as auto-deleveraging sees him, all at the mark; `accountValue` of the cross account or of the isolated position. */
export interface Counterparty {
  readonly size: number;
  readonly markPrice: number;
  readonly entryPrice: number;
  readonly accountValue: number;
}

/** Rank, highest first: `(mark / entry) * (notional / accountValue)`. Documented for longs; a short's profit factor is taken as `entry / mark`. */
export function deleveragingIndex({ size, markPrice, entryPrice, accountValue }: Counterparty): number {
  const profit = size > 0 ? markPrice / entryPrice : entryPrice / markPrice;
  return (profit * Math.abs(size) * markPrice) / accountValue;
}

/**
 * Closes the bankrupt position against the other side in the order of the index, at the mark before the one that made it bankrupt.
 * Returns coins closed per counterparty, in the order given; positions on the same side stay whole. Whoever has no position is never touched.
 */
export function deleverage(size: number, counterparties: readonly Counterparty[]): number[] {
  const closed = new Array<number>(counterparties.length).fill(0);
  let left = Math.abs(size);
  const queue = counterparties.map((_, n) => n).filter((n) => Math.sign(counterparties[n].size) === -Math.sign(size));
  queue.sort((a, b) => deleveragingIndex(counterparties[b]) - deleveragingIndex(counterparties[a]));
  for (const n of queue) {
    closed[n] = Math.min(left, Math.abs(counterparties[n].size));
    left -= closed[n];
  }
  return closed;
}

/** Highest leverage a position of this notional may have, that of its tier. */
export function maxLeverage(tiers: readonly LeverageTier[], notional: number): number {
  return tiers[tierAt(maintenanceTiers(tiers), notional)].maxLeverage;
}
