import { setPriority } from 'node:os';
import { isMainThread, type MessagePort, resourceLimits } from 'node:worker_threads';
import { gunzipSync } from 'node:zlib';
import { type OpenPosition, openPositions } from './open-positions.js';
import { Piscina } from 'piscina';
import { explained, type ExplainInput } from './explained.js';
import { type Packed, unpacked } from './packed.js';
import { type PointRange, pointsOf, type SweepRun } from './points.js';
import { type ResultRows, rowsOf } from './result-text.js';
import { hashOf, run, type RunInput, side, type SideInput } from './run.js';
import { teller } from './so-far.js';

// What piscina calls in worker threads, by name.

/** Who answers requests comes first where threads and event loop share a core. */
const COMPUTING_NICENESS = 10;
if (!isMainThread && process.platform === 'linux') setPriority(0, COMPUTING_NICENESS); // of this thread alone: elsewhere it would be the process

/** A shard of a simulation and the stored snapshot that it is of; no points: the simulation is no sweep and has one shard. */
export interface ShardInput extends PointRange {
  readonly snapshot: Uint8Array;
  /** Where a run that is no sweep tells how far it has come. */
  readonly told?: MessagePort;
}

/** What is stored as JSON is text already. */
export type ShardResult = { readonly summary: string; readonly resultHash: string; readonly rows: readonly ResultRows[] } | { readonly points: readonly { readonly point: number; readonly body: string; readonly hash: string }[] };

/** What a text may take as values, and while it is read. A text that goes beyond the thread's memory would end the whole process. */
const BYTES_PER_CHARACTER = 10;
export const NO_ROOM = 'the input does not fit into the memory of the thread';

/** From the stored snapshot, so that even unpacking stays off the event loop. */
export default function shard({ snapshot, firstPoint, pointCount, told }: ShardInput): ShardResult {
  const text = gunzipSync(snapshot);
  if (text.length * BYTES_PER_CHARACTER > (resourceLimits.maxOldGenerationSizeMb ?? Infinity) * 2 ** 20) throw new Error(NO_ROOM);
  const input: unknown = JSON.parse(text.toString());
  if (pointCount > 0) return { points: pointsOf(input as SweepRun, { firstPoint, pointCount }).map(({ body, hash }) => ({ point: body.point, body: JSON.stringify(body), hash })) };
  const result = run(input as RunInput, teller((soFar) => told?.postMessage(soFar)));
  const rows = rowsOf(result);
  return handedOver({ summary: JSON.stringify(result.summary), resultHash: hashOf(result), rows }, rows.flatMap(({ parts }) => parts.map(({ buffer }) => buffer)));
}

/** With its buffers: nobody copies them. */
function handedOver<T extends object>(value: T, buffers: readonly ArrayBuffer[]): T {
  return Piscina.move({ [Piscina.transferableSymbol]: buffers, [Piscina.valueSymbol]: value } as never) as unknown as T;
}

export function answer(input: Packed): ReturnType<typeof side> {
  return side(unpacked<SideInput>(input));
}

export function explain(input: Packed): ReturnType<typeof explained> {
  return explained(unpacked<ExplainInput>(input));
}

export function positions(input: Packed): OpenPosition[] {
  return listed(unpacked(input));
}

export function listed(documents: Parameters<typeof openPositions>[0]): OpenPosition[] {
  return [...openPositions(documents)];
}
