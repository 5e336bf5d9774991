import type { Config } from '../config.js';
import { startEmbeddedPostgres } from './embedded.js';
import { migrate } from './migrate.js';
import { checkRole } from './tenants.js';

export interface OpenDatabase {
  readonly url: string;
  /** Home of the embedded server; absent when it is another one. */
  readonly dataDir?: string;
  close(): Promise<void>;
}

/** The server at DATABASE_URL as it is (`npm run migrate` prepares it), or the embedded one, started and migrated. */
export async function openDatabase({ databaseUrl, dataDir }: Config): Promise<OpenDatabase> {
  if (databaseUrl) {
    await checkRole(databaseUrl);
    return { url: databaseUrl, close: async () => undefined };
  }
  const embedded = await startEmbeddedPostgres(dataDir);
  await migrate(embedded.url);
  return { url: embedded.url, dataDir: embedded.dataDir, close: () => embedded.stop() };
}
