import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import { PrismaPg } from '@prisma/adapter-pg';
import type * as SchemaEngineModule from '@prisma/schema-engine-wasm';
import pg from 'pg';
import { ConfigError, parseConfig, PROJECT_ROOT } from '../config.js';
import { prepareRole } from './tenants.js';

/** Part of Node, but not of its types. */
declare const WebAssembly: { instantiate(code: Uint8Array, imports: object): Promise<{ instance: { exports: { __wbindgen_start(): void } } }> };

const MIGRATIONS = join(PROJECT_ROOT, 'prisma', 'migrations');
const SCHEMA = join(PROJECT_ROOT, 'prisma', 'schema.prisma');
const LOCK_FILE = 'migration_lock.toml';
const SQL_FILE = 'migration.sql';
const NO_FILTERS = { externalTables: [], externalEnums: [] };
/** Any number that nothing else uses: boots at the same moment take turns. */
const ADVISORY_LOCK = 7_264_189_230;

/** Applies what prisma/migrations has and the database has not, as `prisma migrate deploy` does; answers the names applied. */
export async function migrate(url: string): Promise<string[]> {
  const migrationsList = await migrationsOnDisk();
  return withAdvisoryLock(url, async () => {
    const { appliedMigrationNames } = await withEngine(url, (engine) => engine.applyMigrations({ migrationsList, filters: NO_FILTERS }));
    await prepareRole(url);
    return appliedMigrationNames;
  });
}

/** The SQL that makes an empty database what prisma/schema.prisma says: the first migration, and the measure of all later ones (test/migrations.spec.ts). */
export async function schemaSql(url: string): Promise<string> {
  const to = { tag: 'schemaDatamodel', files: await schemaFiles() } as const;
  const { stdout } = await withEngine(url, (engine) => engine.diff({ from: { tag: 'empty' }, to, script: true, exitCode: null, filters: NO_FILTERS }));
  return stdout ?? '';
}

async function withEngine<T>(url: string, work: (engine: SchemaEngineModule.SchemaEngine) => Promise<T>): Promise<T> {
  const { SchemaEngine } = await (engineModule ??= loadEngineModule());
  const datamodels = (await schemaFiles()).map(({ path, content }): [string, string] => [path, content]);
  const options = { datamodels, flavour: 'postgres' } as SchemaEngineModule.ConstructorOptions;
  const factory = new RememberingPrismaPg({ connectionString: url });
  try {
    return await work(await SchemaEngine.new(options, () => undefined, bindMigrationAwareSqlAdapterFactory(factory)));
  } finally {
    await factory.disconnect();
  }
}

/** The engine keeps its connections, and on them a lock that others wait for: they are closed for it. */
class RememberingPrismaPg extends PrismaPg {
  private readonly connections: { dispose(): Promise<void> }[] = [];

  override async connect(): ReturnType<PrismaPg['connect']> {
    const connection = await super.connect();
    // The adapter cuts scripts at every semicolon, also inside functions; whole, PostgreSQL takes them too, and all or nothing of each.
    connection.executeScript = async (script) => void (await connection.executeRaw({ sql: script, args: [], argTypes: [] }));
    this.connections.push(connection);
    return connection;
  }

  async disconnect(): Promise<void> {
    await Promise.all(this.connections.splice(0).map((connection) => connection.dispose()));
  }
}

let engineModule: Promise<typeof SchemaEngineModule> | undefined;

/** The package imports its WebAssembly as a module, which Node does not know without a flag: instantiated by hand, and only once, since it keeps views of its memory. */
async function loadEngineModule(): Promise<typeof SchemaEngineModule> {
  const location = import.meta.resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const module = (await import(location)) as typeof SchemaEngineModule & { __wbg_set_wasm(exports: object): void };
  const { instance } = await WebAssembly.instantiate(await readFile(new URL('schema_engine_bg.wasm', location)), { './schema_engine_bg.js': module });
  module.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  return module;
}

async function schemaFiles(): Promise<{ path: string; content: string }[]> {
  return [{ path: SCHEMA, content: await readFile(SCHEMA, 'utf8') }];
}

async function migrationsOnDisk(): Promise<SchemaEngineModule.MigrationList> {
  const folders = (await readdir(MIGRATIONS, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map((entry) => entry.name).sort();
  const migrationDirectories = await Promise.all(
    folders.map(async (path) => ({ path, migrationFile: { path: SQL_FILE, content: { tag: 'ok', value: await readFile(join(MIGRATIONS, path, SQL_FILE), 'utf8') } } })),
  );
  const lockfile = { path: LOCK_FILE, content: await readFile(join(MIGRATIONS, LOCK_FILE), 'utf8') };
  return { baseDir: MIGRATIONS, lockfile, shadowDbInitScript: '', migrationDirectories } as SchemaEngineModule.MigrationList;
}

async function withAdvisoryLock<T>(url: string, work: () => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [ADVISORY_LOCK]);
    return await work();
  } finally {
    await client.end();
  }
}

/** `npm run migrate`: for a server of yours; the embedded one is migrated at every start. With --print: the SQL of the whole schema instead. */
async function runCommand(): Promise<number> {
  try {
    const { databaseUrl } = parseConfig(process.env);
    if (!databaseUrl) throw new ConfigError(['DATABASE_URL must name the server to migrate; the embedded PostgreSQL is migrated by `npm start` itself.']);
    if (process.argv.includes('--print')) {
      console.log(await schemaSql(databaseUrl));
      return 0;
    }
    const applied = await migrate(databaseUrl);
    console.log(applied.length ? `Applied ${applied.join(', ')}.` : 'Nothing to apply: the database is up to date.');
    return 0;
  } catch (error) {
    console.error((error as Error).message);
    return 1;
  }
}

// The engine leaves a timer behind, which would hold the process for ten seconds more.
if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(await runCommand());
