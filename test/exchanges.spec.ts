import { type Answer, doors, graphql, rest, selection, throughBoth } from './doors.js';

/** Exchanges, listings, oracles, cross-impact and dynamics, as documents and in a run. */
const TIERS = [{ minNotional: 0, maintenanceMarginRate: 0.005 }];
const BOOK = { bids: [[99.5, 50]], asks: [[100.5, 50]] };

const market = (changes: object = {}) => ({
  name: 'Two exchanges',
  currency: 'USD',
  exchanges: [{ name: 'A', markPrice: { rule: 'indexMedian', lag: 1 } }, { name: 'B' }],
  crossImpact: [{ symbol: 'Y', soldSymbol: 'X', lambda: 0.01 }],
  assets: [
    {
      symbol: 'X',
      price: 100,
      contractSize: 1,
      dailyVolatility: 0.05,
      impact: { model: 'linear', lambda: 1, quantityBasis: 'units' },
      tiers: TIERS,
      listings: [{ exchange: 'A', price: 100.5, indexWeight: 2 }, { exchange: 'B', impact: { model: 'orderBook' }, orderBook: BOOK, dailyVolume: 1000, indexWeight: 1 }],
    },
    { symbol: 'Y', price: 10, contractSize: 1, impact: { model: 'none' }, tiers: TIERS },
  ],
  ...changes,
});

const portfolio = (changes: object = {}) => ({
  name: 'Spread out',
  accounts: [{ reference: 'a', marginMode: 'cross', balance: 0, collateral: [], positions: [{ symbol: 'X', side: 'long', contracts: 10, entryPrice: 100 }], stopOrders: [], exchange: 'B' }],
  loans: [{ reference: 'l', collateral: [{ symbol: 'X', quantity: 1, liquidationThreshold: 0.8, oracle: { rule: 'lagged', lag: 2 } }], debts: [{ symbol: 'Y', quantity: 2, oracle: { rule: 'pegged', price: 9 } }, { quantity: 10 }], dumpedShare: 1, exchange: 'A' }],
  institutions: [],
  ...changes,
});

const scenario = (changes: object = {}) => ({
  name: 'Slow',
  shocks: [],
  marketShock: -0.1,
  depthMultiplier: 1,
  closeOut: { policy: 'full' },
  impactOverrides: [],
  dynamics: { execution: 'midpoint', maxRounds: 50, recovery: 0.5, temporaryShare: 0.5, throughput: 1000, volatilityThinning: 0.1, arbitrage: 0.5 },
  liquidityRegime: 'stressed',
  ...changes,
});

const NOUNS = [
  [{ plural: 'markets', type: 'Market' }, market],
  [{ plural: 'portfolios', type: 'Portfolio', listed: 'PortfolioSummary' }, portfolio],
  [{ plural: 'scenarios', type: 'Scenario' }, scenario],
] as const;

describe.each(NOUNS.flatMap(([noun, document]) => doors(noun).map((door) => [noun.plural, door.name, door, document] as const)))('%s through %s', (_plural, _name, door, document) => {
  test('are read as they were posted, and replaced by less', async () => {
    const { data } = await door.create(document());
    const { id, createdAt: _created, updatedAt: _updated, version: _version, ...posted } = data;
    expect(posted).toEqual(document());
    expect((await door.read(id)).data).toEqual(data);
    const less = JSON.parse(JSON.stringify(document(), (key, value) => (['exchanges', 'listings', 'crossImpact', 'oracle', 'exchange', 'dynamics', 'liquidityRegime'].includes(key) ? undefined : value)));
    const { id: _id, createdAt: _c, updatedAt: _u, version: _v, ...replaced } = (await door.replace(id, less)).data;
    expect(replaced).toEqual(less);
  });
});

test.each([
  ['markets', 'Market', market({ exchanges: [{ name: 'A' }, { name: 'A' }] }), ['/assets/0/listings/1/exchange NOT_FOUND', '/exchanges/1/name DUPLICATE']],
  ['markets', 'Market', market({ exchanges: null }), ['/assets/0/listings/0/exchange NOT_FOUND', '/assets/0/listings/1/exchange NOT_FOUND']],
  ['markets', 'Market', market({ assets: [{ ...market().assets[0], listings: [{ exchange: 'A' }, { exchange: 'A' }] }], crossImpact: [] }), ['/assets/0/listings/1/exchange DUPLICATE']],
  ['markets', 'Market', market({ assets: [{ ...market().assets[0], listings: [{ exchange: 'A', impact: { model: 'orderBook' } }] }], crossImpact: [] }), ['/assets/0/listings/0/impact/model MISSING']],
  ['markets', 'Market', market({ assets: [{ ...market().assets[0], listings: [{ exchange: 'A', orderBook: { bids: [[101, 1]], asks: [[100, 1]] } }] }], crossImpact: [] }), ['/assets/0/listings/0/orderBook CROSSED']],
  ['markets', 'Market', market({ crossImpact: [{ symbol: 'Z', soldSymbol: 'X', lambda: 1 }, { symbol: 'X', soldSymbol: 'Y', lambda: 1 }, { symbol: 'X', soldSymbol: 'Y', lambda: 2 }] }), ['/crossImpact/0/symbol UNPRICED', '/crossImpact/2 DUPLICATE']],
  ['portfolios', 'Portfolio', portfolio({ loans: [{ ...portfolio().loans[0], collateral: [{ symbol: 'X', quantity: 1, liquidationThreshold: 0.8, oracle: { rule: 'market', lag: 1, price: 2 } }] }] }), ['/loans/0/collateral/0/oracle/lag FORBIDDEN', '/loans/0/collateral/0/oracle/price FORBIDDEN']],
  ['scenarios', 'Scenario', scenario({ dynamics: { arbitrage: 1.5 } }), ['/dynamics/arbitrage OUT_OF_RANGE']],
])('%s that contradict themselves get the same pointers at both doors', async (plural, type, input, issues) => {
  const [one, other] = await throughBoth({ plural, type }, JSON.stringify(input));
  expect([...one.issues].sort()).toEqual(issues);
  expect([...other.issues].sort()).toEqual(issues);
});

