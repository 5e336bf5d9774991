import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { availableParallelism } from 'node:os';
import { insertRows } from '../database/bulk.js';
import { Database } from '../database/database.js';
import { openWorker, SimulationQueue } from './queue.js';
import type { RunResult } from './run.js';
import { Threads } from './threads.js';

/** How soon a cancelled simulation stops burning a thread. */
const CANCEL_POLL_MS = 500;
/** Accepted simulations whose job got lost between two commits are queued again. */
const SWEEP_MS = 15_000;
const LOST_AFTER_MS = 10_000;
const SWEEP_MAX = 1000;
const PROGRESS = { taken: 0.05, computed: 0.9, done: 1 };

type Result = RunResult & { readonly resultHash: string };

/** Takes simulations from the queue, runs them in threads and commits each result once. */
@Injectable()
export class SimulationRunner implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly log = new Logger('SimulationRunner');
  private worker?: ReturnType<typeof openWorker>;
  private sweeping?: NodeJS.Timeout;

  constructor(
    private readonly database: Database,
    private readonly queue: SimulationQueue,
    private readonly threads: Threads,
  ) {}

  onApplicationBootstrap(): void {
    this.worker = openWorker(this.database.url, (job) => this.work(job.data.id), availableParallelism());
    this.sweeping = setInterval(() => void this.sweep().catch((error: unknown) => this.log.warn(error)), SWEEP_MS);
    this.sweeping.unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.sweeping);
    await this.worker?.close();
  }

  private async work(id: string): Promise<void> {
    const [taken] = await this.database.simulation.updateManyAndReturn({
      where: { id, state: { in: ['queued', 'running'] } },
      data: { state: 'running', attempt: { increment: 1 }, startedAt: new Date(), progress: PROGRESS.taken },
      select: { attempt: true, input: { select: { content: true } } },
    });
    if (!taken) return;
    const mine = { id, attempt: taken.attempt, state: 'running' } as const;
    const stop = new AbortController();
    const watch = setInterval(() => void this.stopIfLost(mine, stop), CANCEL_POLL_MS);
    try {
      const outcome = await this.compute(taken.input.content, stop.signal);
      if ('detail' in outcome) await this.database.simulation.updateMany({ where: mine, data: { state: 'failed', error: outcome, finishedAt: new Date() } });
      else await this.commit(mine, outcome);
    } finally {
      clearInterval(watch);
    }
  }

  /** The result, or why the model itself gave none: another attempt would end the same. */
  private async compute(snapshot: Uint8Array, signal: AbortSignal): Promise<Result | { code: string; detail: string }> {
    try {
      return await this.threads.runSnapshot(snapshot, signal);
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      if (!signal.aborted) this.log.error(detail);
      return { code: 'INTERNAL', detail };
    }
  }

  private async commit(mine: Mine, { summary, rounds, accounts, thresholds, resultHash }: Result): Promise<void> {
    await this.database.simulation.updateMany({ where: mine, data: { progress: PROGRESS.computed } });
    await this.database.$transaction(async (write) => {
      const final = { state: 'succeeded', progress: PROGRESS.done, summary, resultHash, finishedAt: new Date() } as const;
      const { count } = await write.simulation.updateMany({ where: mine, data: final });
      if (count === 0) return; // cancelled, or another worker took over
      const numbered = <T extends { account: string }>(bodies: readonly T[]) => bodies.map((body, ordinal) => ({ simulationId: mine.id, ordinal: ordinal + 1, reference: body.account, body }));
      await insertRows(write, 'simulationRound', rounds.map((body) => ({ simulationId: mine.id, ordinal: body.round, body })));
      await insertRows(write, 'simulationAccount', numbered(accounts));
      await insertRows(write, 'simulationThreshold', numbered(thresholds));
    });
  }

  private async stopIfLost(mine: Mine, stop: AbortController): Promise<void> {
    const isMine = await this.database.simulation.count({ where: mine }).catch(() => 1);
    if (isMine === 0) stop.abort();
  }

  private async sweep(): Promise<void> {
    const lost = await this.database.simulation.findMany({ where: { state: 'queued', createdAt: { lt: new Date(Date.now() - LOST_AFTER_MS) } }, select: { id: true }, orderBy: { id: 'asc' }, take: SWEEP_MAX });
    for (const { id } of lost) await this.queue.add(id);
  }
}

/** The row while it is this worker's: `attempt` is the fencing token. */
interface Mine {
  readonly id: string;
  readonly attempt: number;
  readonly state: 'running';
}
