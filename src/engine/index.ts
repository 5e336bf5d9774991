/** The only door of the engine: pure functions from plain objects to plain objects. Nothing here reads a clock, a file or a network. */

export const ENGINE_VERSION = '0.1.0';

export type * from './inputs.js';
export { prepare } from './book.js';
export { cascade, type Cascade, MAX_ROUNDS } from './cascade.js';
export { DEFAULT_TARGET_MARGIN_RATIO } from './close-out.js';
export { type DirectionalThreshold, directionalThresholds } from './direction.js';
export { type ExplainedContract, type ExplainedEnd, type Explanation, explanations, positionAt, type PositionTerms } from './explain.js';
export { frontier, type FrontierRequest, type Point, type PriceRange } from './frontier.js';
export { type Uncertified } from './equilibrium.js';
export { DEFAULT_FLOOR, impactCurve } from './impact.js';
export { MAX_LOTS } from './lots.js';
export { type AccountOutcome, type AssetImpact, type LedgerEntry, outcomes, type RoundPrice, type RoundReport, rounds, summary, type Summary, type Totals } from './report.js';
export { type Display, PRICE_SENTINELS, printedPrice, type Rounding, shownPrice } from './shown.js';
export { type Standing, standings } from './standing.js';
export { type NoThreshold, type Threshold, thresholds } from './threshold.js';
export { tierTable, type TierTable } from './tiers.js';
export * as venues from './venues/index.js';
