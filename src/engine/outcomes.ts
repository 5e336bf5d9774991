import { type Book, lotValues } from './book.js';
import { type Cascade, tradedValues } from './cascade.js';
import { cause, type Cause } from './cause.js';
import { assetsValue, equity, healthFactor, initialState, type State } from './health.js';
import { queueLights } from './other-side.js';
import { waterfall } from './waterfall.js';

export type AccountState = 'untouched' | 'stopped' | 'reduced' | 'called' | 'deleveraged' | 'liquidated';

export interface AccountOutcome {
  readonly account: string;
  /** The position's symbol where it is isolated. */
  readonly symbol: string | null;
  readonly state: AccountState;
  readonly cause: Cause | null;
  /** Round of the first close-out or call. */
  readonly round: number | null;
  readonly equityBefore: number;
  readonly equityShocked: number;
  /** Once fees are paid and losses borne. */
  readonly equityAfter: number;
  /** Margin ratio or health factor at the marks before and after; null where nothing is required. */
  readonly healthFactorBefore: number | null;
  readonly healthFactorAfter: number | null;
  /** Assets / equity of an institution; null without equity. */
  readonly leverageBefore: number | null;
  readonly leverageAfter: number | null;
  readonly valueSold: number;
  readonly valueBought: number;
  readonly debtRepaid: number;
  /** Collateral value seized beyond the debt repaid. */
  readonly liquidationPenalty: number;
  /** A call lowered the loan's health factor: its loan-to-value was above `1 / (1 + bonus)`. */
  readonly wasToxic: boolean;
  /** Negative equity, or debt left without collateral, before anybody else paid: the sum of the covers and `uncovered`. */
  readonly badDebt: number;
  readonly coveredByFund: number;
  readonly coveredByDeleveraging: number;
  readonly coveredBySocialisation: number;
  readonly uncovered: number;
  readonly liquidationFee: number;
  /** Unrealised profit given up by deleveraging. */
  readonly haircut: number;
  readonly socialisedLoss: number;
  /** Contracts closed against those of the other side, at the end price. */
  readonly deleveragedValue: number;
  /** Lights in the deleveraging queue before the shock, 5 = the first fifth to go; null without contracts. */
  readonly adlRank: number | null;
  /** Chance that deleveraging reaches it, if what it must cover is uniform between 0 and what it was here; null without contracts. */
  readonly adlProbability: number | null;
}

/** One outcome a row, in the order of the references. */
export function* outcomes(course: Cascade): Generator<AccountOutcome> {
  const { book, closedIn, wasInBreach } = course;
  const losses = waterfall(course);
  const rank = queueLights(book);
  const before = { state: initialState(book), value: lotValues(book, book.price) };
  const shockedValue = lotValues(book, course.shockedPrice);
  const finalValue = lotValues(book, course.finalPrice);
  const traded = tradedValues(course);
  const stopped = new Set(course.ledger.row.filter((_, n) => course.ledger.action[n] === 'stopOrder'));
  for (let row = 0; row < book.rows.length; row++) {
    const { account, symbol, loan, institution } = book.rows[row];
    yield {
      account,
      symbol,
      state: closedIn[row] ? (loan ? 'called' : course.isClosed[row] ? 'liquidated' : institution ? 'deleveraged' : 'reduced') : stopped.has(row) ? 'stopped' : 'untouched',
      cause: closedIn[row] ? cause(wasInBreach[row] === 1, course.isDirect[row] === 1) : null,
      round: closedIn[row] || null,
      equityBefore: equity(book, before.state, before.value, row),
      equityShocked: equity(book, before.state, shockedValue, row),
      equityAfter: equity(book, losses.after, finalValue, row),
      healthFactorBefore: healthFactor(book, before.state, before.value, row),
      healthFactorAfter: healthFactor(book, losses.after, finalValue, row),
      leverageBefore: institution ? leverage(book, before.state, before.value, row) : null,
      leverageAfter: institution ? leverage(book, losses.after, finalValue, row) : null,
      valueSold: traded.sold[row],
      valueBought: traded.bought[row],
      debtRepaid: course.repaid[row],
      liquidationPenalty: loan ? course.seized[row] - course.repaid[row] : 0,
      wasToxic: course.wasToxic[row] === 1,
      badDebt: losses.deficit[row],
      coveredByFund: losses.byFund[row],
      coveredByDeleveraging: losses.byDeleveraging[row],
      coveredBySocialisation: losses.bySocialisation[row],
      uncovered: losses.uncovered[row],
      liquidationFee: losses.fee[row],
      haircut: losses.haircut[row],
      socialisedLoss: losses.socialised[row],
      deleveragedValue: losses.deleveragedValue[row],
      adlRank: rank[row] || null,
      adlProbability: rank[row] ? losses.chance[row] : null,
    };
  }
}

function leverage(book: Book, state: State, value: Float64Array, row: number): number | null {
  const own = equity(book, state, value, row);
  return own > 0 ? assetsValue(book, state, value, row) / own : null;
}
