import type { Book } from './book.js';
import type { CrossImpact } from './inputs.js';
import { toUnits } from './lots.js';

/** README eq. 25: what the quantities sold of all assets take off each price, on top of its own curve. */
export interface Cross {
  readonly to: Uint16Array;
  readonly of: Uint16Array;
  /** Currency per unit, per unit sold; the depth is in it. */
  readonly lambda: Float64Array;
}

/** Null where nothing is stated. */
export function crossOf({ assetIndex }: Book, stated: readonly CrossImpact[] | null | undefined, depth: number): Cross | null {
  if (!stated || stated.length === 0) return null;
  const index = (symbol: string) => {
    const asset = assetIndex.get(symbol);
    if (asset === undefined) throw new Error(`cross-impact: the market does not price ${symbol}`);
    return asset;
  };
  return {
    to: Uint16Array.from(stated, ({ symbol }) => index(symbol)),
    of: Uint16Array.from(stated, ({ soldSymbol }) => index(soldSymbol)),
    lambda: Float64Array.from(stated, ({ lambda }) => lambda / depth),
  };
}

/** Fall of the price of every asset, currency per unit; `position` is lots along the curve of each line. */
export function pressure({ assetCount, lines, lot }: Book, cross: Cross, position: Float64Array): Float64Array {
  const sold = new Float64Array(assetCount);
  lines.forEach(({ asset }, line) => (sold[asset] += toUnits(lot[line], position[line])));
  const fall = new Float64Array(assetCount);
  for (let n = 0; n < cross.lambda.length; n++) fall[cross.to[n]] += cross.lambda[n] * sold[cross.of[n]];
  return fall;
}

/** Whether somebody could earn by trading in a circle: not if the matrix, with the assets' own slopes on its diagonal, is symmetric and positive semi-definite. */
export interface CrossImpactCheck {
  readonly isSymmetric: boolean;
  readonly isPositiveSemidefinite: boolean;
}

/** Relative to the largest element. */
const TOLERANCE = 1e-12;

/** `ownSlope`: fall of each asset's price per unit of its own. Positive semi-definite is asked of the symmetric part. */
export function checkCross({ assetCount }: Book, { to, of, lambda }: Cross, ownSlope: Float64Array): CrossImpactCheck {
  const full = Array.from({ length: assetCount }, (_, i) => Float64Array.from({ length: assetCount }, (__, j) => (i === j ? ownSlope[i] : 0)));
  for (let n = 0; n < lambda.length; n++) full[to[n]][of[n]] += lambda[n];
  const slack = TOLERANCE * full.reduce((most, row) => row.reduce((top, value) => Math.max(top, Math.abs(value)), most), 0);
  const isSymmetric = full.every((row, i) => row.every((value, j) => Math.abs(value - full[j][i]) <= slack));
  const even = full.map((row, i) => row.map((value, j) => (value + full[j][i]) / 2));
  return { isSymmetric, isPositiveSemidefinite: isSemidefinite(even, slack) };
}

/** By elimination: no pivot is negative, and where one is zero its row is. */
function isSemidefinite(matrix: readonly Float64Array[], slack: number): boolean {
  for (let k = 0; k < matrix.length; k++) {
    const pivot = matrix[k][k];
    if (pivot < -slack) return false;
    if (pivot <= slack) {
      if (matrix[k].some((value, j) => j > k && Math.abs(value) > slack)) return false;
      continue;
    }
    for (let i = k + 1; i < matrix.length; i++) {
      const factor = matrix[i][k] / pivot;
      if (factor !== 0) for (let j = k; j < matrix.length; j++) matrix[i][j] -= factor * matrix[k][j];
    }
  }
  return true;
}
