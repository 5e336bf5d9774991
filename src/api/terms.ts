/** Terms of contracts and loans: a market and a portfolio state their own, a venue's pack those of the venue. */
import type { Issue } from './errors.js';
import { choice, Choice, Fraction, Numeric, Part, Quantity } from './fields.js';
import { issue, type Path } from './rules.js';

export const TIERS_MAX = 200;

export const ContractKind = choice('ContractKind', 'Settled in currency (linear) or in the coin itself (inverse).', 'linear', 'inverse');
export type ContractKind = keyof typeof ContractKind;

export const RequirementBasis = choice('RequirementBasis', 'The value that the maintenance margin is taken of.', 'mark', 'entry');
export type RequirementBasis = keyof typeof RequirementBasis;

export const TierFamily = choice('TierFamily', 'How the tiers of a position make one rate.', 'marginal', 'flat', 'sizeLinear');
export type TierFamily = keyof typeof TierFamily;

export const TierUnit = choice('TierUnit', 'What minNotional and maxNotional count.', 'notional', 'contracts', 'coin');
export type TierUnit = keyof typeof TierUnit;

export const FeeBasis = choice('FeeBasis', 'The value that the fee of closing is taken of.', 'mark', 'entry', 'bankruptcy');
export type FeeBasis = keyof typeof FeeBasis;

@Part('How the maintenance requirement of a contract is made. Settlement money is currency for a linear contract, coins for an inverse one.')
export class ContractRules {
  @Choice(ContractKind, "inverse: coin-settled; contracts times contractSize is its face in currency, its isolated margin is coins. Absent: the venue's, else linear.", { optional: true })
  kind?: ContractKind;

  @Choice(RequirementBasis, "entry: the requirement is frozen on the value at the entry price. Absent: the venue's, else mark.", { optional: true })
  requirementBasis?: RequirementBasis;

  @Choice(TierFamily, "marginal: continuous, each rate on its own bracket. flat: the tier's rate on the whole position. sizeLinear: the one tier's rate plus rateSlope times coins, on the whole position. Absent: the venue's, else marginal.", { optional: true })
  tierFamily?: TierFamily;

  @Choice(TierUnit, "What the tiers count. Absent: the venue's, else notional of a linear contract, coins of an inverse one.", { optional: true })
  tierUnit?: TierUnit;

  @Numeric('sizeLinear: rate per coin.', { min: 0, optional: true })
  rateSlope?: number | null;

  @Fraction('Part of the value that the requirement adds for the fee of closing.', { below: 1, optional: true })
  feeRate?: number | null;

  @Choice(FeeBasis, "The value that feeRate is taken of; bankruptcy: where the isolated margin is gone, for a cross position the entry. Absent: the venue's, else mark.", { optional: true })
  feeBasis?: FeeBasis;

  @Fraction('Fee inside the bankruptcy price, on the value there.', { below: 1, optional: true })
  closingFeeRate?: number | null;
}

@Part('One bracket of notional and the maintenance margin it needs.')
export class MarginTier {
  @Quantity('Lower end in currency, or in what tierUnit says; the first tier starts at 0.')
  minNotional: number;

  @Quantity('Upper end, where the next tier starts; absent: no upper end.', { above: 0, optional: true })
  maxNotional?: number | null;

  @Fraction('Maintenance margin as a fraction of notional.', { below: 1 })
  maintenanceMarginRate: number;

  @Quantity('Deducted from rate times notional, settlement money; absent: what makes the tiers continuous.', { optional: true })
  maintenanceAmount?: number | null;

  @Numeric('Highest leverage offered.', { above: 0, optional: true })
  maxLeverage?: number | null;
}

@Part('How much of a loan one liquidation takes, and at what price.')
export class LoanTerms {
  @Fraction("Largest part of the debt that one liquidation repays; absent: the venue's, else 1.", { above: 0, optional: true })
  closeFactor?: number | null;

  @Fraction("The liquidator seizes collateral worth the repaid debt times 1 plus this; absent: the venue's, else 0.", { below: 1, optional: true })
  liquidationBonus?: number | null;

  @Fraction('Health factor at or below which one liquidation may repay all of the debt.', { optional: true })
  fullCloseHealthFactor?: number | null;

  @Quantity('Value of collateral or debt, valuation currency, below which one liquidation may repay all of the debt.', { optional: true })
  fullCloseBelow?: number | null;

  @Quantity('Value of collateral or debt, valuation currency, that a partial liquidation must leave; where it would not, it repays all.', { optional: true })
  minimumLeftover?: number | null;
}

/** What the tier family needs and lacks. */
export function contractIssues({ contract, tiers }: { readonly contract?: ContractRules | null; readonly tiers: readonly MarginTier[] }, at: Path): Issue[] {
  if (contract?.tierFamily !== 'sizeLinear') return [];
  return [
    ...(contract.rateSlope == null ? [issue([...at, 'contract', 'rateSlope'], 'MISSING', 'is needed by the tier family sizeLinear')] : []),
    ...(tiers.length === 1 ? [] : [issue([...at, 'tiers'], tiers.length === 0 ? 'MISSING' : 'FORBIDDEN', 'must be one tier for the tier family sizeLinear')]),
  ];
}

/** Gaps, overlaps and falling rates. */
export function tierIssues(tiers: readonly MarginTier[], at: Path): Issue[] {
  return tiers.flatMap((tier, i) => {
    const start = i === 0 ? 0 : (tiers[i - 1]!.maxNotional ?? Infinity);
    const here = (field: keyof MarginTier) => [...at, i, field];
    return [
      ...(tier.minNotional > start ? [issue(here('minNotional'), 'GAP', `leaves a gap after ${start}`)] : []),
      ...(tier.minNotional < start ? [issue(here('minNotional'), 'OVERLAP', start === Infinity ? 'comes after a tier without upper end' : `overlaps the tier that ends at ${start}`)] : []),
      ...(tier.maxNotional != null && tier.maxNotional <= tier.minNotional ? [issue(here('maxNotional'), 'OUT_OF_RANGE', 'must be above minNotional')] : []),
      ...(i > 0 && tier.maintenanceMarginRate < tiers[i - 1]!.maintenanceMarginRate ? [issue(here('maintenanceMarginRate'), 'FALLING', 'is below the rate of the tier before it')] : []),
    ];
  });
}
