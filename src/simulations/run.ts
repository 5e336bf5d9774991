import { accountAttributions, cascade, type Market, outcomes, type Portfolio, prepare, rounds, type Scenario, summary, thresholds } from '../engine/index.js';
import { canonicalHash } from './canonical.js';
import type { OnStep } from './so-far.js';
import type { AccountAttribution } from './attributions.js';
import type { AccountOutcome, LedgerEntry, Round, Summary, Threshold } from './results.js';

/** Ledger entries shown with a round; `entryCount` says how many there are, and a simulation lists them all. */
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
  /** Every forced trade, by round. */
  readonly entries: LedgerEntry[];
  readonly attributions: AccountAttribution[];
  readonly accounts: AccountOutcome[];
  readonly thresholds: Threshold[];
}

/** The model on one input; the same bits in a thread, in a worker process and in a what-if. */
export function run({ market, portfolio, scenario }: RunInput, onStep?: OnStep): RunResult {
  const course = cascade(market, portfolio, scenario, (course) => onStep?.('rounds', course));
  const all = [...rounds(course)];
  const answer = summary(course, () => onStep?.('equilibria', course)) as Summary;
  onStep?.('result', course);
  return {
    summary: answer,
    rounds: all.map(({ round, prices, entries, divergence }) => ({ round, prices: [...prices], divergence: [...divergence], entryCount: entries.length, entries: entries.slice(0, ROUND_ENTRIES_MAX) })),
    entries: all.flatMap(({ entries }) => entries),
    attributions: [...accountAttributions(course)],
    accounts: [...outcomes(course)],
    thresholds: [...thresholds(prepare(market, portfolio))],
  };
}

/** A run of which only some parties are wanted. */
export interface SideInput extends RunInput {
  /** Their references; none: the first ones. */
  readonly shown: readonly string[];
  readonly limit: number;
}

export function side({ shown, limit, ...input }: SideInput): Pick<RunResult, 'summary' | 'accounts' | 'thresholds'> {
  const { summary, accounts, thresholds } = run(input);
  const names = new Set(shown.length > 0 ? shown : accounts.slice(0, limit).map(({ account }) => account));
  return { summary, accounts: accounts.filter(({ account }) => names.has(account)), thresholds: thresholds.filter(({ account }) => names.has(account)) };
}

export function hashOf(result: RunResult): string {
  return canonicalHash(result);
}
