import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fleet } from './fleet.js';
import { ROOT } from './process.js';

const FOLDER = join(ROOT, 'test/golden');
/** Other versions of Node, by address, parted by colons; `.ci/run` gets 22 and 24 from npm. */
const NODES = (process.env.UNWIND_TEST_NODES ?? '').split(':').filter((path) => path && existsSync(path));

const golden = async (node: string, threads: number) => {
  const child = spawn(node, [join(FOLDER, 'golden.js'), '--threads', String(threads)], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, output };
};

test.each([1, 2, 4])('on %d threads of this Node every golden simulation has the hash that is committed', async (threads) => {
  expect(await golden(process.execPath, threads)).toMatchObject({ code: 0 });
}, 60_000);

const elsewhere = NODES.length > 0 ? test : test.skip;
elsewhere('on the Nodes that UNWIND_TEST_NODES names, too', async () => {
  const seen = [];
  for (const node of NODES) {
    const { code, output } = await golden(node, 2);
    expect({ code, output }).toMatchObject({ code: 0 });
    seen.push(/^Node (\d+)/.exec(output)?.[1]);
  }
  expect(new Set(seen).size).toBe(NODES.length);
}, 120_000);

test('through the API, on one worker and on two, the hashes are the same', async () => {
  const hashes = JSON.parse(await readFile(join(FOLDER, 'hashes.json'), 'utf8')) as Record<string, string>;
  const names = (await readdir(FOLDER)).filter((file) => file.endsWith('.json') && file !== 'hashes.json').map((file) => file.slice(0, -'.json'.length));
  expect(names.sort()).toEqual(Object.keys(hashes).sort());
  const fleet = await new Fleet().open();
  try {
    const inputs = await Promise.all(
      names.map(async (name) => {
        const { market, portfolio, scenario, sweep } = JSON.parse(await readFile(join(FOLDER, `${name}.json`), 'utf8')) as Record<string, object>;
        const [marketId, portfolioId, scenarioId] = await Promise.all([fleet.call('POST', '/v1/markets', market), fleet.call('POST', '/v1/portfolios', portfolio), fleet.call('POST', '/v1/scenarios', scenario)]);
        return { marketId: marketId.id, portfolioId: portfolioId.id, scenarioId: scenarioId.id, ...(sweep && { sweep }) };
      }),
    );
    for (const UNWIND_THREADS of ['1', '4']) {
      fleet.work({ UNWIND_THREADS });
      const started = await Promise.all(inputs.map((input) => fleet.start(input)));
      const ended = await Promise.all(started.map(({ id }) => fleet.final(id)));
      expect(Object.fromEntries(ended.map(({ resultHash }, i) => [names[i], resultHash]))).toEqual(hashes);
    }
  } finally {
    await fleet.close();
  }
}, 120_000);
