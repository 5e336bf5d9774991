import { type Book, CONTRACT, DEBT, lotValues, TRIGGER_TOLERANCE, units } from './book.js';
import { initialState, isLiquidatable } from './health.js';
import type { Curve } from './impact.js';
import type { Scenario } from './inputs.js';
import { toUnits, withinCapacity } from './lots.js';
import { requirement } from './tiers.js';

/**
 * The other end of the set of equilibria (README eq. 17-18). Where forced trading only ever pushes one way, the closed sets that reproduce
 * themselves have a least one, which the rounds reach (mild), and a greatest one, reached from "everybody closed" (worst). If both are the same
 * set there is no other equilibrium on that side of the shocked prices: the answer is certified as unique.
 */
export interface Equilibria {
  /** Rows closed at the worst equilibrium. */
  readonly closed: Uint8Array;
  readonly price: Float64Array;
  readonly isUnique: boolean;
}

/** Why there is no certificate: what somebody trades depends on the path, pushes both ways, or its requirement may fall as the price falls (README section 2). */
export type Uncertified = 'contractRules' | 'partialCloseOut' | 'stopOrders' | 'partialCalls' | 'mixedExposure';

interface Given {
  readonly book: Book;
  readonly curves: readonly Curve[];
  readonly shockedPrice: Float64Array;
  readonly finalPrice: Float64Array;
  /** Rows that the rounds closed. */
  readonly isClosed: Uint8Array;
  readonly scenario: Scenario;
}

export function equilibria(given: Given): Equilibria | Uncertified {
  const { book, scenario } = given;
  if (scenario.closeOut?.policy === 'partial') return 'partialCloseOut';
  if (book.stops.length > 0) return 'stopOrders';
  if (book.tiers.some(({ isPlain }) => !isPlain)) return 'contractRules';
  if (book.rows.some((_, row) => mayBeCalledInPart(book, row))) return 'partialCalls';
  return oneWay(given, side(given)) ?? 'mixedExposure';
}

/** The side looked at: where forced trading went, else where the shock went, else sales if anybody could be forced to sell. */
function side({ book, shockedPrice, finalPrice }: Given): number {
  const moved = (from: Float64Array, to: Float64Array) => Math.sign(from.reduce((sum, price, a) => sum + Math.sign(price - to[a]), 0));
  return moved(shockedPrice, finalPrice) || moved(book.price, shockedPrice) || (book.rows.some((_, row) => tradesOneWay(book, row, 1)) ? 1 : -1);
}

/** Forced trades of one sign alone, sales (1) or purchases (-1); null when anybody on the other side could be closed on the way. */
function oneWay({ book, curves, shockedPrice, isClosed }: Given, sign: number): Equilibria | null {
  const state = initialState(book);
  const isTrader = Uint8Array.from(book.rows, (_, row) => Number(tradesOneWay(book, row, sign)));
  const farthest = pricesAfter(book, curves, isTrader);
  if (book.rows.some((_, row) => !isTrader[row] && mayBeClosedBetween(book, row, shockedPrice, farthest))) return null;
  let closed = isTrader;
  let price = farthest;
  for (let isStable = false; !isStable; ) {
    const value = lotValues(book, price);
    const next = closed.map((isIn, row) => Number(isIn === 1 && isLiquidatable(book, state, value, row)));
    isStable = next.every((isIn, row) => isIn === closed[row]);
    closed = next;
    price = pricesAfter(book, curves, closed);
  }
  return { closed, price, isUnique: closed.every((isIn, row) => isIn === isClosed[row]) };
}

/** F(Q) with the given rows closed. */
function pricesAfter(book: Book, curves: readonly Curve[], closed: Uint8Array): Float64Array {
  const sold = new Float64Array(book.assets.length);
  for (let row = 0; row < book.rows.length; row++) {
    if (!closed[row]) continue;
    const share = book.rows[row].loan?.dumpedShare ?? 1;
    for (let k = book.first[row]; k < book.first[row + 1]; k++) sold[book.asset[k]] += share === 1 ? book.lots[k] : Math.ceil(share * book.lots[k]);
  }
  return sold.map((lots, a) => curves[a].price(toUnits(book.lot[a], withinCapacity(book.lot[a], lots, curves[a]))));
}

function tradesOneWay(book: Book, row: number, sign: number): boolean {
  for (let k = book.first[row]; k < book.first[row + 1]; k++) if (book.lots[k] * sign < 0) return false;
  return true;
}

/** eq. 18: health at the worst corner of the box between two prices, every entry at the end that hurts it; positive there is positive inside. */
function mayBeClosedBetween(book: Book, row: number, one: Float64Array, other: Float64Array): boolean {
  let worst = book.cash[row];
  for (let k = book.first[row]; k < book.first[row + 1]; k++) {
    const a = book.asset[k];
    worst += Math.min(contribution(book, k, one[a]), contribution(book, k, other[a]));
  }
  return worst < book.slack[row];
}

/** What one entry adds to health at a price: its weighted value less its own requirement, monotone in the price while marginal rates are below 1. */
function contribution(book: Book, entry: number, price: number): number {
  const value = units(book, entry) * price;
  return value * book.weight[entry] - (book.kind[entry] === CONTRACT ? requirement(book.tiers[book.asset[entry]], Math.abs(value)) : 0);
}

/** Unless every call takes the whole collateral (README eq. 12), what a loan sells depends on when it is called. */
function mayBeCalledInPart(book: Book, row: number): boolean {
  const { loan } = book.rows[row];
  if (!loan) return false;
  let lowest = 1;
  for (let k = book.first[row]; k < book.first[row + 1]; k++) {
    if (book.kind[k] === DEBT) return true;
    lowest = Math.min(lowest, book.weight[k]);
  }
  return loan.closeFactor < 1 || lowest * (1 + loan.bonus) < 1 - TRIGGER_TOLERANCE;
}
