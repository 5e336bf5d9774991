import type pg from 'pg';
import { caller } from '../api/caller.js';
import { ConfigError } from '../config.js';
import { GuardedPool, SafeClient } from './pulse.js';

/** Who the service is inside the database where its user would be above row-level security. */
const ROLE = 'unwind_service';
const SAY_TENANT = `SELECT set_config('unwind.tenant', $1, false)`;
const BYPASSES = `SELECT FROM pg_roles WHERE rolname = session_user AND (rolsuper OR rolbypassrls)`;
const DUPLICATE = ['42710', '23505'];

/**
 * Connections that belong to the tenant of the caller from the moment they are taken (`caller()`), for row-level security.
 * A connection that served the same tenant before is told nothing: no round trip.
 */
export class TenantPool extends GuardedPool {
  private readonly tenants = new WeakMap<object, string>();

  protected override given(): Promise<pg.PoolClient> {
    const { tenant } = caller();
    return super.given().then((client) => this.belonging(client, tenant));
  }

  private async belonging(client: pg.PoolClient, tenant: string): Promise<pg.PoolClient> {
    if (this.tenants.get(client) === tenant) return client;
    try {
      if (!this.tenants.has(client)) await client.query(`SELECT set_config('role', '${ROLE}', false) WHERE EXISTS (${BYPASSES})`);
      await client.query(SAY_TENANT, [tenant]);
    } catch (error) {
      client.release(true);
      throw error;
    }
    this.tenants.set(client, tenant);
    return client;
  }
}

/** After the migrations: the role that the service takes where the user of the URL is above row-level security. */
export async function prepareRole(url: string): Promise<void> {
  await withClient(url, async (client) => {
    if ((await client.query(BYPASSES)).rowCount === 0) return;
    try {
      await client.query(`CREATE ROLE ${ROLE} NOLOGIN NOSUPERUSER NOBYPASSRLS`).catch(unless(DUPLICATE));
      await client.query(`GRANT ${ROLE} TO CURRENT_USER`).catch(unless(DUPLICATE));
      await client.query(`GRANT USAGE ON SCHEMA public TO ${ROLE}`);
      await client.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${ROLE}`);
      await client.query(`REVOKE ALL ON _prisma_migrations FROM ${ROLE}`);
    } catch (error) {
      throw unprotected((error as Error).message);
    }
  });
}

/** Throws ConfigError where nothing would hold the tenants apart; a database that does not answer is met later. */
export async function checkRole(url: string): Promise<void> {
  const missing = await withClient(url, async (client) => {
    const { rows } = await client.query(`SELECT EXISTS (${BYPASSES}) AND NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${ROLE}' AND pg_has_role(session_user, oid, 'MEMBER')) AS missing`);
    return (rows as { missing: boolean }[])[0]!.missing;
  }).catch(() => false);
  if (missing) throw unprotected('there is no such role, or it is not granted');
}

function unprotected(why: string): ConfigError {
  return new ConfigError([`The user of DATABASE_URL is above row-level security, which holds the tenants apart, and cannot act as the role ${ROLE} instead: ${why}. Run \`npm run migrate\` as a user that may create roles, or let a plain user own the tables.`]);
}

function unless(codes: readonly string[]): (error: Error & { code?: string }) => void {
  return (error) => {
    if (!codes.includes(String(error.code))) throw error;
  };
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new SafeClient({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
