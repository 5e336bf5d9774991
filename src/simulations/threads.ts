import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Piscina } from 'piscina';
import { explained, type ExplainInput } from './explained.js';
import { Jobs } from './jobs.module.js';
import type { LiquidationPrices } from './liquidation-prices.js';
import type { OpenPosition, openPositions } from './open-positions.js';
import { packed } from './packed.js';
import { holdingCount, type RunInput, type RunResult, side, type SideInput } from './run.js';
import { listed, type ShardInput, type ShardResult } from './run.thread.js';

export type { ShardResult };

/** Books up to this size take less than a few milliseconds and are not worth the trip to a thread. */
export const INLINE_HOLDINGS_MAX = 500;

/** The model off the event loop. */
@Injectable()
export class Threads implements OnModuleDestroy {
  private readonly pool: Piscina;

  constructor({ threads }: Jobs) {
    this.pool = new Piscina({ filename: new URL('./run.thread.js', import.meta.url).href, minThreads: threads, maxThreads: threads });
  }

  /** The signal ends the thread's work at once. */
  runShard(input: ShardInput, signal: AbortSignal): Promise<ShardResult> {
    return this.pool.run(input, { signal }) as Promise<ShardResult>;
  }

  run(input: SideInput): Promise<Pick<RunResult, 'summary' | 'accounts' | 'thresholds'>> {
    return this.answer('answer', side, input);
  }

  explain(input: ExplainInput): Promise<LiquidationPrices> {
    return this.answer('explain', explained, input);
  }

  positions(input: Parameters<typeof openPositions>[0]): Promise<OpenPosition[]> {
    return this.answer('positions', listed, input);
  }

  /** Small books here and now, larger ones by the export of that name in a thread. */
  private async answer<I extends Pick<RunInput, 'portfolio'>, O>(name: string, here: (input: I) => O, input: I): Promise<O> {
    return holdingCount(input.portfolio) <= INLINE_HOLDINGS_MAX ? here(input) : ((await this.pool.run(await packed(input), { name })) as O);
  }

  /** Waits for the work at hand: a run that is cut off would be told as failed. */
  async onModuleDestroy(): Promise<void> {
    await this.pool.close();
  }
}
