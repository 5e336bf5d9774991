import { cascade, type Market, type Portfolio, type PriceShock, type Scenario, summary } from '../engine/index.js';
import { canonicalJson, sha256 } from './canonical.js';
import type { AssetImpact, Totals } from './results.js';

// Threads load this file: it must not pull in the messages with all of Nest behind them.

export const POINTS_MAX = 1000;
/** The most parts that a sweep is split into: enough for many machines, few enough that a short sweep is not all overhead. */
const SHARDS_MAX = 64;

/** Everything a sweep depends on: scenarios, or one scenario and the sizes of its shock. */
export interface SweepRun {
  readonly market: Market;
  readonly portfolio: Portfolio;
  readonly scenarios: readonly (Scenario & { readonly name: string })[];
  readonly shocks?: Sizes | null;
}

interface Sizes {
  readonly symbol?: string | null;
  readonly from: number;
  readonly to: number;
  readonly steps: number;
}

export interface PointOutcome {
  readonly point: number;
  readonly scenario: string;
  readonly shock: number | null;
  readonly assets: AssetImpact[];
  readonly totals: Totals;
}

/** Points from 1. */
export interface PointRange {
  readonly firstPoint: number;
  readonly pointCount: number;
}

export function pointCount({ scenarios, shocks }: { readonly scenarios: readonly unknown[]; readonly shocks?: Sizes | null }): number {
  return shocks ? shocks.steps : scenarios.length;
}

/** The parts of a sweep, in order; they depend on the number of points alone, never on who works. */
export function shardsOf(points: number): PointRange[] {
  const size = Math.ceil(points / SHARDS_MAX);
  return Array.from({ length: Math.ceil(points / size) }, (_, i) => ({ firstPoint: i * size + 1, pointCount: Math.min(size, points - i * size) }));
}

/** Some points of a sweep, each with the SHA-256 of its canonical JSON. */
export function pointsOf(input: SweepRun, { firstPoint, pointCount }: PointRange): { readonly body: PointOutcome; readonly hash: string }[] {
  return Array.from({ length: pointCount }, (_, i) => {
    const point = firstPoint + i;
    const { scenario, shock } = scenarioAt(input, point);
    const { assets, totals } = summary(cascade(input.market, input.portfolio, scenario));
    const body = { point, scenario: scenario.name, shock, assets: [...assets], totals };
    return { body, hash: sha256(canonicalJson(body)) };
  });
}

/** The hash of a sweep, from those of its points in order. */
export function mergedHash(hashes: readonly string[]): string {
  return sha256(canonicalJson(hashes));
}

/** The scenario of a point, and the size of the swept shock. */
function scenarioAt({ scenarios, shocks }: SweepRun, point: number): { scenario: SweepRun['scenarios'][number]; shock: number | null } {
  if (!shocks) return { scenario: scenarios[point - 1]!, shock: null };
  const scenario = scenarios[0]!;
  const shock = sizeAt(shocks, point);
  if (shocks.symbol == null) return { scenario: { ...scenario, marketShock: shock }, shock };
  const { symbol } = shocks;
  const others: readonly PriceShock[] = (scenario.shocks ?? []).filter((each) => each.symbol !== symbol);
  return { scenario: { ...scenario, shocks: [...others, { symbol, shock }] }, shock };
}

/** Both ends exactly. */
function sizeAt({ from, to, steps }: Sizes, point: number): number {
  return point === steps ? to : from + ((to - from) * (point - 1)) / (steps - 1);
}
