import { randomUUID } from 'node:crypto';
import { doors, graphql, rest, throughBoth } from './doors.js';

const MARKETS = { plural: 'markets', type: 'Market' };
const unique = () => `test-${randomUUID()}`;

const BTC = {
  symbol: 'BTC/USDT:USDT',
  price: 64123.5,
  lotSize: 0.001,
  contractSize: 0.01,
  dailyVolume: 250_000,
  dailyVolatility: 0.031,
  impact: { model: 'squareRoot', coefficient: 0.7, floor: 0.05 },
  pool: { fee: 0.003, reserve: 10, currencyReserve: 641_235, ranges: [{ priceLow: 50_000, priceHigh: 70_000, liquidity: 2000 }] },
  orderBook: { bids: [[64123, 1.5], [64120.1, 3]], asks: [[64124, 2], [64130, 1e-7]] },
  tiers: [
    { minNotional: 0, maxNotional: 50_000, maintenanceMarginRate: 0.004, maxLeverage: 125 },
    { minNotional: 50_000, maintenanceMarginRate: 0.01, maintenanceAmount: 300, maxLeverage: 50 },
  ],
  contract: { kind: 'linear', requirementBasis: 'entry', tierFamily: 'marginal', tierUnit: 'notional', rateSlope: 0, feeRate: 0.0006, feeBasis: 'bankruptcy', closingFeeRate: 0.0006 },
};
const market = (changes: object = {}) => ({ name: 'Perpetuals', currency: 'USDT', asOf: '2026-01-31T12:00:00.000Z', source: 'typed by hand', venue: 'bybit', assets: [BTC], ...changes });
const withAsset = (changes: object) => JSON.stringify(market({ assets: [{ ...BTC, ...changes }] }));

describe.each(doors(MARKETS).map((door) => [door.name, door] as const))('markets through %s', (_name, door) => {
  test('a market is read as it was posted', async () => {
    const { data, status } = await door.create(market());
    expect(status).toBe(200);
    const { id, version: _version, createdAt, updatedAt, ...rest } = data;
    expect(id).toMatch(/^[0-9a-f-]{14}7/);
    expect(createdAt).toBe(updatedAt);
    expect(rest).toEqual(market());
    expect((await door.read(id)).data).toEqual(data);
  });

  test('what is left out gets its default and nothing else appears', async () => {
    const { data } = await door.create({ name: 'Bare', assets: [{ symbol: 'ETH', price: 1 }] });
    expect(data).toEqual({
      id: expect.any(String), version: 1, createdAt: expect.any(String), updatedAt: expect.any(String),
      name: 'Bare', currency: 'USD', assets: [{ symbol: 'ETH', price: 1, contractSize: 1, impact: { model: 'none' }, tiers: [] }],
    });
  });

  test('512 assets keep their order', async () => {
    const assets = Array.from({ length: 512 }, (_, i) => ({ ...BTC, symbol: `S${i}` }));
    const { data } = await door.create(market({ assets }));
    expect(data.assets).toEqual(assets);
  });

  test('assets with full order books among others keep theirs', async () => {
    const levels = (sign: number) => Array.from({ length: 5000 }, (_, i) => [1000 + sign * (i + 1) / 8, 1 + i / 7]);
    const assets = Array.from({ length: 60 }, (_, i) => ({ ...BTC, symbol: `S${i}`, orderBook: i % 20 === 9 ? { bids: levels(-1), asks: levels(1) } : BTC.orderBook }));
    const { data } = await door.create(market({ assets }));
    expect(data.assets).toEqual(assets);
  });

  test('a replacement leaves nothing of what was before', async () => {
    const { data } = await door.create(market({ reference: unique() }));
    const replaced = await door.replace(data.id, { name: 'Other', assets: [{ symbol: 'X', price: 2 }] });
    expect(replaced.data).toMatchObject({ id: data.id, name: 'Other', createdAt: data.createdAt, currency: 'USD', assets: [{ symbol: 'X' }] });
    for (const gone of ['reference', 'asOf', 'source', 'venue']) expect(replaced.data).not.toHaveProperty(gone);
    expect((await door.read(data.id)).data).toEqual(replaced.data);
  });

  test('a refused replacement changes nothing', async () => {
    const { data } = await door.create(market());
    await door.replace(data.id, market({ assets: [BTC, BTC] }));
    expect((await door.read(data.id)).data).toEqual(data);
  });
});

