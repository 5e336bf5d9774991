// The disk of the embedded PostgreSQL is full: large writes are refused with STORAGE_FULL at both doors, leave nothing, and pass once there is room.
// node test/faults/disk.js; needs root, for a small tmpfs.
import { spawnSync } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { chain, House, report } from './house.js';

const DISK_MB = 300;
const LEFT_KB = 256;
const ACCOUNTS = 6000;
const LINES = 40_000;

const disk = await mkdtemp(join(tmpdir(), 'unwind-disk-'));
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MB}m,mode=0711`, 'tmpfs', disk], { encoding: 'utf8' });
if (mounted.status !== 0) {
  console.log(`disk: skipped, no small file system can be mounted here (${(mounted.stderr || String(mounted.error)).trim()})`);
  await rm(disk, { recursive: true });
  process.exit(0);
}

const counts = { 'refused STORAGE_FULL': 0, 'answered otherwise': 0, 'rows of refused writes': 0, 'small reads failed': 0, 'failed after room was made': 0, crashed: 0 };
const complaints = [];
const fail = (what, detail) => {
  counts[what] += 1;
  complaints.push(`${what}: ${detail}`);
};
const house = await House.open({ env: { UNWIND_DATA_DIR: join(disk, 'data') } });
house.dataDir = join(disk, 'data');
try {
  const { portfolio } = chain(ACCOUNTS);
  const stored = (await house.persist('/v1/portfolios', { name: 'empty' })).json.id;
  const file = Array.from({ length: LINES }, (_, i) => `A${i},cross,1000,X,long,1,100`).join('\n');
  const imported = () => house.send('POST', `/v1/portfolios/${stored}/positions:import`, `account,marginMode,balance,symbol,side,contracts,entryPrice\n${file}\n`, { 'content-type': 'text/csv' });
  const posted = (name) => house.send('POST', '/v1/portfolios', { ...portfolio, name }, { 'idempotency-key': name });
  const asked = (name) => house.send('POST', '/graphql', { query: 'mutation ($input: PortfolioInput!) { createPortfolio(input: $input) { id } }', variables: { input: { ...portfolio, name } } }, { 'idempotency-key': name });

  // Room for the log, as a server that has run for a while has: else its disk is full before a table is, and it stops instead of refusing.
  await posted('before');
  await house.sql('SELECT pg_switch_wal()');
  await imported();
  for (let i = 0; i < 4; i++) await house.sql(`SELECT pg_logical_emit_message(true, 'fill', 'fill'), pg_switch_wal()`);
  await house.sql('CHECKPOINT');

  const ballast = openSync(join(disk, 'ballast'), 'w');
  const block = Buffer.alloc(64 * 1024);
  let size = 0;
  try {
    for (;;) size += writeSync(ballast, block);
  } catch (error) {
    if (error.code !== 'ENOSPC') throw error;
  }
  ftruncateSync(ballast, size - LEFT_KB * 1024);
  closeSync(ballast);

  const before = await rows();
  const importedBefore = await positions();
  for (const [what, write] of [['import', imported], ['POST', () => posted('full-1')], ['GraphQL', () => asked('full-2')], ['POST again', () => posted('full-3')]]) {
    const answer = await write().catch((error) => ({ status: 0, text: error.message }));
    if (/"code":"STORAGE_FULL"/.test(answer.text) && (answer.status === 507 || what === 'GraphQL')) counts['refused STORAGE_FULL'] += 1;
    else fail('answered otherwise', `${what}: ${answer.status} ${answer.text.slice(0, 300)}`);
    if ((await house.read('/v1/portfolios?limit=1')).status !== 200) fail('small reads failed', what);
  }
  if ((await rows()) !== before || (await positions()) !== importedBefore) fail('rows of refused writes', `${await rows()} instead of ${before}`);

  await rm(join(disk, 'ballast'));
  await pause(100);
  for (const [what, write] of [['import', imported], ['POST', () => posted('full-1')], ['GraphQL', () => asked('full-2')], ['POST again', () => posted('full-3')]]) {
    const answer = await write();
    if (answer.status > 299 || /"errors"/.test(answer.text)) fail('failed after room was made', `${what}: ${answer.status} ${answer.text.slice(0, 300)}`);
  }
  const added = await house.sql(`SELECT name, (SELECT count(*)::int FROM accounts a WHERE a.portfolio_id = p.id) AS accounts FROM portfolios p WHERE name LIKE 'full-%' ORDER BY name`);
  if (JSON.stringify(added) !== JSON.stringify(['full-1', 'full-2', 'full-3'].map((name) => ({ name, accounts: ACCOUNTS })))) fail('failed after room was made', JSON.stringify(added));

  async function rows() {
    return JSON.stringify(await house.sql('SELECT (SELECT count(*) FROM portfolios) AS portfolios, (SELECT count(*) FROM accounts) AS accounts, (SELECT count(*) FROM idempotency_keys) AS keys'));
  }

  async function positions() {
    return JSON.stringify(await house.sql('SELECT count(*) FROM positions WHERE portfolio_id = $1', [stored]));
  }
} finally {
  counts.crashed = house.api.crashes.length;
  complaints.push(...house.api.crashes);
  await house.api.stop();
  spawnSync('umount', [disk]);
  await rm(disk, { recursive: true, force: true });
}
report('disk', counts, ['answered otherwise', 'rows of refused writes', 'small reads failed', 'failed after room was made', 'crashed'], complaints);
