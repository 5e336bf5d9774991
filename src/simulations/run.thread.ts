import { gunzipSync } from 'node:zlib';
import { type OpenPosition, openPositions } from './open-positions.js';
import { hashOf, run, type RunInput, type RunResult } from './run.js';

/** What piscina calls in a worker thread. Snapshots come as stored, so that even unpacking them stays off the event loop. */
export default function task(given: { readonly snapshot: Uint8Array } | RunInput): RunResult & { readonly resultHash: string } {
  const result = run('snapshot' in given ? (JSON.parse(gunzipSync(given.snapshot).toString()) as RunInput) : given);
  return { ...result, resultHash: hashOf(result) };
}

export function positions(documents: Parameters<typeof openPositions>[0]): OpenPosition[] {
  return [...openPositions(documents)];
}