describe('bad input gets the same answer at both doors', () => {
  const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
  const books = (bids: unknown, asks: unknown) => withAsset({ orderBook: { bids, asks } });
  const tiers = (...rows: [number, number | undefined, number][]) => withAsset({ tiers: rows.map(([minNotional, maxNotional, maintenanceMarginRate]) => ({ minNotional, maxNotional, maintenanceMarginRate })) });

  test.each([
    // what                          input                                                                     status  pointers
    ['no object: a list',            '[]',                                                                     400, ['']],
    ['no object: null',              'null',                                                                   400, ['']],
    ['no object: text',              '"x"',                                                                    400, ['']],
    ['empty object',                 '{}',                                                                     400, ['/assets', '/name']],
    ['unknown property',             JSON.stringify(market({ colour: 'red' })),                                400, ['/colour']],
    ['unknown property inside',      withAsset({ prize: 1 }),                                                  400, ['/assets/0/prize']],
    ['two culprits of two kinds',    withAsset({ prize: 1, price: -1 }),                                       400, ['/assets/0/price', '/assets/0/prize']],
    ['pointer characters',           JSON.stringify(market({ 'a/b~c': 1 })),                                   400, ['/a~1b~0c']],
    ['missing price',                withAsset({ price: undefined }),                                          400, ['/assets/0/price']],
    ['null price',                   withAsset({ price: null }),                                               400, ['/assets/0/price']],
    ['null for a default',           withAsset({ contractSize: null }),                                        400, ['/assets/0/contractSize']],
    ['price as text',                withAsset({ price: '1' }),                                                400, ['/assets/0/price']],
    ['price true',                   withAsset({ price: true }),                                               400, ['/assets/0/price']],
    ['price as list',                withAsset({ price: [1] }),                                                400, ['/assets/0/price']],
    ['price 0',                      withAsset({ price: 0 }),                                                  400, ['/assets/0/price']],
    ['negative price',               withAsset({ price: -5 }),                                                 400, ['/assets/0/price']],
    ['price beyond all bounds',      withAsset({ price: 1e16 }),                                               400, ['/assets/0/price']],
    ['price 1e999, Infinity',        withAsset({ price: 42.25 }).replace('42.25', '1e999'),                    400, ['/assets/0/price']],
    ['NaN is no JSON',               withAsset({ price: 42.25 }).replace('42.25', 'NaN'),                      400, ['/assets/0/price']],
    ['Infinity is no JSON',          withAsset({ price: 42.25 }).replace('42.25', 'Infinity'),                 400, ['/assets/0/price']],
    ['a comment is no JSON',         '{"name": /* x */ "x"}',                                                  400, ['/name']],
    ['cut off',                      '{"name":"x","assets":[{"symbol":"A","price":',                           400, ['/assets/0/price']],
    ['a key twice',                  '{"name":"x","assets":[{"price":1,"price":2}]}',                          400, ['/assets/0/price']],
    ['a key twice, escaped',         '{"name":"x","n\\u0061me":"y"}',                                          400, ['/name']],
    ['__proto__',                    '{"name":"x","__proto__":{"admin":true}}',                                400, ['/__proto__']],
    ['constructor inside',           '{"name":"x","assets":[{"constructor":{}}]}',                             400, ['/assets/0/constructor']],
    ['hasOwnProperty',               '{"name":"x","hasOwnProperty":1}',                                        400, ['/hasOwnProperty']],
    ['empty name',                   JSON.stringify(market({ name: '' })),                                     400, ['/name']],
    ['NUL in the name',              JSON.stringify(market({ name: 'a\u0000b' })),                             400, ['/name']],
    ['half a character',             JSON.stringify(market({ name: '\ud800' })),                               400, ['/name']],
    ['name of 201 characters',       JSON.stringify(market({ name: 'x'.repeat(201) })),                        400, ['/name']],
    ['asOf without offset',          JSON.stringify(market({ asOf: '2026-01-31T12:00:00' })),                  400, ['/asOf']],
    ['asOf the 30th of February',    JSON.stringify(market({ asOf: '2026-02-30T12:00:00Z' })),                 400, ['/asOf']],
    ['asOf a number',                JSON.stringify(market({ asOf: 1 })),                                      400, ['/asOf']],
    ['assets an object',             JSON.stringify(market({ assets: {} })),                                   400, ['/assets']],
    ['no asset',                     JSON.stringify(market({ assets: [] })),                                   400, ['/assets']],
    ['513 assets',                   JSON.stringify(market({ assets: Array(513).fill({ symbol: 'A', price: 1 }) })), 400, ['/assets']],
    ['an asset that is a number',    JSON.stringify(market({ assets: [BTC, 7] })),                             400, ['/assets/1']],
    ['an asset that is a list',      JSON.stringify(market({ assets: [[BTC]] })),                              400, ['/assets/0']],
    ['an asset that is null',        JSON.stringify(market({ assets: [null] })),                               400, ['/assets/0']],
    ['impact a word',                withAsset({ impact: 'none' }),                                            400, ['/assets/0/impact']],
    ['impact a list',                withAsset({ impact: [] }),                                                400, ['/assets/0/impact']],
    ['unknown model',                withAsset({ impact: { model: 'cubic' } }),                                400, ['/assets/0/impact/model']],
    ['a model that every object has', withAsset({ impact: { model: 'toString' } }),                            400, ['/assets/0/impact/model']],
    ['floor 1',                      withAsset({ impact: { model: 'none', floor: 1 } }),                       400, ['/assets/0/impact/floor']],
    ['a rate of 1',                  tiers([0, undefined, 1]),                                                 400, ['/assets/0/tiers/0/maintenanceMarginRate']],
    ['a pool that keeps all',        withAsset({ pool: { fee: 1 } }),                                          400, ['/assets/0/pool/fee']],
    ['a level of three numbers',     books([[1, 2, 3]], [[2, 1]]),                                             400, ['/assets/0/orderBook/bids/0']],
    ['a size of 0',                  books([[1, 0]], [[2, 1]]),                                                400, ['/assets/0/orderBook/bids/0/1']],
    ['a price as text in the book',  books([[1, 2]], [[2, 1], ['3', 1]]),                                      400, ['/assets/0/orderBook/asks/1/0']],
    ['10,001 levels',                books([[1, 1]], Array(10_001).fill([2, 1])),                              400, ['/assets/0/orderBook/asks']],
    ['33 levels of nesting',         `{"name":${deep(32)}}`,                                                   400, [`/name${'/0'.repeat(31)}`]],
    ['10,000 levels of nesting',     deep(10_000),                                                             400, ['/0'.repeat(32)]],
    ['10,000 open brackets',         '{"a":'.repeat(10_000),                                                   400, ['/a'.repeat(32)]],

    ['a fee of 1',                   withAsset({ contract: { feeRate: 1 } }),                                  400, ['/assets/0/contract/feeRate']],
    ['an unknown kind of contract',  withAsset({ contract: { kind: 'quanto' } }),                              400, ['/assets/0/contract/kind']],
    ['a negative deduction',         withAsset({ tiers: [{ minNotional: 0, maintenanceMarginRate: 0.1, maintenanceAmount: -1 }] }), 400, ['/assets/0/tiers/0/maintenanceAmount']],
    ['an unknown venue',             JSON.stringify(market({ venue: 'ftx' })),                                 422, ['/venue']],
    ['size-linear without slope',    JSON.stringify({ name: 'x', assets: [{ symbol: 'X', price: 1, contract: { tierFamily: 'sizeLinear' }, tiers: [{ minNotional: 0, maintenanceMarginRate: 0.01 }] }] }), 422, ['/assets/0/contract/rateSlope']],
    ['size-linear with two tiers',   JSON.stringify({ name: 'x', assets: [{ symbol: 'X', price: 1, contract: { tierFamily: 'sizeLinear', rateSlope: 0.1 }, tiers: [{ minNotional: 0, maxNotional: 1, maintenanceMarginRate: 0.01 }, { minNotional: 1, maintenanceMarginRate: 0.01 }] }] }), 422, ['/assets/0/tiers']],
    ['flat tiers with a gap',        withAsset({ contract: { tierFamily: 'flat', tierUnit: 'contracts' }, tiers: [{ minNotional: 0, maxNotional: 10, maintenanceMarginRate: 0.01 }, { minNotional: 11, maintenanceMarginRate: 0.02 }] }), 422, ['/assets/0/tiers/1/minNotional']],
    ['the same symbol twice',        JSON.stringify(market({ assets: [BTC, { ...BTC, price: 1 }] })),          422, ['/assets/1/symbol']],
    ['an empty range of a pool',     withAsset({ pool: { ranges: [{ priceLow: 2, priceHigh: 2, liquidity: 1 }] } }), 422, ['/assets/0/pool/ranges/0/priceHigh']],
    ['no pool to sell into',         withAsset({ impact: { model: 'constantProduct' }, pool: { reserve: 1 } }), 422, ['/assets/0/pool/currencyReserve']],
    ['a pool without ranges',        withAsset({ impact: { model: 'concentratedLiquidity' }, pool: undefined }), 422, ['/assets/0/pool/ranges']],
    ['empty side of the book',       books([], [[2, 1]]),                                                      422, ['/assets/0/orderBook/bids']],
    ['empty book',                   books([], []),                                                            422, ['/assets/0/orderBook/asks', '/assets/0/orderBook/bids']],
    ['crossed book',                 books([[3, 1]], [[2, 1]]),                                                422, ['/assets/0/orderBook']],
    ['touching book',                books([[2, 1]], [[2, 1]]),                                                422, ['/assets/0/orderBook']],
    ['bids unsorted',                books([[1, 1], [1.5, 1]], [[2, 1]]),                                      422, ['/assets/0/orderBook/bids/1']],
    ['asks unsorted',                books([[1, 1]], [[2, 1], [2, 1]]),                                        422, ['/assets/0/orderBook/asks/1']],
    ['tiers that start above 0',     tiers([10, undefined, 0.1]),                                              422, ['/assets/0/tiers/0/minNotional']],
    ['tiers with a gap',             tiers([0, 10, 0.1], [11, undefined, 0.2]),                                422, ['/assets/0/tiers/1/minNotional']],
    ['tiers that overlap',           tiers([0, 10, 0.1], [9, undefined, 0.2]),                                 422, ['/assets/0/tiers/1/minNotional']],
    ['a tier after the endless one', tiers([0, undefined, 0.1], [9, undefined, 0.2]),                          422, ['/assets/0/tiers/1/minNotional']],
    ['a tier of no width',           tiers([0, 10, 0.1], [10, 10, 0.2], [10, undefined, 0.3]),                 422, ['/assets/0/tiers/1/maxNotional']],
    ['falling rates',                tiers([0, 10, 0.1], [10, undefined, 0.05]),                               422, ['/assets/0/tiers/1/maintenanceMarginRate']],
    ['linear without lambda',        withAsset({ impact: { model: 'linear' } }),                               422, ['/assets/0/impact/lambda']],
    ['exponential without depth',    withAsset({ impact: { model: 'exponential' } }),                          422, ['/assets/0/impact/depth']],
    ['squareRoot without volume',    withAsset({ dailyVolume: undefined }),                                    422, ['/assets/0/dailyVolume']],
    ['orderBook without a book',     withAsset({ impact: { model: 'orderBook' }, orderBook: undefined }),      422, ['/assets/0/orderBook']],
  ])('%s', async (_what, input, status, pointers) => {
    const [throughRest, throughGraphql] = await throughBoth(MARKETS, input);
    expect(throughRest).toMatchObject({ status, code: status === 400 ? 'INVALID_INPUT' : 'INCONSISTENT_INPUT', pointers });
    expect(throughGraphql).toEqual(throughRest);
  });

  test('a body beyond 16 MiB', async () => {
    const [throughRest, throughGraphql] = await throughBoth(MARKETS, JSON.stringify(market({ name: 'x'.repeat(17 * 1024 * 1024) })));
    expect(throughRest).toMatchObject({ status: 413, code: 'TOO_LARGE' });
    expect(throughGraphql).toEqual(throughRest);
  });

  test.each([
    ['unknown property',  '{ name: "x", colour: 1, assets: [{ symbol: "A", price: 1 }] }', ['/colour']],
    ['price as text',     '{ name: "x", assets: [{ symbol: "A", price: "1" }] }',          ['/assets/0/price']],
    ['negative price',    '{ name: "x", assets: [{ symbol: "A", price: -1 }] }',           ['/assets/0/price']],
    ['infinite price',    '{ name: "x", assets: [{ symbol: "A", price: 1e999 }] }',        ['/assets/0/price']],
    ['missing name',      '{ assets: [{ symbol: "A", price: 1 }] }',                       ['/name']],
    ['unknown model',     '{ name: "x", assets: [{ symbol: "A", price: 1, impact: { model: cubic } }] }', ['/assets/0/impact/model']],
    ['10,000 levels',     '['.repeat(10_000) + ']'.repeat(10_000),                         ['']],
  ])('a literal in the query: %s', async (_what, literal, pointers) => {
    expect(await graphql(`mutation { data: createMarket(input: ${literal}) { id } }`)).toMatchObject({ status: 400, code: 'INVALID_INPUT', pointers });
  });

  test('a query that is wrong itself is told so by GraphQL', async () => {
    expect(await graphql('{ nothing }')).toMatchObject({ status: 400, code: 'GRAPHQL_VALIDATION_FAILED' });
    expect(await graphql('{ ')).toMatchObject({ status: 400, code: 'GRAPHQL_PARSE_FAILED' });
  });

  test('nothing that was refused is stored', async () => {
    const reference = unique();
    await throughBoth(MARKETS, JSON.stringify(market({ reference, assets: [BTC, BTC] })));
    expect((await rest('GET', `/v1/markets?reference=${reference}`)).data.items).toEqual([]);
  });
});
