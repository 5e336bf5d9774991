import { ASSETS_MAX, choice, Choice, Flag, Input, List, Numeric, One, Output, Part, Price, Quantity, Text, Whole } from '../api/fields.js';
import type * as engine from '../engine/index.js';
import { PositionSide } from '../portfolios/portfolio.js';
import { AskedUnderScenarioInput } from './asked.js';
import { NoThreshold, Threshold } from './results.js';

/** Thresholds answered; name an account to see its own. */
export const PRICES_MAX = 1000;
export const LINES_MAX = 1000;
export const POINTS_MAX = 10_000;
const CONTRACTS_MAX = 2;

export const ThresholdEnd = choice('ThresholdEnd', 'Which end of the safe prices.', 'below', 'above');

@Part('A range of one price.')
export class PriceRange {
  @Text('Symbol of an asset of the market.')
  symbol: string;

  @Price('Lower end.')
  from: number;

  @Price('Upper end.')
  to: number;
}

@Part('A box of two prices in which the line of zero health is drawn.')
export class FrontierInput {
  @Text('Reference of the account or loan.')
  account: string;

  @Text('Symbol of the position where it is isolated.', { optional: true })
  position?: string | null;

  @One(() => PriceRange, 'First price.')
  x: PriceRange;

  @One(() => PriceRange, 'Second price.')
  y: PriceRange;
}

@Input('Which liquidation prices, explained. Each document inline or by id; a scenario adds the threshold along its shocks.')
export class LiquidationPricesInput extends AskedUnderScenarioInput {
  @Text('Only this account or loan.', { optional: true })
  account?: string | null;

  @One(() => FrontierInput, 'Also where two prices together liquidate one account.', { optional: true })
  frontier?: FrontierInput | null;
}

@Output('A contract of the asset at the liquidation price, in the tier that holds there.')
export class ExplainedContract implements engine.ExplainedContract {
  @Choice(PositionSide, 'Direction.')
  side: PositionSide;

  @Quantity('Units; of an inverse contract face value / entry price.')
  quantity: number;

  @Price('Average entry price.')
  entryPrice: number;

  @Numeric('Unrealised profit.')
  unrealisedProfit: number;

  @Whole('Tier, from 0; null for an empty table.', { nullable: true })
  tier: number | null;

  @Numeric('Maintenance rate of the tier.')
  maintenanceMarginRate: number;

  @Numeric('Maintenance amount that the tier deducts.')
  maintenanceAmount: number;

  @Numeric('Fee rate that the requirement adds.')
  feeRate: number;

  @Numeric('Fee that it adds whatever the price.')
  fixedFee: number;

  @Numeric('Rate, amount and fees together.')
  requirement: number;
}

@Output('One end of the safe prices, re-marked there.')
export class ExplainedEnd implements engine.ExplainedEnd {
  @Choice(ThresholdEnd, 'Which end.')
  side: engine.ExplainedEnd['side'];

  @Price('The liquidation price.')
  price: number;

  @List(() => ExplainedContract, CONTRACTS_MAX, 'The contracts of the asset.')
  contracts: ExplainedContract[];

  @Numeric('Margin equity there.')
  equity: number;

  @Numeric('Requirement there.')
  requirement: number;

  @Numeric('equity - requirement: zero to rounding, or negative where a jump of the requirement makes the threshold.')
  health: number;
}

@Output('A liquidation price with the terms that make it, so that it can be recomputed by hand. Money in the valuation currency.')
export class Explanation implements engine.Explanation {
  @One(() => Threshold, 'The threshold.')
  threshold: Threshold;

  @Whole('Number of the equation in src/engine/README.md.')
  equation: engine.Explanation['equation'];

  @List(() => ExplainedEnd, 2, 'Each end that exists.')
  ends: ExplainedEnd[];

  @Numeric("Margin that the price does not move: cash, and other assets' collateral after haircuts; debts are negative.")
  collateral: number;

  @Numeric('Units of the asset beside its contracts: collateral after its haircut, debts negative.')
  collateralUnits: number;

  @Numeric('Unrealised profit of the other positions at their marks.')
  otherUnrealisedProfit: number;

  @Numeric('Requirement of the other positions at their marks.')
  otherRequirement: number;
}

@Output('A price of one asset.')
export class AssetPrice {
  @Text('Symbol of the asset.')
  symbol: string;

  @Price('Price.')
  price: number;
}

@Output("How far the scenario's shocks, all scaled alike, can go before the account is liquidated while nobody else acts.")
export class DirectionalThreshold implements engine.DirectionalThreshold {
  @Text('Reference of the account or loan.')
  account: string;

  @Text('Symbol of the position where it is isolated.', { nullable: true })
  symbol: string | null;

  @Quantity('Smallest multiple of the shocks that liquidates it; 0 in breach.', { nullable: true })
  shockScale: number | null;

  @Choice(NoThreshold, 'Why there is none.', { nullable: true })
  reason: engine.NoThreshold | null;

  @List(() => AssetPrice, ASSETS_MAX, 'Prices there.')
  prices: AssetPrice[];

  @Flag('Already liquidatable at the mark.')
  isInBreach: boolean;
}

@Output('A point of two prices.')
export class FrontierPoint {
  @Price('First price.')
  x: number;

  @Price('Second price.')
  y: number;
}

@Output('A line of prices at which health is zero.')
export class FrontierLine {
  @List(() => FrontierPoint, POINTS_MAX, 'Vertices, end to end.')
  points: FrontierPoint[];
}

@Output('Liquidation prices, explained.')
export class LiquidationPrices {
  @List(() => Explanation, PRICES_MAX, `By account and asset; the first ${PRICES_MAX}.`)
  items: Explanation[];

  @List(() => DirectionalThreshold, PRICES_MAX, 'Along the shocks of the scenario; empty without one.')
  alongScenario: DirectionalThreshold[];

  @List(() => FrontierLine, LINES_MAX, 'Where two prices together liquidate the account asked for; empty when its health has one sign in the box.')
  frontier: FrontierLine[];
}
