import { arbitrageOf, type Arbitrage } from './arbitrage.js';
import type { Book } from './book.js';
import { quoted } from './columns.js';
import { type Cross, crossOf, pressure } from './cross-impact.js';
import { type Curve, DEFAULT_FLOOR, impactCurve } from './impact.js';
import type { Dynamics, Impact, Market, Scenario } from './inputs.js';
import { toUnits, withinCapacity } from './lots.js';

/** Depth of a named regime, a multiple of the stated one. Orders of magnitude that the press reported, not measurements. */
export const LIQUIDITY_REGIMES = { calm: 1, stressed: 0.5, severe: 0.1, airPocket: 0.02, aftermath: 0.7 } as const;

/** What only rounds know: a clearing at once would ignore it, so it refuses it. */
export const ROUNDS_ONLY = ['order', 'execution', 'executionShare', 'settlement', 'maxRounds', 'recovery', 'temporaryShare', 'throughput', 'volatilityThinning', 'arbitrage'] as const satisfies readonly (keyof Dynamics)[];

/** One synchronous round; arrays per column, of which only lines trade; quantities in lots. */
export interface Round {
  readonly before: Float64Array;
  /** Once the round's forced trades are done, before arbitrage and recovery. */
  readonly after: Float64Array;
  /** NaN where nothing was traded. */
  readonly execution: Float64Array;
  readonly sold: Float64Array;
  readonly bought: Float64Array;
  /** Currency. */
  readonly valueSold: Float64Array;
  readonly valueBought: Float64Array;
  readonly unfilled: Float64Array;
  readonly arbitrage: readonly Arbitrage[];
  /** Prices once arbitrage is done, before anything recovers; null where there was none. */
  readonly arbitraged: Float64Array | null;
  /** What each line moved along its own curve, where assets move each other too; null without cross-impact. */
  readonly own: { readonly lots: Float64Array; readonly move: Float64Array } | null;
}

/** Of a round, what forced trades did. */
export type Clearing = Omit<Round, 'arbitrage' | 'arbitraged'>;

/** The lines of a market while they trade, and the marks made of their prices. */
export interface Trading {
  readonly book: Book;
  readonly dynamics: Dynamics;
  readonly impact: readonly Impact[];
  readonly curves: readonly Curve[];
  readonly cross: Cross | null;
  /** Depth multiplier of the whole scenario. */
  readonly depth: number;
  /** Price of every column after the shock, before anybody trades. */
  readonly opening: Float64Array;
  /** Current price of every column: last prices of the lines, then marks. */
  readonly price: Float64Array;
  /** Where each line stands on its curve, lots: what was sold in all, less what has recovered, in the depth of the rounds that sold it (eq. 26). */
  readonly position: Float64Array;
  /** The part of `position` that will recover. */
  readonly temporary: Float64Array;
  /** Sum of squared relative moves of each line, the shock's among them. */
  readonly variance: Float64Array;
  /** Last prices when `variance` was last added to. */
  readonly seen: Float64Array;
  /** Per column with a lag, what it will show in the next rounds. */
  readonly coming: ReadonlyMap<number, number[]>;
  readonly longestLag: number;
}

/** After the shock, before anybody trades. A clearing at once (`dynamics.clearing`) knows no time: no mark is late, and everybody gets the price after it. */
export function openTrading(book: Book, market: Pick<Market, 'crossImpact'>, scenario: Scenario, shocks: Float64Array): Trading {
  const { lines, quotes } = book;
  const depth = depthOf(scenario);
  const overrides = new Map(scenario.impactOverrides?.map(({ symbol, impact }) => [symbol, impact]));
  const price = book.price.map((before, column) => before * (1 + (column < lines.length ? shocks[column] : 0)));
  const impact = lines.map((_, line) => overrides.get(book.assets[line].symbol) ?? book.assets[line].impact ?? { model: 'none' as const });
  const isAtOnce = scenario.dynamics?.clearing === 'equilibrium';
  const late = isAtOnce ? [] : quotes.flatMap(({ lag }, column) => (lag > 0 && lag < Infinity ? [column] : []));
  const stated = scenario.dynamics ?? {};
  const ignored = isAtOnce ? [...ROUNDS_ONLY.filter((field) => stated[field] != null).map((field) => `dynamics.${field}`), ...(scenario.closeOut?.cooldown != null ? ['closeOut.cooldown'] : [])] : [];
  if (ignored.length > 0) throw new Error(`${ignored.join(', ')}: only for rounds, and dynamics.clearing is equilibrium`);
  const dynamics: Dynamics = isAtOnce ? { ...stated, execution: 'after' } : stated;
  if (dynamics.volatilityThinning) lines.forEach((_, l) => needVolatility(book, l, impact[l]));
  const trading = {
    book,
    dynamics,
    impact,
    curves: impact.map((model, line) => impactCurve(book.assets[line], model, price[line], depth)),
    cross: crossOf(book, market.crossImpact, depth),
    depth,
    opening: price,
    price,
    position: new Float64Array(lines.length),
    temporary: new Float64Array(lines.length),
    variance: new Float64Array(lines.length),
    seen: book.price.slice(0, lines.length),
    coming: new Map(late.map((column) => [column, new Array<number>(quotes[column].lag).fill(book.price[column])])),
    longestLag: late.reduce((longest, column) => Math.max(longest, quotes[column].lag), 0),
  };
  look(trading);
  return { ...trading, opening: price.slice() };
}

