import type { OnModuleDestroy } from '@nestjs/common';
import type pg from 'pg';
import { ApiError } from '../api/errors.js';
import { type Sql, withCompanion } from './effect.js';
import { TenantPool } from './tenants.js';

/** Streams at one time: each holds a connection. */
export const STREAMS_MAX = 8;
const WAIT_MS = 5000;
const RETRY_AFTER_SECONDS = 5;

export type RawClient = pg.PoolClient;

/** Connections for what Prisma cannot do: COPY, and statements over temporary tables. */
export class RawConnections implements OnModuleDestroy {
  private opened?: TenantPool;

  constructor(private readonly url: string) {}

  /**
   * Runs `work` in one transaction as the caller's tenant; commits, or with `keep: false` rolls back, once it is done. When it throws, the connection is closed and
   * nothing of it stays. Kept, it is the effect of the request (`effect.ts`). Throws UNAVAILABLE when all connections stay taken.
   */
  async transaction<T>(work: (client: RawClient) => Promise<T>, { keep = true }: { readonly keep?: boolean } = {}): Promise<T> {
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
    this.opened ??= new TenantPool(this.url, { max: STREAMS_MAX, connectionTimeoutMillis: WAIT_MS });
    return this.opened.connect().catch((error: Error) => {
      throw /timeout/i.test(error.message) ? new ApiError('UNAVAILABLE', `${STREAMS_MAX} imports and exports run already.`, [], { retryAfterSeconds: RETRY_AFTER_SECONDS }) : error;
    });
  }

  async onModuleDestroy(): Promise<void> {
    await this.opened?.end();
  }
}
