/**
 * `npm run hostile -- --requests 10000 --seed 1`: so many generated hostile requests at each door, and some on bare sockets.
 * They come from openapi.json and schema.graphql, so that a new operation is attacked without being named. Every answer must be below 500 and in the schema,
 * /livez must answer all along, nothing may be stored that was not answered, and memory, sockets and connections must be back where they were.
 * `--only rest:123` sends that request alone; `--build off` takes dist as it is.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { buildSchema } from 'graphql';
import { Documents } from './bodies.js';
import { Checks, isOverload } from './checks.js';
import { GraphqlAttack } from './graphql.js';
import { RestAttack } from './rest.js';
import { SocketAttack, slowClients } from './sockets.js';
import { startTarget } from './target.js';
import { remember, thingsOf } from './things.js';
import { bytesOf, commandOf, send } from './wire.js';

const IN_FLIGHT = 8;
const SLOW_CLIENTS = 50;
const WARM_UP_SHARE = 0.25;
const WARM_UP_MAX = 500;
/** What may be held at the end beyond what was held after the warm-up. */
const HEAP_MARGIN_MB = 16;
const RSS_MARGIN_MB = 96;
const SETTLE_S = 90;
const LIVEZ_MAX_MS = 2000;
const ANSWER_MAX_MS = 10_000;
const SHOWN_MAX = 25;
const MB = 2 ** 20;

const { values } = parseArgs({ options: { requests: { type: 'string', default: '1500' }, seed: { type: 'string', default: '1' }, only: { type: 'string' }, build: { type: 'string', default: 'on' } } });
const [requests, seed] = [Number(values.requests), Number(values.seed)];
if (!Number.isInteger(requests) || requests < 1 || !Number.isInteger(seed)) throw new Error('--requests and --seed must be whole numbers');

const ROOT = resolve(fileURLToPath(new URL('../..', import.meta.url)));
if (values.build !== 'off') execFileSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: 'inherit' });
const openapi = JSON.parse(readFileSync(join(ROOT, 'openapi.json'), 'utf8'));
const schema = buildSchema(readFileSync(join(ROOT, 'schema.graphql'), 'utf8'));

const target = await startTarget();
let passed;
try {
  passed = await attack();
} finally {
  await target.stop();
}
process.exit(passed ? 0 : 1);

