// SIGTERM while requests are in flight and simulations run: what was accepted is answered, nothing is lost, the process ends in time with code 0.
// node test/faults/stop.js [--rounds 5]
import { setTimeout as pause } from 'node:timers/promises';
import { chain, crowding, House, option, quantile, report, seconds, send } from './house.js';

const ROUNDS = option('rounds', 1);
const STOP_MS = 20_000;
const POSTS = 6;
const ACCOUNTS = 4000;

const counts = { 'stops of API': 0, 'stops of workers': 0, 'requests in flight': 0, answered: 0, 'answered busy': 0, cut: 0, lost: 0, doubled: 0, 'taken after the stop': 0, 'runs not finished': 0, 'wrong hash': 0, 'code not 0': 0, 'too slow': 0 };
const complaints = [];
const fail = (what, detail) => {
  counts[what] += 1;
  complaints.push(`${what}: ${detail}`);
};
const took = [];
const house = await House.open({ workers: 2 });
const long = chain(2500);
const ids = {};
for (const noun of ['market', 'portfolio', 'scenario']) ids[`${noun}Id`] = (await house.persist(`/v1/${noun}s`, { ...long[noun], name: noun })).json.id;
const undisturbed = await house.final((await house.persist('/v1/simulations', ids)).json.id);

for (let round = 0; round < ROUNDS; round++) {
  const names = Array.from({ length: POSTS }, (_, i) => `stop-${round}-${i}`);
  const run = (await house.persist('/v1/simulations', ids)).json.id;
  const requests = [
    ...names.map((name) => ['POST', '/v1/portfolios', { ...chain(ACCOUNTS).portfolio, name }, { 'idempotency-key': name }]),
    ['POST', '/v1/simulations', ids, { prefer: 'wait=60', 'idempotency-key': `wait-${round}` }],
    ['GET', `/v1/portfolios/${ids.portfolioId}/positions:export`, undefined, { accept: 'application/x-ndjson' }],
  ];
  const flights = requests.map(([method, path, body, headers]) => house.send(method, path, body, headers).catch((error) => ({ status: 0, text: error.message })));
  await pause(300);
  counts['requests in flight'] += requests.length;
  counts['stops of API'] += 1;
  const { api } = house;
  const stopped = told(api);
  await pause(2000 * crowding());
  // Nobody new gets in; what is refused politely is no harm.
  const late = await send(`http://127.0.0.1:${house.port}/v1/scenarios`, 'POST', { name: `late-${round}` }, { connection: 'close' }).catch(() => null);
  if (late && late.status < 300 && api.isOver) fail('taken after the stop', late.text);
  for (const [i, { status, text }] of (await Promise.all(flights)).entries()) {
    if (status === 0) fail('cut', `${requests[i][1]}: ${text}`);
    else if (status === 503) counts['answered busy'] += 1;
    else if (status < 300) counts.answered += 1;
    else fail('lost', `${requests[i][1]} ${status} ${text.slice(0, 200)}`);
  }
  await stopped;
  api.isOver = false;
  api.start();
  await api.ready();
  for (const name of names) {
    await house.persist('/v1/portfolios', { ...chain(ACCOUNTS).portfolio, name }, { key: name });
    const rows = await house.sql(`SELECT (SELECT count(*)::int FROM accounts a WHERE a.portfolio_id = p.id) AS accounts FROM portfolios p WHERE name = $1`, [name]);
    if (rows.length > 1) fail('doubled', name);
    if (rows.length < 1 || rows[0].accounts !== ACCOUNTS) fail('lost', name);
  }

  // A worker in the middle of a run: it ends the run, or leaves it to the other one.
  const second = (await house.persist('/v1/simulations', ids)).json.id;
  for (;;) {
    const { state } = (await house.read(`/v1/simulations/${second}`)).json;
    if (state !== 'queued') break;
    await pause(10);
  }
  const worker = house.workers[round % house.workers.length];
  counts['stops of workers'] += 1;
  await told(worker);
  for (const id of [run, second]) {
    const { state, resultHash } = await house.final(id);
    if (state !== 'succeeded') fail('runs not finished', `${id} ${state}`);
    else if (resultHash !== undisturbed.resultHash) fail('wrong hash', id);
  }
  worker.isOver = false;
  worker.start();
  await worker.ready();
}
for (const { code, ms } of await house.close()) judge(code, ms, 'at the end');
report('stop', { ...counts, 'stop p50': seconds(quantile(took, 0.5)), max: seconds(Math.max(...took)), 'load per core': crowding().toFixed(1) }, ['cut', 'lost', 'doubled', 'taken after the stop', 'runs not finished', 'wrong hash', 'code not 0', 'too slow'], complaints);

async function told(kept) {
  const { code, ms } = await kept.stop();
  judge(code, ms, kept.file);
}

function judge(code, ms, who) {
  took.push(ms);
  if (code !== 0) fail('code not 0', `${who}: ${code}`);
  if (ms > STOP_MS * crowding()) fail('too slow', `${who}: ${seconds(ms)}`);
}
