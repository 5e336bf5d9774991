// Once per run: builds, starts an embedded PostgreSQL in a temporary folder and the service on a free port.
// UNWIND_TEST_BUILD=off tests what is in dist/ as it is; UNWIND_TEST_POSTGRES=<url> uses a database of its own on that server instead.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';

const ROOT = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');

export default async function setup() {
  if (process.env.UNWIND_TEST_BUILD !== 'off') run('npm run --silent build');
  const dataDir = await mkdtemp(join(tmpdir(), 'unwind test '));
  const postgres = process.env.UNWIND_TEST_POSTGRES ? await databaseOn(process.env.UNWIND_TEST_POSTGRES) : await embedded(dataDir);
  run('npm run --silent migrate', { DATABASE_URL: postgres.url });
  const service = spawn(process.execPath, ['dist/main.js'], { cwd: ROOT, env: { ...process.env, DATABASE_URL: postgres.url, PORT: '0', HOST: '127.0.0.1' }, stdio: ['ignore', 'pipe', 'inherit'] });
  globalThis.unwindUnderTest = { dataDir, postgres, service };
  process.env.UNWIND_TEST_URL = await addressOf(service);
  process.env.UNWIND_TEST_DATABASE_URL = postgres.url;
}

async function embedded(dataDir) {
  const { startEmbeddedPostgres } = await import(pathToFileURL(join(ROOT, 'dist/database/embedded.js')).href);
  return startEmbeddedPostgres(dataDir);
}

/** A fresh database on a server that runs already; `stop` drops it. */
async function databaseOn(server) {
  const name = `unwind_test_${process.pid}_${Date.now()}`;
  const execute = async (sql) => {
    const client = new pg.Client({ connectionString: server });
    await client.connect();
    await client.query(sql);
    await client.end();
  };
  await execute(`CREATE DATABASE ${name}`);
  return { url: Object.assign(new URL(server), { pathname: `/${name}` }).href, stop: () => execute(`DROP DATABASE ${name} WITH (FORCE)`) };
}

function run(command, env = {}) {
  const { status, stdout, stderr } = spawnSync(command, { cwd: ROOT, shell: true, encoding: 'utf8', env: { ...process.env, ...env } });
  if (status !== 0) throw new Error(`${command} fails:\n${stdout}${stderr}`);
}

function addressOf(service) {
  return new Promise((done, fail) => {
    let output = '';
    service.stdout.on('data', (chunk) => {
      output += chunk;
      const address = /listens on (\S+)/.exec(output)?.[1];
      if (address) done(address);
    });
    service.once('exit', (code) => fail(new Error(`The service ended with code ${code} before it listened:\n${output}`)));
  });
}
