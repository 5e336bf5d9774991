import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { type Answer, doors, graphql, rest, selection } from './doors.js';
import { chain, Fleet } from './fleet.js';

interface SweepDoor {
  readonly name: string;
  start(input: unknown): Promise<Answer>;
  read(id: string): Promise<Answer>;
  points(id: string, page?: { limit?: number; cursor?: string }): Promise<Answer>;
}

const restDoor: SweepDoor = {
  name: 'REST',
  start: (input) => rest('POST', '/v1/simulations', JSON.stringify(input)),
  read: (id) => rest('GET', `/v1/simulations/${id}`),
  points: (id, page = {}) => rest('GET', `/v1/simulations/${id}/points?${new URLSearchParams(page as Record<string, string>)}`),
};

const graphqlDoor: SweepDoor = {
  name: 'GraphQL',
  start: async (input) => graphql(`mutation ($input: SimulationInput!) { data: startSimulation(input: $input) ${await selection('Simulation')} }`, JSON.stringify({ input })),
  read: async (id) => graphql(`query ($id: ID!) { data: simulation(id: $id) ${await selection('Simulation')} }`, JSON.stringify({ id })),
  async points(id, { limit = 20, cursor } = {}) {
    const query = `query ($id: ID!, $first: Int!, $after: String) { data: simulation(id: $id) { points(first: $first, after: $after) { nodes ${await selection('SweepPoint')} pageInfo { hasNextPage endCursor } } } }`;
    const answer = await graphql(query, JSON.stringify({ id, first: limit, after: cursor }));
    if (!answer.data) return answer;
    const { nodes, pageInfo } = answer.data.points;
    return { ...answer, data: { items: nodes, ...(pageInfo.hasNextPage && { nextCursor: pageInfo.endCursor }) } };
  },
};

/** JSON null and an absent field say the same. */
const bare = (value: unknown): unknown => JSON.parse(JSON.stringify(value), (_key, inner) => inner ?? undefined);

const { market, portfolio } = chain(5);
const MARKET = { ...market, assets: [...market.assets, { ...market.assets[0], symbol: 'Y' }] };

/** A scenario that was stored before what it says was refused. */
async function outdated(): Promise<string> {
  const { data: { id } } = await rest('POST', '/v1/scenarios', JSON.stringify({ name: 'outdated', dynamics: { clearing: 'equilibrium' } }));
  const client = new pg.Client({ connectionString: process.env.UNWIND_TEST_DATABASE_URL });
  await client.connect();
  await client.query(`UPDATE scenarios SET dynamics = dynamics || '{"recovery": 0.5}' WHERE id = $1`, [id]);
  await client.end();
  return id;
}

async function stored() {
  const store = async (plural: string, type: string, document: object): Promise<string> => (await doors({ plural, type })[0].create(document)).data.id;
  return {
    marketId: await store('markets', 'Market', MARKET),
    portfolioId: await store('portfolios', 'Portfolio', portfolio),
    scenarioId: await store('scenarios', 'Scenario', { name: 'down', marketShock: -0.01, shocks: [{ symbol: 'Y', shock: -0.2 }] }),
    deeperId: await store('scenarios', 'Scenario', { name: 'deeper', marketShock: -0.1 }),
    strangeBankId: await store('portfolios', 'Portfolio', { name: 'bank', institutions: [{ reference: 'B', holdings: [{ symbol: 'Z', quantity: 1 }], liabilities: 1, leverageMax: 30 }] }),
    outdatedId: await outdated(),
    strangeId: await store('scenarios', 'Scenario', { name: 'strange', shocks: [{ symbol: 'Z', shock: -0.1 }] }),
  };
}

async function finished(door: SweepDoor, id: string) {
  for (;;) {
    const { data } = await door.read(id);
    if (['succeeded', 'failed', 'cancelled'].includes(data.state)) return data;
    await new Promise((done) => setTimeout(done, 50));
  }
}

