import fc from 'fast-check';
import { VENUES } from './ccxt-answers.js';
import { type Answer, doors, graphql, rest, selection } from './doors.js';

type Kind = 'portfolio' | 'market' | 'positions';
const TYPE = { portfolio: 'CcxtPortfolio', market: 'CcxtMarket', positions: 'CcxtPositions' } as const;

const DOORS: readonly (readonly [string, (kind: Kind, input: unknown) => Promise<Answer>])[] = [
  ['REST', (kind, input) => rest('POST', `/v1/ccxt/${kind}`, JSON.stringify(input))],
  ['GraphQL', async (kind, input) => graphql(`query ($input: ${TYPE[kind]}Input!) { data: c${TYPE[kind].slice(1)}(input: $input) ${await selection(TYPE[kind])} }`, JSON.stringify({ input }))],
];

/** JSON null and an absent field say the same. */
const bare = (value: unknown): unknown => JSON.parse(JSON.stringify(value), (_key, inner) => inner ?? undefined);
const pointers = (remarks: readonly { pointer: string }[]) => remarks.map(({ pointer }) => pointer);
const venue = (name: string) => VENUES.find((each) => each.name === name)!;

async function store(plural: string, type: string, document: object): Promise<string> {
  const { data, ...answer } = await doors({ plural, type })[0].create(document);
  if (!data) throw new Error(JSON.stringify(answer));
  return data.id;
}

test.each(VENUES.map((each) => [each.name, each] as const))('%s says the same through both doors', async (_name, { portfolio, market }) => {
  for (const [kind, input] of [['portfolio', portfolio], ['market', market]] as const) {
    const [one, other] = await Promise.all(DOORS.map(([, ask]) => ask(kind, input)));
    expect(one).toMatchObject({ status: 200 });
    expect(bare(one!.data)).toEqual(bare(other!.data));
  }
});

