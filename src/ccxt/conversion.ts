import { ASSETS_MAX, Choice, Foreign, Input, List, One, Output, Text, Texts, Whole } from '../api/fields.js';
import { MarketInput } from '../markets/market.js';
import { MarginMode, PortfolioInput } from '../portfolios/portfolio.js';
import { CcxtRemark, REMARKS_MAX } from './remarks.js';

/** Items of one posted answer; fetchMarkets() of the largest venues has some 4,000. */
export const ITEMS_MAX = 20_000;
/** Leaves room for what is put behind it. */
const ACCOUNT_MAX = 150;

@Input('What CCXT says of one exchange account. Properties that CCXT adds, and info, are no fault.')
export class CcxtPortfolioInput {
  @Foreign(ITEMS_MAX, 'fetchPositions() as it came.')
  positions: unknown;

  @Foreign(ITEMS_MAX, 'fetchBalance() as it came: the cash behind cross positions.', { optional: true })
  balance?: unknown;

  @Foreign(ITEMS_MAX, 'fetchMarkets() or exchange.markets: contract sizes, where positions do not tell them.', { optional: true })
  markets?: unknown;

  @Text('Reference of the account in the portfolio.', { max: ACCOUNT_MAX })
  account: string = 'main';

  @Choice(MarginMode, 'What stands behind positions that do not tell; absent: the whole account.', { optional: true })
  marginMode?: MarginMode | null;

  @Text('Name of the portfolio.')
  name: string = 'CCXT portfolio';
}

@Output('A portfolio that can be posted as it is.')
export class ConvertedPortfolio extends PortfolioInput {}

@Output('What became of positions and balance.')
export class CcxtPortfolio {
  @One(() => ConvertedPortfolio, 'Can be posted as it is.')
  portfolio: ConvertedPortfolio;

  @Whole('Positions of size zero, which are passed over.', { min: 0, max: ITEMS_MAX })
  emptyPositions: number;

  @List(() => CcxtRemark, REMARKS_MAX, 'What could not be mapped, item by item.')
  unmapped: CcxtRemark[];

  @List(() => CcxtRemark, REMARKS_MAX, 'What was taken for granted.')
  assumptions: CcxtRemark[];
}

@Input('What CCXT says of the instruments of one exchange, each a list or an object by symbol. Properties that CCXT adds, and info, are no fault.')
export class CcxtMarketInput {
  @Foreign(ITEMS_MAX, 'fetchMarkets() or exchange.markets: contract sizes and kinds.', { optional: true })
  markets?: unknown;

  @Foreign(ITEMS_MAX, 'fetchLeverageTiers(): maintenance margin.', { optional: true })
  leverageTiers?: unknown;

  @Foreign(ITEMS_MAX, 'fetchOrderBook() of each symbol: liquidity.', { optional: true })
  orderBooks?: unknown;

  @Foreign(ITEMS_MAX, 'fetchTickers() or fetchMarkPrices(): prices and volumes; without them prices are the middle of the book.', { optional: true })
  tickers?: unknown;

  @Texts(ASSETS_MAX, 'Symbols to convert; absent: all that have a book or tiers, and without those all that have a ticker.', { optional: true })
  symbols?: string[] | null;

  @Text('Name of the market.')
  name: string = 'CCXT market';
}

@Output('A market that can be posted as it is.')
export class ConvertedMarket extends MarketInput {}

@Output('What became of the instruments.')
export class CcxtMarket {
  @One(() => ConvertedMarket, 'Can be posted as it is; null when no instrument could be mapped.', { nullable: true })
  market: ConvertedMarket | null;

  @List(() => CcxtRemark, REMARKS_MAX, 'What could not be mapped, item by item.')
  unmapped: CcxtRemark[];

  @List(() => CcxtRemark, REMARKS_MAX, 'What was taken for granted.')
  assumptions: CcxtRemark[];
}
