import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { explained, type ExplainInput } from './explained.js';
import type { LiquidationPrices } from './liquidation-prices.js';
import type { OpenPosition, openPositions } from './open-positions.js';
import { holdingCount, run, type RunInput, type RunResult } from './run.js';
import { type default as task, positions as listed } from './run.thread.js';

/** Books up to this size take less than a few milliseconds and are not worth the trip to a thread. */
export const INLINE_HOLDINGS_MAX = 500;

/** The model off the event loop. */
@Injectable()
export class Threads implements OnModuleDestroy {
  private readonly pool = new Piscina({
    filename: new URL('./run.thread.js', import.meta.url).href,
    minThreads: availableParallelism(),
    maxThreads: availableParallelism(),
  });

  /** A stored snapshot; the signal ends the thread's work at once. */
  runSnapshot(snapshot: Uint8Array, signal: AbortSignal): Promise<ReturnType<typeof task>> {
    return this.pool.run({ snapshot }, { signal }) as Promise<ReturnType<typeof task>>;
  }

  run(input: RunInput): Promise<RunResult> {
    return this.answer('answer', run, input);
  }

  explain(input: ExplainInput): Promise<LiquidationPrices> {
    return this.answer('explain', explained, input);
  }

  positions(input: Parameters<typeof openPositions>[0]): Promise<OpenPosition[]> {
    return this.answer('positions', listed, input);
  }

  /** Small books here and now, larger ones by the export of that name in a thread. */
  private async answer<I extends Pick<RunInput, 'portfolio'>, O>(name: string, here: (input: I) => O, input: I): Promise<O> {
    return holdingCount(input.portfolio) <= INLINE_HOLDINGS_MAX ? here(input) : (this.pool.run(input, { name }) as Promise<O>);
  }

  /** Waits for the work at hand: a run that is cut off would be told as failed. */
  async onModuleDestroy(): Promise<void> {
    await this.pool.close();
  }
}
