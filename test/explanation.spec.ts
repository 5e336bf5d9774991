import { type Answer, doors, graphql, rest, selection } from './doors.js';

/** A stored simulation explains itself: every forced trade, every party's part of every move, both ends of the set of equilibria. */
const MARKET = { name: 'One asset', assets: [{ symbol: 'X', price: 100, impact: { model: 'linear', lambda: 0.05 }, tiers: [{ minNotional: 0, maintenanceMarginRate: 0.05 }] }] };
const long = (reference: string, contracts: number, margin: number) => ({ reference, marginMode: 'isolated', positions: [{ symbol: 'X', side: 'long', contracts, entryPrice: 100, margin }] });
const PORTFOLIO = { name: 'Three longs', accounts: [long('L1', 40, 352), long('L2', 60, 613.5), long('L3', 100, 1545)] };
const SCENARIO = { name: '5 % down', marketShock: -0.05 };

interface ExplanationDoor {
  readonly name: string;
  rows(id: string, kind: 'entries' | 'attributions', page?: { limit?: number; cursor?: string; reference?: string; round?: number }): Promise<Answer>;
  summary(id: string): Promise<Answer>;
  start(input: unknown): Promise<Answer>;
}

const TYPE = { entries: 'LedgerEntry', attributions: 'AccountAttribution' } as const;

const DOORS: ExplanationDoor[] = [
  {
    name: 'REST',
    rows: (id, kind, page = {}) => rest('GET', `/v1/simulations/${id}/${kind}?${new URLSearchParams(page as Record<string, string>)}`),
    summary: (id) => rest('GET', `/v1/simulations/${id}`),
    start: (input) => rest('POST', '/v1/simulations', JSON.stringify(input)),
  },
  {
    name: 'GraphQL',
    async rows(id, kind, { limit = 20, cursor, reference, round } = {}) {
      const isRound = kind === 'entries';
      const query = `query ($id: ID!, $first: Int!, $after: String, $reference: String${isRound ? ', $round: Int' : ''}) { data: simulation(id: $id) { ${kind}(first: $first, after: $after, reference: $reference${isRound ? ', round: $round' : ''}) { nodes ${await selection(TYPE[kind])} pageInfo { hasNextPage endCursor } } } }`;
      const answer = await graphql(query, JSON.stringify({ id, first: limit, after: cursor, reference, ...(isRound && { round }) }));
      if (!answer.data) return answer;
      const { nodes, pageInfo } = answer.data[kind];
      return { ...answer, data: { items: nodes, ...(pageInfo.hasNextPage && { nextCursor: pageInfo.endCursor }) } };
    },
    summary: async (id) => graphql(`query ($id: ID!) { data: simulation(id: $id) ${await selection('Simulation')} }`, JSON.stringify({ id })),
    start: async (input) => graphql(`mutation ($input: SimulationInput!) { data: startSimulation(input: $input) ${await selection('Simulation')} }`, JSON.stringify({ input })),
  },
];

async function store(plural: string, type: string, document: object): Promise<string> {
  const { data, ...answer } = await doors({ plural, type })[0].create(document);
  if (!data) throw new Error(JSON.stringify(answer));
  return data.id;
}

async function finished({ start, summary }: ExplanationDoor, portfolio: object, scenario: object) {
  const { data } = await start({ marketId: await store('markets', 'Market', MARKET), portfolioId: await store('portfolios', 'Portfolio', portfolio), scenarioId: await store('scenarios', 'Scenario', scenario) });
  for (;;) {
    const { data: read } = await summary(data.id);
    if (['succeeded', 'failed', 'cancelled'].includes(read.state)) return read;
    await new Promise((done) => setTimeout(done, 50));
  }
}

