import { choice, Choice, Fraction, Id, Input, Instant, One, Output, Text, Whole } from '../api/fields.js';
import { Summary } from './results.js';

export const SimulationState = choice('SimulationState', 'Where a simulation stands; the last three are final.', 'queued', 'running', 'succeeded', 'failed', 'cancelled');
export type SimulationState = keyof typeof SimulationState;

const SEED_MAX = 2 ** 31 - 1;

@Input('What to run. The documents are copied: later changes of them do not touch the simulation.')
export class SimulationInput {
  @Id('The market.')
  marketId: string;

  @Id('The portfolio.')
  portfolioId: string;

  @Id('The scenario.')
  scenarioId: string;

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

@Output('A run of the cascade model on copies of a market, a portfolio and a scenario.')
export class Simulation extends SimulationInput {
  @Id('UUIDv7.')
  id: string;

  @Choice(SimulationState, 'Where it stands.')
  state: SimulationState;

  @Fraction('Part of the work that is done.')
  progress: number;

  @Text('SHA-256 of the canonical JSON of market, portfolio and scenario.')
  inputHash: string;

  @Text('Version of the engine that runs it.')
  engineVersion: string;

  @One(() => Summary, 'The answer, once it has succeeded.', { nullable: true })
  summary: Summary | null;

  @Text('SHA-256 of the canonical JSON of the whole result: summary, rounds, accounts and thresholds.', { nullable: true })
  resultHash: string | null;

  @One(() => Failure, 'Why it failed.', { nullable: true })
  error: Failure | null;

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
    type AccountOutcome = import('./results.js').AccountOutcome;
    type Threshold = import('./results.js').Threshold;
    type Failure = import('./simulation.js').Failure;
  }
}
