import type { Trading } from './trading.js';

/** Why prices, or what a row sells, depend on the way there and not only on who is closed: then equilibria say nothing of the rounds. */
export type PathDependence = 'recovery' | 'lag' | 'throughput' | 'volatilityThinning' | 'arbitrage' | 'negativeCrossImpact' | 'valueBasis' | 'maxRounds';

/** Null where the market has no memory and selling anything lowers every price or none. */
export function pathDependence({ book, cross, dynamics, impact, longestLag }: Trading, isFixedPoint: boolean): PathDependence | null {
  if (dynamics.recovery) return 'recovery';
  if (longestLag > 0) return 'lag';
  if (dynamics.throughput != null) return 'throughput';
  if (dynamics.volatilityThinning) return 'volatilityThinning';
  if (dynamics.arbitrage && book.lines.length > book.assetCount) return 'arbitrage';
  if (cross?.lambda.some((lambda) => lambda < 0)) return 'negativeCrossImpact';
  if (impact.some(({ quantityBasis }) => quantityBasis === 'value')) return 'valueBasis';
  return dynamics.maxRounds != null && !isFixedPoint ? 'maxRounds' : null;
}
