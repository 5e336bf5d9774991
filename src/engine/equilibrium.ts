import { type Book, CONTRACT, DEBT, ILLIQUID, lotValues, type Stop, TRIGGER_TOLERANCE, units } from './book.js';
import { DEFAULT_TARGET_MARGIN_RATIO } from './close-out.js';
import { isLosing } from './institution.js';
import type { CloseOut, Scenario } from './inputs.js';
import { wholeUp } from './lots.js';
import { pathDependence, type PathDependence } from './path-dependence.js';
import { isExposed, responder, type Responses } from './responses.js';
import { requirement, type TierTable } from './tiers.js';
import { pricesAfter, type Trading } from './trading.js';

/**
 * The equilibria of the memoryless responses, P = F(Q(P)) (README eq. 17, 18, 22): the least (mild) and the greatest (worst) forced quantity that reproduces
 * itself. They do not know the path: with full closes the rounds end at the mild one, with slices, calls and stops they may not, and
 * `isReachedByRounds` says which it is.
 */
export interface Equilibria {
  /** 1: forced sales below the shocked prices; -1: forced purchases above them. */
  readonly sign: number;
  readonly mild: Equilibrium;
  readonly worst: Equilibrium;
  /** Both are one: no other equilibrium on this side of the shocked prices. */
  readonly isUnique: boolean;
  readonly isReachedByRounds: boolean;
}

export interface Equilibrium {
  /** Per column. */
  readonly price: Float64Array;
  /** Net lots per line; negative = bought. */
  readonly sold: Float64Array;
  /** Per row. */
  readonly isLiquidated: Uint8Array;
  /** price - F(Q(price)): zero, or what rounding to whole lots leaves. */
  readonly residual: Float64Array;
  readonly iterations: number;
  /** MAX_ITERATIONS came first. */
  readonly isBoundReached: boolean;
}

/** Why there is no certificate: the market remembers, or somebody's forced trades push both ways or may shrink as the price goes on (README section 4). */
export type Uncertified = PathDependence | 'faults' | 'contractRules' | 'partialCloseOut' | 'stopOrders' | 'mixedExposure' | 'iterations';

/** Full closes need at most one more than there are rows; slices come nearer by a part every time, until they stand on the same lot. */
export const MAX_ITERATIONS = 10_000;

/** Relative to the shocked price: equilibria nearer than this are one where slices are rounded up to lots. Full closes are compared exactly. */
export const AGREEMENT_TOLERANCE = 1e-9;

export interface Given {
  readonly book: Book;
  readonly trading: Trading;
  readonly shockedPrice: Float64Array;
  readonly scenario: Scenario;
}

/** Where the rounds came to, or the clearing without them. */
interface Reached {
  readonly finalPrice: Float64Array;
  readonly netSold: Float64Array;
  readonly isFixedPoint: boolean;
}

/** `onIteration` looks on after each iteration of either search. */
export function equilibria(given: Given & Reached, onIteration?: () => void): Equilibria | Uncertified {
  const { book, scenario, shockedPrice, finalPrice, netSold } = given;
  const memory = pathDependence(given.trading, given.isFixedPoint);
  if (memory) return memory;
  const closeOut = scenario.closeOut ?? { policy: 'full' };
  const sign = side(given);
  const one = oneWay(given, sign, closeOut);
  if (typeof one === 'string') return one;
  const { isMuted, farthest } = one;
  const responses = responder(book, closeOut, isMuted);
  const mild = iterate(given, responses, new Float64Array(book.lines.length), sign, onIteration);
  const worst = iterate(given, responses, farthest, -sign, onIteration);
  if (mild.isBoundReached || worst.isBoundReached) return 'iterations';
  const isGradual = closeOut.policy !== 'full' || book.rows.some(({ loan, institution }) => loan || institution);
  const agree = (one: Float64Array, other: Float64Array) => one.every((price, a) => Math.abs(price - other[a]) <= AGREEMENT_TOLERANCE * shockedPrice[a]);
  return {
    sign,
    mild,
    worst,
    isUnique: isSame(mild.sold, worst.sold) || (isGradual && agree(mild.price, worst.price)),
    isReachedByRounds: isSame(mild.sold, netSold) || (isGradual && agree(mild.price, finalPrice)),
  };
}

