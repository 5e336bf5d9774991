import { coefficientsAt, edgesOf, inside, type Part, partOf, stillOf } from './along.js';
import { type Book, lotValues } from './book.js';
import { initialState, isLiquidatable, type State } from './health.js';
import { closingFee } from './margin.js';
import { type Interval, positiveIntervals, valueAt } from './piecewise.js';

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
  const { row, asset, value } = view;
  const { slope, exposure, contracts } = partOf(book, state, row, asset);
  const still = stillOf(book, state, value, row, (other) => other === asset);
  const line: Line = { slope, exposure, contracts, health: still.health, equity: still.equity };
  const markPrice = book.price[asset];
  const { below, above } = safeInterval(line, markPrice);
  const hurt = line.exposure >= 0 ? below : above;
  return {
    account: book.rows[row].account,
    symbol: book.assets[asset].symbol,
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

/** Health along one price: a part of the row, and what stands still. */
interface Line extends Part {
  readonly health: number;
  readonly equity: number;
}

interface End {
  readonly price: number | null;
  readonly reason: NoThreshold | null;
}

const at = (price: number): End => ({ price, reason: null });
const none = (reason: NoThreshold): End => ({ price: null, reason });

/** eq. 9: the stretch of safe prices that holds the mark, or the nearest to it. */
function safeInterval(line: Line, markPrice: number): { below: End; above: End } {
  const edges = edgesOf(line);
  const safe = positiveIntervals({ edges, piece: (m) => coefficientsAt(line, inside(edges[m], edges[m + 1] ?? Infinity), line.health) });
  if (safe.length === 0) return { below: none('neverHealthy'), above: none('neverHealthy') };
  const { from, to } = safe.reduce((best, next) => (gap(next, markPrice) < gap(best, markPrice) ? next : best));
  return {
    below: from === 0 ? none('neverReached') : at(attained(line, edges, from, -1)),
    above: to === Infinity ? none('neverReached') : at(attained(line, edges, to, 1)),
  };
}

function gap({ from, to }: Interval, price: number): number {
  return Math.max(0, from - price, price - to);
}

/** Rounding steps within which a boundary of tiers is on the far side of its own quotient. */
const ULPS_MAX = 4;

/** A boundary that is the threshold because the requirement jumps is told as the first price at which the higher tier holds. */
function attained(line: Line, edges: readonly number[], price: number, outwards: 1 | -1): number {
  if (!edges.includes(price)) return price;
  for (let ulps = 0; ulps <= ULPS_MAX; ulps++) {
    const nudged = price * (1 + outwards * ulps * Number.EPSILON);
    if (valueAt(coefficientsAt(line, nudged, line.health), nudged) <= 0) return nudged;
  }
  return price;
}

/** eq. 10: equity is linear in one price, and so is the fee of closing there. */
function bankruptcyPrice({ equity, exposure, contracts }: Line): number | null {
  let constant = equity;
  let slope = exposure;
  for (const contract of contracts) {
    const fee = closingFee(contract);
    constant -= fee.constant;
    slope -= fee.slope;
  }
  const price = -constant / slope;
  return price > 0 && Number.isFinite(price) ? price : null;
}
