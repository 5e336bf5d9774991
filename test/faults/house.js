// A service as it runs in the world: processes that somebody starts again when they end, and clients that try again when they are not answered.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';

export const ROOT = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../..');
const READY = /listens on|takes simulations/;
const RESTART_MS = 100;
const RETRY_MS = [100, 600];
export const FINAL = ['succeeded', 'failed', 'cancelled'];

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** What follows `--name` on the command line, as a number. */
export function option(name, otherwise) {
  const at = process.argv.indexOf(`--${name}`);
  return at === -1 ? otherwise : Number(process.argv[at + 1]);
}

/** A process of dist/ that is started again whenever it ends, until it is told to stop. */
export class Kept {
  /** Ends that nobody asked for, of a process that was ready: what it said last. */
  crashes = [];
  /** Starts that ended before the process was ready. */
  failedStarts = 0;
  isReady = false;
  isOver = false;

  constructor(file, env) {
    [this.file, this.env] = [file, env];
    this.start();
  }

  start() {
    const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !['DATABASE_URL', 'PORT', 'HOST', 'REDIS_URL'].includes(name)));
    this.isReady = false;
    let wasKilled = false;
    let output = '';
    const child = spawn(process.execPath, [join(ROOT, 'dist', this.file)], { cwd: ROOT, env: { ...inherited, LOG_LEVEL: 'error', ...this.env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const hear = (chunk) => {
      output = (output + chunk).slice(-8000);
      this.isReady ||= READY.test(output);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    this.output = () => output;
    this.child = child;
    this.kill = (signal) => {
      wasKilled = true;
      child.kill(signal);
    };
    child.once('exit', (code, signal) => {
      if (!wasKilled && this.isReady) this.crashes.push(`${this.file} ended with ${code ?? signal}:\n${output}`);
      if (!wasKilled && !this.isReady) this.failedStarts += 1;
      this.isReady = false;
      if (!this.isOver) setTimeout(() => this.isOver || this.start(), RESTART_MS);
    });
  }

  async ready() {
    while (!this.isReady) await pause(20);
    return this;
  }

  /** Tells it to stop; answers its exit code and how long that took. */
  async stop(signal = 'SIGTERM') {
    this.isOver = true;
    const from = Date.now();
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.kill(signal);
      await once(this.child, 'exit');
    }
    return { code: this.child.exitCode, ms: Date.now() - from };
  }
}

/** One API, workers and an embedded PostgreSQL, in a folder of their own. */
export class House {
  workers = [];

  constructor(dataDir, port) {
    [this.dataDir, this.port] = [dataDir, port];
  }

  static async open({ workers = 0, env = {} } = {}) {
    const dataDir = await mkdtemp(join(tmpdir(), 'unwind-faults-'));
    const house = new House(dataDir, await freePort());
    house.env = { UNWIND_DATA_DIR: dataDir, UNWIND_THREADS: '1', ...env };
    house.api = new Kept('main.js', { ...house.env, PORT: String(house.port), UNWIND_WORKER: workers > 0 ? 'off' : 'on' });
    await house.api.ready();
    for (let i = 0; i < workers; i++) house.workers.push(await new Kept('worker.js', house.env).ready());
    return house;
  }

  get processes() {
    return [this.api, ...this.workers];
  }

  async close() {
    const stops = [];
    for (const kept of [...this.workers, this.api]) stops.push(await kept.stop());
    await rm(this.dataDir, { recursive: true, force: true });
    return stops;
  }

  /** The postmaster of the embedded server, or 0. */
  postmaster() {
    try {
      return Number(readFileSync(join(this.dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
    } catch {
      return 0;
    }
  }

  /** kill -9; false where nobody lives. */
  killed(pid) {
    try {
      return Boolean(pid) && process.kill(pid, 'SIGKILL');
    } catch {
      return false;
    }
  }

  /** Its children: backends, writers, checkpointer. */
  backends() {
    const postmaster = this.postmaster();
    return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && postmaster && parentOf(pid) === postmaster).map(Number);
  }

  async sql(text, values = []) {
    const [password, port] = await Promise.all(['password', 'port'].map((file) => readFile(join(this.dataDir, file), 'utf8')));
    const client = new pg.Client({ host: '127.0.0.1', port: Number(port), user: 'unwind', password, database: 'unwind' });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query(text, values)).rows;
    } finally {
      await client.end();
    }
  }

  /** One request: status, headers and the text of the answer; rejects when the connection breaks. */
  send(method, path, body, headers = {}) {
    return send(`http://127.0.0.1:${this.port}${path}`, method, body, headers);
  }

  /** What a careful client does: the same key until there is an answer that is not about the service's own troubles. */
  async persist(path, body, { key = randomUUID(), tries = { count: 0 } } = {}) {
    for (;;) {
      tries.count += 1;
      const answer = await this.send('POST', path, body, { 'idempotency-key': key }).catch(() => null);
      if (answer && answer.status < 500 && answer.status !== 409 && answer.status !== 429) return { ...answer, key };
      await pause(RETRY_MS[0] + Math.random() * (RETRY_MS[1] - RETRY_MS[0]));
    }
  }

  async read(path) {
    for (;;) {
      const answer = await this.send('GET', path).catch(() => null);
      if (answer && answer.status < 500) return answer;
      await pause(RETRY_MS[1]);
    }
  }

  async final(id, deadlineMs = 120_000) {
    const deadline = Date.now() + deadlineMs;
    for (;;) {
      const { status, json } = await this.read(`/v1/simulations/${id}`);
      if (status !== 200 || FINAL.includes(json.state) || Date.now() > deadline) return { status, ...json };
      await pause(50);
    }
  }
}

const agent = new Agent({ keepAlive: true, maxSockets: 200 });

export function send(url, method, body, headers = {}, timeoutMs = 30_000) {
  return new Promise((done, fail) => {
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    const call = request(url, { method, agent, timeout: timeoutMs, headers: { ...(text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }), ...headers } }, (response) => {
      let answer = '';
      response.setEncoding('utf8').on('data', (chunk) => (answer += chunk)).once('error', fail).once('aborted', () => fail(new Error('aborted')));
      response.once('end', () => done({ status: response.statusCode, headers: response.headers, text: answer, get json() { return JSON.parse(answer); } }));
    });
    call.once('error', fail).once('timeout', () => call.destroy(new Error('no answer in time')));
    call.end(text);
  });
}