/**
 * The clearing without rounds (`dynamics.clearing: 'equilibrium'`): the least one. Where responses are not monotone the iteration may end somewhere else or nowhere:
 * null then.
 */
export function leastClearing(given: Given): Equilibrium | null {
  const { book, scenario, shockedPrice } = given;
  const closeOut = scenario.closeOut ?? { policy: 'full' };
  const start = new Float64Array(book.lines.length);
  const sign = side({ ...given, finalPrice: shockedPrice });
  const isMonotone = pathDependence(given.trading, true) === null && typeof oneWay(given, sign, closeOut) !== 'string';
  const found = iterate(given, responder(book, closeOut, undefined, scenario.dynamics?.faults ?? []), start, isMonotone ? sign : 0);
  return found.isBoundReached ? null : found;
}

/** The side looked at: where forced trading went, else where the shock went, else sales if anybody could be forced to sell. */
function side({ book, shockedPrice, finalPrice }: Given & { readonly finalPrice: Float64Array }): number {
  const moved = (from: Float64Array, to: Float64Array) => Math.sign(from.reduce((sum, price, a) => sum + Math.sign(price - to[a]), 0));
  return moved(shockedPrice, finalPrice) || moved(book.price, shockedPrice) || (book.rows.some((_, row) => isExposed(book, row, 1, () => true)) ? 1 : -1);
}

/**
 * Q to the responses at F(Q), and again, until Q reproduces itself. Upwards (1) no line's quantity ever falls, downwards (-1) none rises, so that rounding cannot
 * make it turn round; 0 leaves it free.
 */
function iterate(given: Given, responses: (price: Float64Array) => Responses, start: Float64Array, direction: number, onIteration?: () => void): Equilibrium {
  let sold = start;
  let price = pricesAfter(given.trading, sold);
  let answer = responses(price);
  let iterations = 1;
  for (; iterations < MAX_ITERATIONS; iterations++) {
    const next = answer.sold.map((lots, a) => (direction > 0 ? Math.max(sold[a], lots) : direction < 0 ? Math.min(sold[a], lots) : lots));
    if (isSame(next, sold)) break;
    sold = next;
    price = pricesAfter(given.trading, sold);
    answer = responses(price);
    onIteration?.();
  }
  const again = pricesAfter(given.trading, answer.sold);
  return { price, sold, isLiquidated: answer.isLiquidated, residual: price.map((at, a) => at - again[a]), iterations, isBoundReached: iterations === MAX_ITERATIONS };
}

function isSame(one: Float64Array, other: Float64Array): boolean {
  return one.every((lots, a) => lots === other[a]);
}

/** Rows that cannot be closed on this side (their stops may be), and the net lots with everybody else closed; or why responses are not monotone. */
function oneWay(given: Given, sign: number, closeOut: CloseOut): { isMuted: Uint8Array; farthest: Float64Array } | Uncertified {
  const { book, shockedPrice } = given;
  if (book.tiers.some(({ isPlain }) => !isPlain)) return 'contractRules';
  if (given.scenario.dynamics?.faults?.length && book.rows.some(({ institution }) => institution)) return 'faults';
  // first as if no debt's asset moved: whatever does not move then moves with fewer parties neither
  const most = allSold(book, sign, (row) => isExposed(book, row, sign, () => false));
  const reach = pricesAfter(given.trading, most);
  const isMuted = new Uint8Array(book.rows.length).map((_, row) => Number(!isExposed(book, row, sign, (a) => reach[a] !== shockedPrice[a])));
  const farthest = book.kind.includes(DEBT) ? allSold(book, sign, (row) => !isMuted[row]) : most;
  const last = pricesAfter(given.trading, farthest);
  if (book.rows.some((_, row) => isMuted[row] && mayBeClosedBetween(book, row, shockedPrice, last))) return 'mixedExposure';
  const tables = tablesOf(book, (row) => !isMuted[row]);
  if (!tables.every((table) => isHealthMonotone(table, sign)) || !tablesOf(book, (row) => isMuted[row] === 1).every(hasNoJump)) return 'contractRules';
  if (closeOut.policy === 'partial' && !tables.every((table) => isSliceMonotone(table, closeOut.targetMarginRatio ?? DEFAULT_TARGET_MARGIN_RATIO, sign))) return 'partialCloseOut';
  if (!areStopsOneWay(book, sign, isMuted, shockedPrice, closeOut.policy)) return 'stopOrders';
  return { isMuted, farthest };
}

