// The same POST with one key, sent 100 times in parallel while API and PostgreSQL are killed: one effect, and the same answer byte for byte.
// node test/faults/crowd.js [--rounds 50] [--seed 1]
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { chain, House, option, random, report } from './house.js';

const ROUNDS = option('rounds', 4);
const SEED = option('seed', 1);
const CROWD = 100;
const PAUSE_MAX_MS = 400;

const chance = random(SEED);
const house = await House.open();
const counts = { rounds: 0, kills: 0, 'requests with one key': 0, sent: 0, 'effects too many': 0, 'effects missing': 0, 'answers that differ': 0, refused: 0, crashed: 0 };
const complaints = [];

const { market, portfolio, scenario } = chain(5);
const stored = await Promise.all([['markets', market], ['portfolios', portfolio], ['scenarios', scenario]].map(async ([path, body]) => (await house.persist(`/v1/${path}`, { ...body, name: 'stored' })).json.id));
const [marketId, portfolioId, scenarioId] = stored;

for (; counts.rounds < ROUNDS; counts.rounds++) {
  const isSimulation = counts.rounds % 2 === 1;
  const name = `crowd-${counts.rounds}`;
  const [path, body] = isSimulation ? ['/v1/simulations', { marketId, portfolioId, scenarioId, seed: counts.rounds }] : ['/v1/portfolios', { ...chain(200).portfolio, name }];
  const key = randomUUID();
  let isOver = false;
  const killer = (async () => {
    for (let k = 0; k < 2 && !isOver; k++) {
      await pause(chance() * PAUSE_MAX_MS);
      const isApi = chance() < 0.5;
      if (isApi) house.api.kill('SIGKILL');
      if (isApi || house.killed(house.postmaster())) counts.kills += 1;
      await pause(chance() * PAUSE_MAX_MS * 10);
    }
  })();
  const answers = await Promise.all(Array.from({ length: CROWD }, async () => {
    const tries = { count: 0 };
    const answer = await house.persist(path, body, { key, tries });
    counts.sent += tries.count;
    return answer;
  }));
  isOver = true;
  await killer;
  counts['requests with one key'] += CROWD;
  counts.refused += answers.filter(({ status }) => status > 299).length;
  const said = new Set(answers.map(({ status, text, headers }) => JSON.stringify([status, headers.location, headers.etag, text])));
  counts['answers that differ'] += said.size - 1;
  if (said.size > 1) complaints.push([...said].map((each) => each.slice(0, 300)).join('\n'));
  await house.read('/readyz');
  const rows = isSimulation ? await house.sql('SELECT id FROM simulations WHERE seed = $1', [counts.rounds]) : await house.sql('SELECT id FROM portfolios WHERE name = $1', [name]);
  if (rows.length > 1) counts['effects too many'] += rows.length - 1;
  if (rows.length === 0 || rows[0].id !== answers[0].json.id) counts['effects missing'] += 1;
}
counts.crashed = house.api.crashes.length;
await house.close();
report('crowd', counts, ['effects too many', 'effects missing', 'answers that differ', 'refused', 'crashed'], [...complaints, ...house.api.crashes]);
