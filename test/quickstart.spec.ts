import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, type Service, service } from './process.js';

const NOUNS = ['markets', 'portfolios', 'scenarios', 'simulations'];

const started: Service[] = [];
let dataDir: string;
const quickstart = async () => {
  const running = await service({ UNWIND_DATA_DIR: dataDir }, 'quickstart/quickstart.js');
  started.push(running);
  return running;
};

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'unwind quickstart '));
});
afterAll(async () => {
  for (const { end } of started) await end();
  await rm(dataDir, { recursive: true, force: true });
});

test('the first command prints the committed answer, beside itself as well, and stores the example once', async () => {
  const answer = await readFile(join(ROOT, 'examples/perp-cascade/answer.txt'), 'utf8');
  const first = await quickstart();
  expect(first.output()).toContain(answer);
  const second = await quickstart();
  expect(second.output()).toContain(answer);
  expect(second.address).not.toBe(first.address);

  const counts = NOUNS.map(async (noun) => ((await (await fetch(`${second.address}/v1/${noun}`)).json()) as { items: object[] }).items.length);
  expect(await Promise.all(counts)).toEqual([1, 1, 1, 2]);
  expect((await fetch(`${second.address}/docs`)).status).toBe(200);
  expect((await fetch(`${second.address}/graphiql`)).status).toBe(200);

  await first.end('SIGINT');
  expect((await fetch(`${second.address}/readyz`)).status).toBe(200);
  await second.end();
  expect([first.child.exitCode, second.child.exitCode]).toEqual([0, 0]);
  expect(second.output()).toContain('stopping');
}, 90_000);
