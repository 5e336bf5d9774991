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
    if (top > line.edges[m] && top < end) {
      addPositive(coefficients, line.edges[m], top, found);
      addPositive(coefficients, top, end, found);
    } else addPositive(coefficients, line.edges[m], end, found);
  }
  return found;
}

/** Where a concave stretch turns from rising to falling; NaN for a straight one. */
function summit({ slope, hyper }: Coefficients): number {
  return hyper < 0 && slope < 0 ? Math.sqrt(hyper / slope) : NaN;
}

/** The positive part of a stretch on which the function does not turn. */
function addPositive(coefficients: Coefficients, from: number, to: number, out: { from: number; to: number }[]): void {
  const isUpAtFrom = valueAt(coefficients, from) > 0;
  const isUpAtTo = valueAt(coefficients, to) > 0;
  if (!isUpAtFrom && !isUpAtTo) return;
  const zero = isUpAtFrom && isUpAtTo ? NaN : Math.min(to, Math.max(from, root(coefficients, from, to)));
  const start = isUpAtFrom ? from : zero;
  const end = isUpAtTo ? to : zero;
  const last = out[out.length - 1];
  if (last?.to === start) last.to = end;
  else out.push({ from: start, to: end });
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
