import { ASSETS_MAX, Choice, List, Output, Quantity, Text } from '../api/fields.js';
import type * as engine from '../engine/index.js';
import { PositionSide } from '../portfolios/portfolio.js';

@Output('What deleveraging did to one side of one asset.')
export class DeleveragedSide implements engine.DeleveragedSide {
  @Text('Symbol of the asset.')
  symbol: string;

  @Choice(PositionSide, 'Side of those who were deleveraged.')
  side: engine.DeleveragedSide['side'];

  @Quantity('Units closed against as many of the liquidated side.')
  quantity: number;

  @Quantity('Their value at the final price.')
  value: number;

  @Quantity('Profit that they gave up.')
  haircut: number;
}

@Output('Who bore the losses of one exchange: deficit = fundPaid + deleveragedLoss + socialisedLoss + uncovered.')
export class ExchangeLosses implements engine.ExchangeLosses {
  @Text('Its name; null where the market states no exchange.', { nullable: true })
  exchange: string | null;

  @Quantity('Bad debt of its accounts and loans.')
  deficit: number;

  @Quantity('Fees of accounts closed by force, as far as they had anything left; they go to the fund.')
  liquidationFees: number;

  @Quantity('Insurance fund before.')
  fundBefore: number;

  @Quantity('What the fund paid.')
  fundPaid: number;

  @Quantity('fundBefore + liquidationFees - fundPaid.')
  fundAfter: number;

  @Quantity('Paid by the profits of the other side.')
  deleveragedLoss: number;

  @Quantity('Paid by all its accounts with equity.')
  socialisedLoss: number;

  @Quantity('Paid by nobody: creditors bear it.')
  uncovered: number;

  @List(() => DeleveragedSide, 2 * ASSETS_MAX, 'Deleveraging, by asset and side.')
  deleveraged: DeleveragedSide[];
}
