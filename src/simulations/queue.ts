import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import { createPostgresBackend, createRedisBackend, runMigrations, withBackend } from 'bullmq';
import { Database } from '../database/database.js';
import { GuardedPool } from '../database/pulse.js';
import { Jobs } from './jobs.module.js';

const postgres = withBackend(createPostgresBackend);
const redis = withBackend(createRedisBackend);

const QUEUE = 'simulations';
/** Tables of the queue stand apart from ours. */
const SCHEMA = 'bullmq';
const WAKES_MAX = 100;
/** A worker that freezes in the middle of a transaction keeps the others waiting no longer than this. */
const STALLED_TRANSACTION_MS = 5000;
/** How soon the queue is tried again where its database was away. */
const RETRY_MS = 500;
/** Whoever calls waits no longer than this for the queue, */
const READY_MS = 1000;
/** and a worker that stops, with the runs that it may still end, no longer than this: BullMQ waits for a Redis that is away. */
const CLOSE_MS = 9000;
const QUEUE_CONNECTIONS = 3;
/** Besides one for each job at hand: one that listens, one that looks for lost jobs. */
const WORKER_CONNECTIONS = 2;

type Queue = InstanceType<typeof postgres.Queue> | InstanceType<typeof redis.Queue>;

interface Closable {
  close(): Promise<void>;
}

/**
 * BullMQ on PostgreSQL, or on Redis where there is one. A job is nothing but a call: a worker that takes one claims the shard whose turn it is
 * (`shards.ts`). A job that is lost loses nothing, one too many finds nothing to do.
 */
@Injectable()
export class SimulationQueue implements OnModuleDestroy {
  private opened?: Promise<Queue & Closable>;

  constructor(
    private readonly database: Database,
    private readonly jobs: Jobs,
  ) {}

  /** Calls workers; at most 100 times, since whoever comes goes on until nothing is left. */
  async wake(times: number): Promise<void> {
    const call = { name: 'wake', data: {}, opts: { removeOnComplete: true, removeOnFail: true } };
    await (await this.ready()).addBulk(Array.from({ length: Math.min(times, WAKES_MAX) }, () => call));
  }

  /** Calls that nobody has taken yet. */
  async waiting(): Promise<number> {
    return (await this.ready()).getWaitingCount();
  }

  /** Takes calls as soon as the queue is to be had, and as long as it is not closed. */
  openWorker(work: () => Promise<void>): Closable {
    const concurrency = this.jobs.threads;
    const { redisUrl } = this.jobs;
    if (redisUrl) {
      const worker = new redis.Worker(QUEUE, work, { ...this.onRedis(redisUrl, null), concurrency }).on('error', ignore);
      return { close: () => within(CLOSE_MS, worker.close()).catch(ignore) };
    }
    let isClosed = false;
    const open = () => this.onPostgres(concurrency + WORKER_CONNECTIONS, (connection) => new postgres.Worker(QUEUE, work, { connection, concurrency, runRetryDelay: RETRY_MS }).on('error', ignore));
    const opening = (async () => {
      while (!isClosed) {
        const worker = await open().catch(ignore);
        if (worker) return worker;
        await pause(RETRY_MS);
      }
    })();
    return {
      close: async () => {
        isClosed = true;
        await (await opening)?.close();
      },
    };
  }

  async onModuleDestroy(): Promise<void> {
    if (this.opened) await within(READY_MS, this.opened.then((queue) => queue.close())).catch(ignore);
  }

  /** Rejects where the queue is not to be had now. */
  private ready(): Promise<Queue> {
    return within(READY_MS, this.queue());
  }

  /** Connects when first asked, and again when that failed. */
  private queue(): Promise<Queue & Closable> {
    const { redisUrl } = this.jobs;
    if (this.opened) return this.opened;
    const opening: Promise<Queue & Closable> = redisUrl
      ? readyOf(new redis.Queue(QUEUE, this.onRedis(redisUrl, 1)).on('error', ignore))
      : this.onPostgres(QUEUE_CONNECTIONS, (connection) => new postgres.Queue(QUEUE, { connection }).on('error', ignore));
    opening.catch(() => (this.opened = undefined));
    return (this.opened = opening);
  }

  /** On connections of our own, since BullMQ listens to the errors of some and not of others; BullMQ never tries a second time to become ready, so it is not begun before. */
  private async onPostgres<T extends Closable & { waitUntilReady(): Promise<unknown> }>(max: number, make: (pool: GuardedPool) => T): Promise<T> {
    const pool = new GuardedPool(this.database.url, { max, options: `-c search_path="${SCHEMA}"`, idle_in_transaction_session_timeout: STALLED_TRANSACTION_MS });
    let made: T | undefined;
    try {
      const client = await pool.connect();
      await runMigrations(client, SCHEMA).finally(() => client.release());
      made = make(pool);
      await made.waitUntilReady();
    } catch (error) {
      await made?.close().catch(ignore);
      await pool.end();
      throw error;
    }
    const close = made.close.bind(made);
    return Object.assign(made, { close: () => close().finally(() => pool.end()) });
  }

  /** Databases that share a Redis keep their calls apart by name. Without retries a call fails at once while Redis is away. */
  private onRedis(url: string, maxRetriesPerRequest: number | null) {
    return { connection: { url, maxRetriesPerRequest, enableOfflineQueue: maxRetriesPerRequest === null }, prefix: `unwind.${new URL(this.database.url).pathname.slice(1)}` };
  }
}

/** Rejects when it takes longer. */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const isDone = new AbortController();
  const tooLate = pause(ms, undefined, { signal: isDone.signal }).then(() => Promise.reject(new Error('The queue is away.')));
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    isDone.abort();
    tooLate.catch(ignore);
  }
}

/** A call of a queue that never was ready would wait for it for ever. */
async function readyOf<T extends { waitUntilReady(): Promise<unknown> }>(queue: T): Promise<T> {
  await queue.waitUntilReady();
  return queue;
}

/** Calls reject by themselves, and lost connections are tried again by BullMQ. */
function ignore(): void {}
