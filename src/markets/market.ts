import { ASSETS_MAX, Id, Input, Instant, Levels, List, Numeric, One, Output, Part, Price, Quantity, Text } from '../api/fields.js';
import { Impact, ImpactModel } from '../api/impact.js';
import { ContractRules, MarginTier, TIERS_MAX } from '../api/terms.js';

export { ContractRules, MarginTier, TIERS_MAX };

const REFERENCE = 'Own name, unique among markets.';

@Part('Resting orders, best first, as CCXT has them.')
export class OrderBook {
  @Levels('Buyers: [price, size in units], highest price first.')
  bids: number[][];

  @Levels('Sellers: [price, size in units], lowest price first.')
  asks: number[][];
}

@Part('What the market says of one instrument.')
export class Asset {
  @Text('CCXT symbol, such as BTC/USDT:USDT.')
  symbol: string;

  @Price('Mark price.')
  price: number;

  @Quantity('Smallest step of a sale in units.', { above: 0, optional: true })
  lotSize?: number | null;

  @Quantity('Units in one contract; of an inverse contract its face in currency.', { above: 0 })
  contractSize: number = 1;

  @Quantity('Units traded per day.', { above: 0, optional: true })
  dailyVolume?: number | null;

  @Numeric('Standard deviation of the daily return, as a fraction.', { min: 0, optional: true })
  dailyVolatility?: number | null;

  @One(() => Impact, 'How selling moves the price.')
  impact: Impact = Object.assign(new Impact(), { model: ImpactModel.none });

  @One(() => OrderBook, 'Resting orders; the impact model orderBook walks them.', { optional: true })
  orderBook?: OrderBook | null;

  @One(() => ContractRules, "Margin rules of its contract; what is left out is the venue's.", { optional: true })
  contract?: ContractRules | null;

  @List(() => MarginTier, TIERS_MAX, "Maintenance margin by notional: from 0, without gaps, rates never falling; empty: the venue's.")
  tiers: MarginTier[] = [];
}

@Input('Prices, liquidity and margin rules at an instant.')
export class MarketInput {
  @Text(REFERENCE, { optional: true })
  reference?: string | null;

  @Text('Name for people.')
  name: string;

  @Text('Valuation currency of all prices and cash.', { max: 20 })
  currency: string = 'USD';

  @Instant('When the numbers were so.', { optional: true })
  asOf?: Date | null;

  @Text('Where the numbers come from.', { max: 2000, optional: true })
  source?: string | null;

  @Text('Rule pack that fills in what the assets leave out, such as binance-usdm; GET /v1/venues lists them.', { optional: true })
  venue?: string | null;

  @List(() => Asset, ASSETS_MAX, 'Every instrument that portfolios may hold.', { min: 1 })
  assets: Asset[];
}

@Output('Prices, liquidity and margin rules at an instant, as stored.')
export class Market extends MarketInput {
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
    type Impact = import('../api/impact.js').Impact;
    type ContractRules = import('../api/terms.js').ContractRules;
    type OrderBook = import('./market.js').OrderBook;
  }
}
