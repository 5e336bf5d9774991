import { choice, Choice, Fraction, Id, Input, Instant, Numeric, One, Output, Quantity, Text, Version, Whole } from '../api/fields.js';
import { Summary } from './results.js';
import type { SoFar } from './so-far.js';
import { Sweep } from './sweep.js';

export const SimulationState = choice('SimulationState', 'Where a simulation stands; the last three are final.', 'queued', 'running', 'succeeded', 'failed', 'cancelled');
export type SimulationState = keyof typeof SimulationState;

const SEED_MAX = 2 ** 31 - 1;

@Input('What to run. The documents are copied: later changes of them do not touch the simulation.')
export class SimulationInput {
  @Id('The market.')
  marketId: string;

  @Id('The portfolio.')
  portfolioId: string;

  @Id('The scenario; absent only where a sweep lists its own.', { optional: true })
  scenarioId?: string | null;

  @One(() => Sweep, 'Many scenarios at once, one point each; absent: the scenario alone, with rounds, accounts and thresholds.', { optional: true })
  sweep?: Sweep | null;

  @Whole('Seed of random draws; this version of the engine draws none.', { min: 0, max: SEED_MAX })
  seed: number = 0;
}

@Output('Why a simulation failed.')
export class Failure {
  @Text('Error code.')
  code: string;

  @Text('What went wrong.', { max: 2000 })
  detail: string;
}

@Output('What it costs at most: if everybody fell, one after the other. Most runs take a small part of it.')
export class Estimate {
  @Whole('Rounds of one point, or iterations of the search for its equilibria.', { min: 0 })
  rounds: number;

  @Whole('Of all points: looks at one holding in one round, and all else in as many looks as take that long.', { min: 0 })
  work: number;

  @Quantity('CPU seconds of all points.')
  seconds: number;

  @Quantity('CPU seconds of the largest shard.')
  shardSeconds: number;

  @Whole('Memory of a shard.', { min: 0 })
  bytes: number;
}

export const RunPhase = choice('RunPhase', 'What a run is at: rounds of forced trades, the search for equilibria beside them, all else of the result.', 'rounds', 'equilibria', 'result');

@Output('How far a run has come, told now and then.')
export class RunSoFar implements SoFar {
  @Choice(RunPhase, 'What it is at.')
  phase: SoFar['phase'];

  @Whole('Rounds that are done.', { min: 0 })
  rounds: number;

  @Whole('Iterations of the search for equilibria that are done.', { min: 0 })
  iterations: number;

  @Whole('Accounts, isolated positions, loans and institutions that were closed or called.', { min: 0 })
  liquidated: number;

  @Numeric('Largest move of a price from before the shock to after a round: -0.2 fell by 20 %.')
  largestMove: number;
}

@Output('A run of the cascade model on copies of a market, a portfolio and its scenarios.')
export class Simulation extends SimulationInput {
  @Id('UUIDv7.')
  id: string;

  @Id('The scenario; null where a sweep lists its own.', { nullable: true })
  declare scenarioId: string | null;

  @One(() => Sweep, 'Many scenarios at once; null: the scenario alone.', { nullable: true })
  declare sweep: Sweep | null;

  @Choice(SimulationState, 'Where it stands.')
  state: SimulationState;

  @Fraction('Part of the work that is done; nobody knows how many rounds a run will take, so of its rounds `soFar` tells.')
  progress: number;

  @One(() => RunSoFar, 'How far its run has come, or had come when it failed or was cancelled; null of a sweep, of a run that is too short to tell, and once there is a summary.', { nullable: true })
  soFar: RunSoFar | null;

  @Whole('Parts that the work is split into, which any number of workers share.')
  shards: number;

  @Whole('Parts that are done.')
  shardsDone: number;

  @Id('The simulation whose result this one computes again.', { nullable: true })
  verifies: string | null;

  @One(() => Estimate, 'What it was estimated at when it was accepted; null of those accepted before there were estimates.', { nullable: true })
  estimate: Estimate | null;

  @Text('SHA-256 of the canonical JSON of market, portfolio and scenario.')
  inputHash: string;

  @Text('Version of the engine that runs it.')
  engineVersion: string;

  @One(() => Summary, 'The answer, once it has succeeded; that of a sweep is its points.', { nullable: true })
  summary: Summary | null;

  @Text('SHA-256 of the canonical JSON of the whole result: summary, rounds, accounts and thresholds; of a sweep: of the list of the SHA-256 of its points in order.', { nullable: true })
  resultHash: string | null;

  @One(() => Failure, 'Why it failed.', { nullable: true })
  error: Failure | null;

  @Version()
  version: number;

  @Instant('When it was accepted.')
  createdAt: Date;

  @Instant('When a worker took it.', { nullable: true })
  startedAt: Date | null;

  @Instant('When it reached its final state.', { nullable: true })
  finishedAt: Date | null;
}

declare global {
  // The JSON columns of prisma/schema.prisma are typed by these names.
  // eslint-disable-next-line @typescript-eslint/no-namespace
  namespace Stored {
    type Summary = import('./results.js').Summary;
    type Round = import('./results.js').Round;
    type LedgerEntry = import('./results.js').LedgerEntry;
    type AccountAttribution = import('./attributions.js').AccountAttribution;
    type AccountOutcome = import('./results.js').AccountOutcome;
    type Threshold = import('./results.js').Threshold;
    type Sweep = import('./sweep.js').Sweep;
    type SweepPoint = import('./sweep.js').SweepPoint;
    type RunSoFar = import('./simulation.js').RunSoFar;
    type Estimate = import('./simulation.js').Estimate;
    type Failure = import('./simulation.js').Failure;
  }
}
