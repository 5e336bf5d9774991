import { type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pg from 'pg';
import { keyOf, KEY_SECRET } from './keys.js';
import { run, type Service, service, start } from './process.js';

/** What keeps the queue. Tests on Redis run where UNWIND_TEST_REDIS names one; keys carry the name of the test's own database. */
export const BACKENDS = [
  { backend: 'PostgreSQL', env: {} as Record<string, string>, describe },
  { backend: 'Redis (UNWIND_TEST_REDIS)', env: { REDIS_URL: process.env.UNWIND_TEST_REDIS ?? '' }, describe: process.env.UNWIND_TEST_REDIS ? describe : describe.skip },
] as const;

const OPEN = ['queued', 'running'];
/** Who waits longer than this waits for ever. */
const PATIENCE_MS = 120_000;

/** A fleet that asks for keys; `tenant` gives them. */
export const CLOSED = { UNWIND_AUTH: 'on', UNWIND_KEY_SECRET: KEY_SECRET } as const;

export interface Simulation {
  readonly id: string;
  readonly state: string;
  readonly progress: number;
  readonly soFar: { readonly rounds: number } | null;
  readonly shards: number;
  readonly shardsDone: number;
  readonly version: number;
  readonly resultHash: string | null;
  readonly startedAt: string;
  readonly finishedAt: string;
}

/** A server that leaves simulations to others, and worker processes, on a database of their own: what docker-compose.yml starts. */
export class Fleet {
  readonly workers: ChildProcess[] = [];
  private api?: Service;
  private readonly headers: Record<string, string> = {};
  private readonly name = `fleet_${randomUUID().replaceAll('-', '')}`;
  readonly databaseUrl = Object.assign(new URL(process.env.UNWIND_TEST_DATABASE_URL!), { pathname: `/${this.name}` }).href;

  constructor(private readonly env: Record<string, string> = {}) {}

  async open(env: Record<string, string> = {}): Promise<this> {
    await query(process.env.UNWIND_TEST_DATABASE_URL!, `CREATE DATABASE ${this.name}`);
    const migrated = await run('database/migrate.js', [], { DATABASE_URL: this.databaseUrl });
    if (migrated.code !== 0) throw new Error(migrated.output);
    this.api = await service({ ...this.env, ...env, DATABASE_URL: this.databaseUrl, UNWIND_WORKER: 'off', PORT: '0' });
    return this;
  }

  async close(): Promise<void> {
    await this.api?.end();
    await this.stopWorkers();
    await this.forgetCalls();
    await query(process.env.UNWIND_TEST_DATABASE_URL!, `DROP DATABASE ${this.name} WITH (FORCE)`);
  }

  /** The same fleet as this tenant sees it. */
  async tenant(name: string): Promise<Fleet> {
    const headers = { authorization: `Bearer ${await keyOf(name, ['read', 'write', 'simulate'], this.databaseUrl)}` };
    return Object.assign(Object.create(this) as Fleet, { headers });
  }

  get address(): string {
    return this.api!.address;
  }

  async call<T = Simulation>(method: string, path: string, body?: object): Promise<T> {
    return (await (await this.fetch(method, path, body)).json()) as T;
  }

  fetch(method: string, path: string, body?: object): Promise<Response> {
    return fetch(this.api!.address + path, { method, headers: { ...this.headers, ...(body && { 'content-type': 'application/json' }) }, ...(body && { body: JSON.stringify(body) }) });
  }

  sql<T = Record<string, unknown>>(text: string): Promise<T[]> {
    return query<T>(this.databaseUrl, text);
  }

  work(env: Record<string, string> = {}): ChildProcess {
    const worker = start('worker.js', [], { ...this.env, ...env, DATABASE_URL: this.databaseUrl });
    this.workers.push(worker);
    return worker;
  }

  async stopWorkers(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    for (const worker of this.workers.splice(0)) {
      if (worker.exitCode !== null || worker.signalCode !== null) continue;
      worker.kill('SIGCONT');
      worker.kill(signal);
      await once(worker, 'exit');
    }
  }

  /** Every job that was ever queued is gone, as when a Redis without a disk starts again. */
  async forgetCalls(): Promise<void> {
    if (!this.env.REDIS_URL) return void (await this.sql(`DO $$ BEGIN IF to_regclass('bullmq.job') IS NOT NULL THEN DELETE FROM bullmq.job; END IF; END $$`));
    const redis = new Redis(this.env.REDIS_URL);
    const keys = await redis.keys(`unwind.${this.name}:*`);
    if (keys.length > 0) await redis.del(keys);
    await redis.quit();
  }

  /** Stores three documents; answers what `POST /v1/simulations` takes. */
  async store({ accounts = 1, shock = -0.05 }: { accounts?: number; shock?: number } = {}) {
    const { market, portfolio } = chain(accounts);
    const [marketId, portfolioId, scenarioId] = await Promise.all([this.call('POST', '/v1/markets', market), this.call('POST', '/v1/portfolios', portfolio), this.call('POST', '/v1/scenarios', { name: 's', marketShock: shock })]);
    return { marketId: marketId.id, portfolioId: portfolioId.id, scenarioId: scenarioId.id };
  }

  start(input: object): Promise<Simulation> {
    return this.call('POST', '/v1/simulations', input);
  }

  read(id: string): Promise<Simulation> {
    return this.call('GET', `/v1/simulations/${id}`);
  }

  final(id: string): Promise<Simulation> {
    return this.until(id, ({ state }) => !OPEN.includes(state));
  }

  async until(id: string, holds: (simulation: Simulation) => boolean): Promise<Simulation> {
    for (const from = Date.now(); ; await pause(20)) {
      const simulation = await this.read(id);
      if (simulation.id === id && holds(simulation)) return simulation;
      const isLate = Date.now() - from > PATIENCE_MS;
      if (isLate || !OPEN.includes(simulation.state)) throw new Error(`${isLate ? 'waited for too long' : 'ended too early'}: ${JSON.stringify(simulation)}`);
    }
  }
}

/** Longs of which each one's sale fells the next one alone: as many rounds as accounts, a long run of a small document. */
export function chain(accounts: number) {
  const step = 1e-4;
  const margin = (k: number) => 100 - (95 - (k - 0.5) * step) * 0.95;
  return {
    market: { name: 'm', assets: [{ symbol: 'X', price: 100, impact: { model: 'linear', lambda: step }, tiers: [{ minNotional: 0, maintenanceMarginRate: 0.05 }] }] },
    portfolio: { name: 'p', accounts: Array.from({ length: accounts }, (_, k) => ({ reference: `L${String(k).padStart(5, '0')}`, marginMode: 'isolated', positions: [{ symbol: 'X', side: 'long', contracts: 1, entryPrice: 100, margin: margin(k) }] })) },
  };
}

async function query<T>(connectionString: string, text: string): Promise<T[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query(text)).rows as T[];
  } finally {
    await client.end();
  }
}
