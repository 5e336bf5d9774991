import type { ContractRules, MarginTier } from './inputs.js';

/**
 * Tiered maintenance requirement of one asset's contract (README eq. 3): `rate_k * x - amount_k` in the tier k that holds x.
 * Marginal tiers are continuous at their edges: `amount_k = amount_(k-1) + floor_k * (rate_k - rate_(k-1))`.
 */
export interface TierTable {
  readonly floors: Float64Array;
  readonly rates: Float64Array;
  readonly amounts: Float64Array;
  /** The amount was stated by the venue, in settlement money; else it counts in units of the tiers. */
  readonly isStated: Uint8Array;
  readonly rules: Rules;
  /** Linear, on the mark, tiers by notional, nothing beside them: `requirement` says it all, and the cascade takes that short way. */
  readonly isPlain: boolean;
}

export type Rules = { readonly [K in keyof ContractRules]-?: NonNullable<ContractRules[K]> };

export function rulesOf(contract: ContractRules | null | undefined): Rules {
  const { kind = 'linear', requirementBasis = 'mark', tierFamily = 'marginal', feeBasis = 'mark' } = contract ?? {};
  const tierUnit = contract?.tierUnit ?? (kind === 'linear' ? 'notional' : 'coin');
  return { kind, requirementBasis, tierFamily, tierUnit, feeBasis, feeRate: contract?.feeRate ?? 0, rateSlope: contract?.rateSlope ?? 0, closingFeeRate: contract?.closingFeeRate ?? 0 };
}

/** `hasFixedFees`: some position of the contract states one. */
export function tierTable(tiers: readonly MarginTier[], contract?: ContractRules | null, hasFixedFees = false): TierTable {
  const rules = rulesOf(contract);
  const floors = Float64Array.from(tiers, (tier) => tier.minNotional);
  const rates = Float64Array.from(tiers, (tier) => tier.maintenanceMarginRate);
  const isStated = Uint8Array.from(tiers, (tier) => Number(tier.maintenanceAmount != null));
  const amounts = new Float64Array(tiers.length);
  for (let k = 0; k < tiers.length; k++) {
    if (isStated[k]) amounts[k] = tiers[k].maintenanceAmount!;
    else if (k > 0 && rules.tierFamily === 'marginal') amounts[k] = amounts[k - 1] + floors[k] * (rates[k] - rates[k - 1]);
  }
  const isPlain = rules.kind === 'linear' && rules.requirementBasis === 'mark' && rules.tierFamily !== 'sizeLinear' && rules.tierUnit === 'notional' && rules.feeRate === 0 && !hasFixedFees;
  return { floors, rates, amounts, isStated, rules, isPlain };
}

/** The tier that holds at `notional` (>= 0), the last one above the table's end; -1 for an empty table. */
export function tierAt({ floors }: TierTable, notional: number): number {
  let [low, high] = [0, floors.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (notional < floors[middle]) high = middle - 1;
    else low = middle;
  }
  return high;
}

/** Maintenance requirement of one position of a plain contract, valuation currency. */
export function requirement(table: TierTable, notional: number): number {
  const k = tierAt(table, notional);
  return k < 0 ? 0 : table.rates[k] * notional - table.amounts[k];
}
