import { type Book, CONTRACT, contractAt, units } from './book.js';
import { entryRequirement, type State } from './health.js';
import { coefficients, type Coefficients, type Contract, tierEdges, tierOf } from './margin.js';
import { tierAt } from './tiers.js';

/** What a row's entries in one asset do to its health when that asset's price moves. */
export interface Part {
  readonly slope: number;
  /** Net units, collateral without its haircut. */
  readonly exposure: number;
  readonly contracts: readonly Contract[];
}

export function partOf(book: Book, { lots }: State, row: number, asset: number): Part {
  const { scale } = book.special;
  let slope = 0;
  let exposure = 0;
  const contracts: Contract[] = [];
  for (let k = book.first[row]; k < book.first[row + 1]; k++) {
    if (book.asset[k] !== asset) continue;
    const quantity = units(book, k);
    slope += scale.length > 0 ? (quantity * book.weight[k]) / scale[k] : quantity * book.weight[k];
    exposure += quantity;
    if (book.kind[k] === CONTRACT && quantity !== 0) contracts.push(contractAt(book, k, lots[k]));
  }
  return { slope, exposure, contracts };
}

/** Health and equity of what stands still: the cash, and the entries of all other assets at their marks. */
export function stillOf(book: Book, { lots, cash, held }: State, value: Float64Array, row: number, isMoving: (asset: number) => boolean): { readonly health: number; readonly equity: number } {
  let margin = cash[row];
  let equity = cash[row];
  let required = held[row] * book.reserveRate[row];
  for (let k = book.first[row]; k < book.first[row + 1]; k++) {
    const asset = book.asset[k];
    if (isMoving(asset)) continue;
    const worth = lots[k] * value[asset];
    margin += worth * book.weight[k];
    equity += worth * (book.special.scale.length > 0 ? book.special.scale[k] : 1);
    if (book.kind[k] === CONTRACT) required += entryRequirement(book, k, lots[k], value[asset]);
  }
  return { health: margin - required, equity };
}

/** `still` and the part as a function of the price, in the tiers that hold at `price`. */
export function coefficientsAt(part: Part, price: number, still = 0): Coefficients {
  let constant = still;
  let { slope } = part;
  let hyper = 0;
  for (const contract of part.contracts) {
    const { table, coins } = contract;
    if (table.isPlain) {
      const k = tierAt(table, coins * price);
      if (k < 0) continue;
      constant += table.amounts[k];
      slope -= coins * table.rates[k];
      continue;
    }
    const required = coefficients(contract, tierOf(contract, price));
    constant -= required.constant;
    slope -= required.slope;
    hyper -= required.hyper;
  }
  return { constant, slope, hyper };
}

/** Prices at which some contract of the part changes its tier, ascending, from 0. */
export function edgesOf({ contracts }: Part): number[] {
  const edges = [0];
  for (const contract of contracts) tierEdges(contract, edges);
  edges.sort((a, b) => a - b);
  let last = 0;
  for (const edge of edges) if (edge !== edges[last]) edges[++last] = edge;
  edges.length = last + 1;
  return edges;
}

/** Some price between two edges. */
export function inside(from: number, to: number): number {
  return to === Infinity ? from * 2 + 1 : (from + to) / 2;
}
