import { AsyncLocalStorage } from 'node:async_hooks';
import type { Database, Transaction } from './database.js';

/** What commits with the effect of a request, or not at all. */
export interface Companion {
  before(sql: Sql): Promise<void>;
  after(sql: Sql, result: unknown): Promise<void>;
}

/** Statements inside the transaction, whoever has begun it: Prisma, or a connection of `raw.ts`. */
export type Sql = <T>(text: string, ...parameters: unknown[]) => Promise<T[]>;

const companions = new AsyncLocalStorage<Companion>();

/** Everything that `work` awaits has this companion. */
export function accompanied<T>(companion: Companion, work: () => T): T {
  return companions.run(companion, work);
}

/** What `work` writes is not the answer of the request: nothing commits with it. */
export function alone<T>(work: () => T): T {
  return companions.exit(work);
}

/** The one transaction in which a request has its effect; its result must be what the request answers. */
export function effect<T>(database: Database, work: (write: Transaction) => Promise<T>): Promise<T> {
  return database.$transaction((write) => withCompanion((text, ...parameters) => write.$queryRawUnsafe(text, ...parameters), () => work(write)));
}

/** Inside a transaction that has just begun, in which the request has its effect. */
export async function withCompanion<T>(sql: Sql, work: () => Promise<T>): Promise<T> {
  const companion = companions.getStore();
  await companion?.before(sql);
  const result = await work();
  await companion?.after(sql, result);
  return result;
}
