import { Choice, Flag, Fraction, Id, One, Output, Text } from '../api/fields.js';
import { Failure, SimulationState } from './simulation.js';

@Output('Whether a simulation, run again from its stored input, gives the same bytes.')
export class Verification {
  @Id('The simulation whose result is verified.')
  simulationId: string;

  @Id('The run that computes it again: a simulation of its own, which keeps no rows. While it is under way, asking again waits for it.')
  runId: string;

  @Choice(SimulationState, 'Where that run stands.')
  state: SimulationState;

  @Fraction('Part of it that is done.')
  progress: number;

  @Flag('The hashes are the same; null until the run has succeeded.', { nullable: true })
  matches: boolean | null;

  @Text('Hash of the stored result.')
  resultHash: string;

  @Text('Hash of the result computed again; null until there is one.', { nullable: true })
  recomputedHash: string | null;

  @Text('Version of the engine that gave the stored result.')
  engineVersion: string;

  @Text('Version of the engine that computes it again: another one may well give other bytes.')
  recomputedWith: string;

  @Flag('Both versions are the same.')
  isSameEngine: boolean;

  @One(() => Failure, 'Why the run failed.', { nullable: true })
  error: Failure | null;
}