async function attack() {
  const keys = { a: await target.keyOf('hostile-a', 'read,write,simulate,admin'), b: await target.keyOf('hostile-b', 'read,write,simulate,admin'), reader: await target.keyOf('hostile-a', 'read') };
  const known = await thingsOf(target.base, keys.a, new Documents(openapi));
  const stored = await target.storedIds();
  const told = new Set(); // ids that answers to writes told, of which alone rows may be there
  const doors = attacksWith(keys, known);
  const checks = new Checks(openapi, schema);
  const found = { failures: [], slowest: [], times: [], statuses: {}, overloads: 0, sent: 0 };
  const known2xx = (request, answer) => request.tenant === 'b' && answer.status < 300 && known.pinned.some((id) => answer.body.includes(id));

  const one = async (door, number, from, counts) => {
    const request = doors[door].request(from, number);
    const { answers, ms, failure } = await send({ answersWanted: 1, ...request }, target.address);
    const wrong = [];
    if (answers.length === 0 && !request.mayBeSilent && !request.ending && request.method !== 'CONNECT') wrong.push(`no answer${failure ? ` (${failure})` : ''}`);
    if (failure === 'no end of the answer') wrong.push(failure);
    if (request.mustHave && answers.length !== request.mustHave) wrong.push(`${answers.length} answers to ${request.mustHave} requests`);
    if (ms > ANSWER_MAX_MS) wrong.push(`took ${Math.round(ms)} ms`);
    for (const answer of answers) {
      if (request.ending && !answer.isWhole) continue; // the client left
      const what = checks.wrongIn(request, answer);
      if (what) wrong.push(`the answer ${what}`);
      if (known2xx(request, answer)) wrong.push('tells one tenant of another');
      remember(request, answer, told, known);
      if (counts) counts[`${door} ${answer.status}`] = (counts[`${door} ${answer.status}`] ?? 0) + 1;
      if (isOverload(answer)) found.overloads++;
    }
    found.sent++;
    found.times.push({ door, number, from: Date.now() - ms, to: Date.now(), statuses: answers.map(({ status }) => status) });
    found.slowest = [...found.slowest, { door, number, ms: Math.round(ms), kind: request.kind, path: request.path ?? request.name }].sort((a, b) => b.ms - a.ms).slice(0, 8);
    if (wrong.length > 0) found.failures.push({ door, number, from, request, answers, wrong: wrong.join('; ') });
    if (values.only) for (const { status, headers, body } of answers) console.log(status, Object.fromEntries(headers), body.toString().slice(0, 3000));
  };

  if (values.only) {
    const [door, number] = values.only.split(':');
    await one(door, Number(number), seed, found.statuses);
  } else {
    console.log(`${requests} requests at each door, ${Math.ceil(requests / 10)} on bare sockets, seed ${seed}`);
    await volley(one, Math.min(WARM_UP_MAX, Math.ceil(requests * WARM_UP_SHARE)), seed + 1_000_000);
    await settled();
    const before = await target.held();
    const leave = slowClients(SLOW_CLIENTS, target.address, `authorization: Bearer ${keys.a}\r\n`);
    const alive = heartbeat();
    const started = performance.now();
    await volley(one, requests, seed, found.statuses);
    const seconds = (performance.now() - started) / 1000;
    leave();
    const pulse = await alive();
    const { after, problems } = await backTo(before);
    for (const wrong of [...pulse.problems, ...problems, ...(await rowsNobodyWasTold(stored, told, found.times)), ...(found.overloads > found.sent / 200 ? [`${found.overloads} answers of overload`] : [])]) found.failures.push({ wrong });
    console.log(`${found.sent} requests (${Math.round((requests * 2.1) / seconds)} a second), ${told.size} ids told, ${found.overloads} overloads; /livez answered ${pulse.count} times, slowest ${pulse.slowest} ms`);
    console.log(`held before and after: ${['heapUsed', 'external', 'rss'].map((name) => `${name} ${mb(before[name])} -> ${mb(after[name])} MB`).join(', ')}, sockets ${before.sockets} -> ${after.sockets}, connections ${before.connections} -> ${after.connections}`);
    console.log(`answers: ${Object.entries(found.statuses).sort().map(([status, count]) => `${status}: ${count}`).join(', ')}`);
    console.log(`slowest: ${found.slowest.map(({ door, number, ms, kind, path }) => `${door}:${number} ${kind} ${path ?? ''} ${ms} ms`).join(', ')}`);
  }
  return report(found.failures);
}

/** All doors at once, a few requests in flight; bare sockets get a tenth. */
async function volley(one, count, from, counts) {
  const plan = Array.from({ length: count }, (_, i) => [['rest', i], ['graphql', i], ...(i % 10 === 0 ? [['socket', i / 10]] : [])]).flat();
  let next = 0;
  await Promise.all(Array.from({ length: IN_FLIGHT }, async () => {
    while (next < plan.length && target.isAlive()) {
      const [door, number] = plan[next++];
      await one(door, number, from, counts);
    }
  }));
}

function attacksWith(keys, known) {
  const idOf = (name, chance) => (chance.is(0.05) ? chance.uuid() : (known.of(name) ?? chance.uuid()));
  const idToDeleteOf = (name, chance) => known.poolOf(name)[chance.below(20)] ?? chance.uuid();
  const keyOf = (chance) => {
    const drawn = chance.next();
    if (drawn < 0.86) return [['authorization', `Bearer ${keys.a}`]];
    if (drawn < 0.92) return [['authorization', `Bearer ${keys.b}`]];
    if (drawn < 0.96) return [['authorization', `Bearer ${keys.reader}`]];
    if (drawn < 0.98) return [];
    return [['authorization', chance.pick(['Bearer', 'Bearer x', `Bearer unw_${'A'.repeat(43)}`, 'Basic eDp5', '', 'Bearer \u00e9', `Bearer ${'x'.repeat(9000)}`, `bearer  ${keys.a} x`])]];
  };
  const ways = { idOf, idToDeleteOf, keyOf };
  const documents = new Documents(openapi, idOf);
  const isOf = (tenant, request) => request.headers?.some(([name, value]) => name === 'authorization' && value.endsWith(keys[tenant]));
  const named = (attacker) => ({
    request(from, number) {
      const request = attacker.request(from, number);
      if (isOf('b', request)) request.tenant = 'b';
      return request;
    },
  });
  return { rest: named(new RestAttack(openapi, documents, ways)), graphql: named(new GraphqlAttack(schema, documents, ways)), socket: new SocketAttack(ways) };
}

