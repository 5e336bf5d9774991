import { Fleet } from './fleet.js';
import { client, type Client, KEY_SECRET, keyOf } from './keys.js';
import { service, type Service } from './process.js';
import { type Wire, wireTo } from './wire.js';

const COUNTS = [1, 10, 50];

let fleet: Fleet;
let wire: Wire;
let api: Service;

beforeAll(async () => {
  fleet = await new Fleet().open();
  wire = await wireTo(fleet.databaseUrl);
  api = await service({ DATABASE_URL: wire.url, UNWIND_WORKER: 'off', PORT: '0' });
  const ids = await fleet.store({ accounts: 7 });
  const sweep = { shocks: { from: -0.01, to: -0.06, steps: 8 } };
  const started = [await fleet.start({ ...ids, sweep })];
  while (started.length < Math.max(...COUNTS)) started.push(...(await Promise.all(Array.from({ length: 7 }, () => fleet.start(ids)))));
  fleet.work({ UNWIND_CONCURRENCY: '2' });
  for (const { id } of started) expect((await fleet.final(id)).state).toBe('succeeded');
  await fleet.stopWorkers();
}, 180_000);
afterAll(async () => {
  await api.end();
  await wire.close();
  await fleet.close();
});

const NESTED = `
  rounds(first: 5) { nodes { round entryCount entries { account quantity } } pageInfo { hasNextPage endCursor } }
  accounts(first: 3) { nodes { account state } pageInfo { hasNextPage endCursor } }
  one: accounts(first: 3, reference: "L00004") { nodes { account } }
  thresholds(first: 2) { nodes { account symbol liquidationPrice } pageInfo { hasNextPage } }
  points(first: 4) { nodes { point } pageInfo { hasNextPage } }`;

/** What no request asks for: connections say whose they are once, the pulse of the database, and the sweep of old keys. */
const OWN = /set_config|^SELECT 1$|idempotency_keys/;

/** The answer, and the statements that it took. */
async function asked(query: string) {
  const response = async () => {
    const answer = await client(api.address).graphql(query);
    expect(answer.body.errors).toBeUndefined();
    return answer.body.data;
  };
  for (let i = 0; i < 3; i++) await response();
  wire.statements();
  const data = await response();
  return { data, statements: wire.statements().filter((text) => !OWN.test(text.trim())) };
}

test('as many statements answer 1, 10 and 50 simulations with all that is nested in them: one a list', async () => {
  const answers = [];
  for (const count of COUNTS) answers.push(await asked(`{ simulations(first: ${count}) { nodes { id state ${NESTED} } } }`));
  answers.forEach(({ data }, i) => expect(data.simulations.nodes).toHaveLength(COUNTS[i]!));
  expect(answers.map(({ statements }) => statements.length)).toEqual([10, 10, 10]); // five lists, and five of the transaction that finds a page and reads it
  for (const { statements } of answers) expect(statements).toEqual(answers[0]!.statements);
  for (const table of ['simulation_rounds', 'simulation_accounts', 'simulation_thresholds', 'simulation_points']) expect(answers[2]!.statements.filter((text) => text.includes(table))).toHaveLength(table === 'simulation_accounts' ? 2 : 1);
}, 60_000);

test('the same rows come in pages as they do one simulation at a time', async () => {
  const { data } = await asked(`{ simulations(first: 50) { nodes { id ${NESTED} } } }`);
  const rows: number[] = [];
  for (const { id, rounds, accounts, one, thresholds } of data.simulations.nodes) {
    const alone = await fleet.call<{ items: { round: number; account: string }[] }>('GET', `/v1/simulations/${id}/rounds?limit=5`);
    expect(rounds.nodes.map(({ round }: { round: number }) => round)).toEqual(alone.items.map(({ round }) => round));
    const { items } = await fleet.call<{ items: { account: string }[] }>('GET', `/v1/simulations/${id}/accounts?limit=3`);
    expect(accounts.nodes.map(({ account }: { account: string }) => account)).toEqual(items.map(({ account }) => account));
    expect(accounts.pageInfo.hasNextPage).toBe(accounts.nodes.length === 3);
    expect(one.nodes).toEqual(accounts.nodes.length ? [{ account: 'L00004' }] : []);
    rows.push(rounds.nodes.length + accounts.nodes.length + thresholds.nodes.length);
  }
  expect(rows.filter((count) => count === 5 + 3 + 2).length).toBeGreaterThanOrEqual(49);
});

test('a page goes on where the one before ended', async () => {
  const { data } = await asked('{ simulations(first: 3) { nodes { id accounts(first: 3) { nodes { account } pageInfo { endCursor } } } } }');
  const { id, accounts } = data.simulations.nodes[0];
  const next = await asked(`{ simulation(id: "${id}") { accounts(first: 3, after: "${accounts.pageInfo.endCursor}") { nodes { account } } } }`);
  expect([...accounts.nodes, ...next.data.simulation.accounts.nodes].map(({ account }: { account: string }) => account)).toEqual(['L00000', 'L00001', 'L00002', 'L00003', 'L00004', 'L00005']);
});

test('as many statements start a sweep over 2 scenarios and over 40', async () => {
  const { marketId, portfolioId } = await fleet.store();
  const scenarioIds: string[] = [];
  for (let i = 0; i < 40; i++) scenarioIds.push((await fleet.call('POST', '/v1/scenarios', { name: `s${i}` })).id);
  const started = async (count: number) => {
    const { status } = await client(api.address).rest('POST', '/v1/simulations', { marketId, portfolioId, sweep: { scenarioIds: scenarioIds.slice(0, count) } });
    expect(status).toBe(202);
    await new Promise((done) => setTimeout(done, 300));
    return wire.statements().filter((text) => /FROM "public"."scenarios"/.test(text)).length;
  };
  await started(2);
  expect([await started(2), await started(40)]).toEqual([1, 1]);
}, 60_000);

test('tenants that ask at the same time are each shown their own', async () => {
  const closed = await service({ DATABASE_URL: process.env.UNWIND_TEST_DATABASE_URL!, PORT: '0', UNWIND_AUTH: 'on', UNWIND_KEY_SECRET: KEY_SECRET });
  try {
    const clients: Client[] = [];
    for (const name of ['one', 'two']) clients.push(client(closed.address, await keyOf(`${name}-${process.pid}`)));
    for (const [i, { rest }] of clients.entries()) {
      const { market, portfolio } = (await import('./fleet.js')).chain(i + 2);
      const stored = [await rest('POST', '/v1/markets', market), await rest('POST', '/v1/portfolios', portfolio), await rest('POST', '/v1/scenarios', { name: 's', marketShock: -0.05 })].map(({ body }) => body.id as string);
      const { body } = await rest('POST', '/v1/simulations', { marketId: stored[0], portfolioId: stored[1], scenarioId: stored[2] });
      for (let state = ''; state !== 'succeeded'; state = (await rest('GET', `/v1/simulations/${body.id}`)).body.state) await new Promise((done) => setTimeout(done, 50));
    }
    const answers = await Promise.all(Array.from({ length: 60 }, (_, i) => clients[i % 2]!.graphql('{ simulations { nodes { accounts { nodes { account } } } } }')));
    answers.forEach(({ body }, i) => expect(body.data.simulations.nodes.map(({ accounts }: { accounts: { nodes: object[] } }) => accounts.nodes.length)).toEqual([(i % 2) + 2]));
  } finally {
    await closed.end();
  }
}, 90_000);
