import { coefficientsAt, edgesOf, inside, type Part, partOf, stillOf } from './along.js';
import { type Book, lotValues, rowOf } from './book.js';
import { initialState } from './health.js';
import type { Coefficients } from './margin.js';
import { positiveIntervals, root, valueAt } from './piecewise.js';

export interface FrontierRequest {
  readonly account: string;
  /** The position's symbol where it is isolated. */
  readonly position?: string | null;
  readonly x: PriceRange;
  readonly y: PriceRange;
}

export interface PriceRange {
  readonly symbol: string;
  readonly from: number;
  readonly to: number;
}

/** Prices `[x, y]`. */
export type Point = readonly [x: number, y: number];

/** Steps that stand in for one stretch of a requirement with a term in 1 / price (size-linear, inverse): the line is a chord of the curve there. */
const CURVE_STEPS = 64;

/**
 * README eq. 14: the prices of two assets, within a box, at which the account's health is zero, all other prices at their marks.
 * Health is a sum of one function of x and one of y, straight inside every cell of the grid of tier edges: the vertices of the lines stand on that grid and are
 * exact. Where a requirement jumps the line follows the boundary. Empty: health has one sign in the whole box.
 */
export function frontier(book: Book, { account, position = null, x, y }: FrontierRequest): Point[][] {
  const row = rowOf(book, account, position);
  const assets = [x, y].map(({ symbol }) => columnOf(book, row, symbol));
  if (row < 0 || assets.includes(-1) || assets[0] === assets[1]) throw new Error('a frontier needs an account of the book and two different assets of its market');
  const state = initialState(book);
  const still = stillOf(book, state, lotValues(book, book.price), row, (asset) => assets.includes(asset)).health;
  const [alongX, alongY] = [x, y].map((range, axis) => axisOf(partOf(book, state, row, assets[axis]), range));
  return joined(segments(still, alongX, alongY), [x.to - x.from, y.to - y.from]);
}

/** The price of the symbol that the row reads first; where it has none, the asset's. */
function columnOf({ assets, asset, assetIndex, first }: Book, row: number, symbol: string): number {
  for (let k = first[row]; k < first[row + 1]; k++) if (assets[asset[k]].symbol === symbol) return asset[k];
  return assetIndex.get(symbol) ?? -1;
}

/** One asset's own part of health over its range: `pieces[i]` holds from `edges[i]` to `edges[i + 1]`. */
interface Axis {
  readonly edges: readonly number[];
  readonly pieces: readonly Coefficients[];
}

function axisOf(part: Part, { from, to }: PriceRange): Axis {
  const marks = [from, ...edgesOf(part).filter((edge) => edge > from && edge < to), to];
  const isCurved = coefficientsAt(part, inside(from, to)).hyper !== 0;
  const edges = isCurved ? marks.flatMap((mark, i) => (i === 0 ? [mark] : Array.from({ length: CURVE_STEPS }, (_, n) => marks[i - 1] + ((mark - marks[i - 1]) * (n + 1)) / CURVE_STEPS))) : marks;
  return { edges, pieces: edges.slice(1).map((edge, i) => coefficientsAt(part, inside(edges[i], edge))) };
}

type Segment = readonly [Point, Point];

function segments(still: number, x: Axis, y: Axis): Segment[] {
  const found: Segment[] = [];
  for (let i = 0; i < x.pieces.length; i++) {
    for (let j = 0; j < y.pieces.length; j++) {
      const crossings = cellCrossings(still, x, y, i, j);
      if (crossings.length === 2) found.push([crossings[0], crossings[1]]);
      // a jump across the cell's right or upper side
      if (i + 1 < x.pieces.length) found.push(...jumpSegments(still, x, y, i, j, (at, along): Point => [at, along]));
      if (j + 1 < y.pieces.length) found.push(...jumpSegments(still, y, x, j, i, (at, along): Point => [along, at]));
    }
  }
  return found;
}

/** Where health changes its sign on the sides of one cell, each point once. */
function cellCrossings(still: number, x: Axis, y: Axis, i: number, j: number): Point[] {
  const points: Point[] = [];
  const add = (point: Point) => {
    if (!points.some(([px, py]) => px === point[0] && py === point[1])) points.push(point);
  };
  for (const at of [y.edges[j], y.edges[j + 1]]) {
    const zero = zeroOn(x.pieces[i], still + valueAt(y.pieces[j], at), x.edges[i], x.edges[i + 1]);
    if (zero !== null) add([zero, at]);
  }
  for (const at of [x.edges[i], x.edges[i + 1]]) {
    const zero = zeroOn(y.pieces[j], still + valueAt(x.pieces[i], at), y.edges[j], y.edges[j + 1]);
    if (zero !== null) add([at, zero]);
  }
  return points;
}

function zeroOn({ constant, slope, hyper }: Coefficients, shift: number, from: number, to: number): number | null {
  const own = { constant: constant + shift, slope, hyper };
  const isUp = valueAt(own, from) > 0;
  if (isUp === valueAt(own, to) > 0) return null;
  return Math.min(to, Math.max(from, root(own, from, to)));
}

/** Relative to the values beside it: less than this across a boundary is rounding. */
const JUMP_TOLERANCE = 1e-12;

/** The part of the boundary behind piece `i` of `across` on which health is positive on one side only. */
function jumpSegments(still: number, across: Axis, along: Axis, i: number, j: number, point: (at: number, along: number) => Point): Segment[] {
  const at = across.edges[i + 1];
  const before = valueAt(across.pieces[i], at);
  const after = valueAt(across.pieces[i + 1], at);
  if (Math.abs(before - after) <= JUMP_TOLERANCE * (Math.abs(before) + Math.abs(after) + Math.abs(still))) return [];
  const [from, to] = [along.edges[j], along.edges[j + 1]];
  const { constant, slope, hyper } = along.pieces[j];
  const cuts = [from, to];
  for (const shift of [before, after]) cuts.push(...positiveIntervals({ edges: [0], piece: () => ({ constant: constant + still + shift, slope, hyper }) }).flatMap((safe) => [safe.from, safe.to]).filter((cut) => cut > from && cut < to));
  cuts.sort((a, b) => a - b);
  return cuts.slice(1).flatMap((end, n) => {
    const own = valueAt({ constant: constant + still, slope, hyper }, (cuts[n] + end) / 2);
    return end > cuts[n] && own + before > 0 !== own + after > 0 ? [[point(at, cuts[n]), point(at, end)] as Segment] : [];
  });
}

/** Relative to the box: ends this near to each other are one vertex. */
const JOIN_TOLERANCE = 1e-9;

/** Segments as lines, end to end. */
function joined(pool: readonly Segment[], [width, height]: readonly number[]): Point[][] {
  const left = [...pool];
  const isSame = (a: Point, b: Point) => Math.abs(a[0] - b[0]) <= JOIN_TOLERANCE * width && Math.abs(a[1] - b[1]) <= JOIN_TOLERANCE * height;
  const next = (end: Point): Point | null => {
    const n = left.findIndex(([a, b]) => isSame(a, end) || isSame(b, end));
    if (n < 0) return null;
    const [[a, b]] = left.splice(n, 1);
    return isSame(a, end) ? b : a;
  };
  const lines: Point[][] = [];
  for (let first = left.pop(); first; first = left.pop()) {
    const line: Point[] = [...first];
    for (let point = next(line[line.length - 1]); point; point = next(line[line.length - 1])) line.push(point);
    for (let point = next(line[0]); point; point = next(line[0])) line.unshift(point);
    lines.push(line);
  }
  return lines;
}
