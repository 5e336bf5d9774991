import { LEVELS_MAX, NUMBER_MAX } from '../api/fields.js';
import type { Path } from '../api/rules.js';
import type { Work } from '../api/turns.js';
import type { OrderBook } from '../markets/market.js';
import { type Foreign, numeric } from './foreign.js';
import type { Remarks } from './remarks.js';

/** Units in one contract at a price: those of an inverse contract are the coins of its face there. */
export type UnitsAt = (price: number) => number;

/** A book in units of the asset; null, with the reason in the remarks, when it is empty, unsorted or crossed. */
export function* orderBookOf(book: Foreign, at: Path, unitsAt: UnitsAt, remarks: Remarks): Work<OrderBook | null> {
  const bids = yield* levels(book['bids'], [...at, 'bids'], unitsAt, remarks);
  const asks = yield* levels(book['asks'], [...at, 'asks'], unitsAt, remarks);
  if (!bids || !asks) return null;
  const refuse = (place: Path, reason: string) => remarks.leaveOut(place, `${reason}: the symbol has no book`);
  if (bids.length === 0 || asks.length === 0) return refuse([...at, bids.length === 0 ? 'bids' : 'asks'], 'has no level');
  if (!isFalling(bids.map(([price]) => price!))) return refuse([...at, 'bids'], 'is not sorted from the highest price down');
  if (!isFalling(asks.map(([price]) => -price!))) return refuse([...at, 'asks'], 'is not sorted from the lowest price up');
  if (bids[0]![0]! >= asks[0]![0]!) return refuse(at, `has its best bid ${bids[0]![0]} at or above its best ask ${asks[0]![0]}`);
  return { bids, asks };
}

/** Rows [price, contracts, ...]: those of size zero dropped, those that are no numbers left out by name. */
function* levels(side: unknown, at: Path, unitsAt: UnitsAt, remarks: Remarks): Work<number[][] | null> {
  if (!Array.isArray(side)) return remarks.leaveOut(at, 'is not a list of levels: the symbol has no book');
  const rows: number[][] = [];
  for (const [i, row] of (side as unknown[]).entries()) {
    yield;
    const [price, contracts] = Array.isArray(row) ? [numeric(row[0]), numeric(row[1])] : [null, null];
    if (contracts === 0) continue;
    const size = contracts === null || price === null ? NaN : contracts * unitsAt(price);
    if (price !== null && price > 0 && size > 0 && size <= NUMBER_MAX) rows.push([price, size]);
    else remarks.leaveOut([...at, i], 'is not a level [price, amount] of numbers above 0');
  }
  if (rows.length > LEVELS_MAX) remarks.leaveOut([...at, LEVELS_MAX], `and all behind it: a side has at most ${LEVELS_MAX} levels`);
  return rows.slice(0, LEVELS_MAX);
}

function isFalling(values: readonly number[]): boolean {
  return values.every((value, i) => i === 0 || value < values[i - 1]!);
}
