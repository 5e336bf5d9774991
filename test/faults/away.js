// The database away in three ways: refused, cut, and silent (packets are swallowed), under a living API and worker.
// node test/faults/away.js [--rounds 2]
import { createServer, connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../dist/database/embedded.js';
import { migrate } from '../../dist/database/migrate.js';
import { chain, crowding, freePort, Kept, option, quantile, report, seconds, send } from './house.js';

const ROUNDS = option('rounds', 1);
const AT_ONCE_MS = 2500;
const BACK_MS = 15_000;
const STOP_MS = 5000;

/** Between service and database; can refuse, cut, or swallow. */
class Wire {
  sockets = new Set();
  isSilent = false;

  async open(port, target) {
    [this.port, this.target] = [port, target];
    this.server = createServer((near) => {
      const far = connect(this.target, '127.0.0.1');
      for (const [from, to] of [[near, far], [far, near]]) {
        this.sockets.add(from);
        from.on('data', (chunk) => this.isSilent || to.write(chunk)).on('error', () => undefined).on('close', () => {
          this.sockets.delete(from);
          if (!this.isSilent) to.destroy();
        });
      }
    });
    await new Promise((done) => this.server.listen(port, '127.0.0.1', done));
    return this;
  }

  cut() {
    for (const socket of this.sockets) socket.destroy();
  }

  async close() {
    const closed = new Promise((done) => this.server.close(done));
    this.cut();
    await closed;
  }
}

const counts = { outages: 0, requests: 0, 'answered 503 in time': 0, 'answered otherwise': 0, 'answered late': 0, 'livez failed': 0, 'readyz wrong': 0, 'late recovery': 0, 'runs not finished': 0, 'slow stops': 0, 'stops with an error': 0, crashed: 0 };
const complaints = [];
const [refusals, recoveries, stops] = [[], [], []];
const dataDir = await mkdtemp(join(tmpdir(), 'unwind-faults-'));
const postgres = await startEmbeddedPostgres(dataDir);
await migrate(postgres.url);
const [near, port] = [await freePort(), await freePort()];
const wire = await new Wire().open(near, Number(new URL(postgres.url).port));
const env = { DATABASE_URL: Object.assign(new URL(postgres.url), { port: String(near) }).href, UNWIND_THREADS: '1' };
const open = async () => ({ api: await new Kept('main.js', { ...env, PORT: String(port), UNWIND_WORKER: 'off' }).ready(), worker: await new Kept('worker.js', env).ready() });
const url = `http://127.0.0.1:${port}`;
const call = (method, path, body) => send(url + path, method, body);
const within = (ms) => ms * crowding();

const WAYS = {
  refused: { begin: () => wire.close(), end: async () => void (await wire.open(near, wire.target)) },
  cut: { begin: async () => void (wire.target = (wire.cut(), 1)), end: async () => void (wire.target = Number(new URL(postgres.url).port)) },
  silent: {
    begin: async () => void (wire.isSilent = true),
    end: async () => {
      wire.isSilent = false;
      wire.cut(); // what was swallowed is lost: these connections can never be used again
    },
  },
};

let { api, worker } = await open();
const { market, portfolio, scenario } = chain(5);
const ids = {};
for (const [noun, body] of Object.entries({ market, portfolio, scenario })) ids[`${noun}Id`] = (await call('POST', `/v1/${noun}s`, { ...body, name: noun })).json.id;

for (let round = 0; round < ROUNDS; round++) {
  for (const [way, { begin, end }] of Object.entries(WAYS)) {
    counts.outages += 1;
    await back();
    const waiting = (await call('POST', '/v1/simulations', ids)).json.id;
    await begin();
    for (let i = 0; i < 12; i++) {
      const door = i % 3;
      const from = Date.now();
      const answer = await (door === 0 ? call('GET', '/v1/markets') : door === 1 ? call('POST', '/v1/scenarios', { ...scenario, name: 's' }) : call('POST', '/graphql', { query: '{ markets { nodes { id } } }' })).catch((error) => ({ status: 0, text: error.message }));
      const took = Date.now() - from;
      refusals.push(took);
      counts.requests += 1;
      const isRefused = door === 2 ? /"code":"UNAVAILABLE"/.test(answer.text) : answer.status === 503;
      if (!isRefused) fail('answered otherwise', `${way}: ${answer.status} ${answer.text.slice(0, 300)}`);
      else if (took > within(AT_ONCE_MS)) fail('answered late', `${way}: ${seconds(took)}`);
      else counts['answered 503 in time'] += 1;
      if ((await call('GET', '/livez')).status !== 200) fail('livez failed', way);
      if ((await call('GET', '/readyz')).status !== 503) fail('readyz wrong', way);
      await pause(100);
    }
    await pause(2000);
    await end();
    recoveries.push(await back());
    if (recoveries.at(-1) > within(BACK_MS)) fail('late recovery', `${way}: ${seconds(recoveries.at(-1))}`);
    if ((await finished(waiting)) !== 'succeeded') fail('runs not finished', way);
    const next = (await call('POST', '/v1/simulations', ids)).json.id;
    if ((await finished(next)) !== 'succeeded') fail('runs not finished', `${way}, submitted after it`);
    counts.crashed += api.crashes.length + worker.crashes.length;
    complaints.push(...api.crashes.splice(0), ...worker.crashes.splice(0));
  }
  // Told to stop while the database is dead, and born while it is.
  for (const [way, { begin, end }] of Object.entries(WAYS)) {
    await begin();
    for (const kept of [api, worker]) {
      const { code, ms } = await kept.stop();
      stops.push(ms);
      if (ms > within(STOP_MS)) fail('slow stops', `${kept.file}, ${way}: ${seconds(ms)}`);
      if (code !== 0) fail('stops with an error', `${kept.file}, ${way}: ${code}\n${kept.output()}`);
    }
    ({ api, worker } = await open());
    if ((await call('GET', '/readyz')).status !== 503) fail('readyz wrong', `born while ${way}`);
    await end();
    recoveries.push(await back());
    if ((await finished((await call('POST', '/v1/simulations', ids)).json.id)) !== 'succeeded') fail('runs not finished', `born while ${way}`);
  }
}
await api.stop();
await worker.stop();
await wire.close();
await postgres.stop();
await rm(dataDir, { recursive: true, force: true });
report('away', { ...counts, 'answered after p50': seconds(quantile(refusals, 0.5)), max: seconds(Math.max(...refusals)), 'back at work p50': seconds(quantile(recoveries, 0.5)), 'back at work max': seconds(Math.max(...recoveries)), 'stop max': seconds(Math.max(...stops)), 'load per core': crowding().toFixed(1) },
  ['answered otherwise', 'answered late', 'livez failed', 'readyz wrong', 'late recovery', 'runs not finished', 'slow stops', 'stops with an error', 'crashed'], complaints);

function fail(what, detail) {
  counts[what] += 1;
  complaints.push(`${what}: ${detail}`);
}

/** How long until a write is answered again. */
async function back() {
  const from = Date.now();
  for (;;) {
    const answer = await call('POST', '/v1/scenarios', { ...scenario, name: 'back' }).catch(() => null);
    if (answer?.status === 201) return Date.now() - from;
    await pause(50);
  }
}

async function finished(id) {
  const deadline = Date.now() + within(20_000);
  for (;;) {
    const answer = await call('GET', `/v1/simulations/${id}`).catch(() => null);
    const state = answer?.status === 200 ? answer.json.state : 'unknown';
    if (state === 'succeeded' || state === 'failed' || Date.now() > deadline) return state;
    await pause(50);
  }
}
