import { Injectable } from '@nestjs/common';
import { ApiError } from '../api/errors.js';
import type { MarketInput } from '../markets/market.js';
import { MarketsService } from '../markets/markets.service.js';
import type { PortfolioInput } from '../portfolios/portfolio.js';
import { PortfoliosService } from '../portfolios/portfolios.service.js';
import type { ScenarioInput } from '../scenarios/scenario.js';
import { ScenariosService } from '../scenarios/scenarios.service.js';

export interface RunDocuments {
  readonly market: MarketInput;
  readonly portfolio: PortfolioInput;
  readonly scenario: ScenarioInput;
}

/** Reads the documents of a run as they were posted, without ids and dates. */
@Injectable()
export class Inputs {
  constructor(
    private readonly markets: MarketsService,
    private readonly portfolios: PortfoliosService,
    private readonly scenarios: ScenariosService,
  ) {}

  async byId({ marketId, portfolioId, scenarioId }: { marketId: string; portfolioId: string; scenarioId: string }): Promise<RunDocuments> {
    const [market, portfolio, scenario] = await Promise.all([this.market(marketId), this.portfolio(portfolioId), this.scenario(scenarioId)]);
    return { market, portfolio, scenario };
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
