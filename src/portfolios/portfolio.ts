import { ASSETS_MAX, Cash, choice, Choice, Flag, Fraction, Id, Input, Instant, List, Output, Part, Price, Quantity, Text, Whole } from '../api/fields.js';
import { LoanTerms } from '../api/terms.js';

export const ACCOUNTS_MAX = 20_000;
export const LOANS_MAX = 20_000;
/** Long and short of every asset. */
export const POSITIONS_MAX = 2 * ASSETS_MAX;
export const STOP_ORDERS_MAX = 1000;
const SYMBOL = 'CCXT symbol of an asset of the market.';
const ACCOUNT_REFERENCE = 'Own name, unique among accounts and loans.';
const REFERENCE = 'Own name, unique among portfolios.';
const VENUE = 'Rule pack that fills in what the loans leave out, and the market where that names none; GET /v1/venues lists them.';

export const MarginMode = choice('MarginMode', 'What stands behind a position: the whole account, or its own margin.', 'cross', 'isolated');
export type MarginMode = keyof typeof MarginMode;

export const PositionSide = choice('PositionSide', 'Gains when the price rises (long) or falls (short).', 'long', 'short');
export type PositionSide = keyof typeof PositionSide;

export const OrderSide = choice('OrderSide', 'What an order does.', 'buy', 'sell');
export type OrderSide = keyof typeof OrderSide;

@Part('Coins that back an account, valued at mark price less a haircut.')
export class Collateral {
  @Text(SYMBOL)
  symbol: string;

  @Quantity('Units held.')
  quantity: number;

  @Fraction('Part of the value that does not count.', { below: 1 })
  haircut: number = 0;
}

@Part('A position in a perpetual or future.')
export class Position {
  @Text(SYMBOL)
  symbol: string;

  @Choice(PositionSide, 'Direction.')
  side: PositionSide;

  @Quantity('Contracts held.', { above: 0 })
  contracts: number;

  @Quantity("Units in one contract; absent: the asset's.", { above: 0, optional: true })
  contractSize?: number | null;

  @Price('Average entry price.')
  entryPrice: number;

  @Quantity('Isolated only: cash behind this position, without unrealised profit.', { optional: true })
  margin?: number | null;

  @Quantity('Required whatever the price: fees and funding that the venue set aside, in settlement money.', { optional: true })
  fixedFee?: number | null;
}

@Part('An order that waits for its trigger price and then goes to the market.')
export class StopOrder {
  @Text(SYMBOL)
  symbol: string;

  @Choice(OrderSide, 'What it does when triggered.')
  side: OrderSide;

  @Quantity('Contracts.', { above: 0 })
  amount: number;

  @Price('Sell: triggers at or below. Buy: at or above.')
  triggerPrice: number;

  @Flag('Never turns or opens a position.')
  reduceOnly: boolean = false;
}

@Part('An account on a derivatives exchange. Isolated: every position stands alone on its own margin.')
export class MarginAccount {
  @Text(ACCOUNT_REFERENCE)
  reference: string;

  @Choice(MarginMode, 'What stands behind a position.')
  marginMode: MarginMode;

  @Cash('Cross only: cash without unrealised profit; negative when borrowed.')
  balance: number = 0;

  @List(() => Collateral, ASSETS_MAX, 'Cross only: coins besides the cash.')
  collateral: Collateral[] = [];

  @List(() => Position, POSITIONS_MAX, 'Open positions; of one symbol at most one long and one short.')
  positions: Position[] = [];

  @List(() => StopOrder, STOP_ORDERS_MAX, 'Waiting orders; isolated: each reduces a held position.')
  stopOrders: StopOrder[] = [];
}

@Part('Coins that secure a loan.')
export class LoanCollateral {
  @Text(SYMBOL)
  symbol: string;

  @Quantity('Units deposited.')
  quantity: number;

  @Fraction('Part of the value that counts against the debts.', { above: 0 })
  liquidationThreshold: number;
}

@Part('What a loan owes in one asset.')
export class Debt {
  @Text('CCXT symbol of an asset of the market; absent: the valuation currency.', { optional: true })
  symbol?: string | null;

  @Quantity('Units owed.')
  quantity: number;
}

@Part('A collateralised loan: liquidated when its health factor falls below 1.')
export class Loan extends LoanTerms {
  @Text(ACCOUNT_REFERENCE)
  reference: string;

  @List(() => LoanCollateral, ASSETS_MAX, 'Deposits.', { min: 1 })
  collateral: LoanCollateral[];

  @List(() => Debt, ASSETS_MAX, 'Debts.', { min: 1 })
  debts: Debt[];

  @Fraction('Share of the seized collateral that is sold on the market.')
  dumpedShare: number = 1;
}

@Input('Margin accounts and loans that may be liquidated.')
export class PortfolioInput {
  @Text(REFERENCE, { optional: true })
  reference?: string | null;

  @Text('Name for people.')
  name: string;

  @Text(VENUE, { optional: true })
  venue?: string | null;

  @List(() => MarginAccount, ACCOUNTS_MAX, 'Accounts on derivatives exchanges.')
  accounts: MarginAccount[] = [];

  @List(() => Loan, LOANS_MAX, 'Collateralised loans.')
  loans: Loan[] = [];
}

@Output('Margin accounts and loans that may be liquidated, as stored.')
export class Portfolio extends PortfolioInput {
  @Id('UUIDv7.')
  id: string;

  @Instant('When it was created.')
  createdAt: Date;

  @Instant('When it was last replaced.')
  updatedAt: Date;
}

@Output('A portfolio in a list: how many accounts and loans it has, not which.')
export class PortfolioSummary {
  @Id('UUIDv7.')
  id: string;

  @Text(REFERENCE, { optional: true })
  reference?: string | null;

  @Text('Name for people.')
  name: string;

  @Text(VENUE, { optional: true })
  venue?: string | null;

  @Whole('Accounts on derivatives exchanges.', { min: 0, max: ACCOUNTS_MAX })
  accountCount: number;

  @Whole('Collateralised loans.', { min: 0, max: LOANS_MAX })
  loanCount: number;

  @Instant('When it was created.')
  createdAt: Date;

  @Instant('When it was last replaced.')
  updatedAt: Date;
}
