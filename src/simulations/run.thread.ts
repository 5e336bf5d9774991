import { gunzipSync } from 'node:zlib';
import { explained, type ExplainInput } from './explained.js';
import type { LiquidationPrices } from './liquidation-prices.js';
import { type OpenPosition, openPositions } from './open-positions.js';
import { hashOf, run, type RunInput, type RunResult } from './run.js';

/** What piscina calls in worker threads. Snapshots come as stored, so that even unpacking them stays off the event loop. */
export default function task(given: { readonly snapshot: Uint8Array } | RunInput): RunResult & { readonly resultHash: string } {
  const result = run('snapshot' in given ? (JSON.parse(gunzipSync(given.snapshot).toString()) as RunInput) : given);
  return { ...result, resultHash: hashOf(result) };
}

export function explain(given: ExplainInput): LiquidationPrices {
  return explained(given);
}

export function positions(documents: Parameters<typeof openPositions>[0]): OpenPosition[] {
  return [...openPositions(documents)];
}
