import { Id, Input, One } from '../api/fields.js';
import { MarketInput } from '../markets/market.js';
import { PortfolioInput } from '../portfolios/portfolio.js';
import { ScenarioInput } from '../scenarios/scenario.js';

/** What questions that leave nothing behind have in common: their documents. */
@Input('A market and a portfolio, each inline or by id.')
export class AskedInput {
  @One(() => MarketInput, 'The market.', { optional: true })
  market?: MarketInput | null;

  @Id('The stored market.', { optional: true })
  marketId?: string | null;

  @One(() => PortfolioInput, 'The portfolio.', { optional: true })
  portfolio?: PortfolioInput | null;

  @Id('The stored portfolio.', { optional: true })
  portfolioId?: string | null;
}

@Input('A market and a portfolio under a scenario, each inline or by id; without a scenario nothing is shocked.')
export class AskedUnderScenarioInput extends AskedInput {
  @One(() => ScenarioInput, 'The scenario.', { optional: true })
  scenario?: ScenarioInput | null;

  @Id('The stored scenario.', { optional: true })
  scenarioId?: string | null;
}
