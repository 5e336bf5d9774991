import { ASSETS_MAX, Fraction, Id, Input, Instant, Levels, List, Numeric, One, Output, Part, Price, Quantity, Text, Version } from '../api/fields.js';
import { Impact, ImpactModel } from '../api/impact.js';
import { ContractRules, MarginTier, TIERS_MAX } from '../api/terms.js';
import { CrossImpact, Exchange, EXCHANGES_MAX } from './exchange.js';

export { ContractRules, MarginTier, TIERS_MAX };

/** A full matrix over 128 assets. */
export const CROSS_IMPACTS_MAX = 16_384;
export const POOL_RANGES_MAX = 1000;

const REFERENCE = 'Own name, unique among markets.';

@Part('Resting orders, best first, as CCXT has them.')
export class OrderBook {
  @Levels('Buyers: [price, size in units], highest price first.')
  bids: number[][];

  @Levels('Sellers: [price, size in units], lowest price first.')
  asks: number[][];
}

@Part('Liquidity of an automated market maker between two prices.')
export class PoolRange {
  @Price('Lower end, currency per unit.')
  priceLow: number;

  @Price('Upper end.')
  priceHigh: number;

  @Quantity('L = sqrt(units * currency), as Uniswap v3 counts it.', { above: 0 })
  liquidity: number;
}

@Part('An automated market maker: reserves along the whole curve, or liquidity in ranges of the price.')
export class LiquidityPool {
  @Fraction('Part of what goes in that the pool keeps.', { below: 1 })
  fee: number = 0;

  @Quantity('constantProduct: units of the asset in the pool.', { above: 0, optional: true })
  reserve?: number | null;

  @Quantity('constantProduct: valuation currency in the pool.', { above: 0, optional: true })
  currencyReserve?: number | null;

  @List(() => PoolRange, POOL_RANGES_MAX, 'concentratedLiquidity: ranges with liquidity; where they overlap it adds up.')
  ranges: PoolRange[] = [];
}

@Part("An asset on one exchange; what is left out is the asset's.")
export class Listing {
  @Text('Name of an exchange of the market.')
  exchange: string;

  @Price("Last price there; absent: the asset's.", { optional: true })
  price?: number | null;

  @One(() => Impact, "How selling there moves the price there; absent: the asset's.", { optional: true })
  impact?: Impact | null;

  @One(() => OrderBook, "Resting orders there; absent: the asset's.", { optional: true })
  orderBook?: OrderBook | null;

  @One(() => LiquidityPool, "Automated market maker there; absent: the asset's.", { optional: true })
  pool?: LiquidityPool | null;

  @Quantity("Units traded there per day; absent: the asset's.", { above: 0, optional: true })
  dailyVolume?: number | null;

  @Quantity('Weight in indices.')
  indexWeight: number = 1;
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

  @One(() => LiquidityPool, 'Automated market maker; the impact models constantProduct and concentratedLiquidity sell into it.', { optional: true })
  pool?: LiquidityPool | null;

  @One(() => ContractRules, "Margin rules of its contract; what is left out is the venue's.", { optional: true })
  contract?: ContractRules | null;

  @List(() => MarginTier, TIERS_MAX, "Maintenance margin by notional: from 0, without gaps, rates never falling; empty: the venue's.")
  tiers: MarginTier[] = [];

  @List(() => Listing, EXCHANGES_MAX, 'Where it trades, each with its own depth; the first is where accounts go whose exchange does not list it. Absent: on the first exchange.', { optional: true })
  listings?: Listing[] | null;
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

  @List(() => Exchange, EXCHANGES_MAX, 'Where accounts stand and assets trade. Absent: one place for all, whose mark is the last price.', { optional: true })
  exchanges?: Exchange[] | null;

  @List(() => CrossImpact, CROSS_IMPACTS_MAX, 'The matrix of cross-impact, pair by pair.', { optional: true })
  crossImpact?: CrossImpact[] | null;
}

@Output('Prices, liquidity and margin rules at an instant, as stored.')
export class Market extends MarketInput {
  @Id('UUIDv7.')
  id: string;

  @Version()
  version: number;

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
    type Listings = import('./market.js').Listing[];
    type LiquidityPool = import('./market.js').LiquidityPool;
  }
}
