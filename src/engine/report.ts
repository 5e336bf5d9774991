import { type Book, HOLDING, lotValues } from './book.js';
import type { Cascade } from './cascade.js';
import { type Action } from './close-out.js';
import { equilibria, type Uncertified } from './equilibrium.js';
import { equity, healthFactor, initialState, type State } from './health.js';
import { toUnits } from './lots.js';

/** The answer in units and money. Moves are in currency per unit, negative = down; quantities in units. */
export interface Summary {
  readonly assets: readonly AssetImpact[];
  readonly totals: Totals;
  readonly convention: typeof CONVENTION;
}

export interface AssetImpact {
  readonly symbol: string;
  readonly priceBefore: number;
  readonly shockedPrice: number;
  readonly finalPrice: number;
  /** shockedPrice - priceBefore. */
  readonly exogenousMove: number;
  /** finalPrice - shockedPrice: what forced trading adds. */
  readonly endogenousMove: number;
  /** (finalPrice - priceBefore) / (shockedPrice - priceBefore), 1 when nothing is forced; null when the shock is 0 and the price moves all the same. */
  readonly amplification: number | null;
  readonly quantitySold: number;
  readonly quantityBought: number;
  readonly valueSold: number;
  readonly valueBought: number;
  /** Mean price of all forced trades, null without any. */
  readonly executionPrice: number | null;
  /** Net quantity that found no order-book level (negative = not bought). */
  readonly unfilled: number;
  /** finalPrice at the worst equilibrium; null where the search for one is not exact (`Totals.uncertifiedBecause`). */
  readonly worstPrice: number | null;
  /** The impact curve's floor or ceiling was reached. */
  readonly isBounded: boolean;
  readonly lotSize: number;
}

export interface Totals {
  readonly accounts: number;
  /** In breach before the shock; not counted as victims of it. */
  readonly inBreachBefore: number;
  /** Closed or called in round 1, by the shock alone, and later, by others' forced selling. */
  readonly liquidatedByShock: number;
  readonly liquidatedByCascade: number;
  readonly stopsTriggered: number;
  readonly valueSold: number;
  readonly valueBought: number;
  /** Negative equity left in closed accounts plus debt left without collateral. */
  readonly badDebt: number;
  readonly rounds: number;
  /** Nobody acts at the final prices; false: the bound on rounds was reached first. */
  readonly isFixedPoint: boolean;
  /** The certificate: true, no other equilibrium exists on this side of the shocked prices; false, a worse one does; null, nothing can be said and `uncertifiedBecause` says why. */
  readonly isUnique: boolean | null;
  readonly liquidatedAtWorst: number | null;
  readonly uncertifiedBecause: Uncertified | null;
}

/** The rules that the numbers depend on, by name. */
export const CONVENTION = {
  rounds: 'synchronous',
  impact: 'cumulative',
  execution: 'averageAlongCurve',
  fills: 'proRata',
  ties: 'accountReference',
  fullClose: 'positionsAndCollateral',
  marginTrigger: 'healthAtOrBelowZero',
  loanTrigger: 'healthFactorBelowOne',
} as const;

export type Cause = 'breachBeforeShock' | 'shock' | 'cascade';
export type AccountState = 'untouched' | 'stopped' | 'reduced' | 'called' | 'liquidated';

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
  readonly equityAfter: number;
  /** Margin ratio or health factor at the marks before and after; null where nothing is required. */
  readonly healthFactorBefore: number | null;
  readonly healthFactorAfter: number | null;
  readonly valueSold: number;
  readonly valueBought: number;
  readonly debtRepaid: number;
  /** Collateral value seized beyond the debt repaid. */
  readonly liquidationPenalty: number;
  /** A call lowered the loan's health factor: its loan-to-value was above `1 / (1 + bonus)`. */
  readonly wasToxic: boolean;
  readonly badDebt: number;
}

export interface RoundReport {
  readonly round: number;
  readonly prices: readonly RoundPrice[];
  readonly entries: readonly LedgerEntry[];
}

/** One asset that traded in a round. */
export interface RoundPrice {
  readonly symbol: string;
  readonly priceBefore: number;
  readonly priceAfter: number;
  readonly executionPrice: number | null;
  readonly quantitySold: number;
  readonly quantityBought: number;
  readonly unfilled: number;
}

