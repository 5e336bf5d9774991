import type { MarginTier } from './inputs.js';

/**
 * Tiered maintenance requirement, continuous at the tier edges (README eq. 3):
 * `rate_k * notional - amount_k` with `amount_k = amount_(k-1) + floor_k * (rate_k - rate_(k-1))`.
 */
export interface TierTable {
  readonly floors: Float64Array;
  readonly rates: Float64Array;
  readonly amounts: Float64Array;
}

export function tierTable(tiers: readonly MarginTier[]): TierTable {
  const floors = Float64Array.from(tiers, (tier) => tier.minNotional);
  const rates = Float64Array.from(tiers, (tier) => tier.maintenanceMarginRate);
  const amounts = new Float64Array(tiers.length);
  for (let k = 1; k < tiers.length; k++) amounts[k] = amounts[k - 1] + floors[k] * (rates[k] - rates[k - 1]);
  return { floors, rates, amounts };
}

/** The tier that holds at `notional` (>= 0), the last one above the table's end; -1 for an empty table. */
export function tierAt({ floors }: TierTable, notional: number): number {
  let k = floors.length - 1;
  while (k > 0 && notional < floors[k]) k--;
  return k;
}

/** Maintenance requirement of one position, valuation currency. */
export function requirement(table: TierTable, notional: number): number {
  const k = tierAt(table, notional);
  return k < 0 ? 0 : table.rates[k] * notional - table.amounts[k];
}