/** An id tells when it was made (UUIDv7), and so which requests may have made it. */
async function rowsNobodyWasTold(before, told, times) {
  const rows = [...(await target.storedIds())].filter((id) => !before.has(id) && !told.has(id.split(' ')[1]));
  const makers = (row) => {
    const bornAt = parseInt(row.split(' ')[1].replaceAll('-', '').slice(0, 12), 16);
    return times.filter(({ from, to }) => from - 5 <= bornAt && bornAt <= to + 5).map(({ door, number, statuses }) => `${door}:${number} (${statuses.join()})`);
  };
  return rows.length > 0 ? [`${rows.length} rows are stored of requests that were refused: ${rows.slice(-3).map((row) => `${row} by one of ${makers(row).join(' ')}`).join('; ')}`] : [];
}

/** /livez every 100 ms; the function given ends it. */
function heartbeat() {
  let [isOn, count, slowest] = [true, 0, 0];
  const problems = [];
  const beating = (async () => {
    while (isOn) {
      const started = performance.now();
      const { answers } = await send({ method: 'GET', target: '/livez', headers: [], answersWanted: 1 }, target.address);
      const ms = Math.round(performance.now() - started);
      count++;
      slowest = Math.max(slowest, ms);
      if (answers[0]?.status !== 200 || ms > LIVEZ_MAX_MS) problems.push(`/livez answered ${answers[0]?.status} after ${ms} ms`);
      await pause(100);
    }
  })();
  return async () => {
    isOn = false;
    await beating;
    return { count, slowest, problems: problems.slice(0, 3) };
  };
}

async function settled() {
  const deadline = Date.now() + SETTLE_S * 1000;
  while (target.isAlive() && (await target.running()) > 0 && Date.now() < deadline) await pause(250);
}

/** Waits until nothing is held beyond the margins. */
async function backTo(before) {
  await settled();
  const deadline = Date.now() + 30_000;
  for (;;) {
    if (!target.isAlive()) return { after: before, problems: [`the service ended:\n${target.output().slice(-3000)}`] };
    const after = await target.held();
    const problems = [
      after.heapUsed + after.external > before.heapUsed + before.external + HEAP_MARGIN_MB * MB && `heap ${mb(before.heapUsed + before.external)} -> ${mb(after.heapUsed + after.external)} MB`,
      after.rss > before.rss + RSS_MARGIN_MB * MB && `RSS ${mb(before.rss)} -> ${mb(after.rss)} MB`,
      after.sockets > before.sockets && `sockets ${before.sockets} -> ${after.sockets}`,
      after.connections > before.connections && `connections to the database ${before.connections} -> ${after.connections}`,
      (await target.running()) > 0 && 'simulations still run',
      (await target.idleInTransaction()) > 0 && 'transactions are left open',
    ].filter(Boolean);
    if (problems.length === 0 || Date.now() > deadline) return { after, problems };
    await pause(500);
  }
}

function mb(bytes) {
  return Math.round(bytes / MB);
}

/** Every kind of failure once, the first one with its request; true when there is none. */
function report(failures) {
  const folder = join(tmpdir(), `unwind-hostile-${seed}`);
  const kinds = new Map();
  for (const failure of failures) {
    const kind = failure.wrong.replaceAll(/\d+|"[^"]*"/g, '#').slice(0, 160);
    kinds.set(kind, [...(kinds.get(kind) ?? []), failure]);
  }
  for (const [{ door, number, from, request, answers, wrong }, ...more] of [...kinds.values()].slice(0, SHOWN_MAX)) {
    console.log(`\nFAILS${more.length > 0 ? ` (${more.length + 1} times)` : ''}: ${wrong.slice(0, 600)}`);
    if (!request) continue;
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${door}-${from}-${number}.bin`);
    writeFileSync(file, request.chunks ? Buffer.concat(request.chunks) : (request.body ?? ''));
    console.log(`  ${door}:${number} (seed ${from}, ${request.kind})\n  ${commandOf(request, target.address, file).slice(0, 1500)}`);
    if (request.query) console.log(`  query ${request.query.slice(0, 400)}`);
    for (const { status, body } of answers.slice(0, 3)) console.log(`  answered ${status} ${body.toString().slice(0, 500)}`);
    if (!request.chunks && bytesOf(request, target.address).length < 600) console.log(`  body ${request.body?.toString() ?? ''}`);
  }
  if (failures.length > 0) console.log(`\nThe log of the service ends with:\n${target.output().slice(-4000)}`);
  console.log(failures.length === 0 ? `seed ${seed}: nothing failed` : `seed ${seed}: ${failures.length} failures of ${kinds.size} kinds`);
  return failures.length === 0;
}
