import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { asCaller } from '../api/caller.js';
import { ApiError } from '../api/errors.js';
import { insertText } from '../database/bulk.js';
import { Database, type Transaction } from '../database/database.js';
import { Prisma } from '../database/generated/client.js';
import { ENGINE_VERSION } from '../engine/index.js';
import { runSeconds, shardsAtHand } from '../operations/metrics.js';
import { mergedHash } from './points.js';
import { SimulationQueue } from './queue.js';
import { type Claim, Shards } from './shards.js';
import type { SoFar } from './so-far.js';
import { type ShardResult, Threads } from './threads.js';

/** How soon a worker sees that its shard is not its own any more: cancelled, deleted, or taken over. */
const HEARTBEAT_MS = 400;
/** Work that nobody was called for (calls got lost, a worker died, a tenant was at its limit) is called for again. */
const SWEEP_MS = 1500;
/** What took so many workers down with it is given up. */
const LOSSES_MAX = 5;
/** How long a run at hand may take to end once the process is told to stop; then it is left to another worker. */
const STOP_MS = 8000;
/** How far a run has come is written down at heartbeats this part of its age apart: seldom in all, however long it takes. */
const TELL_AFTER = 0.1;
const PROGRESS = { taken: 0.05, computed: 0.9 };

interface Failure {
  readonly code: string;
  readonly detail: string;
}

