import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, type Service, service } from './process.js';

let dataDir: string;
const started: Service[] = [];
const boot = async (env: Record<string, string> = {}) => {
  const running = await service({ UNWIND_DATA_DIR: dataDir, ...env });
  started.push(running);
  return running;
};
const store = async ({ address }: Service, reference: string) => {
  const body = JSON.stringify({ name: 'x', reference, assets: [{ symbol: 'A', price: 1 }] });
  expect((await fetch(`${address}/v1/markets`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).status).toBe(201);
};
const stored = async ({ address }: Service) => {
  const { items } = (await (await fetch(`${address}/v1/markets`)).json()) as { items: { reference: string }[] };
  return items.map((item) => item.reference);
};
const serverPid = async () => Number((await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')[0]);

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'unwind boot '));
});
afterAll(async () => {
  for (const { end } of started) await end();
  await rm(dataDir, { recursive: true, force: true });
});

test('the embedded database survives a stop, a second process, kill -9 of the service and of the server', async () => {
  const first = await boot();
  await store(first, 'first');
  expect((await stat(join(dataDir, 'password'))).mode & 0o777).toBe(0o600);

  // The port is taken by now: the next free one is chosen. The server is shared.
  const second = await boot();
  expect(second.address).not.toBe(first.address);
  expect(await stored(second)).toEqual(['first']);
  await first.end();
  expect(await stored(second)).toEqual(['first']);
  await second.end('SIGINT');
  expect(await serverPid()).toBeFalsy();

  const third = await boot();
  await store(third, 'second');
  await third.end('SIGKILL');
  const orphan = await serverPid();
  expect(orphan).toBeGreaterThan(0);

  const fourth = await boot();
  expect(await serverPid()).toBe(orphan);
  expect(await stored(fourth)).toEqual(['second', 'first']);
  process.kill(orphan, 'SIGKILL');
  await fourth.end('SIGKILL');

  const fifth = await boot();
  expect(await stored(fifth)).toEqual(['second', 'first']);
  await fifth.end();

  // A pid file of a process that is none of ours.
  await writeFile(join(dataDir, 'postgres', 'postmaster.pid'), `${process.pid}\n${dataDir}\n0\n5432\n\n127.0.0.1\n0 0\n`);
  const sixth = await boot();
  expect(await stored(sixth)).toEqual(['second', 'first']);
  await sixth.end();
  expect(await serverPid()).toBeFalsy();
}, 90_000);

test('two first starts at the same moment share one database', async () => {
  const [one, other] = await Promise.all([boot(), boot()]);
  expect(await stored(one)).toEqual(await stored(other));
  await Promise.all([one.end(), other.end()]);
  expect(await serverPid()).toBeFalsy();
}, 60_000);

const DATABASE_URL = process.env.UNWIND_TEST_DATABASE_URL ?? '';

test('a port that was asked for and is taken ends the start with a sentence', async () => {
  const { port } = new URL(process.env.UNWIND_TEST_URL!);
  const { code, output } = await run('main.js', [], { PORT: port, DATABASE_URL });
  expect(code).toBe(1);
  expect(output).toMatch(`PORT=${port} is taken`);
  expect(output).not.toMatch(/at .*\.js:\d+/);
});

test.each([
  ['an address that others reach', { HOST: '0.0.0.0' },                          /HOST=0\.0\.0\.0 can be reached from other machines: set UNWIND_AUTH=on/],
  ['production without keys',      { NODE_ENV: 'production' },                   /NODE_ENV=production needs authentication: set UNWIND_AUTH=on/],
  ['keys without a secret',        { UNWIND_AUTH: 'on' },                        /UNWIND_AUTH=on needs UNWIND_KEY_SECRET/],
  ['a secret that can be guessed', { UNWIND_AUTH: 'on', UNWIND_KEY_SECRET: 'x' },/UNWIND_KEY_SECRET must have at least 32 characters/],
  ['neither on nor off',           { UNWIND_AUTH: 'yes' },                       /UNWIND_AUTH must be on or off/],
  ['a port that is none',          { PORT: '70000' },                            /PORT must be a whole number from 0 to 65535, not "70000"/],
  ['a database that is none',      { DATABASE_URL: 'mysql://x' },                /DATABASE_URL must look like postgresql:/],
  ['no time for a run',            { UNWIND_RUN_SECONDS_MAX: '0' },              /UNWIND_RUN_SECONDS_MAX must be a whole number from 1 to \d+, not "0"/],
  ['less than a thread needs',     { UNWIND_RUN_MEMORY_MB_MAX: '16' },           /UNWIND_RUN_MEMORY_MB_MAX must be a whole number from 64 to \d+, not "16"/],
  ['no thread for questions',      { UNWIND_QUESTION_THREADS: 'none' },          /UNWIND_QUESTION_THREADS must be a whole number from 1 to \d+, not "none"/],
  ['several at once',              { PORT: 'x', HOST: '10.0.0.1' },              /2 problems:\n {2}- PORT.*\n {2}- HOST/],
] as const)('a wrong environment ends the start with a list: %s', async (_what, env, message) => {
  const { code, output } = await run('main.js', [], { DATABASE_URL, ...env });
  expect(code).toBe(1);
  expect(output).toMatch(message);
});

test('an address that others reach is taken with authentication, and asks for a key', async () => {
  const { end, address } = await boot({ HOST: '0.0.0.0', PORT: '0', NODE_ENV: 'production', UNWIND_AUTH: 'on', UNWIND_KEY_SECRET: 'only for this test, and long enough', DATABASE_URL });
  expect((await fetch(`${address.replace('0.0.0.0', '127.0.0.1')}/readyz`)).status).toBe(200);
  expect((await fetch(`${address.replace('0.0.0.0', '127.0.0.1')}/v1/markets`)).status).toBe(401);
  await end();
});

test('a database that does not answer makes the service not ready, and it lives on', async () => {
  const { end, address } = await boot({ PORT: '0', DATABASE_URL: 'postgresql://nobody:x@127.0.0.1:1/none' });
  expect((await fetch(`${address}/livez`)).status).toBe(200);
  expect((await fetch(`${address}/readyz`)).status).toBe(503);
  expect((await fetch(`${address}/v1/markets`)).status).toBe(503);
  await end('SIGKILL');
});
