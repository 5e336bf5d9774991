import { type Book, lotValues } from './book.js';
import type { OrderSheet } from './close-out.js';
import { healthFactor, type State } from './health.js';
import type { Dynamics } from './inputs.js';
import { toUnits } from './lots.js';
import type { Clearing } from './trading.js';

/** Place of every row among those who trade in a round, lowest first, by the marks before it; null where all trade together. */
export function placesOf(book: Book, state: State, price: Float64Array, order: Dynamics['order']): Float64Array | null {
  if (order == null || order === 'together') return null;
  const value = lotValues(book, price);
  return Float64Array.from(book.rows, (_, row) => (order === 'byReference' ? row : order === 'leastHealthFirst' ? (healthFactor(book, state, value, row) ?? Infinity) : -grossValue(book, state, value, row)));
}

function grossValue({ first, asset }: Book, { lots }: State, value: Float64Array, row: number): number {
  let sum = 0;
  for (let k = first[row]; k < first[row + 1]; k++) sum += Math.abs(lots[k]) * value[asset[k]];
  return sum;
}

/** The sheet as it is, or a sheet a row in the order of their places; equal places in that of their references. */
export function inOrder(sheet: OrderSheet, places: Float64Array | null): readonly OrderSheet[] {
  if (!places || sheet.row.length === 0) return [sheet];
  const byRow = new Map<number, OrderSheet>();
  for (let n = 0; n < sheet.row.length; n++) {
    const row = sheet.row[n];
    if (!byRow.has(row)) byRow.set(row, { row: [], entry: [], lots: [], action: [] });
    const own = byRow.get(row)!;
    own.row.push(row);
    own.entry.push(sheet.entry[n]);
    own.lots.push(sheet.lots[n]);
    own.action.push(sheet.action[n]);
  }
  return [...byRow].sort(([a], [b]) => places[a] - places[b] || a - b).map(([, own]) => own);
}

/** Clearings one after the other as that of a whole round; execution prices are means by quantity. */
export function inSum({ lot }: Book, clearings: readonly Clearing[]): Clearing {
  if (clearings.length === 1) return clearings[0];
  const sum = (part: (clearing: Clearing) => Float64Array) => clearings.map(part).reduce((total, values) => total.map((value, l) => value + values[l]));
  const { before } = clearings[0];
  const { after, own } = clearings[clearings.length - 1];
  const [sold, bought, unfilled] = [sum((c) => c.sold), sum((c) => c.bought), sum((c) => c.unfilled)];
  const [valueSold, valueBought] = [sum((c) => c.valueSold), sum((c) => c.valueBought)];
  const execution = before.map((_, l) => (l < lot.length && sold[l] + bought[l] > 0 ? (valueSold[l] + valueBought[l]) / toUnits(lot[l], sold[l] + bought[l]) : NaN));
  return { before, after, execution, sold, bought, valueSold, valueBought, unfilled, own: own && { lots: sum((c) => c.own!.lots), move: sum((c) => c.own!.move) } };
}
