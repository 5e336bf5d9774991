import { type Book, DEBT, HOLDING, lotValues, type Stop, TRIGGER_TOLERANCE } from './book.js';
import { calledPart, closeFirstStage, closeFully, closePartially, type OrderSheet, push } from './close-out.js';
import { collateralValue, debtValue, initialState, isLiquidatable, marginEquity, type State } from './health.js';
import { deleverage, isLosing } from './institution.js';
import type { CloseOut, Fault } from './inputs.js';
import { wholeUp } from './lots.js';

/**
 * The memoryless response of every party (README eq. 22): what it has been forced to trade in all once prices are P, from the book's first
 * positions valued at P and filled at P. Full closes, one slice, both stages where the first is not enough, calls repeated until
 * the loan is healthy or stripped, an institution's way back to its target, stops that P is through:
 * what the parties would do one after the other if prices stood still at P.
 */
export interface Response {
  /** Liquidated or called; stops alone do not count. */
  readonly isLiquidated: boolean;
  readonly isClosed: boolean;
  /** Of a loan's calls, valuation currency at P. */
  readonly seized: number;
  readonly repaid: number;
  readonly isToxic: boolean;
}

/** Calls on one loan at the same prices; each leaves at most `1 - closeFactor` of the debt. */
export const MAX_CALLS = 1000;

const NOTHING: Response = { isLiquidated: false, isClosed: false, seized: 0, repaid: 0, isToxic: false };

/** The row must act: it is liquidatable, or an institution under the linear rule that has lost. */
export function isDue(book: Book, state: State, value: Float64Array, row: number): boolean {
  return book.reserveRate[row] > 0 && book.rows[row].institution!.isLinear ? isLosing(book, value, row) : isLiquidatable(book, state, value, row);
}

/** Puts the row's trades at the prices on the sheet. A loan's seizure and repayment change `state`, as in a round. */
export function respond(book: Book, state: State, value: Float64Array, row: number, stops: readonly Stop[], closeOut: CloseOut, sheet: OrderSheet, faults: readonly Fault[] = []): Response {
  const { loan, institution } = book.rows[row];
  if (!isDue(book, state, value, row)) {
    sellStops(book, state, value, stops, sheet);
    return NOTHING;
  }
  if (loan) return callUntilHealthy(book, state, value, row, sheet);
  if (institution) {
    const { repaid, isResolved, hasActed } = deleverage(book, state, value, row, sheet, faults);
    return { ...NOTHING, isLiquidated: hasActed, isClosed: isResolved, repaid };
  }
  if (closeOut.policy === 'full' || (closeOut.policy === 'staged' && !isSavedByFirstStage(book, state, value, row, closeOut))) {
    closeFully(book, state, row, sheet);
    return { ...NOTHING, isLiquidated: true, isClosed: true };
  }
  return { ...NOTHING, isLiquidated: true, isClosed: (closeOut.policy === 'staged' ? closeFirstStage : closePartially)(book, state, value, row, closeOut, sheet) };
}

/** The first stage, filled at the prices, leaves the row above its requirement. */
function isSavedByFirstStage(book: Book, state: State, value: Float64Array, row: number, closeOut: CloseOut): boolean {
  const sheet: OrderSheet = { row: [], entry: [], lots: [], action: [] };
  if (closeFirstStage(book, state, value, row, closeOut, sheet)) return false;
  const fill = (sign: number) =>
    sheet.entry.forEach((k, n) => {
      state.lots[k] -= sign * sheet.lots[n];
      state.cash[row] += sign * sheet.lots[n] * value[book.asset[k]];
    });
  const cash = state.cash[row];
  fill(1);
  const isSaved = !isLiquidatable(book, state, value, row);
  fill(-1);
  state.cash[row] = cash;
  return isSaved;
}

/** All of the row's stops that the prices are through, in their order. */
function sellStops({ asset, lot }: Book, { lots }: State, value: Float64Array, stops: readonly Stop[], sheet: OrderSheet): void {
  const left = new Map<number, number>();
  for (const { row, entry, lots: amount, triggerPrice, reduceOnly } of stops) {
    const sign = Math.sign(amount);
    if (sign * (pricePerUnit(lot[asset[entry]], value[asset[entry]]) - triggerPrice) > TRIGGER_TOLERANCE * triggerPrice) continue;
    const held = left.get(entry) ?? lots[entry];
    const sold = reduceOnly ? sign * Math.min(Math.abs(amount), Math.max(0, sign * held)) : amount;
    left.set(entry, held - sold);
    push(sheet, row, entry, sold, 'stopOrder');
  }
}

function pricePerUnit({ size, perUnit }: Book['lot'][number], perLot: number): number {
  return perUnit > 0 ? perLot * perUnit : perLot / size;
}

/**
 * README eq. 12 again and again at the same prices, in real numbers and rounded up to lots once at the end, so that lower prices never seize less.
 * Ends where the loan is healthy, its collateral or its debt is gone, or after MAX_CALLS.
 */
