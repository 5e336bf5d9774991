import { type Book, HOLDING } from './book.js';
import { type OrderSheet, push } from './close-out.js';
import { assetsValue, equity, type State } from './health.js';
import type { Fault } from './inputs.js';
import { toUnits, wholeUp } from './lots.js';

/** What an institution did at the marks; `repaid` from its cash, valuation currency. Neither a payment nor an order: it can do nothing more. */
export interface Repayment {
  readonly repaid: number;
  readonly isResolved: boolean;
  readonly hasActed: boolean;
}

/** Everything that can be sold, of an institution without equity or above its resolution leverage; a payment and a slice of the others (README eq. 30-31). */
export function deleverage(book: Book, state: State, value: Float64Array, row: number, sheet: OrderSheet, faults: readonly Fault[] = []): Repayment {
  const { leverageTarget, resolutionLeverage, isLinear, otherAssets } = book.rows[row].institution!;
  const { held } = state;
  const assets = assetsValue(book, state, value, row);
  const own = equity(book, state, value, row);
  const orders = sheet.row.length;
  if (isLinear && faults.includes('linearUnbounded')) {
    const first = firstBalance(book, value, row);
    sellDownTo(book, state, row, 1 - ((leverageTarget - 1) * first.loss) / first.tradable, sheet, book.lots);
    return { repaid: 0, isResolved: false, hasActed: sheet.row.length > orders };
  }
  if (own <= 0 && faults.includes('wipedOutStop') && firstBalance(book, value, row).equity > 0) return { repaid: 0, isResolved: false, hasActed: false };
  if (own <= 0 || assets - resolutionLeverage * own > -book.slack[row]) {
    sellDownTo(book, state, row, 0, sheet);
    return { repaid: 0, isResolved: true, hasActed: true };
  }
  if (isLinear) {
    const first = firstBalance(book, value, row);
    sellDownTo(book, state, row, Math.max(0, 1 - ((leverageTarget - 1) * first.loss) / first.tradable), sheet, book.lots);
    return { repaid: 0, isResolved: false, hasActed: sheet.row.length > orders };
  }
  const excess = assets - leverageTarget * own;
  const cash = held[row] - otherAssets; // a difference of sums: what is below the tolerance of the trigger is none
  const repaid = cash > -book.slack[row] ? Math.max(0, Math.min(excess, cash)) : 0;
  held[row] -= repaid;
  const tradable = tradableValue(book, state.lots, value, row);
  const wanted = faults.includes('needCutToCash') ? Math.min(excess, cash) - Math.max(0, cash - repaid) : excess - repaid;
  if (wanted > 0 && tradable > 0) sellDownTo(book, state, row, Math.max(0, 1 - wanted / tradable), sheet);
  return { repaid, isResolved: false, hasActed: repaid > 0 || sheet.row.length > orders };
}

/** The linear rule knows no threshold: it acts once the first balance sheet is worth less than before. */
export function isLosing(book: Book, value: Float64Array, row: number): boolean {
  return firstBalance(book, value, row).loss > -book.slack[row];
}

/** Orders what brings every tradable holding down to the kept part of `from`, rounded up to lots (below 0: it goes short); nothing where it is there already. */
function sellDownTo(book: Book, { lots }: State, row: number, kept: number, sheet: OrderSheet, from: Float64Array = lots): void {
  for (let k = book.first[row]; k < book.first[row + 1]; k++) {
    if (book.kind[k] !== HOLDING || from[k] === 0) continue;
    const sold = kept < 0 ? wholeUp((1 - kept) * from[k]) : Math.min(from[k], wholeUp((1 - kept) * from[k]));
    push(sheet, row, k, Math.max(0, sold - (from[k] - lots[k])), 'liquidation');
  }
}

function tradableValue(book: Book, lots: Float64Array, value: Float64Array, row: number): number {
  let sum = 0;
  for (let k = book.first[row]; k < book.first[row + 1]; k++) if (book.kind[k] === HOLDING) sum += lots[k] * value[book.asset[k]];
  return sum;
}

/** Fall in value of the first balance sheet; its equity and what it could sell, at the prices before the shock. */
function firstBalance(book: Book, value: Float64Array, row: number): { loss: number; equity: number; tradable: number } {
  let loss = 0;
  let first = book.cash[row];
  let tradable = 0;
  for (let k = book.first[row]; k < book.first[row + 1]; k++) {
    const before = toUnits(book.lot[book.asset[k]], book.lots[k]) * book.price[book.asset[k]];
    first += before;
    loss += before - book.lots[k] * value[book.asset[k]];
    if (book.kind[k] === HOLDING) tradable += before;
  }
  return { loss, equity: first, tradable };
}
