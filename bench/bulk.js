// How long a million positions take in and out, in how much memory, and whether the service answers meanwhile.
// npm run build && node bench/bulk.js [positions] [ndjson|csv]; starts an embedded PostgreSQL and the service on free ports, and ends them.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { withService } from './service.js';

const POSITIONS = Number(process.argv[2] ?? 1_000_000);
const TYPE = process.argv[3] === 'csv' ? 'text/csv' : 'application/x-ndjson';
const POSITIONS_PER_ACCOUNT = 8;
const SYMBOLS = 200;
const LIVEZ_EVERY_MS = 20;
const MB = 1024 * 1024;

await withService(bench);

async function bench({ address, child }) {
  const json = { 'content-type': 'application/json' };
  const post = async (path, body) => (await fetch(address + path, { method: 'POST', headers: json, body: JSON.stringify(body) })).json();
  const { id } = await post('/v1/portfolios', { name: 'Bench' });
  console.log(`${POSITIONS} positions as ${TYPE}, Node ${process.version}; memory of the server when idle ${await residentMb(child.pid)} MB`);
  let sent;
  await measured('import', child, address, async () => {
    const hash = createHash('sha256');
    const response = await fetch(`${address}/v1/portfolios/${id}/positions:import`, { method: 'POST', headers: { 'content-type': TYPE }, body: Readable.from(hashed(file(), hash)), duplex: 'half' });
    if (!response.ok) throw new Error(await response.text());
    sent = hash.digest('hex');
  });
  await measured('export', child, address, async () => {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of (await fetch(`${address}/v1/portfolios/${id}/positions:export`, { headers: { accept: TYPE } })).body) {
      hash.update(chunk);
      bytes += chunk.length;
    }
    const isSame = hash.digest('hex') === sent;
    console.log(`  ${(bytes / MB).toFixed(0)} MB, ${isSame ? 'the bytes that were imported' : 'NOT the bytes that were imported'}`);
    if (!isSame) process.exitCode = 1;
  });
  await measured('import again, dry run', child, address, async () => {
    const response = await fetch(`${address}/v1/portfolios/${id}/positions:import?dryRun=true`, { method: 'POST', headers: { 'content-type': TYPE }, body: Readable.from(file()), duplex: 'half' });
    if (!response.ok) throw new Error(await response.text());
  });
  await simulate(address, child, post, id);
}

/** A small shock, so that most of the time is the size of the book. */
async function simulate(address, child, post, portfolioId) {
  const symbols = Array.from({ length: SYMBOLS }, (_, k) => ({ symbol: symbolOf(k), price: 100 + k, impact: { model: 'linear', lambda: 1e-9 }, tiers: [{ minNotional: 0, maintenanceMarginRate: 0.01 }] }));
  const { id: marketId } = await post('/v1/markets', { name: 'Bench', assets: symbols });
  const { id: scenarioId } = await post('/v1/scenarios', { name: 'Bench', marketShock: -0.05 });
  await measured('simulation, from request to answer', child, address, async () => {
    const accepted = await post('/v1/simulations', { marketId, portfolioId, scenarioId });
    if (!accepted.id) return console.log(`  refused: ${accepted.code} ${accepted.detail}`);
    let state;
    do {
      await new Promise((done) => setTimeout(done, 100));
      state = await (await fetch(`${address}/v1/simulations/${accepted.id}`)).json();
    } while (!['succeeded', 'failed', 'cancelled'].includes(state.state));
    console.log(`  ${state.state}${state.error ? `: ${state.error.detail}` : `, ${state.summary.totals.accounts} parties`}`);
    for (const kind of ['accounts', 'thresholds']) {
      const started = performance.now();
      let bytes = 0;
      for await (const chunk of (await fetch(`${address}/v1/simulations/${accepted.id}/${kind}`, { headers: { accept: TYPE } })).body) bytes += chunk.length;
      console.log(`  ${kind} as ${TYPE}: ${(bytes / MB).toFixed(1)} MB in ${((performance.now() - started) / 1000).toFixed(1)} s`);
    }
  });
}

async function measured(what, child, address, work) {
  const watch = watched(child.pid, address);
  const started = performance.now();
  await work();
  const seconds = (performance.now() - started) / 1000;
  const { peakMb, delays } = await watch.stop();
  const at = (share) => (delays[Math.min(delays.length - 1, Math.floor(delays.length * share))] ?? NaN).toFixed(1);
  console.log(`${what}: ${seconds.toFixed(1)} s, peak memory ${peakMb} MB, /livez p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, worst ${at(1)} ms (${delays.length} asked)`);
}

/** Asks /livez from a process of its own all the time, and looks at the memory of the server. */
function watched(pid, address) {
  const program = `
    const delays = []; let stopped = false;
    process.on('message', () => { stopped = true; });
    while (!stopped) { const t = performance.now(); await (await fetch('${address}/livez')).arrayBuffer(); delays.push(performance.now() - t); await new Promise((d) => setTimeout(d, ${LIVEZ_EVERY_MS})); }
    process.send(delays.slice(5), () => process.disconnect());`;
  const asker = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const answered = new Promise((done) => asker.once('message', done));
  let peakMb = 0;
  const look = setInterval(async () => (peakMb = Math.max(peakMb, await residentMb(pid))), 100);
  return {
    async stop() {
      clearInterval(look);
      asker.send('stop');
      return { peakMb, delays: (await answered).sort((a, b) => a - b) };
    },
  };
}

/** Linux only; 0 elsewhere. */
async function residentMb(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
}

function* hashed(parts, hash) {
  for (const part of parts) {
    hash.update(part);
    yield part;
  }
}

/** The canonical file of the same portfolio every time. */
function* file() {
  const isCsv = TYPE === 'text/csv';
  if (isCsv) yield Buffer.from('account,marginMode,balance,symbol,side,contracts,contractSize,entryPrice,margin,fixedFee\n');
  let text = '';
  for (let k = 0; k < POSITIONS; k++) {
    const account = `account-${Math.floor(k / POSITIONS_PER_ACCOUNT)}`;
    const symbol = symbolOf((k * 7) % SYMBOLS);
    const [contracts, entryPrice, balance] = [1 + (k % 97) / 8, 90 + (k % 2003) / 100, 100 + (Math.floor(k / POSITIONS_PER_ACCOUNT) % 1000)];
    text += isCsv ? `${account},cross,${balance},${symbol},${k % 3 ? 'long' : 'short'},${contracts},,${entryPrice},,\n` : `${JSON.stringify({ account, marginMode: 'cross', balance, symbol, side: k % 3 ? 'long' : 'short', contracts, entryPrice })}\n`;
    if (text.length > 64 * 1024) {
      yield Buffer.from(text);
      text = '';
    }
  }
  if (text) yield Buffer.from(text);
}

function symbolOf(k) {
  return `C${k}/USDT:USDT`;
}
