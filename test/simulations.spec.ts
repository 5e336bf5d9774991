import { randomUUID } from 'node:crypto';
import { type Answer, BASE, doors, graphql, rest, selection } from './doors.js';

/** A01 of test/engine/analytic.spec.ts: 95 fells L1, 93 fells L2, 90 leaves L3 standing. */
const MARKET = { name: 'One asset', assets: [{ symbol: 'X', price: 100, impact: { model: 'linear', lambda: 0.05 }, tiers: [{ minNotional: 0, maintenanceMarginRate: 0.05 }] }] };
const long = (reference: string, contracts: number, margin: number) => ({ reference, marginMode: 'isolated', positions: [{ symbol: 'X', side: 'long', contracts, entryPrice: 100, margin }] });
const PORTFOLIO = {
  name: 'Three longs',
  accounts: [long('L1', 40, 352), long('L2', 60, 613.5), { reference: 'L3', marginMode: 'cross', balance: 1545, positions: [{ symbol: 'X', side: 'long', contracts: 100, entryPrice: 100 }] }],
};
const SCENARIO = { name: '5 % down', marketShock: -0.05 };

interface SimulationDoor {
  readonly name: string;
  start(input: unknown): Promise<Answer>;
  read(id: string): Promise<Answer>;
  cancel(id: string): Promise<Answer>;
  rows(id: string, kind: 'rounds' | 'accounts' | 'thresholds', page?: { limit?: number; cursor?: string; reference?: string }): Promise<Answer>;
  whatIf(input: unknown): Promise<Answer>;
}

const TYPE = { rounds: 'Round', accounts: 'AccountOutcome', thresholds: 'Threshold' } as const;

const restDoor: SimulationDoor = {
  name: 'REST',
  start: (input) => rest('POST', '/v1/simulations', JSON.stringify(input)),
  read: (id) => rest('GET', `/v1/simulations/${id}`),
  cancel: (id) => rest('POST', `/v1/simulations/${id}/cancel`),
  rows: (id, kind, page = {}) => rest('GET', `/v1/simulations/${id}/${kind}?${new URLSearchParams(page as Record<string, string>)}`),
  whatIf: (input) => rest('POST', '/v1/what-if', JSON.stringify(input)),
};

const graphqlDoor: SimulationDoor = {
  name: 'GraphQL',
  start: async (input) => graphql(`mutation ($input: SimulationInput!) { data: startSimulation(input: $input) ${await selection('Simulation')} }`, JSON.stringify({ input })),
  read: async (id) => graphql(`query ($id: ID!) { data: simulation(id: $id) ${await selection('Simulation')} }`, JSON.stringify({ id })),
  cancel: async (id) => graphql(`mutation ($id: ID!) { data: cancelSimulation(id: $id) ${await selection('Simulation')} }`, JSON.stringify({ id })),
  async rows(id, kind, { limit = 20, cursor, reference } = {}) {
    const filter = kind === 'rounds' ? '' : ', reference: $reference';
    const declared = kind === 'rounds' ? '' : ', $reference: String';
    const query = `query ($id: ID!, $first: Int!, $after: String${declared}) { data: simulation(id: $id) { ${kind}(first: $first, after: $after${filter}) { nodes ${await selection(TYPE[kind])} pageInfo { hasNextPage endCursor } } } }`;
    const answer = await graphql(query, JSON.stringify({ id, first: limit, after: cursor, ...(filter && { reference }) }));
    if (!answer.data) return answer;
    const { nodes, pageInfo } = answer.data[kind];
    return { ...answer, data: { items: nodes, ...(pageInfo.hasNextPage && { nextCursor: pageInfo.endCursor }) } };
  },
  whatIf: async (input) => graphql(`query ($input: WhatIfInput!) { data: whatIf(input: $input) ${await selection('WhatIf')} }`, JSON.stringify({ input })),
};

const SIMULATION_DOORS = [restDoor, graphqlDoor];

async function store(plural: string, type: string, document: object): Promise<string> {
  const { data, ...answer } = await doors({ plural, type })[0].create(document);
  if (!data) throw new Error(JSON.stringify(answer));
  return data.id;
}

