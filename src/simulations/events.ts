import { Choice, Fraction, Instant, One, Output, Text, Whole } from '../api/fields.js';
import { Round } from './results.js';
import { RunSoFar, SimulationState } from './simulation.js';
import { SweepPoint } from './sweep.js';

@Output('A move of a simulation.')
export class SimulationChange {
  @Choice(SimulationState, 'Where it stands now; after the last three nothing follows.')
  state: SimulationState;

  @Fraction('Part of the work that is done.')
  progress: number;

  @One(() => RunSoFar, 'How far its run has come; null of a sweep, and at its beginning and success.', { nullable: true })
  soFar: RunSoFar | null;

  @Whole('Parts that the work is split into.')
  shards: number;

  @Whole('Parts that are done.')
  shardsDone: number;

  @Instant('When it moved.')
  changedAt: Date;
}

@Output('What happens to a simulation: one of change, round and point. A change comes after the rows that were stored with it.')
export class SimulationEvent {
  @Text('Place in the course of the simulation: what came after it is asked for by it.')
  id: string;

  @One(() => SimulationChange, 'It has moved.', { nullable: true })
  change?: SimulationChange | null;

  @One(() => Round, 'A round of its cascade, in order.', { nullable: true })
  round?: Round | null;

  @One(() => SweepPoint, 'A point of a sweep, as the parts of the work are done.', { nullable: true })
  point?: SweepPoint | null;
}

/** A place in the course of a simulation: after that many rows of a version, or after the version itself. */
export interface Place {
  readonly version: number;
  readonly ordinal?: number;
}

export const BEGINNING: Place = { version: 0 };

/** `7` is the change to version 7, `7.2` the row 2 that was stored with it. */
export function placeId({ version, ordinal }: Place): string {
  return ordinal === undefined ? String(version) : `${version}.${ordinal}`;
}

/** Undefined where it is the id of no event. */
export function placeOf(id: string): Place | undefined {
  const [, version, ordinal] = /^(\d{1,9})(?:\.(\d{1,9}))?$/.exec(id) ?? [];
  return version === undefined ? undefined : { version: Number(version), ...(ordinal !== undefined && { ordinal: Number(ordinal) }) };
}

