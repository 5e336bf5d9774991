import { resourceLimits } from 'node:worker_threads';
import { gunzipSync } from 'node:zlib';
import { type OpenPosition, openPositions } from './open-positions.js';
import { type PointOutcome, type PointRange, pointsOf, type SweepRun } from './points.js';
import { hashOf, run, type RunInput, type RunResult } from './run.js';

// What piscina calls in worker threads, by name.

export { explained as explain } from './explained.js';
export { run as answer } from './run.js';

/** A shard of a simulation and the stored snapshot that it is of; no points: the simulation is no sweep and has one shard. */
export interface ShardInput extends PointRange {
  readonly snapshot: Uint8Array;
}

export type ShardResult = (RunResult & { readonly resultHash: string }) | { readonly points: readonly { readonly body: PointOutcome; readonly hash: string }[] };

/** What a text may take as values, and while it is read. A text that goes beyond the thread's memory would end the whole process. */
const BYTES_PER_CHARACTER = 10;
export const NO_ROOM = 'the input does not fit into the memory of the thread';

/** From the stored snapshot, so that even unpacking stays off the event loop. */
export default function shard({ snapshot, firstPoint, pointCount }: ShardInput): ShardResult {
  const text = gunzipSync(snapshot);
  if (text.length * BYTES_PER_CHARACTER > (resourceLimits.maxOldGenerationSizeMb ?? Infinity) * 2 ** 20) throw new Error(NO_ROOM);
  const input: unknown = JSON.parse(text.toString());
  if (pointCount > 0) return { points: pointsOf(input as SweepRun, { firstPoint, pointCount }) };
  const result = run(input as RunInput);
  return { ...result, resultHash: hashOf(result) };
}

export function positions(documents: Parameters<typeof openPositions>[0]): OpenPosition[] {
  return [...openPositions(documents)];
}
