// Once per run: builds, starts an embedded PostgreSQL in a temporary folder and the service on a free port.
// UNWIND_TEST_BUILD=off tests what is in dist/ as it is.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');

export default async function setup() {
  if (process.env.UNWIND_TEST_BUILD !== 'off') build();
  const dist = (file) => import(pathToFileURL(join(ROOT, 'dist', file)).href);
  const { startEmbeddedPostgres } = await dist('database/embedded.js');
  const { migrate } = await dist('database/migrate.js');

  const dataDir = await mkdtemp(join(tmpdir(), 'unwind test '));
  const postgres = await startEmbeddedPostgres(dataDir);
  await migrate(postgres.url);
  const service = spawn(process.execPath, ['dist/main.js'], { cwd: ROOT, env: { ...process.env, DATABASE_URL: postgres.url, PORT: '0', HOST: '127.0.0.1' }, stdio: ['ignore', 'pipe', 'inherit'] });
  globalThis.unwindUnderTest = { dataDir, postgres, service };
  process.env.UNWIND_TEST_URL = await addressOf(service);
  process.env.UNWIND_TEST_DATABASE_URL = postgres.url;
}

function build() {
  const { status, stdout, stderr } = spawnSync('npm run --silent build', { cwd: ROOT, shell: true, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm run build fails:\n${stdout}${stderr}`);
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