/** Net lots once everybody who may be closed is, and every stop of this side is through. */
function allSold(book: Book, sign: number, isIn: (row: number) => boolean): Float64Array {
  const sold = new Float64Array(book.lines.length);
  for (let row = 0; row < book.rows.length; row++) {
    if (!isIn(row)) continue;
    const share = book.rows[row].loan?.dumpedShare ?? 1;
    for (let k = book.first[row]; k < book.first[row + 1]; k++) if (book.kind[k] !== DEBT && book.kind[k] !== ILLIQUID) sold[book.line[book.asset[k]]] += share === 1 ? book.lots[k] : wholeUp(share * book.lots[k]);
  }
  for (const { row, entry, lots } of book.stops) if (!isIn(row) && Math.sign(lots) === sign) sold[book.line[book.asset[entry]]] += lots;
  return sold;
}

/** eq. 18: health at the worst corner of the box between two prices, every entry at the end that hurts it; positive there is positive inside. */
function mayBeClosedBetween(book: Book, row: number, one: Float64Array, other: Float64Array): boolean {
  if (book.rows[row].institution?.isLinear) return isLosing(book, lotValues(book, one.map((price, a) => Math.min(price, other[a]))), row);
  let worst = book.cash[row] - book.held[row] * book.reserveRate[row];
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

/** The jump of the requirement at the lower end of tier k, upwards positive; rounding counts as none. */
function jumpAt({ floors, rates, amounts }: TierTable, k: number): number {
  const jump = (rates[k] - rates[k - 1]) * floors[k] - (amounts[k] - amounts[k - 1]);
  return Math.abs(jump) <= TRIGGER_TOLERANCE * floors[k] ? 0 : jump;
}

function hasNoJump(table: TierTable): boolean {
  return table.rates.every((rate, k) => rate < 1 && (k === 0 || jumpAt(table, k) === 0));
}

/** Tier tables of the contracts that these rows hold. */
function tablesOf(book: Book, isIn: (row: number) => boolean): readonly TierTable[] {
  const held = new Set<number>();
  for (let row = 0; row < book.rows.length; row++) {
    if (!isIn(row)) continue;
    for (let k = book.first[row]; k < book.first[row + 1]; k++) if (book.kind[k] === CONTRACT && book.lots[k] !== 0) held.add(book.asset[k]);
  }
  return [...held].map((asset) => book.tiers[asset]);
}

/** Health only falls as the price goes on to this side: for longs rates stay below 1 and the requirement never jumps up with the notional, for shorts never down. */
function isHealthMonotone(table: TierTable, sign: number): boolean {
  return (sign < 0 || table.rates.every((rate) => rate < 1)) && table.rates.every((_, k) => k === 0 || sign * jumpAt(table, k) <= 0);
}

/** README section 4: the slice of a long grows as the price falls while `target * rate <= 1`; that of a short always grows as it rises. Jumps are left out. */
function isSliceMonotone(table: TierTable, target: number, sign: number): boolean {
  return (sign < 0 || table.rates.every((rate) => rate * target <= 1)) && table.rates.every((_, k) => k === 0 || jumpAt(table, k) === 0);
}

/** Stops of this side sell no more than the close-out of their account would, which only a full one promises; those of the other side are not through where it is worst for them: at the shocked price. */
function areStopsOneWay(book: Book, sign: number, isMuted: Uint8Array, shockedPrice: Float64Array, policy: CloseOut['policy']): boolean {
  const byEntry = new Map<number, Stop[]>();
  for (const stop of book.stops) {
    if (stop.lots * sign < 0) {
      if (sign * (stop.triggerPrice - shockedPrice[book.asset[stop.entry]]) <= TRIGGER_TOLERANCE * stop.triggerPrice) return false;
    } else if (!isMuted[stop.row]) byEntry.set(stop.entry, [...(byEntry.get(stop.entry) ?? []), stop]);
  }
  if (policy !== 'full') return byEntry.size === 0;
  return [...byEntry].every(([entry, stops]) => stops.every(({ reduceOnly }) => reduceOnly) || stops.reduce((sum, { lots }) => sum + Math.abs(lots), 0) <= Math.abs(book.lots[entry]));
}