describe.each(DOORS)('through %s', (_door, ask) => {
  test.each(VENUES.map((each) => [each.name, each] as const))('what %s says is converted, stored, simulated and given back in the shape of CCXT', async (_name, { portfolio, market }) => {
    const documents = { portfolio: (await ask('portfolio', portfolio)).data.portfolio, market: (await ask('market', market)).data.market };
    const ids = { marketId: await store('markets', 'Market', documents.market), portfolioId: await store('portfolios', 'Portfolio', documents.portfolio) };
    const { before } = (await rest('POST', '/v1/what-if', JSON.stringify({ ...ids, scenario: { name: '5 % down', marketShock: -0.05 } }))).data;
    expect(before.summary.totals).toMatchObject({ isFixedPoint: true, inBreachBefore: 0 });
    const inline = (await ask('positions', documents)).data.positions;
    expect(bare((await ask('positions', ids)).data.positions)).toEqual(bare(inline));
    expect(inline).toHaveLength(documents.portfolio.accounts.flatMap((account: { positions: unknown[] }) => account.positions).length);
    const again = (await ask('portfolio', { account: (portfolio as { account: string }).account, positions: inline })).data;
    expect(again.unmapped).toEqual([]);
    expect(again.portfolio).toMatchObject(closely(documents.portfolio));
  });

  test('Binance: the cash is the cross wallet, the margin of an isolated position its wallet; sizes of zero are counted, other coins named', async () => {
    const { portfolio, emptyPositions, unmapped } = (await ask('portfolio', venue('Binance USD-M').portfolio)).data;
    expect(portfolio.accounts).toMatchObject([
      { reference: 'binance', marginMode: 'cross', balance: 72.72317863, positions: [{ symbol: 'WLD/USDT:USDT', side: 'long', contracts: 5, entryPrice: 2.3483 }] },
      { reference: 'binance isolated', marginMode: 'isolated', positions: [{ symbol: 'BTC/USDT:USDT', side: 'short', contracts: 0.01, entryPrice: 44525, margin: 51 }] },
    ]);
    expect([emptyPositions, pointers(unmapped)]).toEqual([1, ['/balance/total/BNB']]);
    const { market, unmapped: left } = (await ask('market', venue('Binance USD-M').market)).data;
    expect(market).toMatchObject({ currency: 'USDT', asOf: '2024-07-27T06:44:38.998Z' });
    expect(market.assets[0]).toMatchObject({ symbol: 'WLD/USDT:USDT', price: 2.3956, impact: { model: 'orderBook' }, orderBook: { bids: [[2.395, 100], [2.39, 500]] } });
    expect(market.assets[0].tiers[1].maxNotional ?? null).toBeNull();
    expect(left).toEqual([{ pointer: '/leverageTiers/ETH~1USD:BTC', reason: expect.stringContaining('quanto') }]);
  });

  test('Bybit: an unknown margin mode is cross, or what the caller says; each settle currency is an account; rates in percent become fractions', async () => {
    const { portfolio, assumptions } = (await ask('portfolio', venue('Bybit').portfolio)).data;
    expect(portfolio.accounts).toMatchObject([{ reference: 'bybit USDT', balance: 27.5 }, { reference: 'bybit USDC', balance: 100 }]);
    expect(pointers(assumptions)).toContain('/positions/0/marginMode');
    const isolated = (await ask('portfolio', { ...venue('Bybit').portfolio, marginMode: 'isolated' })).data.portfolio;
    expect(isolated.accounts).toMatchObject([{ marginMode: 'isolated', positions: [{ margin: 3.634521 }, { margin: 30.81 }] }]);
    const { market, assumptions: taken } = (await ask('market', venue('Bybit').market)).data;
    expect(market.assets[0].tiers.map((tier: { maintenanceMarginRate: number }) => tier.maintenanceMarginRate)).toEqual([0.01, 0.015]);
    expect(market.assets[1]).toMatchObject({ price: 30809.41, tiers: [{ maintenanceMarginRate: 0.005 }] });
    expect(pointers(taken)).toContain('/leverageTiers/0/maintenanceMarginRate');
  });

  test('OKX: the cash is cashBal, the isolated margin its own; sizes become units, tiers stay in contracts, flat and without steps', async () => {
    const { portfolio } = (await ask('portfolio', venue('OKX').portfolio)).data;
    expect(portfolio.accounts).toMatchObject([{ balance: 5000 }, { marginMode: 'isolated', positions: [{ contracts: 1, contractSize: 0.01, margin: 34.1311 }] }]);
    const { market } = (await ask('market', venue('OKX').market)).data;
    expect(market.assets[0]).toMatchObject({ price: 34134.4, contractSize: 0.01, orderBook: { bids: [[34132, 1.5], [34131.5, 2]], asks: [[34132.5, 1]] } });
    expect(market.assets[0]).toMatchObject({ contract: { tierFamily: 'flat', tierUnit: 'contracts' }, tiers: [{ minNotional: 0, maxNotional: 20001 }, { minNotional: 20001, maxNotional: 40000 }] });
  });

  test('Kraken: the leverage gives the margin, isolated margin is taken out of the total, coins back the inverse position', async () => {
    const { portfolio, unmapped } = (await ask('portfolio', venue('Kraken futures').portfolio)).data;
    expect(portfolio.accounts).toMatchObject([
      { reference: 'kraken USD', marginMode: 'cross', balance: 4000.5 - 3000, collateral: [] },
      { reference: 'kraken BTC', marginMode: 'cross', balance: 0, collateral: [{ symbol: 'BTC/USD:BTC', quantity: 0.1, haircut: 0 }], positions: [{ symbol: 'BTC/USD:BTC', contracts: 230 }] },
      { marginMode: 'isolated', positions: [{ side: 'long', margin: 3000 }] },
    ]);
    expect(unmapped).toEqual([]);
    const { market } = (await ask('market', venue('Kraken futures').market)).data;
    expect(market.currency).toBe('USD');
    expect(market.assets.find((asset: { symbol: string }) => asset.symbol === 'BTC/USD:BTC')).toMatchObject({ contract: { kind: 'inverse', tierUnit: 'contracts' }, tiers: [{ maxNotional: 250000 }, { minNotional: 250000 }] });
  });

  test('Hyperliquid: profit is taken out of the account value, and the liquidation price is the one that the venue says', async () => {
    const documents = { portfolio: (await ask('portfolio', venue('Hyperliquid').portfolio)).data.portfolio, market: (await ask('market', venue('Hyperliquid').market)).data.market };
    expect(documents.portfolio.accounts[0]).toMatchObject({ marginMode: 'cross', balance: 100 });
    const [cross, isolated] = (await ask('positions', documents)).data.positions;
    // entry value 500.12 less margin 24.88 over 0.2259 * 0.99
    expect(isolated.liquidationPrice).toBeCloseTo(2125.00856238, 3);
    expect(isolated).toMatchObject({ symbol: 'ETH/USDC:USDC', side: 'long', contracts: 0.2259, marginMode: 'isolated', initialMargin: 24.88097, hedged: false });
    // 0.001 short at 60000 with 100 behind it: p = (100 + 60) / (0.001 * 1.0125)
    expect(cross).toMatchObject(closely({ side: 'short', liquidationPrice: 160 / 0.0010125, markPrice: 61000, unrealizedPnl: -1, collateral: 99, notional: 61, maintenanceMargin: 61 / 80, marginRatio: 61 / 80 / 99 }));
  });

  test('Binance COIN-M: margin, profit and notional are coins, and the liquidation price is the one that the venue says', async () => {
    const documents = { portfolio: (await ask('portfolio', venue('Binance COIN-M').portfolio)).data.portfolio, market: (await ask('market', venue('Binance COIN-M').market)).data.market };
    expect(documents.portfolio.accounts).toMatchObject([
      { reference: 'coin-m', marginMode: 'cross', balance: 0, collateral: [{ symbol: 'ETH/USD:ETH', quantity: 0.2 }] },
      { reference: 'coin-m isolated', positions: [{ symbol: 'BTC/USD:BTC', contracts: 2, contractSize: 100, margin: 0.00268058 }] },
    ]);
    const bitcoin = documents.market.assets[0];
    expect(documents.market.currency).toBe('USD');
    expect(bitcoin).toMatchObject({ contract: { kind: 'inverse', tierUnit: 'coin' }, dailyVolume: 12000, tiers: [{ maxNotional: 5 }, { maxNotional: 10 }] });
    expect(bitcoin.orderBook).toMatchObject(closely({ bids: [[38100, 1], [38000, 2]], asks: [[38110, 1]] }));

    const [cross, isolated] = (await ask('positions', documents)).data.positions;
    expect(isolated.liquidationPrice).toBeCloseTo(25119.9744576, 6);
    // the venue cuts off after the eighth decimal
    const printed = [isolated.unrealizedPnl, isolated.notional, isolated.collateral].map((coins) => Math.floor(coins * 1e8));
    expect(printed).toEqual([6413, 524892, 274471]);
    expect(isolated).toMatchObject(closely({ contractSize: 100, initialMargin: 0.00268058, maintenanceMargin: 0.004 * 200 / 38103.05510455, maintenanceMarginPercentage: 0.004 }));
    // 1000 USD short with 0.2 coins behind it: p = 1000 * (1 - 0.005) / (1000 / entry - 0.2)
    const [entry, mark] = [2422.400000007, 2424.51267823];
    const profit = 1000 * (1 / mark - 1 / entry);
    expect(cross).toMatchObject(closely({ side: 'short', liquidationPrice: 995 / (1000 / entry - 0.2), unrealizedPnl: profit, collateral: 0.2 + profit, notional: 1000 / mark, maintenanceMargin: 5 / mark, marginRatio: 5 / mark / (0.2 + profit) }));
  });

  const tier = (minNotional: unknown, maxNotional: unknown, maintenanceMarginRate: unknown) => ({ minNotional, maxNotional, maintenanceMarginRate, maxLeverage: 10 });
  test.each([
    ['OKX, in contracts',   { minSz: '0' },            { kind: 'inverse', tierFamily: 'flat', tierUnit: 'contracts' }],
    ['Kraken, in contracts', { contracts: 0 },         { kind: 'inverse', tierUnit: 'contracts' }],
    ['Bybit, in coins',     { riskLimitValue: '150' }, { kind: 'inverse', tierUnit: 'coin' }],
  ])('tiers of an inverse contract stay in the unit of the venue: %s', async (_what, info, contract) => {
    const { market } = (await ask('market', { leverageTiers: { 'BTC/USD:BTC': [{ ...tier(0, 150, 0.005), info }] }, tickers: { 'BTC/USD:BTC': { last: 100 } } })).data;
    expect(bare(market.assets[0])).toMatchObject({ contract, tiers: [{ minNotional: 0, maxNotional: 150 }] });
    expect(Object.keys(bare(market.assets[0].contract) as object).sort()).toEqual(Object.keys(contract).sort());
  });

  test('the coins behind a perpetual and a future are one collateral, held as the perpetual', async () => {
    const coin = { side: 'long', contracts: 1, contractSize: 100, entryPrice: 50_000, marginMode: 'cross', unrealizedPnl: 0 };
    const positions = [{ ...coin, symbol: 'BTC/USD:BTC-261225' }, { ...coin, symbol: 'BTC/USD:BTC' }, { ...coin, symbol: 'ETH/BTC:BTC' }];
    const { portfolio, unmapped } = (await ask('portfolio', { positions, balance: { total: { BTC: 0.5 } } })).data;
    expect(portfolio.accounts).toMatchObject([{ balance: 0, collateral: [{ symbol: 'BTC/USD:BTC', quantity: 0.5 }], positions: [{ symbol: 'BTC/USD:BTC-261225' }, { symbol: 'BTC/USD:BTC' }] }]);
    expect(pointers(unmapped)).toEqual(['/positions/2']);
    const market = { name: 'x', assets: [['BTC/USD:BTC', 50_000], ['BTC/USD:BTC-261225', 51_000]].map(([symbol, price]) => ({ symbol, price, contract: { kind: 'inverse' }, tiers: [{ minNotional: 0, maintenanceMarginRate: 0.004 }] })) };
    const [future, perpetual] = (await ask('positions', { market, portfolio })).data.positions;
    expect(future.collateral).toBe(perpetual.collateral);
    const owing = (await ask('portfolio', { positions: positions.slice(0, 1), balance: { total: { BTC: -0.5 } } })).data;
    expect([owing.portfolio.accounts[0].collateral, pointers(owing.unmapped)]).toEqual([[], ['/balance/total/BTC']]);
  });

  test('the leverage gives the margin of an inverse position in coins', async () => {
    const { portfolio } = (await ask('portfolio', { positions: [{ symbol: 'BTC/USD:BTC', side: 'long', contracts: 10, contractSize: 100, entryPrice: 50_000, leverage: 10, marginMode: 'isolated' }] })).data;
    expect(portfolio.accounts[0].positions[0]).toMatchObject(closely({ margin: 0.002 }));
  });

  const position = { symbol: 'BTC/USDT:USDT', side: 'long', contracts: 1, contractSize: 1, entryPrice: 100, marginMode: 'isolated', collateral: 12, unrealizedPnl: 2 };
  test.each([
    ['collateral less profit',                position,                                                   { margin: 10 }],
    ['numbers as text',                       { ...position, contracts: '1e0', entryPrice: '100.0', collateral: '12', unrealizedPnl: '2' }, { margin: 10, contracts: 1 }],
    ['initial margin where collateral is 0',  { ...position, collateral: 0, initialMargin: 9 },           { margin: 9 }],
    ['the side from the sign',                { ...position, side: null, contracts: -3 },                 { side: 'short', contracts: 3 }],
    ['a side named in words of orders',       { ...position, side: 'sell' },                              { side: 'short' }],
    ['isolated from older versions',          { ...position, marginMode: undefined, isolated: true },     { margin: 10 }],
  ])('a position is understood: %s', async (_what, given, expected) => {
    const { portfolio, unmapped } = (await ask('portfolio', { positions: [given] })).data;
    expect(unmapped).toEqual([]);
    expect(portfolio.accounts[0].positions[0]).toMatchObject(expected);
  });

  test.each([
    ['no object',               'long',                                       '/positions/0'],
    ['no symbol',               { ...position, symbol: 'BTCUSDT' },           '/positions/0/symbol'],
    ['a quanto contract',       { ...position, symbol: 'ETH/USD:BTC' },       '/positions/0/symbol'],
    ['an option',               { ...position, symbol: 'BTC/USD:BTC-251226-100000-C' }, '/positions/0/symbol'],
    ['a spot market',           { ...position, symbol: 'BTC/USDT' },          '/positions/0/symbol'],
    ['no contracts',            { ...position, contracts: null },             '/positions/0/contracts'],
    ['contracts of no number',  { ...position, contracts: 'many' },           '/positions/0/contracts'],
    ['too many contracts',      { ...position, contracts: 1e300 },            '/positions/0/contracts'],
    ['no entry price',          { ...position, entryPrice: 0 },               '/positions/0/entryPrice'],
    ['an unknown side',         { ...position, side: 'flat' },                '/positions/0/side'],
    ['a negative margin',       { ...position, unrealizedPnl: 20 },           '/positions/0/collateral'],
    ['no margin',               { ...position, collateral: null },            '/positions/0/collateral'],
  ])('a position that cannot be mapped is named: %s', async (_what, given, pointer) => {
    const { portfolio, unmapped } = (await ask('portfolio', { positions: [given] })).data;
    expect([portfolio.accounts, pointers(unmapped)]).toEqual([[], [pointer]]);
  });

  test('hedged positions stay two, and a second one of a side is named', async () => {
    const { portfolio, unmapped } = (await ask('portfolio', { positions: [position, { ...position, side: 'short' }, position] })).data;
    expect(portfolio.accounts[0].positions.map(({ side }: { side: string }) => side)).toEqual(['long', 'short']);
    expect(pointers(unmapped)).toEqual(['/positions/2']);
  });

  test('without a balance a cross account has the margin in use', async () => {
    const cross = { ...position, marginMode: 'cross' };
    const { portfolio, assumptions } = (await ask('portfolio', { positions: [cross, { ...cross, symbol: 'ETH/USDT:USDT', collateral: 30, unrealizedPnl: -5 }] })).data;
    expect(portfolio.accounts).toMatchObject([{ balance: 45 }]);
    expect(pointers(assumptions)).toContain('/balance');
    const ofAccount = (await ask('portfolio', { positions: [{ ...cross, collateral: 100 }, { ...cross, symbol: 'ETH/USDT:USDT', collateral: 100, unrealizedPnl: -5 }] })).data.portfolio;
    expect(ofAccount.accounts).toMatchObject([{ balance: 103 }]);
  });

  const symbol = 'BTC/USDT:USDT';
  const [bids, asks] = [[[99, 1], [98, 1]], [[101, 1]]];
  test.each([
    ['unsorted bids',      { bids: [[98, 1], [99, 1]], asks },          '/orderBooks/0/bids'],
    ['unsorted asks',      { bids, asks: [[102, 1], [101, 1]] },        '/orderBooks/0/asks'],
    ['a crossed book',     { bids: [[101, 1]], asks },                  '/orderBooks/0'],
    ['an empty side',      { bids: [[99, 0]], asks },                   '/orderBooks/0/bids'],
    ['no side',            { asks },                                    '/orderBooks/0/bids'],
    ['a level of no number', { bids: [[99, 1], ['x', 1]], asks },       '/orderBooks/0/bids/1'],
  ])('a book that cannot be mapped is named: %s', async (_what, book, pointer) => {
    const { market, unmapped } = (await ask('market', { orderBooks: [{ symbol, ...book }], tickers: [{ symbol, markPrice: 100 }] })).data;
    expect(pointers(unmapped)).toContain(pointer);
    expect(market.assets[0].impact.model).toBe(pointer.endsWith('/1') ? 'orderBook' : 'none');
  });

  test.each([
    ['no rate',         [tier(0, 10, null)],                          'maintenanceMarginRate', 0],
    ['a gap',           [tier(0, 10, 0.01), tier(20, 30, 0.02)],      'minNotional',           1],
    ['an overlap',      [tier(0, 10, 0.01), tier(5, 30, 0.02)],       'minNotional',           1],
    ['a falling rate',  [tier(0, 10, 0.02), tier(10, 30, 0.01)],      'maintenanceMarginRate', 1],
    ['a rate above 1',  [{ ...tier(0, 10, 2), maxLeverage: null }],   'maintenanceMarginRate', 0],
    ['no number',       [tier(0, 'x', 0.01)],                         'maxNotional',           0],
  ])('tiers that cannot be mapped are named: %s', async (_what, tiers, field, i) => {
    const { market, unmapped } = (await ask('market', { leverageTiers: { [symbol]: tiers }, tickers: { [symbol]: { last: 100 } } })).data;
    expect([market.assets[0].tiers, pointers(unmapped)]).toEqual([[], [`/leverageTiers/BTC~1USDT:USDT/${i}/${field}`]]);
  });

  test('an instrument without a price is named, and a market of none is null', async () => {
    const { market, unmapped } = (await ask('market', { leverageTiers: { [symbol]: [tier(0, null, 0.01)] } })).data;
    expect([market ?? null, pointers(unmapped)]).toEqual([null, ['/leverageTiers/BTC~1USDT:USDT']]);
  });

  test('what has no symbol, is no object or comes twice is named', async () => {
    const { market, unmapped } = (await ask('market', { tickers: [{ symbol, last: 1 }, null, { last: 2 }, { symbol, last: 3 }], leverageTiers: [tier(0, null, 0.01)], orderBooks: {} })).data;
    expect([market.assets.length, pointers(unmapped)]).toEqual([1, ['/tickers/1', '/tickers/2/symbol', '/tickers/3', '/leverageTiers/0', '/tickers/0']]);
  });

  test('only the symbols that are asked for are converted', async () => {
    const { market } = (await ask('market', { tickers: [{ symbol, last: 1 }, { symbol: 'ETH/USDT', last: 2 }], symbols: ['ETH/USDT'] })).data;
    expect(market.assets).toMatchObject([{ symbol: 'ETH/USDT', price: 2, tiers: [] }]);
  });

  test.each<[string, Kind, unknown, string, string[]]>([
    ['positions that are text',     'portfolio', { positions: 'none' },                      'INVALID_INPUT',      ['/positions WRONG_TYPE']],
    ['no positions',                'portfolio', {},                                         'INVALID_INPUT',      ['/positions MISSING']],
    ['too many positions',          'portfolio', { positions: Array(20_001).fill(0) },       'INVALID_INPUT',      ['/positions OUT_OF_RANGE']],
    ['an unknown margin mode',      'portfolio', { positions: [], marginMode: 'portfolio' }, 'INVALID_INPUT',      ['/marginMode WRONG_TYPE']],
    ['an unknown property',         'market',    { leverageTier: {} },                       'INVALID_INPUT',      ['/leverageTier UNKNOWN_PROPERTY']],
    ['symbols of no text',          'market',    { symbols: [1] },                           'INVALID_INPUT',      ['/symbols WRONG_TYPE']],
    ['no market',                   'positions', { portfolio: { name: 'x' } },               'INCONSISTENT_INPUT', ['/market MISSING']],
    ['a position without a price',  'positions', { market: { name: 'x', assets: [{ symbol: 'Y', price: 1 }] }, portfolio: { name: 'x', accounts: [{ reference: 'a', marginMode: 'cross', positions: [{ symbol, side: 'long', contracts: 1, entryPrice: 1 }] }] } }, 'INCONSISTENT_INPUT', ['/portfolio/accounts/0/positions/0/symbol UNPRICED']],
  ])('%s is refused', async (_what, kind, input, code, issues) => {
    expect(await ask(kind, input)).toMatchObject({ code, issues });
  });

  test('a position that nothing can liquidate has no price but a reason', async () => {
    const market = { name: 'x', assets: [{ symbol, price: 100, tiers: [{ minNotional: 0, maintenanceMarginRate: 0.01 }] }] };
    const portfolio = { name: 'x', accounts: [{ reference: 'a', marginMode: 'isolated', positions: [{ symbol, side: 'long', contracts: 1, entryPrice: 100, margin: 200 }] }] };
    const [only] = (await ask('positions', { market, portfolio })).data.positions;
    expect(only.liquidationPrice ?? null).toBeNull();
    expect(only.info).toMatchObject({ account: 'a', reason: 'neverReached', isInBreach: false });
  });
});

