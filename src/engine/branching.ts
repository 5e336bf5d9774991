import { exp } from './exp.js';

/** How many parties one forced party takes with it, itself counted. */
export interface CascadeSizes {
  readonly mean: number;
  readonly variance: number;
  /** Of a cascade of 1, 2, ... parties. */
  readonly probability: readonly number[];
}

/**
 * README eq. 38, the Borel law: the sizes of a cascade in which every forced party forces a Poisson number of others, `reproduction` < 1 of them on average. So it is
 * where equal sales push a linear curve through thresholds that lie anywhere with the same density.
 */
export function cascadeSizes(reproduction: number, largest: number): CascadeSizes {
  const left = 1 - reproduction;
  return { mean: 1 / left, variance: reproduction / (left * left * left), probability: Array.from({ length: largest }, (_, k) => borel(reproduction, k + 1)) };
}

/** exp(-n k) (n k)^(k - 1) / k!, factor by factor from both ends, so that no product overflows. */
function borel(n: number, size: number): number {
  const none = exp(-n);
  let probability = none;
  for (let low = 2, high = size; low <= high; ) probability *= (none * n * size) / (probability < 1 ? low++ : high--);
  return probability;
}
