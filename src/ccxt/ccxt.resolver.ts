import { Args, Query, Resolver } from '@nestjs/graphql';
import { Needs } from '../api/scopes.js';
import { CcxtService } from './ccxt.service.js';
import { CcxtMarket, CcxtMarketInput, CcxtPortfolio, CcxtPortfolioInput } from './conversion.js';
import { CcxtPositions, CcxtPositionsInput } from './position.js';

@Resolver()
export class CcxtResolver {
  constructor(private readonly ccxt: CcxtService) {}

  @Needs('simulate')
  @Query(() => CcxtPortfolio, { description: 'Positions and balance, as CCXT gives them, as a portfolio: nothing is stored.' })
  ccxtPortfolio(@Args('input') input: CcxtPortfolioInput): Promise<CcxtPortfolio> {
    return this.ccxt.portfolio(input);
  }

  @Needs('simulate')
  @Query(() => CcxtMarket, { description: 'Markets, leverage tiers, order books and tickers, as CCXT gives them, as a market: nothing is stored.' })
  ccxtMarket(@Args('input') input: CcxtMarketInput): Promise<CcxtMarket> {
    return this.ccxt.market(input);
  }

  @Needs('simulate')
  @Query(() => CcxtPositions, { description: 'Positions of a portfolio in the shape of CCXT, with liquidation prices: nothing is stored.' })
  ccxtPositions(@Args('input') input: CcxtPositionsInput): Promise<CcxtPositions> {
    return this.ccxt.positions(input);
  }
}