export interface LedgerEntry {
  readonly account: string;
  readonly symbol: string;
  readonly action: Action;
  readonly cause: Cause;
  /** Units sold; negative = bought. */
  readonly quantity: number;
  readonly unfilled: number;
  readonly executionPrice: number | null;
  /** quantity * (price before the round - execution price). */
  readonly slippage: number;
}

export function summary(course: Cascade): Summary {
  const { book, rounds, ledger, closedIn, wasInBreach } = course;
  const traded = tradedValues(course);
  const found = equilibria(course);
  const worst = typeof found === 'string' ? null : found;
  const assets = book.assets.map((_, a) => ({ ...assetImpact(course, a), worstPrice: worst ? worst.price[a] : null }));
  const count = (matches: (row: number) => boolean) => book.rows.reduce((sum, _, row) => sum + Number(matches(row)), 0);
  let badDebts = 0;
  const finalValue = lotValues(book, course.finalPrice);
  for (let row = 0; row < book.rows.length; row++) badDebts += badDebt(course, finalValue, row);
  return {
    assets,
    totals: {
      accounts: book.rows.length,
      inBreachBefore: count((row) => wasInBreach[row] === 1),
      liquidatedByShock: count((row) => !wasInBreach[row] && closedIn[row] === 1),
      liquidatedByCascade: count((row) => !wasInBreach[row] && closedIn[row] > 1),
      stopsTriggered: ledger.action.filter((action) => action === 'stopOrder').length,
      valueSold: total(traded.sold),
      valueBought: total(traded.bought),
      badDebt: badDebts,
      rounds: rounds.length,
      isFixedPoint: course.isFixedPoint,
      isUnique: worst?.isUnique ?? null,
      liquidatedAtWorst: worst ? count((row) => worst.closed[row] === 1) : null,
      uncertifiedBecause: typeof found === 'string' ? found : null,
    },
    convention: CONVENTION,
  };
}

function assetImpact({ book, rounds, curves, shockedPrice, finalPrice, netSold }: Cascade, a: number): Omit<AssetImpact, 'worstPrice'> {
  const lot = book.lot[a];
  let sold = 0;
  let bought = 0;
  let unfilled = 0;
  let valueSold = 0;
  let valueBought = 0;
  for (const round of rounds) {
    unfilled += round.unfilled[a];
    if (round.sold[a] + round.bought[a] === 0) continue;
    sold += round.sold[a];
    bought += round.bought[a];
    valueSold += toUnits(lot, round.sold[a]) * round.execution[a];
    valueBought += toUnits(lot, round.bought[a]) * round.execution[a];
  }
  const exogenousMove = shockedPrice[a] - book.price[a];
  const endogenousMove = finalPrice[a] - shockedPrice[a];
  return {
    symbol: book.assets[a].symbol,
    priceBefore: book.price[a],
    shockedPrice: shockedPrice[a],
    finalPrice: finalPrice[a],
    exogenousMove,
    endogenousMove,
    amplification: endogenousMove === 0 ? 1 : exogenousMove === 0 ? null : (finalPrice[a] - book.price[a]) / exogenousMove,
    quantitySold: toUnits(lot, sold),
    quantityBought: toUnits(lot, bought),
    valueSold,
    valueBought,
    executionPrice: sold + bought > 0 ? (valueSold + valueBought) / toUnits(lot, sold + bought) : null,
    unfilled: toUnits(lot, unfilled),
    isBounded: curves[a].isBounded(toUnits(lot, netSold[a])),
    lotSize: lot.size,
  };
}

