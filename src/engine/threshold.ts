import { type Book, CONTRACT, contractAt, lotValues, units } from './book.js';
import { entryRequirement, initialState, isLiquidatable, type State } from './health.js';
import { closingFee, coefficients, type Coefficients, type Contract, tierEdges, tierOf } from './margin.js';
import { type Interval, type Piecewise, positiveIntervals, valueAt } from './piecewise.js';

/**
 * Where health is zero when one asset's price moves and all others stand still (README eq. 9-10): the ends of the safe prices around
 * the mark, each solved in the tier that holds AT that end. Where the requirement jumps (flat tiers) the boundary itself can be the end,
 * and the first one going outwards counts. In breach the safe prices nearest to the mark are told.
 */
export interface Threshold {
  readonly account: string;
  readonly symbol: string;
  readonly markPrice: number;
  /** Net units of the asset in the account; negative = short. */
  readonly exposure: number;
  /** The side that hurts: below for a net long, above for a net short. Null with the reason beside it. */
  readonly liquidationPrice: number | null;
  readonly liquidationPriceBelow: number | null;
  readonly liquidationPriceAbove: number | null;
  readonly reasonBelow: NoThreshold | null;
  readonly reasonAbove: NoThreshold | null;
  /** Price at which equity is zero, after the closing fee where the contract's rules count one; null if no positive one. */
  readonly bankruptcyPrice: number | null;
  /** Relative move from the mark to the liquidation price. */
  readonly distance: number | null;
  /** Already liquidatable at the mark. */
  readonly isInBreach: boolean;
}

/** `neverReached`: safe at every price on that side. `neverHealthy`: liquidatable at every price. */
export type NoThreshold = 'neverReached' | 'neverHealthy';

/** Standalone thresholds of every asset in every row, in the order of the rows. */
export function* thresholds(book: Book): Generator<Threshold> {
  const state = initialState(book);
  const value = lotValues(book, book.price);
  for (let row = 0; row < book.rows.length; row++) {
    const seen = new Set<number>();
    for (let k = book.first[row]; k < book.first[row + 1]; k++) {
      if (book.lots[k] === 0 || seen.has(book.asset[k])) continue;
      const asset = book.asset[k];
      seen.add(asset);
      yield threshold(book, state, { row, asset, value, isInBreach: isLiquidatable(book, state, value, row) });
    }
  }
}

/** One row seen along one price; `value` holds the marks of all, currency per lot. */
export interface View {
  readonly row: number;
  readonly asset: number;
  readonly value: Float64Array;
  readonly isInBreach: boolean;
}

export function threshold(book: Book, state: State, view: View): Threshold {
  const line = alongPrice(book, state, view);
  const markPrice = book.price[view.asset];
  const { below, above } = safeInterval(line, markPrice);
  const hurt = line.exposure >= 0 ? below : above;
  return {
    account: book.rows[view.row].account,
    symbol: book.assets[view.asset].symbol,
    markPrice,
    exposure: line.exposure,
    liquidationPrice: hurt.price,
    liquidationPriceBelow: below.price,
    liquidationPriceAbove: above.price,
    reasonBelow: below.reason,
    reasonAbove: above.reason,
    bankruptcyPrice: bankruptcyPrice(line),
    distance: hurt.price === null ? null : hurt.price / markPrice - 1,
    isInBreach: view.isInBreach,
  };
}

/** Health as a function of one price: `constant + slope * p` less the requirement of each contract. */
export interface Line {
  readonly constant: number;
  readonly slope: number;
  readonly exposure: number;
  /** Equity without this asset; differs from `constant` by haircuts and other requirements. */
  readonly rest: number;
  readonly contracts: readonly Contract[];
}

export function alongPrice(book: Book, { lots, cash }: State, { row, asset, value }: Omit<View, 'isInBreach'>): Line {
  let slope = 0;
  let exposure = 0;
  let margin = cash[row];
  let rest = cash[row];
  let required = 0;
  const contracts: Contract[] = [];
  for (let k = book.first[row]; k < book.first[row + 1]; k++) {
    const other = book.asset[k];
    if (other === asset) {
      const quantity = units(book, k);
      slope += book.special.scale.length > 0 ? (quantity * book.weight[k]) / book.special.scale[k] : quantity * book.weight[k];
      exposure += quantity;
      if (book.kind[k] === CONTRACT && quantity !== 0) contracts.push(contractAt(book, k, lots[k]));
      continue;
    }
    const worth = lots[k] * value[other];
    margin += worth * book.weight[k];
    rest += worth * (book.special.scale[k] ?? 1);
    if (book.kind[k] === CONTRACT) required += entryRequirement(book, k, lots[k], value[other]);
  }
  return { constant: margin - required, slope, exposure, rest, contracts };
}

interface End {
  readonly price: number | null;
  readonly reason: NoThreshold | null;
}

const at = (price: number): End => ({ price, reason: null });
const none = (reason: NoThreshold): End => ({ price: null, reason });

/** eq. 9: the stretch of safe prices that holds the mark, or the nearest to it. */
function safeInterval(line: Line, markPrice: number): { below: End; above: End } {
  const health = healthAlong(line);
  const safe = positiveIntervals(health);
  if (safe.length === 0) return { below: none('neverHealthy'), above: none('neverHealthy') };
  const { from, to } = safe.reduce((best, next) => (gap(next, markPrice) < gap(best, markPrice) ? next : best));
  return {
    below: from === 0 ? none('neverReached') : at(attained(line, health, from, -1)),
    above: to === Infinity ? none('neverReached') : at(attained(line, health, to, 1)),
  };
}

function gap({ from, to }: Interval, price: number): number {
  return Math.max(0, from - price, price - to);
}

/** Rounding steps within which a boundary of tiers is on the far side of its own quotient. */
const ULPS_MAX = 4;

/** A boundary that is the threshold because the requirement jumps is told as the first price at which the higher tier holds. */
function attained(line: Line, { edges }: Piecewise, price: number, outwards: 1 | -1): number {
  if (!edges.includes(price)) return price;
  for (let ulps = 0; ulps <= ULPS_MAX; ulps++) {
    const nudged = price * (1 + outwards * ulps * Number.EPSILON);
    if (valueAt(combined(line, nudged), nudged) <= 0) return nudged;
  }
  return price;
}

/** Health along the price, stretch by stretch between the prices at which some contract changes its tier. */
export function healthAlong(line: Line): Piecewise {
  const edges = [...new Set([0, ...line.contracts.flatMap(tierEdges)])].sort((a, b) => a - b);
  return { edges, piece: (m) => combined(line, inside(edges[m], edges[m + 1] ?? Infinity)) };
}

/** Some price between two edges. */
export function inside(from: number, to: number): number {
  return to === Infinity ? from * 2 + 1 : (from + to) / 2;
}

/** Health in the tiers that hold at `price`. */
export function combined(line: Line, price: number): Coefficients {
  let { constant, slope } = line;
  let hyper = 0;
  for (const contract of line.contracts) {
    const required = coefficients(contract, tierOf(contract, price));
    constant -= required.constant;
    slope -= required.slope;
    hyper -= required.hyper;
  }
  return { constant, slope, hyper };
}

/** eq. 10: equity is linear in one price, and so is the fee of closing there. */
function bankruptcyPrice({ rest, exposure, contracts }: Line): number | null {
  let constant = rest;
  let slope = exposure;
  for (const contract of contracts) {
    const fee = closingFee(contract);
    constant -= fee.constant;
    slope -= fee.slope;
  }
  const price = -constant / slope;
  return price > 0 && Number.isFinite(price) ? price : null;
}