export function depthOf({ depthMultiplier, liquidityRegime }: Pick<Scenario, 'depthMultiplier' | 'liquidityRegime'>): number {
  return (depthMultiplier ?? 1) * (liquidityRegime == null ? 1 : LIQUIDITY_REGIMES[liquidityRegime]);
}

function needVolatility({ assets }: Book, line: number, { model }: Impact): void {
  if (model !== 'none' && !(assets[line].dailyVolatility! > 0)) throw new Error(`${assets[line].symbol}: depth that thins with volatility needs its dailyVolatility`);
}

/** Nets what is to be sold and bought, lots per column, finds the counterparty the curves have, and moves the last prices. Eats its arguments. */
export function clear(trading: Trading, sold: Float64Array, bought: Float64Array): Clearing {
  const { book, curves, cross, position, price } = trading;
  const before = price.slice();
  const unfilled = new Float64Array(price.length);
  const execution = new Float64Array(price.length).fill(NaN);
  const started = position.slice();
  const fallBefore = cross && pressure(book, cross, position);
  for (let l = 0; l < book.lines.length; l++) {
    const net = sold[l] - bought[l];
    if (net === 0) continue;
    const filled = fillable(trading, l, net);
    unfilled[l] = net - filled;
    if (unfilled[l] > 0) sold[l] -= unfilled[l];
    else bought[l] += unfilled[l];
    move(trading, l, filled);
  }
  const fallAfter = cross && pressure(book, cross, position);
  for (let l = 0; l < book.lines.length; l++) {
    const traded = sold[l] + bought[l] > 0;
    if (!cross && !traded && unfilled[l] === 0) continue;
    const { asset } = book.lines[l];
    price[l] = priceAt(trading, l, position[l], fallAfter);
    if (!traded) continue;
    const average = () => {
      const own = position[l] === started[l] ? curves[l].price(toUnits(book.lot[l], position[l])) : curves[l].average(toUnits(book.lot[l], started[l]), toUnits(book.lot[l], position[l]));
      return cross ? within(trading, l, own, (fallBefore![asset] + fallAfter![asset]) / 2) : position[l] === started[l] ? before[l] : own;
    };
    const { execution: rule = 'average', executionShare: share } = trading.dynamics;
    execution[l] = share != null ? (1 - share) * before[l] + share * price[l] : rule === 'after' ? price[l] : rule === 'midpoint' ? (before[l] + price[l]) / 2 : average();
  }
  const value = (lots: Float64Array) => lots.map((traded, l) => (traded === 0 ? 0 : toUnits(book.lot[l], traded) * execution[l]));
  return { before, after: price.slice(), execution, sold, bought, valueSold: value(sold), valueBought: value(bought), unfilled, own: cross && ownMoves(trading, started) };
}

function ownMoves({ book, curves, position }: Trading, started: Float64Array): Round['own'] {
  const at = (l: number, lots: number) => curves[l].price(toUnits(book.lot[l], lots));
  return { lots: position.map((lots, l) => lots - started[l]), move: position.map((lots, l) => at(l, lots) - at(l, started[l])) };
}

