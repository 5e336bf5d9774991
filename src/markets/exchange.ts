import { choice, Choice, Fraction, LAG_MAX, Numeric, One, Part, Quantity, Text, Whole } from '../api/fields.js';

export const EXCHANGES_MAX = 64;

export const MarkRule = choice('MarkRule', "What an exchange calls the price: its own last one, or the weighted median or mean of all listings' last prices.", 'last', 'indexMedian', 'indexMean');

@Part('How an exchange makes the mark that liquidates its accounts.')
export class MarkPrice {
  @Choice(MarkRule, 'Which last prices it is made of.')
  rule: keyof typeof MarkRule;

  @Whole('Rounds by which the mark is late.', { min: 0, max: LAG_MAX })
  lag: number = 0;
}

export const DeleveragingPolicy = choice('DeleveragingPolicy', 'Who pays for a loss that the fund cannot pay: nobody in particular, the first in the queue by return times leverage, all pro rata to their profit, or all pro rata to their equity up to their profit.', 'none', 'queue', 'proRata', 'cappedProRata');
export const DeleveragingMethod = choice('DeleveragingMethod', 'How: the other side gives unrealised profit, or closes its contracts against those that found no counterparty in the book.', 'profit', 'contracts');
export const DeleveragingPrice = choice('DeleveragingPrice', 'Price at which contracts of both sides are closed against each other: where the liquidated side owes nothing, or the mark.', 'bankruptcy', 'mark');

@Part('Who pays for what the insurance fund cannot pay; what is left after that is shared by all accounts of the exchange pro rata to their equity.')
export class Deleveraging {
  @Choice(DeleveragingPolicy, 'Who pays.')
  policy: keyof typeof DeleveragingPolicy;

  @Choice(DeleveragingMethod, 'How; absent: profit.', { optional: true })
  method?: keyof typeof DeleveragingMethod | null;

  @Choice(DeleveragingPrice, 'contracts only: at which price; absent: bankruptcy.', { optional: true })
  price?: keyof typeof DeleveragingPrice | null;
}

@Part('An exchange or lending market: its own order flow, mark, fund and rules of loss.')
export class Exchange {
  @Text('Own name, unique in the market; listings, accounts and loans name it.')
  name: string;

  @One(() => MarkPrice, 'How it makes its mark; absent: its own last price.', { optional: true })
  markPrice?: MarkPrice | null;

  @Quantity('Insurance fund, in the valuation currency; absent: 0.', { optional: true })
  insuranceFund?: number | null;

  @Fraction('Part of the value closed by force that the account pays to the fund, as far as it has anything left; absent: 0.', { optional: true })
  liquidationFeeRate?: number | null;

  @One(() => Deleveraging, 'Who pays for what the fund cannot pay; absent: nobody, it stays uncovered.', { optional: true })
  deleveraging?: Deleveraging | null;
}

@Part('What selling one asset does to the price of another, on top of its own impact.')
export class CrossImpact {
  @Text('CCXT symbol of the asset whose price moves.')
  symbol: string;

  @Text('CCXT symbol of the asset that is sold.')
  soldSymbol: string;

  @Numeric('Fall of the price in currency per unit, for each unit sold; negative: it rises.')
  lambda: number;
}

declare global {
  // The JSON columns of prisma/schema.prisma are typed by these names.
  // eslint-disable-next-line @typescript-eslint/no-namespace
  namespace Stored {
    type Exchanges = import('./exchange.js').Exchange[];
    type CrossImpacts = import('./exchange.js').CrossImpact[];
  }
}
