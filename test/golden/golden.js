// `npm run golden` runs test/golden/*.json with what is in dist/ and compares the hashes with hashes.json; --update writes them, --threads N sets the threads.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Piscina } from 'piscina';
import { canonicalJson } from '../../dist/simulations/canonical.js';
import { mergedHash, pointCount, shardsOf } from '../../dist/simulations/points.js';
import { gzipSync } from 'node:zlib';

const FOLDER = import.meta.dirname ?? new URL('.', import.meta.url).pathname;
const HASHES = join(FOLDER, 'hashes.json');

const names = (await readdir(FOLDER)).filter((file) => file.endsWith('.json') && file !== 'hashes.json').map((file) => file.slice(0, -'.json'.length)).sort();
const at = process.argv.indexOf('--threads');
const threads = at === -1 ? 2 : Number(process.argv[at + 1]);
const pool = new Piscina({ filename: new URL('../../dist/simulations/run.thread.js', import.meta.url).href, minThreads: threads, maxThreads: threads });
const computed = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await hashOf(JSON.parse(await readFile(join(FOLDER, `${name}.json`), 'utf8')))])));
await pool.close();

if (process.argv.includes('--update')) {
  await writeFile(HASHES, `${JSON.stringify(computed, null, 2)}\n`);
  console.log(`hashes.json: ${names.length} written.`);
} else {
  const expected = JSON.parse(await readFile(HASHES, 'utf8'));
  const differ = [...new Set([...names, ...Object.keys(expected)])].filter((name) => computed[name] !== expected[name]);
  for (const name of differ) console.error(`${name}: ${computed[name] ?? 'no input'}, expected ${expected[name] ?? 'nothing'}`);
  console.log(`Node ${process.versions.node}, ${threads} threads: ${names.length - differ.length} of ${names.length} hashes as committed.`);
  process.exitCode = differ.length === 0 ? 0 : 1;
}

/** As a worker does: the shards of the stored snapshot in threads, merged in their order. */
async function hashOf({ market, portfolio, scenario, sweep }) {
  const input = sweep ? { market, portfolio, scenarios: [scenario], shocks: sweep.shocks } : { market, portfolio, scenario };
  const snapshot = gzipSync(canonicalJson(input));
  const parts = sweep ? shardsOf(pointCount(input)) : [{ firstPoint: 1, pointCount: 0 }];
  const results = await Promise.all(parts.map((part) => pool.run({ snapshot, ...part })));
  return sweep ? mergedHash(results.flatMap(({ points }) => points.map(({ hash }) => hash))) : results[0].resultHash;
}
