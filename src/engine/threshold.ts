import { type Book, CONTRACT, lotValues, units } from './book.js';
import { equity, health, initialState, isLiquidatable, type State } from './health.js';
import { tierAt } from './tiers.js';

/**
 * Where health is zero when one asset's price moves and all others stand still (README eq. 9-10).
 * Along one price health is concave and piecewise linear, so the safe prices form one interval: below its lower end and above its
 * upper end the account is liquidated. Both ends are solved in the tier that holds AT that end.
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
  /** Price at which equity is zero, or null if no positive one. */
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
  const others = value.slice();
  for (let row = 0; row < book.rows.length; row++) {
    const seen = new Set<number>();
    for (let k = book.first[row]; k < book.first[row + 1]; k++) {
      if (book.lots[k] === 0 || seen.has(book.asset[k])) continue;
      const asset = book.asset[k];
      seen.add(asset);
      others[asset] = 0;
      yield threshold(book, state, { row, asset, others, isInBreach: isLiquidatable(book, state, value, row) });
      others[asset] = value[asset];
    }
  }
}

/** One row seen along one price: `others` has that price at 0. */
interface View {
  readonly row: number;
  readonly asset: number;
  readonly others: Float64Array;
  readonly isInBreach: boolean;
}

function threshold(book: Book, state: State, view: View): Threshold {
  const line = alongPrice(book, state, view);
  const { below, above } = safeInterval(line);
  const markPrice = book.price[view.asset];
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
    bankruptcyPrice: bankruptcyPrice(equity(book, state, view.others, view.row), line.exposure),
    distance: hurt.price === null ? null : hurt.price / markPrice - 1,
    isInBreach: view.isInBreach,
  };
}

/** Health as a function of one price: `constant + slope * p` less the tiered requirement of each contract of `sizes` units. */
interface Line {
  readonly constant: number;
  readonly slope: number;
  readonly exposure: number;
  readonly contracts: readonly Contract[];
}

interface Contract {
  readonly size: number;
  readonly tiers: Book['tiers'][number];
}

function alongPrice(book: Book, state: State, { row, asset, others }: View): Line {
  let slope = 0;
  let exposure = 0;
  const contracts: Contract[] = [];
  for (let k = book.first[row]; k < book.first[row + 1]; k++) {
    if (book.asset[k] !== asset) continue;
    const quantity = units(book, k);
    slope += quantity * book.weight[k];
    exposure += quantity;
    if (book.kind[k] === CONTRACT && quantity !== 0) contracts.push({ size: Math.abs(quantity), tiers: book.tiers[asset] });
  }
  return { constant: health(book, state, others, row), slope, exposure, contracts };
}

interface End {
  readonly price: number | null;
  readonly reason: NoThreshold | null;
}

const at = (price: number): End => ({ price, reason: null });
const none = (reason: NoThreshold): End => ({ price: null, reason });

/** eq. 9: walk the linear pieces; the first that rises through zero holds the lower end, the first after it that falls through zero the upper end. */
function safeInterval(line: Line): { below: End; above: End } {
  const edges = tierEdges(line);
  let below: End | null = line.constant > 0 ? none('neverReached') : null;
  for (let m = 0; m < edges.length; m++) {
    const { constant, slope } = piece(line, edges[m], edges[m + 1] ?? Infinity);
    const isLast = m === edges.length - 1;
    const end = isLast ? (slope === 0 ? constant : slope * Infinity) : constant + slope * edges[m + 1];
    if (below === null) {
      if (end <= 0) continue;
      below = edges[m] === 0 && constant === 0 ? none('neverReached') : at(-constant / slope);
    }
    if (end <= 0 && slope < 0) return { below, above: at(-constant / slope) };
  }
  return below === null ? { below: none('neverHealthy'), above: none('neverHealthy') } : { below, above: none('neverReached') };
}

/** Prices at which some contract changes its tier, ascending, from 0. */
function tierEdges({ contracts }: Line): number[] {
  const edges = new Set([0]);
  for (const { size, tiers } of contracts) for (const floor of tiers.floors) edges.add(floor / size);
  return [...edges].sort((a, b) => a - b);
}

/** Health between two neighbouring edges. */
function piece(line: Line, from: number, to: number): { constant: number; slope: number } {
  const inside = to === Infinity ? from * 2 + 1 : (from + to) / 2;
  let { constant, slope } = line;
  for (const { size, tiers } of line.contracts) {
    const k = tierAt(tiers, size * inside);
    if (k < 0) continue;
    constant += tiers.amounts[k];
    slope -= size * tiers.rates[k];
  }
  return { constant, slope };
}

/** eq. 10: equity is linear in one price; `rest` is equity without that asset. */
function bankruptcyPrice(rest: number, exposure: number): number | null {
  const price = -rest / exposure;
  return price > 0 && Number.isFinite(price) ? price : null;
}
