import type { OnModuleDestroy } from '@nestjs/common';
import type pg from 'pg';
import { caller } from '../api/caller.js';
import { ApiError } from '../api/errors.js';
import { type Sql, withCompanion } from './effect.js';
import { TenantPool } from './tenants.js';

/** Files that come in or go out at one time, each on a connection: of all, and of one tenant, so that none shuts the others out. */
export const FILES_MAX = 12;
export const TENANT_FILES_MAX = 8;
const WAIT_MS = 5000;
const RETRY_AFTER_SECONDS = 5;

export type RawClient = pg.PoolClient;

/** Connections for what Prisma cannot do: COPY, and statements over temporary tables. */
export class RawConnections implements OnModuleDestroy {
  private opened?: TenantPool;
  /** Files under way, by tenant. */
  private readonly running = new Map<string, number>();

  constructor(private readonly url: string) {}

  /**
   * Runs `work` in one transaction as the caller's tenant; commits, or with `keep: false` rolls back, once it is done. When it throws, the connection is closed and
   * nothing of it stays. Kept, it is the effect of the request (`effect.ts`). Throws TOO_MANY_STREAMS, and UNAVAILABLE when all connections stay taken.
   */
  async transaction<T>(work: (client: RawClient) => Promise<T>, options: { readonly keep?: boolean } = {}): Promise<T> {
    const { tenant } = caller();
    const running = this.running.get(tenant) ?? 0;
    if (running >= TENANT_FILES_MAX) throw new ApiError('TOO_MANY_STREAMS', `${TENANT_FILES_MAX} imports and exports of yours run already.`, [], { retryAfterSeconds: RETRY_AFTER_SECONDS });
    this.running.set(tenant, running + 1);
    try {
      return await this.transacted(work, options);
    } finally {
      const left = this.running.get(tenant)! - 1;
      if (left > 0) this.running.set(tenant, left);
      else this.running.delete(tenant);
    }
  }

  private async transacted<T>(work: (client: RawClient) => Promise<T>, { keep = true }: { readonly keep?: boolean }): Promise<T> {
    const client = await this.connect();
    try {
      await client.query('BEGIN');
      const sql: Sql = async (text, ...parameters) => (await client.query(text, parameters)).rows;
      const result = await (keep ? withCompanion(sql, () => work(client)) : work(client));
      await client.query(keep ? 'COMMIT' : 'ROLLBACK');
      client.release();
      return result;
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  /** The one place where a raw connection is had, as the caller's tenant. */
  private async connect(): Promise<RawClient> {
    this.opened ??= new TenantPool(this.url, { max: FILES_MAX, connectionTimeoutMillis: WAIT_MS });
    return this.opened.connect().catch((error: Error) => {
      throw /timeout/i.test(error.message) ? new ApiError('UNAVAILABLE', `${FILES_MAX} imports and exports run already.`, [], { retryAfterSeconds: RETRY_AFTER_SECONDS }) : error;
    });
  }

  async onModuleDestroy(): Promise<void> {
    await this.opened?.end();
  }
}
