import { ASSETS_MAX, Choice, Input, List, Numeric, One, Output, Part, Price, Quantity, Text } from '../api/fields.js';
import { OrderSide } from '../portfolios/portfolio.js';
import { AskedUnderScenarioInput } from './asked.js';
import { AccountOutcome, Summary, Threshold } from './results.js';

export const CHANGES_MAX = 1000;
/** Accounts answered when nothing is changed. */
export const ROWS_MAX = 1000;

@Part('An order taken as filled before the scenario, without impact of its own. It reduces the opposite position first, then opens or adds.')
export class OrderChange {
  @Text('Reference of the account.')
  account: string;

  @Text('Symbol of an asset of the market.')
  symbol: string;

  @Choice(OrderSide, 'Direction.')
  side: OrderSide;

  @Quantity('Contracts.', { above: 0 })
  amount: number;

  @Price('Price of the fill; absent: the mark.', { optional: true })
  price?: number | null;
}

@Part('Collateral moved into an account, or out of it.')
export class TransferChange {
  @Text('Reference of the account, loan or institution.')
  account: string;

  @Text('Cross account or loan: units of this asset; absent: cash, and for a loan less debt in the valuation currency. Institution: units of this asset; absent: cash. Isolated account: the position whose margin changes.', { optional: true })
  symbol?: string | null;

  @Numeric('Units or cash; negative = out.')
  amount: number;
}

@Part('What is tried. Orders come before transfers.')
export class Changes {
  @List(() => OrderChange, CHANGES_MAX, 'Orders to add.')
  orders: OrderChange[] = [];

  @List(() => TransferChange, CHANGES_MAX, 'Collateral to move.')
  transfers: TransferChange[] = [];
}

@Input('A question that leaves nothing behind. Each document inline or by id; without a scenario nothing is shocked.')
export class WhatIfInput extends AskedUnderScenarioInput {
  @One(() => Changes, 'What is tried.')
  changes: Changes = new Changes();
}

@Output('One side of the comparison.')
export class WhatIfSide {
  @One(() => Summary, 'The cascade.')
  summary: Summary;

  @List(() => AccountOutcome, ROWS_MAX, `The accounts that are changed; without changes the first ${ROWS_MAX}.`)
  accounts: AccountOutcome[];

  @List(() => Threshold, ROWS_MAX * ASSETS_MAX, 'Liquidation prices of the same accounts.')
  thresholds: Threshold[];
}

@Output('The same run without the changes and with them.')
export class WhatIf {
  @One(() => WhatIfSide, 'Without the changes.')
  before: WhatIfSide;

  @One(() => WhatIfSide, 'With the changes.')
  after: WhatIfSide;
}

