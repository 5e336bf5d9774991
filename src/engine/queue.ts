import type { Book } from './book.js';
import type { OrderSheet } from './close-out.js';
import { wholeUp } from './lots.js';

/** What every exchange may still close by force in a round, valuation currency at the marks (README eq. 28). */
export interface Queue {
  readonly left: Float64Array;
  /** Exchange of each row; where the market names none there is one. */
  readonly of: Uint16Array;
}

/** Null without a bound. First come, first served, by reference; those who wait are looked at again a round later. */
export function queueOf({ exchanges, rows }: Book, throughput: number | null | undefined): Queue | null {
  if (throughput == null) return null;
  return { left: new Float64Array(Math.max(1, exchanges.length)).fill(throughput), of: Uint16Array.from(rows, ({ exchange }) => Math.max(0, exchange)) };
}

export function mustWait({ left, of }: Queue, row: number): boolean {
  return left[of[row]] <= 0;
}

/** Takes the orders of a row, those of the sheet from `from` on, off what is left; true where they had to be cut to it, pro rata and rounded up to lots. */
export function cut({ left, of }: Queue, book: Book, value: Float64Array, row: number, sheet: OrderSheet, from: number): boolean {
  let wanted = 0;
  for (let n = from; n < sheet.row.length; n++) wanted += Math.abs(sheet.lots[n]) * value[book.asset[sheet.entry[n]]];
  const allowed = left[of[row]];
  left[of[row]] -= wanted;
  if (wanted <= allowed || sheet.action[from] === 'loanCall') return false; // a call was cut before it seized anything
  for (let n = from; n < sheet.row.length; n++) sheet.lots[n] = Math.sign(sheet.lots[n]) * wholeUp((Math.abs(sheet.lots[n]) * allowed) / wanted);
  return true;
}
