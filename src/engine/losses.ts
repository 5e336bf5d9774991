import type { Book } from './book.js';
import type { Cascade } from './cascade.js';
import { equity, type State } from './health.js';

/** Of a deficit; less is rounding, and covered. */
export const COVER_TOLERANCE = 1e-12;

/** Who bore the losses of the rounds (README section 6). Arrays per row, valuation currency. */
export interface Waterfall {
  readonly exchanges: readonly ExchangeLosses[];
  /** Lots and cash once fees, covers and shares are booked. */
  readonly after: State;
  /** What a row closed by force cannot pay: negative equity, or a loan's debt once its collateral is gone. */
  readonly deficit: Float64Array;
  readonly byFund: Float64Array;
  readonly byDeleveraging: Float64Array;
  readonly bySocialisation: Float64Array;
  readonly uncovered: Float64Array;
  readonly fee: Float64Array;
  /** What the row gave: profit, a share of the socialised loss; and its contracts closed against those of others, at the end price. */
  readonly haircut: Float64Array;
  readonly socialised: Float64Array;
  readonly deleveragedValue: Float64Array;
  /** Chance that deleveraging reaches the row, if what it must cover is uniform between 0 and what it was here (README section 6). */
  readonly chance: Float64Array;
}

/** One exchange, valuation currency. `deficit = fundPaid + deleveragedLoss + socialisedLoss + uncovered`. */
export interface ExchangeLosses {
  /** Null: the one without a name. */
  readonly exchange: string | null;
  readonly deficit: number;
  readonly liquidationFees: number;
  readonly fundBefore: number;
  readonly fundPaid: number;
  /** fundBefore + liquidationFees - fundPaid. */
  readonly fundAfter: number;
  readonly deleveragedLoss: number;
  readonly socialisedLoss: number;
  readonly uncovered: number;
  readonly deleveraged: readonly DeleveragedSide[];
}

/** What deleveraging did to one side of one asset. */
export interface DeleveragedSide {
  readonly symbol: string;
  /** Of those who were deleveraged. */
  readonly side: 'long' | 'short';
  /** Units closed against the same number of the liquidated side. */
  readonly quantity: number;
  /** At the end price. */
  readonly value: number;
  readonly haircut: number;
}

/** The losses of one exchange while they are shared: `left` is what is still uncovered. */
export interface Losses {
  readonly course: Cascade;
  readonly rows: readonly number[];
  /** Currency per lot. */
  readonly value: Float64Array;
  readonly book: Book;
  readonly to: Waterfall;
  readonly left: Float64Array;
}

/** Loans and institutions owe to lenders: other accounts do not pay for them, nor they for others. */
export function isMargin({ book }: Losses, row: number): boolean {
  return book.rows[row].loan === null && book.rows[row].institution === null;
}

export function equityAfter({ book, to, value }: Losses, row: number): number {
  return equity(book, to.after, value, row);
}

export function pay({ to }: Losses, row: number, column: Float64Array, money: number): void {
  column[row] += money;
  to.after.cash[row] -= money;
}

export function cover({ to, left }: Losses, row: number, column: Float64Array, money: number): void {
  column[row] += money;
  to.after.cash[row] += money;
  left[row] -= money;
  if (left[row] <= COVER_TOLERANCE * to.deficit[row]) left[row] = 0;
}

export function total(values: Iterable<number>): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
