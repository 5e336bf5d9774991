import { ASSETS_MAX, choice, Choice, Choices, Fraction, Id, Input, Instant, List, Numeric, One, Output, Part, Quantity, Text, Version, Whole } from '../api/fields.js';
import { Impact } from '../api/impact.js';

const SYMBOL = 'CCXT symbol of an asset of the market.';
const ROUNDS_MAX = 10_000;
const COOLDOWN_MAX = 1000;
/** A price can lose all but something and rise to elevenfold. */
export const SHOCK = { above: -1, max: 10 } as const;

export const CloseOutPolicy = choice('CloseOutPolicy', 'How much of a liquidated account is closed.', 'full', 'partial', 'staged');
export type CloseOutPolicy = keyof typeof CloseOutPolicy;

export const SettlementRule = choice('SettlementRule', 'When the proceeds of an institution pay debt back.', 'atOnce', 'nextRound');
export const ExecutionRule = choice('ExecutionRule', 'Price that the trades of a round get: the mean along the curve, the mean of the prices before and after, or the price after.', 'average', 'midpoint', 'after');
export const TradingOrder = choice('TradingOrder', 'In which the parties of a round trade: all at once at one price, or one after the other, each along its own part of the curve: by reference, by margin ratio (health factor, leverageMax over leverage), or by gross value, the largest first.', 'together', 'byReference', 'leastHealthFirst', 'largestFirst');
export const Fault = choice(
  'Fault',
  'Faults of published models. wipedOutStop: an institution that loses its equity on the way stops selling. needCutToCash: an institution needs no more than its cash, pays that back and raises as much by sales. linearUnbounded: the linear rule sells on beyond holdings and equity. singlePass: contracts are shared out in deleveraging with one pass over the remainders, which may close too few.',
  'wipedOutStop',
  'needCutToCash',
  'linearUnbounded',
  'singlePass',
);
const REGIMES = 'Multiplies the depth once more: calm 1, stressed 0.5, severe 0.1, airPocket 0.02, aftermath 0.7. Orders of magnitude from press reports, not measurements.';
export const LiquidityRegime = choice('LiquidityRegime', 'How thin the books are, by name.', 'calm', 'stressed', 'severe', 'airPocket', 'aftermath');

@Part('The first move of one price, before anybody is liquidated.')
export class PriceShock {
  @Text(SYMBOL)
  symbol: string;

  @Numeric('Relative move: -0.1 falls by 10 %.', SHOCK)
  shock: number;
}

@Part('How liquidated accounts are closed.')
export class CloseOut {
  @Choice(CloseOutPolicy, 'full: everything is sold. partial: the smallest slice of the positions that restores equity to targetMarginRatio times the requirement. staged: firstFraction of every position, and everything when the account is liquidatable cooldown rounds later or at any time after.')
  policy: CloseOutPolicy;

  @Numeric('partial only: equity over maintenance margin after the close-out; absent: 1.25.', { min: 1, optional: true })
  targetMarginRatio?: number | null;

  @Fraction('staged only: part of every position that the first stage closes; absent: 0.5.', { above: 0, optional: true })
  firstFraction?: number | null;

  @Whole('staged only: rounds from the first stage to the second; absent: 1.', { min: 1, max: COOLDOWN_MAX, optional: true })
  cooldown?: number | null;
}

@Part('Another impact of one asset than the market has.')
export class ImpactOverride {
  @Text(SYMBOL)
  symbol: string;

  @One(() => Impact, 'How selling moves the price.')
  impact: Impact;
}

export const Clearing = choice('Clearing', 'rounds: one after the other. equilibrium: no rounds, one clearing at P = F(Q(P)) in which everybody trades at the clearing price.', 'rounds', 'equilibrium');
export type Clearing = keyof typeof Clearing;

