/** The only door of the engine: pure functions from plain objects to plain objects. Nothing here reads a clock, a file or a network. */

export const ENGINE_VERSION = '0.1.0';

export type * from './inputs.js';
export { prepare } from './book.js';
export { cascade, type Cascade, MAX_ROUNDS } from './cascade.js';
export { DEFAULT_TARGET_MARGIN_RATIO } from './close-out.js';
export { type Uncertified } from './equilibrium.js';
export { DEFAULT_FLOOR, impactCurve } from './impact.js';
export { MAX_LOTS } from './lots.js';
export { type AccountOutcome, type AssetImpact, type LedgerEntry, outcomes, type RoundPrice, type RoundReport, rounds, summary, type Summary, type Totals } from './report.js';
export { type Standing, standings } from './standing.js';
export { type NoThreshold, type Threshold, thresholds } from './threshold.js';