describe.each([restDoor, graphqlDoor].map((door) => [door.name, door] as const))('a sweep through %s', (_name, door) => {
  let ids: Awaited<ReturnType<typeof stored>>;
  beforeAll(async () => void (ids = await stored()));

  const documents = () => ({ marketId: ids.marketId, portfolioId: ids.portfolioId });
  const whatIf = async (scenario: object) => (await rest('POST', '/v1/what-if', JSON.stringify({ market: MARKET, portfolio, scenario }))).data.before.summary;

  test('of shock sizes has at each point the numbers of that shock alone', async () => {
    const shocks = { from: 0, to: -0.06, steps: 7 };
    const { data } = await door.start({ ...documents(), scenarioId: ids.scenarioId, sweep: { shocks } });
    expect(data).toMatchObject({ state: 'queued', shards: 7, shardsDone: 0, scenarioId: ids.scenarioId, sweep: { shocks } });
    expect(await finished(door, data.id)).toMatchObject({ state: 'succeeded', progress: 1, shardsDone: 7, resultHash: expect.stringMatching(/^[0-9a-f]{64}$/) });
    const { items } = (await door.points(data.id)).data;
    expect(items.map(({ point, scenario }: { point: number; scenario: string }) => [point, scenario])).toEqual([1, 2, 3, 4, 5, 6, 7].map((point) => [point, 'down']));
    expect(items.at(-1).shock).toBe(-0.06);
    expect(items.map(({ totals }: { totals: { liquidatedByShock: number; liquidatedByCascade: number } }) => totals.liquidatedByShock + totals.liquidatedByCascade)).toEqual([0, 0, 0, 0, 0, 5, 5]);
    for (const { shock, assets, totals } of items) {
      const alone = await whatIf({ name: 'x', marketShock: shock, shocks: [{ symbol: 'Y', shock: -0.2 }] });
      expect(bare({ assets, totals })).toEqual(bare({ assets: alone.assets, totals: alone.totals }));
    }
  }, 60_000);

  test('of the shock of one asset leaves the others as the scenario has them', async () => {
    const { data } = await door.start({ ...documents(), scenarioId: ids.scenarioId, sweep: { shocks: { symbol: 'Y', from: -0.5, to: 0.5, steps: 3 } } });
    await finished(door, data.id);
    const { items } = (await door.points(data.id)).data;
    expect(items.map(({ assets }: { assets: { shockedPrice: number }[] }) => assets.map(({ shockedPrice }) => shockedPrice))).toEqual([[99, 50], [99, 100], [99, 150]]);
  });

  test('of listed scenarios has one point each, in their order, in pages, and outlives its documents', async () => {
    const scenarioIds = [ids.deeperId, ids.scenarioId, ids.deeperId];
    const [first, second] = [await door.start({ ...documents(), sweep: { scenarioIds } }), await door.start({ ...documents(), sweep: { scenarioIds } })];
    const [one, two] = [await finished(door, first.data.id), await finished(door, second.data.id)];
    expect(one).toMatchObject({ state: 'succeeded', sweep: { scenarioIds }, inputHash: two.inputHash, resultHash: two.resultHash });
    const page = (await door.points(one.id, { limit: 2 })).data;
    expect(page.items.map(({ scenario }: { scenario: string }) => scenario)).toEqual(['deeper', 'down']);
    const rest = (await door.points(one.id, { limit: 2, cursor: page.nextCursor })).data;
    expect(rest.items).toHaveLength(1);
    expect(rest.items[0]).toMatchObject({ ...page.items[0], point: 3 });
    expect(rest.nextCursor).toBeUndefined();
  });

  test('a simulation of one scenario has no points, and those of an unknown one are not found', async () => {
    const { data } = await door.start({ ...documents(), scenarioId: ids.scenarioId });
    expect(await finished(door, data.id)).toMatchObject({ shards: 1, shardsDone: 1 });
    expect((await door.points(data.id)).data.items).toEqual([]);
    expect(await door.points(randomUUID())).toMatchObject({ code: 'NOT_FOUND' });
  });

  const shocks = { from: -0.1, to: 0, steps: 3 };
  test.each([
    ['nothing to sweep', (all: typeof ids) => ({ scenarioId: all.scenarioId, sweep: {} }), 'INCONSISTENT_INPUT', ['/sweep']],
    ['no scenario', () => ({}), 'INVALID_INPUT', ['/scenarioId']],
    ['no scenario to shock', () => ({ sweep: { shocks } }), 'INVALID_INPUT', ['/scenarioId']],
    ['scenarios in two ways', (all: typeof ids) => ({ scenarioId: all.scenarioId, sweep: { scenarioIds: [all.deeperId] } }), 'INCONSISTENT_INPUT', ['/scenarioId']],
    ['a list and a grid', (all: typeof ids) => ({ sweep: { scenarioIds: [all.deeperId], shocks } }), 'INCONSISTENT_INPUT', ['/sweep/shocks']],
    ['a scenario that is not there', (all: typeof ids) => ({ sweep: { scenarioIds: [all.deeperId, randomUUID()] } }), 'INCONSISTENT_INPUT', ['/sweep/scenarioIds/1']],
    ['an institution that does not fit', (all: typeof ids) => ({ portfolioId: all.strangeBankId, sweep: { scenarioIds: [all.deeperId, all.scenarioId] } }), 'INCONSISTENT_INPUT', ['/portfolioId']],
    ['a scenario that breaks a later rule', (all: typeof ids) => ({ sweep: { scenarioIds: [all.deeperId, all.outdatedId] } }), 'INCONSISTENT_INPUT', ['/sweep/scenarioIds/1']],
    ['a scenario that does not fit', (all: typeof ids) => ({ sweep: { scenarioIds: [all.deeperId, all.strangeId] } }), 'INCONSISTENT_INPUT', ['/sweep/scenarioIds/1']],
    ['an asset that the market does not price', (all: typeof ids) => ({ scenarioId: all.scenarioId, sweep: { shocks: { ...shocks, symbol: 'Z' } } }), 'INCONSISTENT_INPUT', ['/sweep/shocks/symbol']],
    ['an id that is none', () => ({ sweep: { scenarioIds: ['x'] } }), 'INVALID_INPUT', ['/sweep/scenarioIds/0']],
    ['one size', (all: typeof ids) => ({ scenarioId: all.scenarioId, sweep: { shocks: { ...shocks, steps: 1 } } }), 'INVALID_INPUT', ['/sweep/shocks/steps']],
    ['too many sizes', (all: typeof ids) => ({ scenarioId: all.scenarioId, sweep: { shocks: { ...shocks, steps: 1001 } } }), 'INVALID_INPUT', ['/sweep/shocks/steps']],
    ['a fall of everything', (all: typeof ids) => ({ scenarioId: all.scenarioId, sweep: { shocks: { ...shocks, from: -1 } } }), 'INVALID_INPUT', ['/sweep/shocks/from']],
  ])('with %s is refused', async (_what, input, code, pointers) => {
    expect(await door.start({ ...documents(), ...input(ids) })).toMatchObject({ code, pointers });
  });
});

test('a sweep gives the same bytes whatever the number of workers and threads', async () => {
  const fleet = await new Fleet().open();
  try {
    const ids = await fleet.store({ accounts: 40 });
    const hashes = new Set<string | null>();
    for (const threads of [['1'], ['2', '4']]) {
      for (const UNWIND_THREADS of threads) fleet.work({ UNWIND_THREADS });
      const { id } = await fleet.start({ ...ids, sweep: { shocks: { from: -0.04, to: -0.06, steps: 100 } } });
      const { state, shards, resultHash } = await fleet.final(id);
      expect([state, shards]).toEqual(['succeeded', 50]); // two points each
      hashes.add(resultHash);
      await fleet.stopWorkers();
    }
    expect(hashes.size).toBe(1);
  } finally {
    await fleet.close();
  }
}, 240_000);