const line = (exchange: string, lambda: number) => ({ exchange, impact: { model: 'linear', lambda } });
const WORLD = {
  market: { name: 'Two', exchanges: [{ name: 'A' }, { name: 'B' }], assets: [{ symbol: 'X', price: 100, lotSize: 0.001, tiers: TIERS, listings: [line('A', 1), line('B', 0.25)] }] },
  portfolio: { name: 'One', accounts: [{ reference: 'a', exchange: 'A', marginMode: 'cross', balance: 0, positions: [{ symbol: 'X', side: 'long', contracts: 10, entryPrice: 100 }] }] },
  scenario: { name: 'None', dynamics: { arbitrage: 0.5 } },
};

const whatIf: readonly (readonly [string, (input: object) => Promise<Answer>])[] = [
  ['REST', (input) => rest('POST', '/v1/what-if', JSON.stringify(input))],
  ['GraphQL', async (input) => graphql(`query ($input: WhatIfInput!) { data: whatIf(input: $input) ${await selection('WhatIf')} }`, JSON.stringify({ input }))],
];

describe.each(whatIf)('a run through %s', (_name, ask) => {
  test('tells each listing', async () => {
    const { data: { before: data } } = await ask(WORLD);
    // 10 sold on A: 90. Half of the gap of 10 is closed by 4 units: 94 and 99
    expect(data.summary.listings.map(({ exchange, finalPrice, quantityArbitraged }: Record<string, unknown>) => [exchange, finalPrice, quantityArbitraged])).toEqual([['A', 94, -4], ['B', 99, 4]]);
    expect(data.summary.assets[0]).toMatchObject({ finalPrice: 96.5, lowestPrice: 95, highestPrice: 100 });
    expect(data.summary.totals.uncertifiedBecause).toBe('arbitrage');
  });

  test('names the party on an exchange that the market does not have, and the volatility that is missing', async () => {
    const [account] = WORLD.portfolio.accounts;
    const loan = { reference: 'l', exchange: 'C', collateral: [{ symbol: 'X', quantity: 1, liquidationThreshold: 0.8 }], debts: [{ quantity: 1 }] };
    const institution = { reference: 'i', exchange: 'C', holdings: [{ symbol: 'X', quantity: 1 }], liabilities: 1, leverageMax: 30 };
    const { code, issues } = await ask({ ...WORLD, portfolio: { ...WORLD.portfolio, accounts: [{ ...account, exchange: 'C' }], loans: [loan], institutions: [institution] }, scenario: { ...WORLD.scenario, dynamics: { volatilityThinning: 1 } } });
    expect(code).toBe('INCONSISTENT_INPUT');
    expect([...issues].sort()).toEqual(['/portfolio/accounts/0/exchange NOT_FOUND', '/portfolio/institutions/0/exchange NOT_FOUND', '/portfolio/loans/0/exchange NOT_FOUND', '/scenario/dynamics/volatilityThinning MISSING']);
  });
});

test('the rounds of a stored simulation tell the gap and arbitrage as a party, the same at both doors', async () => {
  const store = async (plural: string, type: string, document: object): Promise<string> => (await doors({ plural, type })[0].create(document)).data.id;
  const [marketId, portfolioId, scenarioId] = [await store('markets', 'Market', WORLD.market), await store('portfolios', 'Portfolio', WORLD.portfolio), await store('scenarios', 'Scenario', WORLD.scenario)];
  const { data: { id } } = await rest('POST', '/v1/simulations', JSON.stringify({ marketId, portfolioId, scenarioId }));
  for (let state = ''; state !== 'succeeded'; state = (await rest('GET', `/v1/simulations/${id}`)).data.state) expect(state).not.toBe('failed');
  const { data: { items: [round] } } = await rest('GET', `/v1/simulations/${id}/rounds`);
  expect(round.divergence).toEqual([{ symbol: 'X', gap: 10 / 95 }]);
  expect(round.entries.map(({ account, exchange, action, quantity }: Record<string, unknown>) => [account, exchange, action, quantity])).toEqual([['a', 'A', 'liquidation', 10], ['arbitrage', 'A', 'arbitrage', -4], ['arbitrage', 'B', 'arbitrage', 4]]);
  const { data } = await graphql(`query ($id: ID!) { data: simulation(id: $id) { rounds(first: 5) { nodes ${await selection('Round')} } } }`, JSON.stringify({ id }));
  const withoutNulls = (value: unknown) => JSON.parse(JSON.stringify(value, (_, inner: unknown) => inner ?? undefined));
  expect(withoutNulls(data.rounds.nodes[0])).toEqual(withoutNulls(round));
});