describe.each(DOORS.map((door) => [door.name, door] as const))('a simulation through %s', (_name, door) => {
  test('lists every forced trade, of all rounds or of one, of all accounts or of one', async () => {
    const { id } = await finished(door, PORTFOLIO, SCENARIO);
    const all = (await door.rows(id, 'entries')).data.items;
    expect(all).toEqual([
      expect.objectContaining({ round: 1, party: 'isolatedPosition', account: 'L1', position: 'X', cause: 'shock', quantity: 40, priceBefore: 95, executionPrice: 94, priceAfter: 93, loss: 240 }),
      expect.objectContaining({ round: 2, account: 'L2', cause: 'cascade', quantity: 60, priceBefore: 93, executionPrice: 91.5, priceAfter: 90, loss: 510 }),
    ]);
    expect((await door.rows(id, 'entries', { round: 2 })).data.items).toEqual([all[1]]);
    expect((await door.rows(id, 'entries', { reference: 'L1' })).data.items).toEqual([all[0]]);
    const first = (await door.rows(id, 'entries', { limit: 1 })).data;
    expect((await door.rows(id, 'entries', { limit: 1, cursor: first.nextCursor })).data).toEqual({ items: [all[1]] });
    expect(await door.rows(id, 'entries', { round: 0 })).toMatchObject({ status: 400, code: 'INVALID_INPUT', issues: ['/round OUT_OF_RANGE'] });
    expect(await door.rows('0192f000-0000-7000-8000-000000000000', 'entries')).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  });

  test('names what each account did to the price, in the summary and in full', async () => {
    const { id, summary } = await finished(door, PORTFOLIO, SCENARIO);
    expect((await door.rows(id, 'attributions')).data.items).toEqual([
      { account: 'L1', position: 'X', symbol: 'X', move: -2, share: 0.4 },
      { account: 'L2', position: 'X', symbol: 'X', move: -3, share: 0.6 },
    ]);
    expect((await door.rows(id, 'attributions', { reference: 'L2' })).data.items).toEqual([expect.objectContaining({ move: -3 })]);
    expect(summary.attribution).toEqual([expect.objectContaining({ symbol: 'X', move: -5, sources: [{ symbol: 'X', move: -5 }], mechanisms: [], otherAccounts: 0 })]);
  });

  test('tells both ends of the equilibria, of slices too', async () => {
    const { summary } = await finished(door, PORTFOLIO, { ...SCENARIO, closeOut: { policy: 'partial', targetMarginRatio: 1.5 } });
    expect(summary.totals.uncertifiedBecause ?? null).toBeNull();
    expect(summary.equilibrium).toMatchObject({ of: 'memorylessResponses', side: 'sales', assets: [{ symbol: 'X', mildResidual: 0, worstResidual: 0 }] });
    const [{ mildPrice, worstPrice }] = summary.equilibrium.assets;
    expect(worstPrice).toBeLessThanOrEqual(mildPrice);
    expect(summary.assets[0].worstPrice).toBe(worstPrice);
  });

  test('clears at once, everybody at the mild price, where the scenario says so', async () => {
    const { summary } = await finished(door, PORTFOLIO, { ...SCENARIO, dynamics: { clearing: 'equilibrium' } });
    expect(summary.totals).toMatchObject({ rounds: 1, liquidatedByShock: 1, liquidatedByCascade: 1 });
    expect(summary.assets[0]).toMatchObject({ finalPrice: 90, executionPrice: 90 });
    expect(summary.convention).toMatchObject({ rounds: 'none', execution: 'clearingPrice' });
  });

  test('lets the parties of a round trade one after the other, where the scenario says so', async () => {
    const accounts = [long('L1', 40, 352), long('L2', 60, 613.5), long('L3', 100, 2400)];
    const { id, summary } = await finished(door, { name: 'A03', accounts }, { ...SCENARIO, marketShock: -0.09, dynamics: { order: 'largestFirst' } });
    expect((await door.rows(id, 'entries')).data.items).toEqual([
      expect.objectContaining({ round: 1, account: 'L2', priceBefore: 91, executionPrice: 89.5, priceAfter: 88 }),
      expect.objectContaining({ round: 1, account: 'L1', priceBefore: 88, executionPrice: 87, priceAfter: 86 }),
    ]);
    expect([summary.totals.rounds, summary.convention.fills, summary.totals.badDebt]).toEqual([1, 'largestFirst', expect.closeTo(184.5, 9)]);
  });

  test('reproduces a fault of a published model under its name alone, and certifies nothing then', async () => {
    // the linear rule with 9 of debt to 1 of equity and a depth of 600: R = 1.5, so it sells all it has, or more than that
    const institutions = [{ reference: 'bank', holdings: [{ symbol: 'X', quantity: 1 }], liabilities: 90, leverageMax: 10, rule: 'linear' }];
    const scenario = { ...SCENARIO, marketShock: -0.01, impactOverrides: [{ symbol: 'X', impact: { model: 'linear', lambda: 100 / 6 } }] };
    const right = await finished(door, { name: 'Bank', institutions }, scenario);
    const fault = await finished(door, { name: 'Bank', institutions }, { ...scenario, dynamics: { faults: ['linearUnbounded'] } });
    expect([right.summary.assets[0].quantitySold, right.summary.totals.uncertifiedBecause ?? null]).toEqual([1, null]);
    expect(fault.summary.assets[0].quantitySold).toBeGreaterThan(1);
    expect(fault.summary.totals.uncertifiedBecause).toBe('faults');
  });

  test('has more forced trades in a round than the round shows, and lists the last of them', async () => {
    const accounts = Array.from({ length: 1100 }, (_, k) => long(`A${String(k).padStart(4, '0')}`, 0.01, 0.0875));
    const { id } = await finished(door, { name: 'Many', accounts }, SCENARIO);
    const rounds = await rest('GET', `/v1/simulations/${id}/rounds`);
    expect(rounds.data.items[0]).toMatchObject({ entryCount: 1100 });
    expect(rounds.data.items[0].entries).toHaveLength(1000);
    expect((await door.rows(id, 'entries', { round: 1, reference: 'A1099' })).data.items).toEqual([expect.objectContaining({ account: 'A1099', quantity: 0.01 })]);
  });
});
