import { cascade, type Market, outcomes, type Portfolio, prepare, rounds, type Scenario, summary, thresholds } from '../engine/index.js';
import { canonicalJson, sha256 } from './canonical.js';
import type { AccountOutcome, Round, Summary, Threshold } from './results.js';

/** Ledger entries shown with a round; `entryCount` says how many there are, and every account has its own outcome. */
export const ROUND_ENTRIES_MAX = 1000;

// Threads load this file: it must not pull in the messages with all of Nest behind them.

/** Everything a run depends on. */
export interface RunInput {
  readonly market: Market;
  readonly portfolio: Portfolio;
  readonly scenario: Scenario;
}

export interface RunResult {
  readonly summary: Summary;
  readonly rounds: Round[];
  readonly accounts: AccountOutcome[];
  readonly thresholds: Threshold[];
}

/** The model on one input; the same bits in a thread, in a worker process and in a what-if. */
export function run({ market, portfolio, scenario }: RunInput): RunResult {
  const course = cascade(market, portfolio, scenario);
  const { assets, totals, convention } = summary(course);
  return {
    summary: { assets: [...assets], totals, convention },
    rounds: Array.from(rounds(course), ({ round, prices, entries }) => ({ round, prices: [...prices], entryCount: entries.length, entries: entries.slice(0, ROUND_ENTRIES_MAX) })),
    accounts: [...outcomes(course)],
    thresholds: [...thresholds(prepare(market, portfolio))],
  };
}

export function hashOf(result: RunResult): string {
  return sha256(canonicalJson(result));
}

/** Holdings of a portfolio: what a run's cost grows with. */
export function holdingCount({ accounts = [], loans = [] }: Portfolio): number {
  return accounts.reduce((sum, { positions = [], collateral = [] }) => sum + positions.length + collateral.length, 0) + loans.reduce((sum, { collateral }) => sum + collateral.length, 0);
}
