import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { explained, type ExplainInput } from './explained.js';
import type { LiquidationPrices } from './liquidation-prices.js';
import { type OpenPosition, openPositions } from './open-positions.js';
import { holdingCount, run, type RunInput, type RunResult } from './run.js';
import type task from './run.thread.js';

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

  /** Small books here and now, larger ones in a thread. */
  async run(input: RunInput): Promise<RunResult> {
    return holdingCount(input.portfolio) <= INLINE_HOLDINGS_MAX ? run(input) : (this.pool.run(input) as Promise<RunResult>);
  }

  async explain(input: ExplainInput): Promise<LiquidationPrices> {
    return holdingCount(input.portfolio) <= INLINE_HOLDINGS_MAX ? explained(input) : (this.pool.run(input, { name: 'explain' }) as Promise<LiquidationPrices>);
  }

  async positions(input: Parameters<typeof openPositions>[0]): Promise<OpenPosition[]> {
    return holdingCount(input.portfolio) <= INLINE_HOLDINGS_MAX ? [...openPositions(input)] : (this.pool.run(input, { name: 'positions' }) as Promise<OpenPosition[]>);
  }

  async onModuleDestroy(): Promise<void> {
    await this.pool.destroy();
  }
}
