import { Injectable } from '@nestjs/common';
import { ApiError, type Issue, refuseInconsistent } from '../api/errors.js';
import { issue } from '../api/rules.js';
import { inTurns, type Work } from '../api/turns.js';
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

export interface SweptDocuments extends Omit<RunDocuments, 'scenario'> {
  readonly scenarios: readonly ScenarioInput[];
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

  /** The same under many scenarios, or under one that is swept. */
  async sweptById({ marketId, portfolioId, scenarioId, scenarioIds }: { marketId: string; portfolioId: string; scenarioId?: string | null; scenarioIds?: string[] | null }): Promise<SweptDocuments> {
    const named = scenarioIds ? this.listed(scenarioIds) : this.scenario(scenarioId!).then((scenario) => [scenario]);
    const [market, portfolio, scenarios] = await Promise.all([this.market(marketId), this.portfolio(portfolioId), named]);
    return inTurns(withVenueTerms({ market, portfolio, scenarios }, this.venues));
  }

  /** What the documents leave out comes from the packs of their venues. */
  filled(documents: RunDocuments, inline: Inline = {}): Promise<RunDocuments> {
    return inTurns(withVenueTerms(documents, this.venues, inline));
  }

  /** What is wrong inside inline documents, with pointers into each. */
  *issues({ market, portfolio, scenario }: Inline): Work<Issue[]> {
    const below = (name: string, issues: readonly Issue[]) => issues.map((each) => ({ ...each, pointer: `/${name}${each.pointer}` }));
    return [
      ...(market ? below('market', yield* this.markets.issues(market)) : []),
      ...(portfolio ? below('portfolio', yield* this.portfolios.issues(portfolio)) : []),
      ...(scenario ? below('scenario', yield* this.scenarios.issues(scenario)) : []),
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

  private async listed(ids: readonly string[]): Promise<ScenarioInput[]> {
    const found = await this.scenarios.readAll(ids);
    refuseInconsistent(found.flatMap((scenario, i) => (scenario ? [] : [issue(['sweep', 'scenarioIds', i], 'NOT_FOUND', 'names nothing that is there')])));
    return found.map((scenario) => asPosted(scenario!));
  }
}

function asPosted<T extends { id: string; version: number; createdAt: Date; updatedAt: Date }>({ id: _id, version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...document }: T): Omit<T, 'id' | 'version' | 'createdAt' | 'updatedAt'> {
  return document;
}

/** A document that another one names and that is not there is a fault of the one that names it. */
function unknownAt(pointer: string): (error: unknown) => never {
  return (error) => {
    if (error instanceof ApiError && error.code === 'NOT_FOUND') throw new ApiError('INCONSISTENT_INPUT', error.message, [{ pointer, code: 'NOT_FOUND', message: 'names nothing that is there' }]);
    throw error;
  };
}