/** What happens between two rounds: arbitrage closes its part of the gaps, the temporary part recovers, and marks take notice. */
export function rest(trading: Trading): Pick<Round, 'arbitrage' | 'arbitraged'> {
  const { price, position, temporary, dynamics } = trading;
  const arbitrage = dynamics.arbitrage ? arbitrageOf(trading, dynamics.arbitrage) : [];
  for (const { line, lots } of arbitrage) move(trading, line, lots);
  if (arbitrage.length > 0) reprice(trading);
  const arbitraged = arbitrage.length > 0 ? price.slice() : null;
  const recovery = dynamics.recovery ?? 0;
  if (recovery > 0) {
    for (let l = 0; l < position.length; l++) {
      const back = recovery * temporary[l];
      temporary[l] -= back;
      position[l] -= back;
    }
    reprice(trading);
  }
  look(trading);
  return { arbitrage, arbitraged };
}

function reprice(trading: Trading): void {
  const { book, cross, position, price } = trading;
  const fall = cross && pressure(book, cross, position);
  for (let l = 0; l < position.length; l++) price[l] = priceAt(trading, l, position[l], fall);
}

/** As many of the wanted lots (negative = bought) as find a counterparty. */
export function fillable(trading: Trading, l: number, wanted: number): number {
  const { book, curves, position } = trading;
  const rate = rateOf(trading, l);
  const target = position[l] + wanted * rate;
  const end = withinCapacity(book.lot[l], target, curves[l]);
  return end === target ? wanted : Math.trunc((end - position[l]) / rate);
}

function move(trading: Trading, l: number, lots: number): void {
  const step = lots * rateOf(trading, l);
  trading.position[l] += step;
  if (trading.dynamics.recovery) trading.temporary[l] += step * (trading.dynamics.temporaryShare ?? 1);
}

/** Lots along the curve for each lot that is sold now: 1, more in thin depth, and the price where the curve counts money (eq. 26). */
export function rateOf({ book, dynamics, impact, price, variance }: Trading, l: number): number {
  const thin = dynamics.volatilityThinning ? 1 + (dynamics.volatilityThinning * Math.sqrt(variance[l])) / (book.assets[l].dailyVolatility || Infinity) : 1;
  return impact[l].quantityBasis === 'value' ? thin * price[l] : thin;
}

/** README eq. 25: the line's own curve less the pressure of all assets sold, between floor and ceiling. */
export function priceAt(trading: Trading, l: number, position: number, fall: Float64Array | null): number {
  const own = trading.curves[l].price(toUnits(trading.book.lot[l], position));
  return fall ? within(trading, l, own, fall[trading.book.lines[l].asset]) : own;
}

/** Where the curve's model has no floor of its own. */
const CROSS_FLOOR = 0.01;

function within({ curves, impact }: Trading, l: number, own: number, fall: number): number {
  if (fall === 0) return own;
  const start = curves[l].price(0);
  const floor = impact[l].floor ?? (DEFAULT_FLOOR as Partial<Record<string, number>>)[impact[l].model] ?? CROSS_FLOOR;
  return Math.max(Math.min(own, start * floor), Math.min(Math.max(own, start / floor), own - fall));
}

/** The price of a line once its temporary part is gone. */
export function recoveredPrice(trading: Trading, l: number): number {
  const { book, cross, position, temporary, dynamics } = trading;
  if (!dynamics.recovery) return trading.price[l];
  const left = position.map((at, k) => at - temporary[k]);
  return priceAt(trading, l, left[l], cross && pressure(book, cross, left));
}

/** Marks follow the last prices, late ones after their lag. */
function look({ book, price, seen, variance, coming }: Trading): void {
  for (let l = 0; l < seen.length; l++) {
    const relative = price[l] / seen[l] - 1;
    variance[l] += relative * relative;
    seen[l] = price[l];
  }
  for (let column = seen.length; column < price.length; column++) {
    if (book.quotes[column].lag === Infinity) continue;
    const now = quoted(book, price, column);
    const queue = coming.get(column);
    if (!queue) price[column] = now;
    else {
      queue.push(now);
      price[column] = queue.shift()!;
    }
  }
}

/** F(Q): prices of all columns with the given lots sold of each line at once after the shock, whatever the way there; nothing recovers, thins or is late. */
export function pricesAfter(trading: Trading, sold: Float64Array): Float64Array {
  const { book, curves, cross, impact, opening } = trading;
  const price = opening.slice();
  const position = Float64Array.from(book.lines, (_, l) => withinCapacity(book.lot[l], impact[l].quantityBasis === 'value' ? sold[l] * opening[l] : sold[l], curves[l]));
  const fall = cross && pressure(book, cross, position);
  for (let l = 0; l < position.length; l++) price[l] = priceAt(trading, l, position[l], fall);
  for (let column = position.length; column < price.length; column++) if (book.quotes[column].lag < Infinity) price[column] = quoted(book, price, column);
  return price;
}
