/** The only door of the engine: pure functions from plain objects to plain objects. Nothing here reads a clock, a file or a network. */

export const ENGINE_VERSION = '0.2.1';

export type * from './inputs.js';
export { type AccountAttribution, accountAttributions, type AssetAttribution, type CauseAttribution, exactSum, type MechanismAttribution, type SourceAttribution, TOP_ACCOUNTS } from './attribution.js';
export { prepare } from './book.js';
export { cascadeSizes, type CascadeSizes } from './branching.js';
export { type Cause } from './cause.js';
export { cascade, type Cascade, MAX_ROUNDS } from './cascade.js';
export { DEFAULT_TARGET_MARGIN_RATIO } from './close-out.js';
export { type CrossImpactCheck } from './cross-impact.js';
export { borne, byLevel, byQueue, chances, contractsForTargets, lights, nearestShares, queue, queueScore, type Shared, wholeContracts } from './deleveraging.js';
export { type DirectionalThreshold, directionalThresholds } from './direction.js';
export { type ExplainedContract, type ExplainedEnd, type Explanation, explanations, positionAt, type PositionTerms } from './explain.js';
export { frontier, type FrontierRequest, type Point, type PriceRange } from './frontier.js';
export { AGREEMENT_TOLERANCE, MAX_ITERATIONS, type Uncertified } from './equilibrium.js';
export { type AssetEquilibria, type EquilibriumReport } from './equilibrium-report.js';
export { DEFAULT_FLOOR, impactCurve } from './impact.js';
export { type Divergence, type ListingImpact } from './listings.js';
export { MAX_LOTS } from './lots.js';
export { type AccountOutcome, outcomes } from './outcomes.js';
export { type AssetImpact, summary, type Summary, type Totals } from './report.js';
export { type LedgerEntry, type PartyKind, type RoundPrice, type RoundReport, rounds } from './round-report.js';
export { type Display, PRICE_SENTINELS, printedPrice, type Rounding, shownPrice } from './shown.js';
export { type Standing, standings } from './standing.js';
export { type NoThreshold, type Threshold, thresholds } from './threshold.js';
export { tierTable, type TierTable } from './tiers.js';
export { LIQUIDITY_REGIMES, ROUNDS_ONLY } from './trading.js';
export type { DeleveragedSide, ExchangeLosses, Waterfall } from './losses.js';
export { waterfall } from './waterfall.js';
export * as venues from './venues/index.js';
