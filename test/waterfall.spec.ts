import { type Answer, doors, graphql, rest, selection } from './doors.js';

/** A03 of test/engine/waterfall.spec.ts: the longs L1 and L2 owe 108 and 76.5, a fund pays 100, and the shorts 59.15 and 25.35. */
const position = (reference: string, side: string, contracts: number, entryPrice: number, margin: number, exchange?: string) => ({ reference, marginMode: 'isolated', positions: [{ symbol: 'X', side, contracts, entryPrice, margin }], ...(exchange && { exchange }) });
const PORTFOLIO = { name: 'Longs and shorts', accounts: [position('L1', 'long', 40, 100, 352), position('L2', 'long', 60, 100, 613.5), position('L3', 'long', 100, 100, 2400), position('S1', 'short', 120, 100, 5000, 'one'), position('S2', 'short', 80, 95, 2000, 'one'), position('other', 'short', 10, 100, 2000, 'two')] };
const market = (one: object) => ({ name: 'Two exchanges', assets: [{ symbol: 'X', price: 100, impact: { model: 'linear', lambda: 0.05 }, tiers: [{ minNotional: 0, maintenanceMarginRate: 0.05 }] }], exchanges: [{ name: 'one', ...one }, { name: 'two', insuranceFund: 7 }] });
const SCENARIO = { name: '9 % down', marketShock: -0.09 };
const ONE = { insuranceFund: 100, liquidationFeeRate: 0.001, deleveraging: { policy: 'proRata', method: 'profit' } };

const whatIf: Readonly<Record<string, (input: object) => Promise<Answer>>> = {
  REST: (input) => rest('POST', '/v1/what-if', JSON.stringify(input)),
  GraphQL: async (input) => graphql(`query ($input: WhatIfInput!) { data: whatIf(input: $input) ${await selection('WhatIf')} }`, JSON.stringify({ input })),
};
const changes = { orders: [], transfers: [{ account: 'S1', amount: 1 }, { account: 'S2', amount: 1 }, { account: 'L1', amount: 0 }, { account: 'other', amount: 0 }].map((transfer) => ({ ...transfer, symbol: 'X' })) };

describe.each(doors({ plural: 'markets', type: 'Market' }).map((door) => [door.name, door] as const))('the rules of loss of an exchange through %s', (name, door) => {
  test('are stored as they are stated', async () => {
    const { data } = await door.create(market(ONE));
    expect((await door.read(data.id)).data.exchanges).toMatchObject([{ name: 'one', ...ONE }, { name: 'two', insuranceFund: 7 }]);
  });

  test.each([
    ['a negative fund', { insuranceFund: -1 }, '/exchanges/0/insuranceFund OUT_OF_RANGE'],
    ['a fee above all', { liquidationFeeRate: 1.5 }, '/exchanges/0/liquidationFeeRate OUT_OF_RANGE'],
    ['a price without contracts', { deleveraging: { policy: 'queue', price: 'mark' } }, '/exchanges/0/deleveraging/price FORBIDDEN'],
    ['a method of nothing', { deleveraging: { policy: 'none', method: 'contracts' } }, '/exchanges/0/deleveraging/method FORBIDDEN'],
  ])('%s is refused by name', async (_, one, expected) => {
    expect((await door.create(market(one))).issues).toEqual([expected]);
  });

  test('decide who bears the losses of a run', async () => {
    const { data, ...answer } = await whatIf[name]!({ market: market({ ...ONE, liquidationFeeRate: 0 }), portfolio: PORTFOLIO, scenario: SCENARIO, changes });
    expect(answer.issues).toEqual([]);
    const [one, two] = data.before.summary.exchanges;
    expect(one).toMatchObject({ exchange: 'one', liquidationFees: 0, fundBefore: 100, fundPaid: 100, fundAfter: 0, socialisedLoss: 0, uncovered: 0, deleveraged: [{ symbol: 'X', side: 'short', quantity: 0 }] });
    expect([one.deficit, one.deleveragedLoss]).toEqual([expect.closeTo(184.5, 9), expect.closeTo(84.5, 9)]);
    expect(two).toMatchObject({ exchange: 'two', deficit: 0, fundBefore: 7, fundAfter: 7, deleveraged: [] });
    const of = (reference: string) => data.before.accounts.find(({ account }: { account: string }) => account === reference);
    expect([of('S1').haircut, of('S2').haircut, of('other').haircut]).toEqual([expect.closeTo(59.15, 9), expect.closeTo(25.35, 9), 0]);
    expect(of('S1')).toMatchObject({ adlRank: 3, adlProbability: 1, socialisedLoss: 0, deleveragedValue: 0 });
    expect([of('L1').badDebt, of('L1').coveredByFund + of('L1').coveredByDeleveraging, of('L1').equityAfter]).toEqual([expect.closeTo(108, 9), expect.closeTo(108, 9), expect.closeTo(0, 9)]);
  });
});

test('a stored simulation has the same losses through both doors', async () => {
  const [marketDoor] = doors({ plural: 'markets', type: 'Market' });
  const [portfolioDoor] = doors({ plural: 'portfolios', type: 'Portfolio' });
  const [scenarioDoor] = doors({ plural: 'scenarios', type: 'Scenario' });
  const [{ data: stored }, { data: portfolio }, { data: scenario }] = await Promise.all([marketDoor.create(market(ONE)), portfolioDoor.create(PORTFOLIO), scenarioDoor.create(SCENARIO)]);
  const { data: started } = await rest('POST', '/v1/simulations', JSON.stringify({ marketId: stored.id, portfolioId: portfolio.id, scenarioId: scenario.id }));
  let simulation = started;
  while (!['succeeded', 'failed'].includes(simulation.state)) {
    await new Promise((done) => setTimeout(done, 50));
    simulation = (await rest('GET', `/v1/simulations/${started.id}`)).data;
  }
  const { data: same } = await graphql(`query ($id: ID!) { data: simulation(id: $id) ${await selection('Simulation')} }`, JSON.stringify({ id: started.id }));
  const bare = (value: unknown): unknown => JSON.parse(JSON.stringify(value), (_key, inner) => inner ?? undefined);
  expect(bare(same.summary.exchanges)).toEqual(bare(simulation.summary.exchanges));
  expect(simulation.summary.exchanges[0].deficit).toBeCloseTo(184.5, 9);
  const { data: rows } = await rest('GET', `/v1/simulations/${started.id}/accounts?reference=S2`);
  expect(rows.items[0].haircut).toBeCloseTo(25.35, 9);
});