/** Claims shards when called, runs them in threads and commits each result once. */
@Injectable()
export class SimulationRunner implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly log = new Logger('SimulationRunner');
  private worker?: ReturnType<SimulationQueue['openWorker']>;
  private sweeping?: NodeJS.Timeout;
  private isStopping = false;
  private uncalled?: Promise<void>;
  private readonly atHand = new Set<AbortController>();

  constructor(
    private readonly database: Database,
    private readonly queue: SimulationQueue,
    private readonly shards: Shards,
    private readonly threads: Threads,
  ) {}

  onApplicationBootstrap(): void {
    this.worker = this.queue.openWorker(() => this.work());
    const sweep = () => void this.sweep().catch((error: unknown) => this.log.warn(error));
    this.sweeping = setInterval(sweep, SWEEP_MS).unref();
    sweep();
  }

  async onModuleDestroy(): Promise<void> {
    this.isStopping = true;
    clearInterval(this.sweeping);
    const late = setTimeout(() => this.atHand.forEach((stop) => stop.abort()), STOP_MS);
    await Promise.allSettled([this.worker?.close(), this.uncalled]);
    clearTimeout(late);
  }

  /** One call: shard after shard, of whoever's turn it is, until there is nothing to claim. */
  private async work(): Promise<void> {
    while (!this.isStopping) {
      const claim = await this.shards.claim();
      if (!claim) return;
      await asCaller({ tenant: claim.tenant }, () => this.run(claim)).catch((error: unknown) => this.log.warn(error)); // the lease ends, and another one tries again
    }
  }

  private async run(claim: Claim): Promise<void> {
    const [taken] = await this.database.simulation.updateManyAndReturn({
      where: { id: claim.simulationId, state: { in: ['queued', 'running'] } },
      data: { state: 'running' },
      select: { startedAt: true, shards: true, verifies: true, input: { select: { content: true } } },
    });
    if (!taken) return;
    if (!taken.startedAt) await this.database.simulation.updateMany({ where: { id: claim.simulationId, startedAt: null }, data: { startedAt: new Date() } });
    if (claim.losses >= LOSSES_MAX) return void (await this.fail(claim, { code: 'INTERNAL', detail: `${LOSSES_MAX} workers were lost while they ran it.` }));
    if (taken.shards > 1) await this.atLeast(claim, PROGRESS.taken / taken.shards);
    else await this.tell(claim, { progress: PROGRESS.taken, soFar: Prisma.DbNull }); // what a lost worker told is lost with it
    const stop = new AbortController();
    this.atHand.add(stop);
    shardsAtHand.inc();
    const ended = runSeconds.startTimer();
    let fate: 'succeeded' | 'failed' | undefined;
    const began = performance.now();
    let due = began;
    let heard: SoFar | undefined;
    const beat = async () => {
      if (!(await this.shards.renew(claim))) return stop.abort();
      const [now, soFar] = [performance.now(), heard];
      if (!soFar || now < due) return;
      due = now + TELL_AFTER * (now - began);
      heard = undefined;
      await this.tell(claim, { soFar: { ...soFar } });
    };
    const heartbeat = setInterval(() => void beat().catch(ignore), HEARTBEAT_MS);
    try {
      const outcome = await this.compute(claim, taken.input.content, stop.signal, (soFar) => (heard = soFar));
      if (stop.signal.aborted) return;
      if (!('detail' in outcome) && taken.shards === 1) await this.atLeast(claim, PROGRESS.computed);
      const isMine = await ('detail' in outcome ? this.fail(claim, outcome) : this.commit(claim, outcome, { isKept: taken.verifies === null }));
      if (isMine) fate = 'detail' in outcome ? 'failed' : 'succeeded';
    } finally {
      clearInterval(heartbeat);
      this.atHand.delete(stop);
      shardsAtHand.dec();
      ended({ outcome: fate ?? (await this.whyNot(claim)) });
      if (stop.signal.aborted && this.isStopping) await this.shards.release(claim);
    }
  }

  /** The result, or why the model itself gave none: another attempt would end the same. */
  private async compute({ firstPoint, pointCount }: Claim, snapshot: Uint8Array, signal: AbortSignal, onSoFar: (soFar: SoFar) => void): Promise<ShardResult | Failure> {
    try {
      return await this.threads.runShard({ snapshot, firstPoint, pointCount }, signal, onSoFar);
    } catch (error) {
      if (error instanceof ApiError) return { code: error.code, detail: error.message };
      const detail = error instanceof Error ? error.message : String(error);
      if (!signal.aborted) this.log.error(detail);
      return { code: 'INTERNAL', detail };
    }
  }

  /** The rows of the shard and, with the last one, the end of the simulation, in one transaction. Rows of a verification are not kept. */
  private async commit(claim: Claim, result: ShardResult, { isKept }: { isKept: boolean }): Promise<boolean> {
    const { simulationId } = claim;
    return this.database.$transaction(async (write) => {
      const standing = await this.shards.finish(write, claim);
      if (!standing) return false; // cancelled, or another worker took over
      const { shards, shardsDone, version } = standing;
      if ('points' in result) {
        for (const { point, body, hash } of result.points) await insertText(write, 'simulationPoint', ['ordinal', 'version', 'hash', 'body'], `[{"ordinal":${point},"version":${version},"hash":"${hash}","body":${body}}]`, { simulation_id: simulationId });
        if (shardsDone < shards) await write.simulation.update({ where: { id: simulationId }, data: { shardsDone, progress: shardsDone / shards } });
        else await succeed(write, simulationId, { shardsDone, summary: null, resultHash: await this.merged(write, simulationId) });
        if (shardsDone === shards && !isKept) await write.simulationPoint.deleteMany({ where: { simulationId } });
        return true;
      }
      const { summary, rows, resultHash } = result;
      await succeed(write, simulationId, { shardsDone, summary, resultHash });
      if (!isKept) return true;
      for (const { model, columns, parts } of rows) for (const part of parts) await insertText(write, model, columns, Buffer.from(part.buffer).toString(), { simulation_id: simulationId });
      return true;
    });
  }

  private async merged(from: Transaction, simulationId: string): Promise<string> {
    const points = await from.simulationPoint.findMany({ where: { simulationId }, orderBy: { ordinal: 'asc' }, select: { hash: true } });
    return mergedHash(points.map(({ hash }) => hash));
  }

  /** One shard without a result is a simulation without one: the others are dropped. */
  private async fail(claim: Claim, error: Failure): Promise<boolean> {
    const { simulationId } = claim;
    return this.database.$transaction(async (write) => {
      if (!(await this.shards.finish(write, claim))) return false;
      await write.simulation.update({ where: { id: simulationId }, data: { state: 'failed', error: { ...error }, finishedAt: new Date() } });
      await write.simulationShard.deleteMany({ where: { simulationId } });
      return true;
    });
  }

  /** Why a run was not ended here. */
  private async whyNot({ simulationId }: Claim): Promise<'cancelled' | 'lost'> {
    const found = await this.database.simulation.findFirst({ where: { id: simulationId }, select: { state: true } }).catch(() => ({ state: 'running' }));
    return found === null || found.state === 'cancelled' ? 'cancelled' : 'lost';
  }

  /** While it runs, and is this worker's. */
  private async tell({ simulationId, ordinal, attempt }: Claim, data: Prisma.SimulationUpdateManyMutationInput): Promise<void> {
    await this.database.simulation.updateMany({ where: { id: simulationId, state: 'running', parts: { some: { ordinal, attempt } } }, data });
  }

  /** Progress of a sweep never falls: what is done stays done. */
  private async atLeast({ simulationId }: Claim, progress: number): Promise<void> {
    await this.database.simulation.updateMany({ where: { id: simulationId, state: 'running', progress: { lt: progress } }, data: { progress } });
  }

  /** Calls workers for what nobody works on; where the queue is away, does it here, since the work stands in the database. */
  private async sweep(): Promise<void> {
    const left = await this.shards.left();
    if (left === 0) return;
    try {
      await this.queue.wake(Math.max(0, left - (await this.queue.waiting())));
    } catch {
      await (this.uncalled ??= this.work().finally(() => (this.uncalled = undefined)));
    }
  }
}

/** The summary is JSON text: Prisma would walk through the value in one go. */
async function succeed(write: Transaction, simulationId: string, { shardsDone, summary, resultHash }: { readonly shardsDone: number; readonly summary: string | null; readonly resultHash: string }): Promise<void> {
  await write.$executeRaw`
    UPDATE simulations SET state = 'succeeded', progress = 1, so_far = NULL, shards_done = ${shardsDone}, engine_version = ${ENGINE_VERSION}, finished_at = ${new Date()}, summary = ${summary}::json, result_hash = ${resultHash} WHERE id = ${simulationId}::uuid`;
}

function ignore(): void {}