@Part('How the rounds run. What is left out does not happen: no recovery, no bound on what is sold in a round, no arbitrage.')
export class Dynamics {
  @Choice(Clearing, 'How prices are found.', { optional: true })
  clearing?: Clearing;

  @Choice(ExecutionRule, 'Price that the trades of a round get; absent: average.', { optional: true })
  execution?: keyof typeof ExecutionRule | null;

  @Fraction('Instead of execution: part of the move of a round that its trades bear; 0: they get the price before, 1: the price after.', { optional: true })
  executionShare?: number | null;

  @Choice(TradingOrder, 'Who trades is decided at the marks before the round, whatever the order; absent: together.', { optional: true })
  order?: keyof typeof TradingOrder | null;

  @Choice(SettlementRule, 'atOnce: what institutions sell pays debt back at once. nextRound: it is cash until they next act. Absent: atOnce.', { optional: true })
  settlement?: keyof typeof SettlementRule | null;

  @Whole('Stop after so many rounds.', { min: 1, max: ROUNDS_MAX, optional: true })
  maxRounds?: number | null;

  @Fraction('Part of the temporary displacement of a price that is gone a round later.', { optional: true })
  recovery?: number | null;

  @Fraction('Part of the displacement that is temporary; absent: all of it.', { optional: true })
  temporaryShare?: number | null;

  @Quantity('Largest value that one exchange closes by force in a round, in the valuation currency, by account reference; the rest waits and is looked at again a round later.', { above: 0, optional: true })
  throughput?: number | null;

  @Quantity('Depth of a round is divided by 1 plus this times realised volatility over dailyVolatility.', { optional: true })
  volatilityThinning?: number | null;

  @Fraction('Part of the gap between the listings of an asset that arbitrage closes after every round.', { optional: true })
  arbitrage?: number | null;

  @Choices(Fault, 'To be reproduced on purpose, to compare with those models.', { optional: true })
  faults?: (keyof typeof Fault)[] | null;
}

@Input('A shock and the rules of what follows.')
export class ScenarioInput {
  @Text('Own name, unique among scenarios.', { optional: true })
  reference?: string | null;

  @Text('Name for people.')
  name: string;

  @List(() => PriceShock, ASSETS_MAX, 'First moves of single prices.')
  shocks: PriceShock[] = [];

  @Numeric('First move of every price that shocks does not list.', SHOCK)
  marketShock: number = 0;

  @Numeric('Multiplies the depth of every asset: 1 calm, below 1 thinner.', { above: 0 })
  depthMultiplier: number = 1;

  @One(() => CloseOut, 'How liquidated accounts are closed.')
  closeOut: CloseOut = Object.assign(new CloseOut(), { policy: CloseOutPolicy.full });

  @List(() => ImpactOverride, ASSETS_MAX, 'Assets whose impact differs from what the market says.')
  impactOverrides: ImpactOverride[] = [];

  @One(() => Dynamics, 'How the rounds run.', { optional: true })
  dynamics?: Dynamics | null;

  @Choice(LiquidityRegime, REGIMES, { optional: true })
  liquidityRegime?: keyof typeof LiquidityRegime | null;
}

@Output('A shock and the rules of what follows, as stored.')
export class Scenario extends ScenarioInput {
  @Id('UUIDv7.')
  id: string;

  @Version()
  version: number;

  @Instant('When it was created.')
  createdAt: Date;

  @Instant('When it was last replaced.')
  updatedAt: Date;
}

declare global {
  // The JSON columns of prisma/schema.prisma are typed by these names.
  // eslint-disable-next-line @typescript-eslint/no-namespace
  namespace Stored {
    type PriceShocks = import('./scenario.js').PriceShock[];
    type CloseOut = import('./scenario.js').CloseOut;
    type Dynamics = import('./scenario.js').Dynamics;
    type LiquidityRegime = keyof typeof import('./scenario.js').LiquidityRegime;
    type ImpactOverrides = import('./scenario.js').ImpactOverride[];
  }
}