function callUntilHealthy(book: Book, state: State, value: Float64Array, row: number, sheet: OrderSheet): Response {
  const { bonus, dumpedShare } = book.rows[row].loan!;
  const { lots, cash } = state;
  const collateral = collateralValue(book, state, value, row);
  const debt = debtValue(book, state, value, row);
  const weighted = marginEquity(book, state, value, row) + debt;
  let kept = 1;
  let owed = debt;
  let isToxic = false;
  for (let call = 0; call < MAX_CALLS && kept > 0 && owed > 0 && kept * weighted - owed < book.slack[row]; call++) {
    const left = { collateral: kept * collateral, debt: owed, weighted: kept * weighted };
    const repaid = Math.min(calledPart(book, row, left) * owed, left.collateral / (1 + bonus));
    const next = repaid * (1 + bonus) < left.collateral ? kept - (repaid * (1 + bonus)) / collateral : 0;
    if ((kept - next) * weighted * owed - left.weighted * repaid > -book.slack[row] * owed) isToxic = true;
    owed = repaid < owed ? owed - repaid : 0;
    kept = next;
  }
  let seized = 0;
  for (let k = book.first[row]; k < book.first[row + 1]; k++) {
    if (book.kind[k] !== HOLDING || lots[k] === 0) continue;
    const taken = Math.min(lots[k], wholeUp((1 - kept) * lots[k]));
    lots[k] -= taken;
    seized += taken * value[book.asset[k]];
    push(sheet, row, k, wholeUp(dumpedShare * taken), 'loanCall');
  }
  const part = debt > 0 ? owed / debt : 0;
  cash[row] *= part;
  for (let k = book.first[row]; k < book.first[row + 1]; k++) if (book.kind[k] === DEBT) lots[k] *= part;
  return { isLiquidated: true, isClosed: kept === 0, seized, repaid: debt - owed, isToxic };
}

/** What all parties together have sold at prices. */
export interface Responses {
  /** Net lots per line. */
  readonly sold: Float64Array;
  readonly isLiquidated: Uint8Array;
}

/** The book's responses as a function of the prices; the rows marked in `isMuted` only have their stops. */
export function responder(book: Book, closeOut: CloseOut, isMuted?: Uint8Array, faults: readonly Fault[] = []): (price: Float64Array) => Responses {
  const state = initialState(book);
  const stopsOf = stopsByRow(book);
  const isWhole = wholeRows(book, stopsOf, closeOut);
  return (price) => {
    const value = lotValues(book, price);
    const sold = new Float64Array(book.lines.length);
    const isLiquidated = new Uint8Array(book.rows.length);
    const sheet: OrderSheet = { row: [], entry: [], lots: [], action: [] };
    for (let row = 0; row < book.rows.length; row++) {
      if (isWhole[row]) {
        if (isMuted?.[row] || !isLiquidatable(book, state, value, row)) continue;
        isLiquidated[row] = 1;
        for (let k = book.first[row]; k < book.first[row + 1]; k++) sold[book.line[book.asset[k]]] += book.lots[k];
        continue;
      }
      const stops = stopsOf.get(row) ?? NO_STOPS;
      if (isMuted?.[row]) {
        sellStops(book, state, value, stops, sheet);
      } else if (respond(book, state, value, row, stops, closeOut, sheet, faults).isLiquidated) {
        isLiquidated[row] = 1;
        if (book.rows[row].loan || book.rows[row].institution) restore(book, state, row);
      }
    }
    for (let n = 0; n < sheet.row.length; n++) sold[book.line[book.asset[sheet.entry[n]]]] += sheet.lots[n];
    return { sold, isLiquidated };
  };
}

const NO_STOPS: readonly Stop[] = [];

/** Rows that are closed fully or do nothing, nearly all of nearly all books: `respond` is not needed for them. */
function wholeRows({ rows }: Book, stopsOf: ReadonlyMap<number, readonly Stop[]>, { policy }: CloseOut): Uint8Array {
  return new Uint8Array(rows.length).map((_, row) => Number(policy === 'full' && !rows[row].loan && !rows[row].institution && !stopsOf.has(row)));
}

export function stopsByRow({ stops }: Book): ReadonlyMap<number, readonly Stop[]> {
  const byRow = new Map<number, Stop[]>();
  for (const stop of stops) {
    const ofRow = byRow.get(stop.row);
    if (ofRow) ofRow.push(stop);
    else byRow.set(stop.row, [stop]);
  }
  return byRow;
}

function restore(book: Book, { lots, cash, held }: State, row: number): void {
  cash[row] = book.cash[row];
  held[row] = book.held[row];
  for (let k = book.first[row]; k < book.first[row + 1]; k++) lots[k] = book.lots[k];
}

/** Everything the row holds is long (1), or short (-1); debts in assets that stand still do not count. */
export function isExposed(book: Book, row: number, sign: number, moves: (asset: number) => boolean): boolean {
  for (let k = book.first[row]; k < book.first[row + 1]; k++) {
    if (book.lots[k] * sign < 0 && (book.kind[k] !== DEBT || moves(book.asset[k]))) return false;
  }
  return true;
}
