import type { Coefficients } from './margin.js';

/**
 * Health along one line: on the stretch from edges[m] to edges[m + 1] (the last one open) it is `piece(m)`.
 * It is continuous at an edge unless a flat tier or a stated maintenance amount makes the requirement jump there.
 */
export interface Piecewise {
  /** Ascending, from 0. */
  readonly edges: readonly number[];
  piece(m: number): Coefficients;
}

export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** Value at `x`; at infinity the sign of the last stretch. */
export function valueAt({ constant, slope, hyper }: Coefficients, x: number): number {
  if (x === Infinity) return slope === 0 ? constant : slope * Infinity;
  if (hyper === 0) return constant + slope * x;
  return x === 0 ? hyper * Infinity : constant + slope * x + hyper / x;
}

/** Every stretch on which the function is positive, ascending; what touches across a continuous edge is one stretch. */
export function positiveIntervals(line: Piecewise): Interval[] {
  const found: { from: number; to: number }[] = [];
  for (let m = 0; m < line.edges.length; m++) {
    const coefficients = line.piece(m);
    const end = line.edges[m + 1] ?? Infinity;
    const top = summit(coefficients);
    for (const [from, to] of top > line.edges[m] && top < end ? [[line.edges[m], top], [top, end]] : [[line.edges[m], end]]) {
      const part = positivePart(coefficients, from, to);
      const last = found[found.length - 1];
      if (part && last?.to === part.from) last.to = part.to;
      else if (part) found.push({ ...part });
    }
  }
  return found;
}

/** Where a concave stretch turns from rising to falling; NaN for a straight one. */
function summit({ slope, hyper }: Coefficients): number {
  return hyper < 0 && slope < 0 ? Math.sqrt(hyper / slope) : NaN;
}

/** The function does not turn between `from` and `to`. */
function positivePart(coefficients: Coefficients, from: number, to: number): Interval | null {
  const isUpAtFrom = valueAt(coefficients, from) > 0;
  const isUpAtTo = valueAt(coefficients, to) > 0;
  if (isUpAtFrom && isUpAtTo) return { from, to };
  if (!isUpAtFrom && !isUpAtTo) return null;
  const zero = Math.min(to, Math.max(from, root(coefficients, from, to)));
  return isUpAtFrom ? { from, to: zero } : { from: zero, to };
}

/** The zero between `from` and `to`, where the function changes its sign once. */
export function root({ constant, slope, hyper }: Coefficients, from: number, to: number): number {
  if (hyper === 0) return -constant / slope;
  if (slope === 0) return -hyper / constant;
  // slope x^2 + constant x + hyper = 0, the sum without cancellation
  const sum = -(constant + Math.sign(constant || 1) * Math.sqrt(Math.max(0, constant * constant - 4 * slope * hyper))) / 2;
  const [one, other] = [sum / slope, hyper / sum];
  return one >= from && one <= to ? one : other;
}
