// kill -9 of API, workers, PostgreSQL and its backends at random moments while clients submit under Idempotency-Keys.
// node test/faults/kills.js [--kills 300] [--minutes 60] [--seed 1] [--verbose]; what was answered 2xx must be there, once, with the bytes of an undisturbed run.
import { setTimeout as pause } from 'node:timers/promises';
import { chain, crowding, House, option, quantile, random, report, seconds } from './house.js';

const KILLS = option('kills', 10);
const MINUTES = option('minutes', 600);
const SEED = option('seed', 1);
const CLIENTS = 4;
const THINK_MS = 400;
const BACK_MAX_MS = 15_000;
const AGAIN = 0.2;

const chance = random(SEED);
const startedAt = Date.now();
const house = await House.open({ workers: 2 });
const counts = { kills: 0, 'of API': 0, 'of workers': 0, 'of PostgreSQL': 0, 'of backends': 0, submitted: 0, sent: 0, 'answered 2xx': 0, lost: 0, doubled: 0, 'without a final state': 0, 'wrong hash': 0, 'other answer on replay': 0, refused: 0, crashed: 0, 'late back at work': 0 };
const complaints = [];
const complain = (what, detail) => {
  counts[what] += 1;
  complaints.push(`${what}: ${detail}`);
};

/** Inputs, small and different; the last one runs for a while. */
const inputs = [1, 7, 20, 60, 150, 600].map((accounts) => chain(accounts));
const expected = [];
for (const [i] of inputs.entries()) expected.push((await house.final((await submit(`undisturbed-${i}`, i)).simulation.id)).resultHash);

let isOver = false;
const answered = [];
const clients = Array.from({ length: CLIENTS }, (_, client) => work(client, random(SEED * 100 + client)));
const back = [];
const stretched = [];
while (counts.kills < KILLS && Date.now() - startedAt < MINUTES * 60_000) {
  await pause(chance() * 3000);
  const from = Date.now();
  const victims = [kill()];
  if (chance() < AGAIN && counts.kills < KILLS) {
    await pause(chance() * 1500);
    victims.push(kill());
  }
  await probe();
  back.push(Date.now() - from);
  stretched.push(crowding());
  if (back.at(-1) > BACK_MAX_MS * crowding()) complain('late back at work', `${seconds(back.at(-1))} after ${victims.join(' and ')}`);
  if (process.argv.includes('--verbose')) console.log(`${victims.join(' and ')}: back at work after ${seconds(back.at(-1))}`);
  if (back.length % 10 === 0) console.log(`${counts.kills} kills after ${seconds(Date.now() - startedAt)}, ${counts['answered 2xx']} answered; back at work p50 ${seconds(quantile(back, 0.5))} max ${seconds(Math.max(...back))}`);
}
isOver = true;
await Promise.all(clients);
await Promise.all(house.processes.map((kept) => kept.ready()));
await verify();

for (const { crashes } of house.processes) for (const crash of crashes) complain('crashed', crash);
const failedStarts = house.processes.reduce((sum, kept) => sum + kept.failedStarts, 0);
await house.close();
const max = Math.max(...back);
report('kills', { ...counts, 'starts that met a dead database': failedStarts, 'back at work p50': seconds(quantile(back, 0.5)), p95: seconds(quantile(back, 0.95)), max: seconds(max), 'load per core': quantile(stretched, 0.5).toFixed(1), took: seconds(Date.now() - startedAt) }, ['late back at work', 'lost', 'doubled', 'without a final state', 'wrong hash', 'other answer on replay', 'refused', 'crashed'], complaints);

/** Three documents and a simulation of them, each under a key of its own; names tell their rows apart. */
async function submit(name, i, note = () => undefined) {
  const { market, portfolio, scenario } = inputs[i];
  const ids = {};
  const documents = { market: ['/v1/markets', { ...market, name }], portfolio: ['/v1/portfolios', { ...portfolio, name }], scenario: ['/v1/scenarios', { ...scenario, name }] };
  await Promise.all(Object.entries(documents).map(async ([noun, [path, body]]) => {
    const answer = await post(path, body, note);
    ids[`${noun}Id`] = answer.json?.id;
  }));
  return { ...ids, simulation: (await post('/v1/simulations', { ...ids, seed: i }, note)).json ?? {} };
}

