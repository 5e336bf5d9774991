import { Injectable } from '@nestjs/common';
import { asCaller, JOBS } from '../api/caller.js';
import { Database, type Transaction } from '../database/database.js';
import { Jobs } from './jobs.module.js';

/** A worker that does not renew its lease for so long is taken for dead. */
export const LEASE_MS = 6000;
/** Who takes turns at claiming. */
const CLAIMS = 5_550_001;
/** A process that stops in the middle of a transaction keeps the others waiting no longer than this. */
const STALLED_TRANSACTION_MS = 3000;

/** A shard while it is this worker's: `attempt` is the fencing number. */
export interface Claim {
  readonly simulationId: string;
  readonly ordinal: number;
  readonly attempt: number;
  /** Workers that were lost with it before. */
  readonly losses: number;
  readonly tenant: string;
  readonly firstPoint: number;
  readonly pointCount: number;
}

export interface Standing {
  readonly shards: number;
  readonly shardsDone: number;
  readonly version: number;
}

/** The work that is left, of all tenants, and whose turn it is. Clocks are the database's alone. */
@Injectable()
export class Shards {
  constructor(
    private readonly database: Database,
    private readonly jobs: Jobs,
  ) {}

  /**
   * The next shard, leased: of the tenant with the fewest running, among equals of the one that was served longest ago; within a tenant the oldest
   * simulation first. None where nothing waits, or all who wait have `runningMax` running.
   */
  async claim(): Promise<Claim | undefined> {
    const [, , claimed] = await asCaller(JOBS, () => this.database.$transaction([
      this.database.$executeRawUnsafe(`SET LOCAL idle_in_transaction_session_timeout = ${STALLED_TRANSACTION_MS}`),
      this.database.$executeRaw`SELECT pg_advisory_xact_lock(${CLAIMS}::bigint)`,
      this.database.$queryRaw<Claim[]>`
        WITH busy AS (
          SELECT tenant, count(*) FILTER (WHERE leased_until > now()) AS running FROM simulation_shards GROUP BY tenant HAVING bool_or(leased_until IS NULL OR leased_until <= now())
        ), next AS (
          SELECT shard.simulation_id, shard.ordinal
          FROM busy LEFT JOIN tenant_turns turn USING (tenant)
          CROSS JOIN LATERAL (
            SELECT simulation_id, ordinal FROM simulation_shards waiting
            WHERE waiting.tenant = busy.tenant AND (leased_until IS NULL OR leased_until <= now())
            ORDER BY simulation_id, ordinal LIMIT 1 FOR UPDATE SKIP LOCKED
          ) shard
          WHERE busy.running < ${this.jobs.runningMax}
          ORDER BY busy.running, turn.served_at NULLS FIRST, shard.simulation_id LIMIT 1
        ), claimed AS (
          UPDATE simulation_shards SET attempt = attempt + 1, losses = losses + (leased_until IS NOT NULL)::int, leased_until = now() + ${LEASE_MS} * interval '1 millisecond'
          FROM next WHERE simulation_shards.simulation_id = next.simulation_id AND simulation_shards.ordinal = next.ordinal
          RETURNING simulation_shards.*
        ), turn AS (
          INSERT INTO tenant_turns (tenant, served_at) SELECT tenant, clock_timestamp() FROM claimed ON CONFLICT (tenant) DO UPDATE SET served_at = excluded.served_at
        )
        SELECT simulation_id AS "simulationId", ordinal, attempt, losses, tenant, first_point AS "firstPoint", point_count AS "pointCount" FROM claimed`,
    ]));
    return claimed[0];
  }

  /** Whether it is still this worker's; if so, for one more lease. */
  async renew({ simulationId, ordinal, attempt }: Claim): Promise<boolean> {
    const renewed = await this.database.$executeRaw`
      UPDATE simulation_shards SET leased_until = now() + ${LEASE_MS} * interval '1 millisecond' WHERE simulation_id = ${simulationId}::uuid AND ordinal = ${ordinal} AND attempt = ${attempt}`;
    return renewed === 1;
  }

  /** Lets another worker have it at once. */
  async release({ simulationId, ordinal, attempt }: Claim): Promise<void> {
    await this.database.$executeRaw`UPDATE simulation_shards SET leased_until = NULL WHERE simulation_id = ${simulationId}::uuid AND ordinal = ${ordinal} AND attempt = ${attempt}`;
  }

  /** How many of all tenants nobody works on. */
  async left(): Promise<number> {
    const [{ left }] = await asCaller(JOBS, () => this.database.$queryRaw<[{ left: number }]>`SELECT count(*)::int AS left FROM simulation_shards WHERE leased_until IS NULL OR leased_until <= now()`);
    return left;
  }

  /** Simulations of the tenant that nobody has begun: their first shard was never claimed. Those who ask take turns until the transaction ends. */
  async queued(write: Transaction, tenant: string): Promise<number> {
    await write.$executeRaw`SELECT pg_advisory_xact_lock(${CLAIMS}::int, hashtext(${tenant}))`;
    return write.simulationShard.count({ where: { tenant, ordinal: 1, attempt: 0 } });
  }

  /**
   * Inside the transaction of a result: takes the shard off the list, and answers how the simulation stands with it, after one update. Undefined, and
   * nothing may be written, where the simulation has ended or the shard is another worker's. The simulation's row is locked first, as a cancel does.
   */
  async finish(write: Transaction, { simulationId, ordinal, attempt }: Claim): Promise<Standing | undefined> {
    await write.$executeRawUnsafe(`SET LOCAL idle_in_transaction_session_timeout = ${STALLED_TRANSACTION_MS}`);
    const [open] = await write.$queryRaw<Standing[]>`
      SELECT shards, shards_done + 1 AS "shardsDone", version + 1 AS version FROM simulations WHERE id = ${simulationId}::uuid AND state = 'running' FOR UPDATE`;
    if (!open) return undefined;
    const { count } = await write.simulationShard.deleteMany({ where: { simulationId, ordinal, attempt } });
    return count === 1 ? open : undefined;
  }
}
