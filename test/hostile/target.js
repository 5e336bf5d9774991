/** The service under attack, with authentication on and a database of its own. */
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';

const ROOT = resolve(fileURLToPath(new URL('../..', import.meta.url)));
const SECRET = 'what keys are stored under, in this attack only';
/** Tables of what has an id that answers tell. */
const TABLES = ['markets', 'portfolios', 'scenarios', 'simulations', 'api_keys'];

export async function startTarget() {
  const { startEmbeddedPostgres } = await import(join(ROOT, 'dist/database/embedded.js'));
  const dataDir = await mkdtemp(join(tmpdir(), 'unwind-hostile-'));
  const postgres = await startEmbeddedPostgres(dataDir);
  const env = { ...process.env, DATABASE_URL: postgres.url, HOST: '127.0.0.1', PORT: '0', UNWIND_AUTH: 'on', UNWIND_KEY_SECRET: SECRET, UNWIND_RATE_LIMIT: '1000000000', LOG_LEVEL: 'error', NODE_ENV: 'test' };
  const script = (file, ...args) => promisify(execFile)(process.execPath, [join(ROOT, 'dist', file), ...args], { cwd: ROOT, env });
  await script('database/migrate.js');
  const service = spawn(process.execPath, ['--expose-gc', '--import', new URL('./probe.js', import.meta.url).href, 'dist/main.js'], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  let output = '';
  for (const stream of [service.stdout, service.stderr]) stream.on('data', (chunk) => (output = (output + chunk).slice(-200_000)));
  const address = await new Promise((done, fail) => {
    service.stdout.on('data', () => /listens on (\S+)/.test(output) && done(new URL(/listens on (\S+)/.exec(output)[1])));
    service.once('exit', (code) => fail(new Error(`The service ended with ${code}:\n${output}`)));
  });
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  const column = async (sql, ...values) => (await client.query({ text: sql, values, rowMode: 'array' })).rows.map(([first]) => first);

  return {
    address: { host: address.hostname, port: Number(address.port) },
    base: address.href.replace(/\/$/, ''),
    output: () => output,
    isAlive: () => service.exitCode === null && service.signalCode === null,
    keyOf: async (tenant, scopes) => (await script('keys/issue.js', '--tenant', tenant, '--scopes', scopes)).stdout.trim().split('\n').at(-1),
    /** Memory after collection, sockets of the process and connections of the database. */
    async held() {
      service.send('held');
      const [memory] = await once(service, 'message');
      const [connections] = await column("SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend' AND datname = current_database() AND pid <> pg_backend_pid()");
      return { ...memory, connections };
    },
    /** `markets 019a...`, of all but the reruns of a verification, which have no id for anybody. */
    storedIds: async () => new Set(await column(TABLES.map((table) => `SELECT '${table} ' || id FROM ${table}${table === 'simulations' ? ' WHERE verifies IS NULL' : ''}`).join(' UNION ALL '))),
    running: async () => (await column("SELECT count(*)::int FROM simulations WHERE state IN ('queued', 'running')"))[0],
    idleInTransaction: async () => (await column("SELECT count(*)::int FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' AND datname = current_database()"))[0],
    async stop() {
      await client.end();
      if (this.isAlive()) {
        const ended = once(service, 'exit');
        service.kill('SIGTERM');
        await ended;
      }
      await postgres.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
