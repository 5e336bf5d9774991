import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { type OpenPosition, openPositions } from './open-positions.js';
import { holdingCount, run, type RunInput, type RunResult } from './run.js';
import type task from './run.thread.js';
import type { positions } from './run.thread.js';

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
    return this.pool.run({ snapshot }, { signal });
  }

  /** Small books here and now, larger ones in a thread. */
  async run(input: RunInput): Promise<RunResult> {
    return holdingCount(input.portfolio) <= INLINE_HOLDINGS_MAX ? run(input) : this.pool.run(input);
  }

  async positions(input: Parameters<typeof positions>[0]): Promise<OpenPosition[]> {
    return holdingCount(input.portfolio) <= INLINE_HOLDINGS_MAX ? [...openPositions(input)] : this.pool.run(input, { name: 'positions' });
  }

  async onModuleDestroy(): Promise<void> {
    await this.pool.destroy();
  }
}