async function post(path, body, note) {
  const tries = { count: 0 };
  const answer = await house.persist(path, body, { tries });
  note(answer, tries.count);
  if (answer.status < 200 || answer.status > 299) {
    complain('refused', `${path} ${answer.status} ${answer.text}`);
    return {};
  }
  if (chance() < 0.1) {
    const again = await house.persist(path, body, { key: answer.key });
    if (again.text !== answer.text || again.status !== answer.status) complain('other answer on replay', `${path} ${answer.text} ${again.text}`);
  }
  return answer;
}

async function work(client, dice) {
  for (let round = 0; !isOver; round++) {
    const i = Math.floor(dice() * inputs.length);
    const name = `client-${client}-${round}`;
    const { simulation, ...ids } = await submit(name, i, ({ status }, tries) => {
      counts.submitted += 1;
      counts.sent += tries;
      if (status < 300) counts['answered 2xx'] += 1;
    });
    answered.push({ name, i, ids, id: simulation.id });
    await pause(dice() * THINK_MS);
  }
}

/** Answers what was killed; a server that is dead already counts for nothing. */
function kill() {
  const dice = chance();
  const victim = dice < 0.35 ? 'API' : dice < 0.65 ? 'workers' : dice < 0.85 ? 'PostgreSQL' : 'backends';
  if (victim === 'API') house.api.kill('SIGKILL');
  else if (victim === 'workers') house.workers[Math.floor(chance() * house.workers.length)].kill('SIGKILL');
  else {
    const pids = victim === 'backends' ? house.backends() : [house.postmaster()];
    if (!house.killed(pids[Math.floor(chance() * pids.length)])) return 'nothing';
  }
  counts.kills += 1;
  counts[`of ${victim}`] += 1;
  return victim;
}

/** Back at work: a simulation that is submitted now is answered and done. */
async function probe() {
  const name = `probe-${counts.kills}-${Date.now()}`;
  const from = Date.now();
  const { simulation, ...ids } = await submit(name, 0);
  if (process.argv.includes('--verbose')) console.log(`probe answered after ${seconds(Date.now() - from)}`);
  const { state } = await house.final(simulation.id);
  if (state !== 'succeeded') complain('without a final state', `probe ${simulation.id} ${state}`);
  answered.push({ name, i: 0, ids, id: simulation.id });
}

async function verify() {
  for (const { name, i, ids, id } of answered) {
    const { status, state, resultHash } = await house.final(id);
    if (status !== 200) complain('lost', `simulation ${id} of ${name}: ${status}`);
    else if (state !== 'succeeded') complain('without a final state', `simulation ${id} of ${name} has ${state}`);
    else if (resultHash !== expected[i]) complain('wrong hash', `simulation ${id} of ${name}: ${resultHash}`);
    for (const [noun, path] of [['marketId', 'markets'], ['portfolioId', 'portfolios'], ['scenarioId', 'scenarios']]) {
      const answer = await house.read(`/v1/${path}/${ids[noun]}`);
      if (answer.status !== 200 || answer.json.name !== name) complain('lost', `${path} ${ids[noun]} of ${name}: ${answer.status}`);
    }
  }
  const submissions = answered.length + inputs.length;
  for (const table of ['markets', 'portfolios', 'scenarios']) {
    const rows = await house.sql(`SELECT name, count(*)::int AS count FROM ${table} GROUP BY name`);
    for (const { name, count } of rows) if (count !== 1) complain('doubled', `${count} ${table} ${name}`);
    if (rows.length !== submissions) complain(rows.length > submissions ? 'doubled' : 'lost', `${rows.length} ${table} of ${submissions}`);
  }
  const runs = await house.sql('SELECT portfolio_id, count(*)::int AS count FROM simulations GROUP BY portfolio_id');
  for (const { portfolio_id: id, count } of runs) if (count !== 1) complain('doubled', `${count} simulations of portfolio ${id}`);
  if (runs.length !== submissions) complain(runs.length > submissions ? 'doubled' : 'lost', `${runs.length} simulations of ${submissions}`);
  const rows = await house.sql(`SELECT s.id, (SELECT count(*)::int FROM simulation_accounts a WHERE a.simulation_id = s.id) AS found, (SELECT count(*)::int FROM accounts c WHERE c.portfolio_id = s.portfolio_id) AS expected FROM simulations s`);
  for (const { id, found, expected: wanted } of rows) if (found !== wanted) complain(found > wanted ? 'doubled' : 'lost', `${found} account rows of ${wanted} of simulation ${id}`);
  const [{ left }] = await house.sql('SELECT count(*)::int AS left FROM simulation_shards');
  if (left !== 0) complain('without a final state', `${left} shards are left`);
}