/** One outcome a row, in the order of the references. */
export function* outcomes(course: Cascade): Generator<AccountOutcome> {
  const { book, closedIn, wasInBreach, final } = course;
  const before = { state: initialState(book), value: lotValues(book, book.price) };
  const shockedValue = lotValues(book, course.shockedPrice);
  const finalValue = lotValues(book, course.finalPrice);
  const traded = tradedValues(course);
  const stopped = new Set(course.ledger.row.filter((_, n) => course.ledger.action[n] === 'stopOrder'));
  for (let row = 0; row < book.rows.length; row++) {
    const { account, symbol, loan } = book.rows[row];
    yield {
      account,
      symbol,
      state: closedIn[row] ? (loan ? 'called' : course.isClosed[row] ? 'liquidated' : 'reduced') : stopped.has(row) ? 'stopped' : 'untouched',
      cause: closedIn[row] ? cause(wasInBreach[row] === 1, closedIn[row]) : null,
      round: closedIn[row] || null,
      equityBefore: equity(book, before.state, before.value, row),
      equityShocked: equity(book, before.state, shockedValue, row),
      equityAfter: equity(book, final, finalValue, row),
      healthFactorBefore: healthFactor(book, before.state, before.value, row),
      healthFactorAfter: healthFactor(book, final, finalValue, row),
      valueSold: traded.sold[row],
      valueBought: traded.bought[row],
      debtRepaid: course.repaid[row],
      liquidationPenalty: course.seized[row] - course.repaid[row],
      wasToxic: course.wasToxic[row] === 1,
      badDebt: badDebt(course, finalValue, row),
    };
  }
}

/** The rounds with their ledgers, in order. */
export function* rounds(course: Cascade): Generator<RoundReport> {
  const { book, ledger } = course;
  let n = 0;
  for (let r = 0; r < course.rounds.length; r++) {
    const { before, after, execution, sold, bought, unfilled } = course.rounds[r];
    const prices = book.assets.flatMap((asset, a) => {
      if (sold[a] + bought[a] === 0 && unfilled[a] === 0) return [];
      const lot = book.lot[a];
      return [{ symbol: asset.symbol, priceBefore: before[a], priceAfter: after[a], executionPrice: known(execution[a]), quantitySold: toUnits(lot, sold[a]), quantityBought: toUnits(lot, bought[a]), unfilled: toUnits(lot, unfilled[a]) }];
    });
    const entries: LedgerEntry[] = [];
    for (; n < ledger.round.length && ledger.round[n] === r + 1; n++) {
      const a = ledger.asset[n];
      const quantity = toUnits(book.lot[a], ledger.lots[n]);
      entries.push({
        account: book.rows[ledger.row[n]].account,
        symbol: book.assets[a].symbol,
        action: ledger.action[n],
        cause: cause(course.wasInBreach[ledger.row[n]] === 1 && ledger.action[n] !== 'stopOrder', r + 1),
        quantity,
        unfilled: toUnits(book.lot[a], ledger.unfilled[n]),
        executionPrice: known(execution[a]),
        slippage: quantity === 0 ? 0 : quantity * (before[a] - execution[a]),
      });
    }
    yield { round: r + 1, prices, entries };
  }
}

function cause(wasInBreach: boolean, round: number): Cause {
  return wasInBreach ? 'breachBeforeShock' : round === 1 ? 'shock' : 'cascade';
}

/** What a closed account cannot pay: negative equity, or a loan's debt once its collateral is gone. */
function badDebt({ book, final, closedIn, isClosed }: Cascade, value: Float64Array, row: number): number {
  if (!closedIn[row] || !isClosed[row] || (book.rows[row].loan && holdsCollateral(book, final, row))) return 0;
  return Math.max(0, -equity(book, final, value, row));
}

function holdsCollateral(book: Book, { lots }: State, row: number): boolean {
  for (let k = book.first[row]; k < book.first[row + 1]; k++) if (book.kind[k] === HOLDING && lots[k] > 0) return true;
  return false;
}

/** Money of each row's forced trades, at execution prices. */
function tradedValues({ book, rounds, ledger }: Cascade): { sold: Float64Array; bought: Float64Array } {
  const sold = new Float64Array(book.rows.length);
  const bought = new Float64Array(book.rows.length);
  for (let n = 0; n < ledger.round.length; n++) {
    const lots = ledger.lots[n];
    if (lots === 0) continue;
    const money = toUnits(book.lot[ledger.asset[n]], lots) * rounds[ledger.round[n] - 1].execution[ledger.asset[n]];
    if (lots > 0) sold[ledger.row[n]] += money;
    else bought[ledger.row[n]] -= money;
  }
  return { sold, bought };
}

function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function known(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
