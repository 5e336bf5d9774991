import { ASSETS_MAX, Cash, choice, Choice, Flag, Fraction, Id, Input, Instant, LAG_MAX, List, One, Output, Part, Price, Quantity, Text, Version, Whole } from '../api/fields.js';
import { LoanTerms } from '../api/terms.js';
import { Institution } from './institution.js';

export const ACCOUNTS_MAX = 20_000;
export const INSTITUTIONS_MAX = 20_000;
export const LOANS_MAX = 20_000;
/** Positions of a portfolio that is posted or read as one JSON document; larger ones are imported and exported. */
export const DOCUMENT_POSITIONS_MAX = 100_000;
/** Positions that a portfolio may hold, and lines that one import may have. */
export const PORTFOLIO_POSITIONS_MAX = 2_000_000;
/** Long and short of every asset. */
export const POSITIONS_MAX = 2 * ASSETS_MAX;
export const STOP_ORDERS_MAX = 1000;
const SYMBOL = 'CCXT symbol of an asset of the market.';
const ACCOUNT_REFERENCE = 'Own name, unique among accounts, loans and institutions.';
const REFERENCE = 'Own name, unique among portfolios.';
const EXCHANGE = 'Name of an exchange of the market; absent: the first.';
const VENUE = 'Rule pack that fills in what the loans leave out, and the market where that names none; GET /v1/venues lists them.';

export const MarginMode = choice('MarginMode', 'What stands behind a position: the whole account, or its own margin.', 'cross', 'isolated');
export type MarginMode = keyof typeof MarginMode;

export const PositionSide = choice('PositionSide', 'Gains when the price rises (long) or falls (short).', 'long', 'short');
export type PositionSide = keyof typeof PositionSide;

export const OrderSide = choice('OrderSide', 'What an order does.', 'buy', 'sell');
export type OrderSide = keyof typeof OrderSide;

export const OracleRule = choice('OracleRule', 'What a protocol takes for the price.', 'market', 'lagged', 'pegged');

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

  @Text(EXCHANGE, { optional: true })
  exchange?: string | null;
}

@Part('What a protocol takes for the price of an asset.')
export class Oracle {
  @Choice(OracleRule, "market: its exchange's mark. lagged: the same, late by lag rounds. pegged: fixed.")
  rule: keyof typeof OracleRule;

  @Whole('lagged only: rounds by which it is late; absent: 1.', { min: 1, max: LAG_MAX, optional: true })
  lag?: number | null;

  @Price('pegged only: the fixed price; absent: the price before the shock.', { optional: true })
  price?: number | null;
}

@Part('Coins that secure a loan.')
export class LoanCollateral {
  @Text(SYMBOL)
  symbol: string;

  @Quantity('Units deposited.')
  quantity: number;

  @Fraction('Part of the value that counts against the debts.', { above: 0 })
  liquidationThreshold: number;

  @One(() => Oracle, "What the protocol takes for the price; absent: its exchange's mark.", { optional: true })
  oracle?: Oracle | null;
}

@Part('What a loan owes in one asset.')
export class Debt {
  @Text('CCXT symbol of an asset of the market; absent: the valuation currency.', { optional: true })
  symbol?: string | null;

  @Quantity('Units owed.')
  quantity: number;

  @One(() => Oracle, "What the protocol takes for the price; absent: its exchange's mark.", { optional: true })
  oracle?: Oracle | null;
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

  @Text(EXCHANGE, { optional: true })
  exchange?: string | null;
}

@Input('Margin accounts, loans and institutions that may be forced to sell.')
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

  @List(() => Institution, INSTITUTIONS_MAX, 'Leveraged balance sheets: banks, funds.')
  institutions: Institution[] = [];
}

@Output('Margin accounts, loans and institutions that may be forced to sell, as stored.')
export class Portfolio extends PortfolioInput {
  @Id('UUIDv7.')
  id: string;

  @Version()
  version: number;

  @Instant('When it was created.')
  createdAt: Date;

  @Instant('When it was last replaced.')
  updatedAt: Date;
}

@Output('A portfolio in a list: how many accounts, loans and institutions it has, not which.')
export class PortfolioSummary {
  @Id('UUIDv7.')
  id: string;

  @Text(REFERENCE, { optional: true })
  reference?: string | null;

  @Text('Name for people.')
  name: string;

  @Text(VENUE, { optional: true })
  venue?: string | null;

  @Whole('Accounts on derivatives exchanges.', { min: 0, max: PORTFOLIO_POSITIONS_MAX })
  accountCount: number;

  @Whole('Positions of the accounts.', { min: 0, max: PORTFOLIO_POSITIONS_MAX })
  positionCount: number;

  @Whole('Collateralised loans.', { min: 0, max: LOANS_MAX })
  loanCount: number;

  @Whole('Institutions.', { min: 0, max: INSTITUTIONS_MAX })
  institutionCount: number;

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
    type Oracle = import('./portfolio.js').Oracle;
  }
}
