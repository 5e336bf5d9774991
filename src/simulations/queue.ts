import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { createPostgresBackend, type Job, withBackend } from 'bullmq';
import { Database } from '../database/database.js';

const { Queue, Worker } = withBackend(createPostgresBackend);

const QUEUE = 'simulations';
/** Tables of the queue stand apart from ours. */
const SCHEMA = 'bullmq';
const ATTEMPTS = 5;
const BACKOFF_MS = 1000;

export type SimulationJob = Job<{ readonly id: string }>;

function connection(url: string) {
  return { connectionString: url, schema: SCHEMA, migrate: true };
}

/** Jobs carry the id of a simulation and nothing else: the row is the truth. */
@Injectable()
export class SimulationQueue implements OnModuleDestroy {
  private opened?: InstanceType<typeof Queue<{ readonly id: string }>>;

  constructor(private readonly database: Database) {}

  /** The same id twice is one job. */
  async add(id: string): Promise<void> {
    await this.queue().add('run', { id }, { jobId: id, attempts: ATTEMPTS, backoff: { type: 'exponential', delay: BACKOFF_MS }, removeOnComplete: true, removeOnFail: true });
  }

  async onModuleDestroy(): Promise<void> {
    await this.opened?.close();
  }

  /** Connects when first asked. */
  private queue() {
    return (this.opened ??= new Queue(QUEUE, { connection: connection(this.database.url) }).on('error', ignore));
  }
}

export function openWorker(url: string, work: (job: SimulationJob) => Promise<void>, concurrency: number) {
  const worker = new Worker<{ readonly id: string }>(QUEUE, work, { connection: connection(url), concurrency });
  worker.on('error', ignore);
  return worker;
}

/** Calls reject by themselves, and lost connections are tried again by BullMQ. */
function ignore(): void {}