test('a book too large for the request thread stands as a small one does', async () => {
  const assets = Array.from({ length: 510 }, (_, i) => ({ symbol: `S${i}`, price: 10, tiers: [{ minNotional: 0, maintenanceMarginRate: 0.01 }] }));
  const positions = assets.map(({ symbol }) => ({ symbol, side: 'long', contracts: 2, entryPrice: 11, margin: 3 }));
  const of = async (count: number) => (await rest('POST', '/v1/ccxt/positions', JSON.stringify({ market: { name: 'x', assets }, portfolio: { name: 'x', accounts: [{ reference: 'a', marginMode: 'isolated', positions: positions.slice(0, count) }] } }))).data.positions;
  const [large, small] = [await of(510), await of(5)];
  expect(large).toHaveLength(510);
  expect(large.slice(0, 5)).toEqual(small);
});

test('GraphQL takes the JSON in the query itself too', async () => {
  const { data } = await graphql('{ data: ccxtPortfolio(input: { positions: [{ symbol: "X/Y:Y", side: "long", contracts: 2, entryPrice: "3", collateral: 1.5, unrealizedPnl: -0.5, marginMode: "isolated", info: null }] }) { portfolio { accounts { positions { symbol margin } } } } }');
  expect(data.portfolio.accounts[0].positions).toEqual([{ symbol: 'X/Y:Y', margin: 2 }]);
});