function parentOf(pid) {
  try {
    return Number(/^\d+ \(.*\) \w (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]);
  } catch {
    return 0;
  }
}

export function freePort() {
  return new Promise((done, fail) => {
    const probe = createServer().once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}

/** Longs of which each one's sale fells the next: as many rounds as accounts. */
export function chain(accounts, step = 1e-4) {
  const margin = (k) => 100 - (95 - (k - 0.5) * step) * 0.95;
  return {
    market: { assets: [{ symbol: 'X', price: 100, impact: { model: 'linear', lambda: step }, tiers: [{ minNotional: 0, maintenanceMarginRate: 0.05 }] }] },
    portfolio: { accounts: Array.from({ length: accounts }, (_, k) => ({ reference: `L${String(k).padStart(5, '0')}`, marginMode: 'isolated', positions: [{ symbol: 'X', side: 'long', contracts: 1, entryPrice: 100, margin: margin(k) }] })) },
    scenario: { marketShock: -0.05 },
  };
}

export function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
}

export const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

/** How many times longer everything takes on a machine that has more to do than it has cores. */
export function crowding() {
  return Math.max(1, loadavg()[0] / availableParallelism());
}

/** Prints the counts; the program fails where one that must be 0 is not. */
export function report(name, counts, mustBeZero, complaints = []) {
  console.log(`${name}: ${Object.entries(counts).map(([what, count]) => `${what} ${count}`).join(', ')}`);
  for (const complaint of complaints.slice(0, 10)) console.error(complaint);
  const wrong = mustBeZero.filter((what) => counts[what] !== 0);
  if (wrong.length > 0) {
    console.error(`${name}: ${wrong.join(', ')} must be 0`);
    process.exitCode = 1;
  }
}