async function stored(documents: { market?: object; portfolio?: object; scenario?: object } = {}) {
  return {
    marketId: await store('markets', 'Market', documents.market ?? MARKET),
    portfolioId: await store('portfolios', 'Portfolio', documents.portfolio ?? PORTFOLIO),
    scenarioId: await store('scenarios', 'Scenario', documents.scenario ?? SCENARIO),
  };
}

/** Reads until the simulation is final. */
async function finished(door: SimulationDoor, id: string) {
  for (;;) {
    const { data } = await door.read(id);
    if (['succeeded', 'failed', 'cancelled'].includes(data.state)) return data;
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** JSON null and an absent field say the same. */
const bare = (value: unknown): unknown => JSON.parse(JSON.stringify(value), (_key, inner) => inner ?? undefined);

describe.each(SIMULATION_DOORS.map((door) => [door.name, door] as const))('a simulation through %s', (_name, door) => {
  test('is accepted, runs, and answers how far prices go and why', async () => {
    const ids = await stored();
    const accepted = await door.start(ids);
    expect(accepted.data).toMatchObject({ ...ids, state: 'queued', progress: 0, seed: 0 });
    const { summary, progress, state, resultHash, startedAt, finishedAt } = await finished(door, accepted.data.id);
    expect({ state, progress }).toEqual({ state: 'succeeded', progress: 1 });
    expect(summary.assets[0]).toMatchObject({ shockedPrice: 95, finalPrice: 90, exogenousMove: -5, endogenousMove: -5, amplification: 2, executionPrice: 92.5 });
    expect(summary.totals).toMatchObject({ liquidatedByShock: 1, liquidatedByCascade: 1, badDebt: 0, rounds: 2, isFixedPoint: true });
    expect(resultHash).toMatch(/^[0-9a-f]{64}$/);
    expect(Date.parse(finishedAt)).toBeGreaterThanOrEqual(Date.parse(startedAt));
  });

  test('shows who was closed in which round, where, and what is left of each account', async () => {
    const { data } = await door.start(await stored());
    await finished(door, data.id);
    const rounds = (await door.rows(data.id, 'rounds')).data.items;
    expect(rounds.map((round: { entries: { account: string; cause: string }[] }) => round.entries.map(({ account, cause }) => `${account} ${cause}`))).toEqual([['L1 shock'], ['L2 cascade']]);
    const thresholds = (await door.rows(data.id, 'thresholds')).data.items;
    expect(thresholds.map((row: { liquidationPrice: number }) => row.liquidationPrice)).toEqual([96, 94.5, 89]);
    const accounts = (await door.rows(data.id, 'accounts')).data.items;
    expect(accounts.map((row: { state: string; equityAfter: number }) => [row.state, row.equityAfter])).toEqual([['liquidated', 112], ['liquidated', 103.5], ['untouched', 545]]);
  });

  test('gives its rows in pages and by reference', async () => {
    const { data } = await door.start(await stored());
    await finished(door, data.id);
    const first = (await door.rows(data.id, 'accounts', { limit: 2 })).data;
    expect(first.items.map((row: { account: string }) => row.account)).toEqual(['L1', 'L2']);
    const second = (await door.rows(data.id, 'accounts', { limit: 2, cursor: first.nextCursor })).data;
    expect(second).toEqual({ items: [expect.objectContaining({ account: 'L3' })] });
    expect((await door.rows(data.id, 'thresholds', { reference: 'L2' })).data.items).toEqual([expect.objectContaining({ account: 'L2', liquidationPrice: 94.5 })]);
    expect(await door.rows(data.id, 'accounts', { cursor: 'bm9uZQ' })).toMatchObject({ status: 400, code: 'INVALID_INPUT' });
  });

  test('of the same input gives the same bytes, and outlives its documents', async () => {
    const ids = await stored();
    const [one, two] = await Promise.all([door.start(ids), door.start(ids)]);
    for (const [plural, id] of [['markets', ids.marketId], ['portfolios', ids.portfolioId], ['scenarios', ids.scenarioId]]) await rest('DELETE', `/v1/${plural}/${id}`);
    const [first, second] = await Promise.all([finished(door, one.data.id), finished(door, two.data.id)]);
    expect(first).toMatchObject({ state: 'succeeded', inputHash: second.inputHash, resultHash: second.resultHash });
  });

  test('that is final cannot be cancelled, and an unknown one is not found', async () => {
    const { data } = await door.start(await stored());
    await finished(door, data.id);
    expect(await door.cancel(data.id)).toMatchObject({ status: 409, code: 'ALREADY_FINAL' });
    for (const id of [randomUUID(), 'no-id']) expect(await door.read(id)).toMatchObject({ code: 'NOT_FOUND' });
  });

  test.each([
    ['an unknown market', { marketId: randomUUID() }, {}, 'INCONSISTENT_INPUT', ['/marketId']],
    ['a position that the market does not price', {}, { portfolio: { name: 'x', accounts: [{ ...long('a', 1, 10), positions: [{ ...long('a', 1, 10).positions[0], symbol: 'Y' }] }] } }, 'INCONSISTENT_INPUT', ['/portfolioId']],
    ['a shock of an asset that is not there', {}, { scenario: { name: 'x', shocks: [{ symbol: 'Y', shock: -0.1 }] } }, 'INCONSISTENT_INPUT', ['/scenarioId']],
    ['an override that the asset cannot serve', {}, { scenario: { name: 'x', impactOverrides: [{ symbol: 'X', impact: { model: 'orderBook' } }] } }, 'INCONSISTENT_INPUT', ['/scenarioId']],
    ['contracts that are no whole lots', {}, { market: { ...MARKET, assets: [{ ...MARKET.assets[0], lotSize: 7 }] } }, 'INCONSISTENT_INPUT', ['/portfolioId', '/portfolioId', '/portfolioId']],
    ['a position without margin tiers', {}, { market: { name: 'x', assets: [{ symbol: 'X', price: 100 }] } }, 'INCONSISTENT_INPUT', ['/portfolioId', '/portfolioId', '/portfolioId']],
    ['an id that is none', { scenarioId: 'x' }, {}, 'INVALID_INPUT', ['/scenarioId']],
    ['an unknown property', { shock: 1 }, {}, 'INVALID_INPUT', ['/shock']],
  ])('with %s is refused', async (_what, input, documents, code, pointers) => {
    expect(await door.start({ ...(await stored(documents)), ...input })).toMatchObject({ code, pointers });
  });
});

describe('rows of a simulation as a file', () => {
  const file = async (id: string, kind: string, accept: string) => {
    const response = await fetch(`${BASE}/v1/simulations/${id}/${kind}`, { headers: { accept } });
    return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
  };
  const run = async (documents: object = {}) => {
    const { data } = await restDoor.start(await stored(documents));
    await finished(restDoor, data.id);
    return data.id as string;
  };

  test.each(['rounds', 'accounts', 'thresholds'] as const)('%s as NDJSON are those of the pages, all of them', async (kind) => {
    const accounts = Array.from({ length: 150 }, (_, k) => long(`L${k}`, 1, 8.8));
    const id = await run({ portfolio: { name: '150 longs', accounts } });
    const { type, text } = await file(id, kind, 'application/x-ndjson');
    expect(type).toBe('application/x-ndjson');
    const paged: unknown[] = [];
    for (let cursor: string | undefined; ; ) {
      const { data } = await restDoor.rows(id, kind, { limit: 100, ...(cursor && { cursor }) });
      paged.push(...data.items);
      if (!(cursor = data.nextCursor)) break;
    }
    expect(text.trimEnd().split('\n').map((each) => JSON.parse(each))).toEqual(paged);
    if (kind !== 'rounds') expect(paged).toHaveLength(150);
  });

  test('as CSV have a column for each field and an empty one for null; a round is a line for each forced trade', async () => {
    const id = await run();
    const accounts = (await restDoor.rows(id, 'accounts')).data.items as Record<string, unknown>[];
    const { type, text } = await file(id, 'accounts', 'text/csv');
    expect(type).toMatch(/^text\/csv/);
    const [header, ...lines] = text.trimEnd().split('\n').map((each) => each.split(','));
    expect(lines).toEqual(accounts.map((row) => header!.map((name) => String(row[name] ?? ''))));
    expect([...header!].sort()).toEqual(Object.keys(accounts[0]!).sort());
    const rounds = (await file(id, 'rounds', 'text/csv')).text.trimEnd().split('\n');
    expect(rounds.map((each) => each.split(',').slice(0, 6).join(','))).toEqual(['entryCount,round,party,account,position,symbol', '1,1,isolatedPosition,L1,X,X', '1,2,isolatedPosition,L2,X,X']);
  });

  test('are all there whatever else the address says', async () => {
    const id = await run();
    for (const [kind, what] of [['rounds', 'reference=L2'], ['points', 'reference=L2'], ['accounts', 'round=2'], ['thresholds', 'colour=red']] as const) {
      const [all, same] = [await file(id, kind, 'application/json'), await file(id, `${kind}?${what}`, 'application/json')];
      expect([same.status, same.text]).toEqual([200, all.text]);
    }
    expect(JSON.parse((await file(id, 'entries?reference=L1&reference=L2', 'application/x-ndjson')).text).code).toBe('INVALID_INPUT');
  });

  test('are of one account where a reference is given', async () => {
    const id = await run();
    expect((await file(id, 'thresholds?reference=L2', 'application/x-ndjson')).text.trimEnd().split('\n').map((each) => JSON.parse(each).account)).toEqual(['L2']);
    expect((await file(id, "thresholds?reference=L2' OR true --", 'application/x-ndjson')).text).toBe('');
  });

  test.each([
    ['text/html', '', 406, 'NOT_ACCEPTABLE'],
    ['text/csv', '?limit=5', 400, 'INVALID_INPUT'],
  ])('in %s%s are refused', async (accept, query, status, code) => {
    const answer = await file(await run(), `accounts${query}`, accept);
    expect({ status: answer.status, code: JSON.parse(answer.text).code }).toEqual({ status, code });
  });

  test('are pages of JSON to who takes anything, and of nothing not found', async () => {
    const id = await run();
    for (const accept of ['*/*', 'application/json', 'text/csv;q=0.1, application/json']) expect((await file(id, 'accounts', accept)).type).toMatch(/^application\/json/);
    expect((await file(randomUUID(), 'accounts', 'text/csv')).status).toBe(404);
  });
});

describe.each(SIMULATION_DOORS.map((door) => [door.name, door] as const))('a what-if through %s', (_name, door) => {
  test('has the numbers of a stored simulation, inline as by id, and stores nothing', async () => {
    const ids = await stored();
    const { data } = await restDoor.start(ids);
    const simulation = await finished(restDoor, data.id);
    const before = (await rest('GET', '/v1/simulations?limit=1')).data.items[0].id;
    const byId = (await door.whatIf(ids)).data;
    const inline = (await door.whatIf({ market: MARKET, portfolio: PORTFOLIO, scenario: SCENARIO })).data;
    expect(bare(byId.before.summary)).toEqual(bare(simulation.summary));
    expect(byId.before).toEqual(byId.after);
    expect(bare(inline)).toEqual(bare(byId));
    expect(bare(byId.before.accounts)).toEqual(bare((await restDoor.rows(data.id, 'accounts')).data.items));
    expect((await rest('GET', '/v1/simulations?limit=1')).data.items[0].id).toBe(before);
  });

  test('shows what a transfer saves: 100 more behind L1 and nobody falls', async () => {
    const { before, after } = (await door.whatIf({ ...(await stored()), changes: { transfers: [{ account: 'L1', symbol: 'X', amount: 100 }] } })).data;
    expect([before.accounts.length, before.accounts[0].state, after.accounts[0].state]).toEqual([1, 'liquidated', 'untouched']);
    expect(after.summary.assets[0].finalPrice).toBe(95);
    // (entry - collateral per unit) / (1 - rate) = (100 - 452 / 40) / 0.95
    expect(after.thresholds[0].liquidationPrice).toBeCloseTo(88.7 / 0.95, 10);
  });

  test('fills orders at their price: half of L3 sold at 101 realises 50', async () => {
    const { after } = (await door.whatIf({ ...(await stored()), changes: { orders: [{ account: 'L3', symbol: 'X', side: 'sell', amount: 50, price: 101 }] } })).data;
    // cash 1545 + 50, 50 contracts left at entry 100: p = (5000 - 1595) / (50 * 0.95)
    expect(after.thresholds[0]).toMatchObject({ exposure: 50 });
    expect(after.thresholds[0].liquidationPrice).toBeCloseTo(3405 / 47.5, 10);
  });

  test('turns a position when the order is larger than it', async () => {
    const { after } = (await door.whatIf({ ...(await stored()), changes: { orders: [{ account: 'L3', symbol: 'X', side: 'sell', amount: 130 }] } })).data;
    // 30 short at 100 with 1545: p = (1545 + 3000) / (30 * 1.05)
    expect(after.thresholds[0]).toMatchObject({ exposure: -30 });
    expect(after.thresholds[0].liquidationPrice).toBeCloseTo(4545 / 31.5, 10);
  });

  test('without a scenario shocks nothing', async () => {
    const { before } = (await door.whatIf({ market: MARKET, portfolio: PORTFOLIO })).data;
    expect(before.summary.assets[0]).toMatchObject({ finalPrice: 100, amplification: 1 });
  });

  test('of a book too large for the request thread has the same numbers as of a small one', async () => {
    const many = { name: 'many', accounts: Array.from({ length: 3000 }, (_, k) => long(`L${String(k).padStart(4, '0')}`, 0.01, 0.088)) };
    const few = { name: 'few', accounts: [long('L', 30, 264)] };
    const ask = async (portfolio: object) => (await door.whatIf({ market: MARKET, portfolio, scenario: SCENARIO })).data.before.summary.assets[0];
    const [large, small] = [await ask(many), await ask(few)];
    expect(large.finalPrice).toBeCloseTo(small.finalPrice, 9);
    expect(large.quantitySold).toBeCloseTo(30, 9);
  });

  const inline = { market: MARKET, portfolio: PORTFOLIO, scenario: SCENARIO };
  test.each([
    ['no market', { portfolio: PORTFOLIO }, 'INCONSISTENT_INPUT', ['/market']],
    ['a market given twice', { ...inline, marketId: randomUUID() }, 'INCONSISTENT_INPUT', ['/marketId']],
    ['an unpriced position', { ...inline, market: { name: 'x', assets: [{ symbol: 'Y', price: 1 }] } }, 'INCONSISTENT_INPUT', ['/portfolio/accounts/0/positions/0/symbol', '/portfolio/accounts/1/positions/0/symbol', '/portfolio/accounts/2/positions/0/symbol']],
    ['an order of an unknown account', { ...inline, changes: { orders: [{ account: 'L9', symbol: 'X', side: 'buy', amount: 1 }] } }, 'INCONSISTENT_INPUT', ['/changes/orders/0/account']],
    ['more taken out than there is', { ...inline, changes: { transfers: [{ account: 'L1', symbol: 'X', amount: -1000 }] } }, 'INCONSISTENT_INPUT', ['/changes/transfers/0/amount']],
    ['a crossed book inside', { ...inline, market: { name: 'x', assets: [{ ...MARKET.assets[0], orderBook: { bids: [[101, 1]], asks: [[100, 1]] } }] } }, 'INCONSISTENT_INPUT', ['/market/assets/0/orderBook']],
    ['a negative price inside', { ...inline, market: { name: 'x', assets: [{ ...MARKET.assets[0], price: -1 }] } }, 'INVALID_INPUT', ['/market/assets/0/price']],
    ['a number that is none', { ...inline, changes: { transfers: [{ account: 'L1', amount: 'much' }] } }, 'INVALID_INPUT', ['/changes/transfers/0/amount']],
  ])('with %s is refused', async (_what, input, code, pointers) => {
    expect(await door.whatIf(input)).toMatchObject({ code, pointers });
  });
});