test.each(DOORS)('JSON nested without end is refused through %s', async (_door, ask) => {
  let nested: unknown = {};
  for (let depth = 0; depth < 40; depth++) nested = { nested };
  expect(await ask('portfolio', { positions: [{ info: nested }] })).toMatchObject({ status: 400, issues: [expect.stringContaining('TOO_DEEP')] });
});

test('whatever comes in, what comes out can be posted', async () => {
  const loose = fc.oneof(fc.constantFrom<unknown>(null, '', 0, -1, 1, '12.5', 'x', 1e15, 1e16, 1e-300, true, 'long', 'isolated', 'cross', [], {}), fc.double({ noNaN: true }));
  const symbols = fc.constantFrom('BTC/USDT:USDT', 'ETH/USDC:USDC', 'BTC/USD:BTC', 'X/Y', 'no', '', 'a/b:b');
  const record = (fields: string[]) => fc.record({ symbol: symbols, ...Object.fromEntries(fields.map((field) => [field, loose])) }, { requiredKeys: [] });
  const levels = fc.oneof(loose, fc.array(fc.oneof(loose, fc.array(loose, { maxLength: 3 })), { maxLength: 3 }));
  const many = (item: fc.Arbitrary<unknown>) => fc.oneof(fc.array(fc.oneof({ weight: 5, arbitrary: item }, { weight: 1, arbitrary: loose }), { maxLength: 4 }), fc.dictionary(symbols, item, { maxKeys: 4 }));
  const portfolios = fc.record({
    positions: many(record(['side', 'contracts', 'contractSize', 'entryPrice', 'marginMode', 'collateral', 'initialMargin', 'unrealizedPnl', 'leverage', 'notional', 'info'])),
    balance: fc.record({ total: fc.oneof(loose, fc.dictionary(fc.constantFrom('USDT', 'USDC', 'BTC'), loose)) }),
  });
  const markets = fc.record({
    markets: many(record(['contractSize', 'inverse', 'linear'])),
    leverageTiers: fc.oneof(many(record(['minNotional', 'maxNotional', 'maintenanceMarginRate', 'maxLeverage'])), fc.dictionary(symbols, many(record(['minNotional', 'maxNotional', 'maintenanceMarginRate', 'maxLeverage'])))),
    orderBooks: many(fc.record({ symbol: symbols, bids: levels, asks: levels, timestamp: loose })),
    tickers: many(record(['markPrice', 'last', 'baseVolume', 'timestamp'])),
  });
  const converts = async (kind: 'portfolio' | 'market', input: unknown) => {
    const { status, data } = await rest('POST', `/v1/ccxt/${kind}`, JSON.stringify(input));
    expect(status).toBe(200);
    if (data[kind] !== null) expect(await rest('POST', `/v1/${kind}s`, JSON.stringify(data[kind]))).toMatchObject({ status: 200 });
  };
  await fc.assert(fc.asyncProperty(portfolios, (input) => converts('portfolio', input)), { numRuns: 300 });
  await fc.assert(fc.asyncProperty(markets, (input) => converts('market', input)), { numRuns: 300 });
}, 120_000);

/** The same with each number to 1e-9 of itself. */
function closely(value: any): any { // eslint-disable-line @typescript-eslint/no-explicit-any
  if (typeof value === 'number') return expect.closeTo(value, 9 - Math.ceil(Math.log10(Math.abs(value) + 1e-9)));
  if (Array.isArray(value)) return value.map(closely);
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, closely(inner)])) : value;
}
