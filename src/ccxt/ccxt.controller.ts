import { Body, Controller } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Acts } from '../api/doors.js';
import { CcxtService } from './ccxt.service.js';
import { CcxtMarket, CcxtMarketInput, CcxtPortfolio, CcxtPortfolioInput } from './conversion.js';
import { CcxtPositions, CcxtPositionsInput } from './position.js';

@ApiTags('ccxt')
@Controller('v1/ccxt')
export class CcxtController {
  constructor(private readonly ccxt: CcxtService) {}

  @Acts(CcxtPortfolio, 'Positions and balance, as CCXT gives them, as a portfolio: nothing is stored.', 'portfolio')
  portfolio(@Body() input: CcxtPortfolioInput): Promise<CcxtPortfolio> {
    return this.ccxt.portfolio(input);
  }

  @Acts(CcxtMarket, 'Markets, leverage tiers, order books and tickers, as CCXT gives them, as a market: nothing is stored.', 'market')
  market(@Body() input: CcxtMarketInput): Promise<CcxtMarket> {
    return this.ccxt.market(input);
  }

  @Acts(CcxtPositions, 'Positions of a portfolio in the shape of CCXT, with liquidation prices: nothing is stored.', 'positions')
  positions(@Body() input: CcxtPositionsInput): Promise<CcxtPositions> {
    return this.ccxt.positions(input);
  }
}
