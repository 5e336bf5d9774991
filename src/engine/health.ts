import { type Book, CONTRACT, contractAt, DEBT, HOLDING } from './book.js';
import { toUnits } from './lots.js';
import { requirementAt } from './margin.js';
import { requirement } from './tiers.js';

/**
 * The part of a book that a cascade changes, and the questions that are asked of a row at given prices.
 * Prices stand in `value` as currency per LOT of each asset, so that a position is worth `lots * value`.
 */
export interface State {
  readonly lots: Float64Array;
  readonly cash: Float64Array;
  /** What an institution holds beside its entries, its cash among it; its debt is `held - cash`. */
  readonly held: Float64Array;
}

export function initialState(book: Book): State {
  return { lots: book.lots.slice(), cash: book.cash.slice(), held: book.held.slice() };
}

/** eq. 1: what would be left if everything were closed at the marks, valuation currency. */
export function equity(book: Book, { lots, cash }: State, value: Float64Array, row: number): number {
  const { scale } = book.special;
  let sum = cash[row];
  for (let k = book.first[row]; k < book.first[row + 1]; k++) sum += lots[k] * value[book.asset[k]] * (scale.length > 0 ? scale[k] : 1);
  return sum;
}

/** eq. 3, 15: tiered maintenance requirement of the row's contracts, valuation currency; 0 for loans; of an institution the reserve for what has no price. */
export function rowRequirement(book: Book, { lots, held }: State, value: Float64Array, row: number): number {
  let sum = held[row] * book.reserveRate[row];
  for (let k = book.first[row]; k < book.first[row + 1]; k++) {
    if (book.kind[k] === CONTRACT) sum += entryRequirement(book, k, lots[k], value[book.asset[k]]);
  }
  return sum;
}

/** eq. 3, 15: requirement of one contract at `lots` lots; nothing where nothing is held. */
export function entryRequirement(book: Book, entry: number, lots: number, lotValue: number): number {
  const table = book.tiers[book.asset[entry]];
  if (table.isPlain) return requirement(table, Math.abs(lots) * lotValue);
  return lots === 0 ? 0 : requirementAt(contractAt(book, entry, lots), lotValue / toUnits(book.lot[book.asset[entry]], 1));
}

/** eq. 1-2: equity with collateral at its weight. */
export function marginEquity(book: Book, { lots, cash }: State, value: Float64Array, row: number): number {
  let sum = cash[row];
  for (let k = book.first[row]; k < book.first[row + 1]; k++) sum += lots[k] * value[book.asset[k]] * book.weight[k];
  return sum;
}

/** eq. 2: margin equity less requirement; for a loan `sum(collateral * threshold) - sum(debt)`, for an institution `equity - assets / leverageMax`. */
export function health(book: Book, state: State, value: Float64Array, row: number): number {
  return marginEquity(book, state, value, row) - rowRequirement(book, state, value, row);
}

export function isLiquidatable(book: Book, state: State, value: Float64Array, row: number): boolean {
  return health(book, state, value, row) < book.slack[row];
}

/** A loan's collateral at market, and what it owes. */
export function collateralValue(book: Book, { lots }: State, value: Float64Array, row: number): number {
  let sum = 0;
  for (let k = book.first[row]; k < book.first[row + 1]; k++) if (book.kind[k] === HOLDING) sum += lots[k] * value[book.asset[k]];
  return sum;
}

export function debtValue(book: Book, { lots, cash }: State, value: Float64Array, row: number): number {
  let sum = -cash[row];
  for (let k = book.first[row]; k < book.first[row + 1]; k++) if (book.kind[k] === DEBT) sum -= lots[k] * value[book.asset[k]];
  return sum;
}

/** Everything an institution owns, at the marks. */
export function assetsValue(book: Book, { lots, held }: State, value: Float64Array, row: number): number {
  let sum = held[row];
  for (let k = book.first[row]; k < book.first[row + 1]; k++) sum += lots[k] * value[book.asset[k]];
  return sum;
}

/**
 * Above 1 safe, below 1 liquidatable: `margin equity / requirement` of a margin account (its margin ratio),
 * `sum(collateral * threshold) / debt` of a loan (its health factor), `leverageMax / leverage` of an institution. Null where nothing is required.
 */
export function healthFactor(book: Book, state: State, value: Float64Array, row: number): number | null {
  const { loan, institution } = book.rows[row];
  const required = loan ? debtValue(book, state, value, row) : institution ? assetsValue(book, state, value, row) * book.reserveRate[row] : rowRequirement(book, state, value, row);
  return required > 0 ? 1 + health(book, state, value, row) / required : null;
}
