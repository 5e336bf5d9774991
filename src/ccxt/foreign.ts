/** Reading of what CCXT answers: numbers may be text, everything may be null or absent, and unknown properties are passed over. */
import { isPlainObject, NUMBER_MAX } from '../api/fields.js';
import type { Path } from '../api/rules.js';
import type { Work } from '../api/turns.js';
import type { Remarks } from './remarks.js';

export const NO_SYMBOL = 'has no unified symbol such as BTC/USDT:USDT';

export type Foreign = Readonly<Record<string, unknown>>;

export interface Item {
  readonly at: Path;
  /** The object; null for anything else. */
  readonly value: Foreign | null;
}

export interface NamedItem extends Item {
  readonly value: Foreign;
}

/** The objects of a list, of an object by key, or the one object that was posted bare. */
export function items(posted: unknown, at: Path): Item[] {
  const bare = foreign(posted);
  if (bare && typeof bare['symbol'] === 'string') return [{ at, value: bare }];
  if (Array.isArray(posted)) return posted.map((value, i) => ({ at: [...at, i], value: foreign(value) }));
  return Object.entries(bare ?? {}).map(([key, value]) => ({ at: [...at, key], value: foreign(value) }));
}

/** What each symbol has: an item names its symbol, or is named by its key; all others, and second ones, are left out by name. */
export function* bySymbol(posted: unknown, at: Path, remarks: Remarks): Work<Map<string, NamedItem>> {
  const named = new Map<string, NamedItem>();
  for (const { at: place, value } of items(posted, at)) {
    const symbol = value && (text(value['symbol']) ?? text(place.at(-1)));
    if (!value) remarks.leaveOut(place, 'is not an object');
    else if (!symbol) remarks.leaveOut([...place, 'symbol'], NO_SYMBOL);
    else if (named.has(symbol)) remarks.leaveOut(place, `is a second one of ${symbol}`);
    else named.set(symbol, { at: place, value });
    yield;
  }
  return named;
}

export function foreign(value: unknown): Foreign | null {
  return isPlainObject(value) ? (value as Foreign) : null;
}

/** Null when absent, NaN when it is there and no number within ±NUMBER_MAX. */
export function numeric(value: unknown): number | null {
  if (value === undefined || value === null || value === '') return null;
  const number = typeof value === 'number' ? value : typeof value === 'string' && DECIMAL.test(value) ? Number(value) : NaN;
  return Math.abs(number) <= NUMBER_MAX ? number : NaN;
}

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The same with 0 as absent: venues write 0 where they know nothing. */
export function nonZero(value: unknown): number | null {
  const number = numeric(value);
  return number === 0 ? null : number;
}

export function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Things of one name together, in the order they came. */
export function grouped<T>(all: Iterable<T>, nameOf: (each: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const each of all) {
    const group = groups.get(nameOf(each));
    if (group) group.push(each);
    else groups.set(nameOf(each), [each]);
  }
  return groups;
}
