import { ASSETS_MAX, choice, Choice, Id, Input, Instant, List, Numeric, One, Output, Part, Text } from '../api/fields.js';
import { Impact } from '../api/impact.js';

const SYMBOL = 'CCXT symbol of an asset of the market.';
/** A price can lose all but something and rise to elevenfold. */
const SHOCK = { above: -1, max: 10 } as const;

export const CloseOutPolicy = choice('CloseOutPolicy', 'How much of a liquidated account is closed.', 'full', 'partial');
export type CloseOutPolicy = keyof typeof CloseOutPolicy;

@Part('The first move of one price, before anybody is liquidated.')
export class PriceShock {
  @Text(SYMBOL)
  symbol: string;

  @Numeric('Relative move: -0.1 falls by 10 %.', SHOCK)
  shock: number;
}

@Part('How liquidated accounts are closed.')
export class CloseOut {
  @Choice(CloseOutPolicy, 'full: everything is sold. partial: the smallest slice of the positions that restores equity to targetMarginRatio times the requirement.')
  policy: CloseOutPolicy;

  @Numeric('partial only: equity over maintenance margin after the close-out; absent: 1.25.', { min: 1, optional: true })
  targetMarginRatio?: number | null;
}

@Part('Another impact of one asset than the market has.')
export class ImpactOverride {
  @Text(SYMBOL)
  symbol: string;

  @One(() => Impact, 'How selling moves the price.')
  impact: Impact;
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
}

@Output('A shock and the rules of what follows, as stored.')
export class Scenario extends ScenarioInput {
  @Id('UUIDv7.')
  id: string;

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
    type ImpactOverrides = import('./scenario.js').ImpactOverride[];
  }
}
