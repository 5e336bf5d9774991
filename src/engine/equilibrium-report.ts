import type { Book } from './book.js';
import type { Equilibria, Equilibrium } from './equilibrium.js';
import { assetPrice, linesOf } from './listings.js';
import { toUnits } from './lots.js';

/**
 * The equilibria of the memoryless responses, in units and money (README section 4). Not the course: with full closes the rounds end at the mild one,
 * with slices, calls and stops, whose size depends on the path, they may end elsewhere.
 */
export interface EquilibriumReport {
  readonly of: 'memorylessResponses';
  /** The side of the shocked prices that was searched. */
  readonly side: 'sales' | 'purchases';
  /** The course ended at the mild one. */
  readonly isReachedByRounds: boolean;
  readonly liquidatedAtMild: number;
  readonly liquidatedAtWorst: number;
  readonly mildIterations: number;
  readonly worstIterations: number;
  readonly assets: readonly AssetEquilibria[];
}

/** Prices in currency per unit, of an asset with several listings as in `AssetImpact`; net units sold on all of them, negative = bought. */
export interface AssetEquilibria {
  readonly symbol: string;
  readonly mildPrice: number;
  readonly worstPrice: number;
  readonly mildQuantity: number;
  readonly worstQuantity: number;
  /** price - F(Q(price)): zero, or what rounding to whole lots leaves; of several listings the largest. */
  readonly mildResidual: number;
  readonly worstResidual: number;
}

export function equilibriumReport(book: Book, { sign, mild, worst, isReachedByRounds }: Equilibria): EquilibriumReport {
  const count = (flags: Uint8Array) => flags.reduce((sum, flag) => sum + flag, 0);
  const quantity = ({ sold }: Equilibrium, asset: number) => toUnits(book.lot[asset], linesOf(book, asset).reduce((sum, line) => sum + sold[line], 0));
  const residual = (of: Equilibrium, asset: number) => linesOf(book, asset).reduce((most, line) => (Math.abs(of.residual[line]) > Math.abs(most) ? of.residual[line] : most), 0);
  return {
    of: 'memorylessResponses',
    side: sign > 0 ? 'sales' : 'purchases',
    isReachedByRounds,
    liquidatedAtMild: count(mild.isLiquidated),
    liquidatedAtWorst: count(worst.isLiquidated),
    mildIterations: mild.iterations,
    worstIterations: worst.iterations,
    assets: book.assets.slice(0, book.assetCount).map(({ symbol }, a) => ({
      symbol,
      mildPrice: assetPrice(book, mild.price, a),
      worstPrice: assetPrice(book, worst.price, a),
      mildQuantity: quantity(mild, a),
      worstQuantity: quantity(worst, a),
      mildResidual: residual(mild, a),
      worstResidual: residual(worst, a),
    })),
  };
}
