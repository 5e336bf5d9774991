import { Injectable } from '@nestjs/common';
import { ApiError, type Issue } from '../api/errors.js';
import type { MarketInput } from '../markets/market.js';
import { MarketsService } from '../markets/markets.service.js';
import type { PortfolioInput } from '../portfolios/portfolio.js';
import { PortfoliosService } from '../portfolios/portfolios.service.js';
import type { ScenarioInput } from '../scenarios/scenario.js';
import { ScenariosService } from '../scenarios/scenarios.service.js';
import { VenuesService } from '../venues/venues.service.js';
import { withVenueTerms } from './venue-terms.js';

export interface RunDocuments {
  readonly market: MarketInput;
  readonly portfolio: PortfolioInput;
  readonly scenario: ScenarioInput;
}

/** Documents that came with the question itself. */
export type Inline = { readonly [K in keyof RunDocuments]?: RunDocuments[K] | null };

/** Reads the documents of a run as they were posted, without ids and dates. */
@Injectable()
export class Inputs {
  constructor(
    private readonly markets: MarketsService,
    private readonly portfolios: PortfoliosService,
    private readonly scenarios: ScenariosService,
    private readonly venues: VenuesService,
  ) {}

  async byId({ marketId, portfolioId, scenarioId }: { marketId: string; portfolioId: string; scenarioId: string }): Promise<RunDocuments> {
    const [market, portfolio, scenario] = await Promise.all([this.market(marketId), this.portfolio(portfolioId), this.scenario(scenarioId)]);
    return this.filled({ market, portfolio, scenario });
  }

  /** What the documents leave out comes from the packs of their venues. */
  filled(documents: RunDocuments, inline: Inline = {}): RunDocuments {
    return withVenueTerms(documents, this.venues, inline);
  }

  /** What is wrong inside inline documents, with pointers into each. */
  issues({ market, portfolio, scenario }: Inline): Issue[] {
    const below = (name: string, issues: readonly Issue[]) => issues.map((each) => ({ ...each, pointer: `/${name}${each.pointer}` }));
    return [
      ...(market ? below('market', this.markets.issues(market)) : []),
      ...(portfolio ? below('portfolio', this.portfolios.issues(portfolio)) : []),
      ...(scenario ? below('scenario', this.scenarios.issues(scenario)) : []),
    ];
  }

  market(id: string): Promise<MarketInput> {
    return this.markets.read(id).then(asPosted, unknownAt('/marketId'));
  }

  portfolio(id: string): Promise<PortfolioInput> {
    return this.portfolios.read(id).then(asPosted, unknownAt('/portfolioId'));
  }

  scenario(id: string): Promise<ScenarioInput> {
    return this.scenarios.read(id).then(asPosted, unknownAt('/scenarioId'));
  }
}

function asPosted<T extends { id: string; createdAt: Date; updatedAt: Date }>({ id: _id, createdAt: _createdAt, updatedAt: _updatedAt, ...document }: T): Omit<T, 'id' | 'createdAt' | 'updatedAt'> {
  return document;
}

/** A document that another one names and that is not there is a fault of the one that names it. */
function unknownAt(pointer: string): (error: unknown) => never {
  return (error) => {
    if (error instanceof ApiError && error.code === 'NOT_FOUND') throw new ApiError('INCONSISTENT_INPUT', error.message, [{ pointer, code: 'NOT_FOUND', message: 'names nothing that is there' }]);
    throw error;
  };
}
