import { gunzipSync } from 'node:zlib';
import { type OpenPosition, openPositions } from './open-positions.js';
import { hashOf, run, type RunInput, type RunResult } from './run.js';

// What piscina calls in worker threads, by name.

export { explained as explain } from './explained.js';
export { run as answer } from './run.js';

/** A simulation from its stored snapshot, so that even unpacking stays off the event loop. */
export default function task({ snapshot }: { readonly snapshot: Uint8Array }): RunResult & { readonly resultHash: string } {
  const result = run(JSON.parse(gunzipSync(snapshot).toString()) as RunInput);
  return { ...result, resultHash: hashOf(result) };
}

export function positions(documents: Parameters<typeof openPositions>[0]): OpenPosition[] {
  return [...openPositions(documents)];
}
