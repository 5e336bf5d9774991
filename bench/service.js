// The built service on an embedded PostgreSQL of its own, on free ports. NODE_OPTIONS_SERVICE: options of Node for it alone.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { migrate } from '../dist/database/migrate.js';
import { startEmbeddedPostgres } from '../dist/database/embedded.js';

const MAIN = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../dist/main.js');

/** Ends both whatever becomes of `work`. */
export async function withService(work) {
  const dataDir = await mkdtemp(join(tmpdir(), 'unwind-bench-'));
  const postgres = await startEmbeddedPostgres(dataDir);
  let service;
  try {
    await migrate(postgres.url);
    service = await startService(postgres.url);
    await work(service);
  } finally {
    if (service) await ended(service.child);
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

function startService(databaseUrl) {
  const options = process.env.NODE_OPTIONS_SERVICE?.split(' ') ?? [];
  const child = spawn(process.execPath, [...options, MAIN], { env: { ...process.env, DATABASE_URL: databaseUrl, PORT: '0', HOST: '127.0.0.1' }, stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((done, fail) => {
    child.stdout.on('data', (text) => {
      const address = /listens on (\S+)/.exec(text)?.[1];
      if (address) done({ child, address });
    });
    child.once('exit', (code) => fail(new Error(`The service ended with code ${code}.`)));
  });
}

function ended(child) {
  child.removeAllListeners('exit');
  return new Promise((done) => child.once('exit', done) && child.kill('SIGTERM'));
}
