import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Asset as EngineAsset, Display, Loan as EngineLoan } from '../src/engine/index.js';
import type { ApiError } from '../src/api/errors.js';
import { atOnce } from '../src/api/turns.js';
import { withVenueTerms } from '../src/simulations/venue-terms.js';
import type { Asset } from '../src/markets/market.js';
import { packIssues } from '../src/venues/packs.js';
import type { Instrument, ShownPrice, VenueVersion } from '../src/venues/venue.js';
import { VenuesService } from '../src/venues/venues.service.js';
import { doors, graphql, rest, selection } from './doors.js';
import { ROOT } from './process.js';

/** What a pack says goes into the engine as it is: tsc says so. */
type Takes<E, _T extends E> = E;
export type EngineTakesPacks = [Takes<EngineAsset['contract'], VenueVersion['contract']>, Takes<EngineAsset['tiers'], Instrument['tiers']>, Takes<Partial<EngineLoan>, NonNullable<VenueVersion['loan']>>, Takes<Display, ShownPrice>];

const IDS = ['aave-v3', 'binance-coinm', 'binance-usdm', 'bitmex', 'bybit', 'compound-v3', 'deribit', 'drift', 'dydx-v4', 'gmx-v2', 'hyperliquid', 'kucoin', 'maker', 'morpho-blue', 'okx', 'reg-t'];

const DOORS = [
  {
    name: 'REST',
    list: (limit: number, cursor = '') => rest('GET', `/v1/venues?limit=${limit}${cursor && `&cursor=${cursor}`}`),
    read: (id: string) => rest('GET', `/v1/venues/${encodeURIComponent(id)}`),
    whatIf: (input: object) => rest('POST', '/v1/what-if', JSON.stringify(input)),
  },
  {
    name: 'GraphQL',
    async list(limit: number, cursor?: string) {
      const answer = await graphql(`query ($first: Int!, $after: String) { data: venues(first: $first, after: $after) { nodes ${await selection('Venue')} pageInfo { hasNextPage endCursor } } }`, JSON.stringify({ first: limit, after: cursor }));
      if (!answer.data) return answer;
      const { nodes, pageInfo } = answer.data;
      return { ...answer, data: { items: nodes, ...(pageInfo.hasNextPage && { nextCursor: pageInfo.endCursor }) } };
    },
    read: async (id: string) => graphql(`query ($id: ID!) { data: venue(id: $id) ${await selection('Venue')} }`, JSON.stringify({ id })),
    whatIf: async (input: object) => graphql(`query ($input: WhatIfInput!) { data: whatIf(input: $input) ${await selection('WhatIf')} }`, JSON.stringify({ input })),
  },
];

/** kucoin.com/support/4408061803033: 28,168 when the requirement is frozen on entry; (140 + 1.4) / (0.005 * 1.004) on the mark. */
const SHORT = { name: 'p', accounts: [{ reference: 'a', marginMode: 'isolated', positions: [{ symbol: 'XBTUSDTM', side: 'short', contracts: 5, contractSize: 0.001, entryPrice: 28_000, margin: 1.4 }] }] };
const marketOn = (asOf: string, changes: object = {}) => ({ name: 'm', venue: 'kucoin', asOf, assets: [{ symbol: 'XBTUSDTM', price: 28_000, tiers: [{ minNotional: 0, maintenanceMarginRate: 0.004 }], ...changes }] });

describe.each(DOORS.map((door) => [door.name, door] as const))('venues through %s', (_name, door) => {
  test('every pack is listed once, page by page, with its sources', async () => {
    const first = (await door.list(10)).data;
    const second = (await door.list(10, first.nextCursor)).data;
    const all = [...first.items, ...second.items];
    expect(all.map(({ id }: { id: string }) => id)).toEqual(IDS);
    expect(second).not.toHaveProperty('nextCursor');
    for (const { versions } of all) for (const { sources } of versions) expect(sources.length).toBeGreaterThan(0);
    expect(await door.list(0)).toMatchObject({ status: 400, code: 'INVALID_INPUT' });
  });

  test('one pack is read by its name', async () => {
    const { data } = await door.read('kucoin');
    expect(data).toMatchObject({ id: 'kucoin', kind: 'exchange', versions: [{ to: '2025-05-22T00:00:00.000Z', contract: { requirementBasis: 'entry' } }, { from: '2025-05-22T00:00:00.000Z', contract: { requirementBasis: 'mark' } }] });
    expect(data.versions[1].sources).toContainEqual(expect.objectContaining({ field: 'contract.tierFamily', isVerified: false }));
    for (const nothing of ['ftx', '__proto__', 'KuCoin']) expect(await door.read(nothing)).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  });

  const priceOf = async (market: object, portfolio: object = SHORT) => (await door.whatIf({ market, portfolio })).data.before.thresholds[0].liquidationPrice;

  test('the rules are those that held at the instant of the market', async () => {
    expect(await priceOf(marketOn('2025-05-21T23:59:59Z'))).toBeCloseTo(28_168, 9);
    expect(await priceOf(marketOn('2025-05-22T00:00:00Z'))).toBeCloseTo(141.4 / 0.00502, 9);
    expect(await priceOf({ ...marketOn('2025-05-22T00:00:00Z'), asOf: undefined })).toBeCloseTo(141.4 / 0.00502, 9);
  });

  test('what the market says wins, field by field', async () => {
    expect(await priceOf(marketOn('2026-01-01T00:00:00Z', { contract: { requirementBasis: 'entry' } }))).toBeCloseTo(28_168, 9);
    expect(await priceOf({ ...marketOn('2026-01-01T00:00:00Z', { contract: { kind: null, tierFamily: null } }), venue: null })).toBeCloseTo(141.4 / 0.00502, 9);
    expect(await priceOf(marketOn('2026-01-01T00:00:00Z', { contract: { feeRate: 0.0006 } }))).toBeCloseTo(141.4 / (0.005 * 1.0046), 9);
  });

  test("tiers come from the pack where the asset has none, and the portfolio's venue counts where the market names none", async () => {
    const market = { name: 'm', asOf: '2021-05-19T00:00:00Z', assets: [{ symbol: 'BTC/USDT:USDT', price: 32_000 }] };
    const portfolio = { name: 'p', venue: 'binance-usdm', accounts: [{ reference: 'a', marginMode: 'isolated', positions: [{ symbol: 'BTC/USDT:USDT', side: 'long', contracts: 109.488, entryPrice: 32_481.98, margin: 1_535_443.01 }] }] };
    expect(await priceOf(market, portfolio)).toBeCloseTo(18_778.73, 1);
    expect(await door.whatIf({ market: { ...market, asOf: '2020-01-01T00:00:00Z' }, portfolio })).toMatchObject({ status: 422, issues: ['/portfolio/accounts/0/positions/0/symbol MISSING'] });
  });

  test("coins of an inverse contract need not be whole lots", async () => {
    const market = { name: 'm', venue: 'binance-coinm', assets: [{ symbol: 'BTC/USD:BTC', price: 45_000, lotSize: 0.001, contractSize: 100 }] };
    const portfolio = { name: 'p', accounts: [{ reference: 'a', marginMode: 'isolated', positions: [{ symbol: 'BTC/USD:BTC', side: 'long', contracts: 100_000, entryPrice: 45_000, margin: 101 }] }] };
    expect(await priceOf(market, portfolio)).toBeCloseTo(33_599.4186, 3);
  });

  test('an order that closes an inverse position realises coins, and one that adds averages coins', async () => {
    const market = { name: 'm', venue: 'binance-coinm', assets: [{ symbol: 'BTC/USD:BTC', price: 50_000, contractSize: 100 }] };
    const position = { symbol: 'BTC/USD:BTC', side: 'long', contracts: 100, entryPrice: 45_000 };
    const isolated = { name: 'p', accounts: [{ reference: 'a', marginMode: 'isolated', positions: [{ ...position, margin: 0.1 }] }] };
    const cross = { name: 'p', accounts: [{ reference: 'a', marginMode: 'cross', collateral: [{ symbol: 'BTC/USD:BTC', quantity: 0.1 }], positions: [position] }] };
    const order = (side: string) => ({ orders: [{ account: 'a', symbol: 'BTC/USD:BTC', side, amount: 50 }] });
    const after = async (portfolio: object, side: string) => (await door.whatIf({ market, portfolio, changes: order(side) })).data.after.thresholds[0].liquidationPrice;
    const profit = 5000 / 45_000 - 5000 / 50_000;
    for (const portfolio of [isolated, cross]) {
      expect(await after(portfolio, 'sell')).toBeCloseTo((5000 * 1.004) / (0.1 + profit + 5000 / 45_000), 6);
      expect(await after(portfolio, 'buy')).toBeCloseTo((15_000 * 1.004) / (0.1 + 10_000 / 45_000 + 5000 / 50_000), 6);
    }
  });

  test('a family of tiers that the filled-in contract cannot have is refused', async () => {
    const market = { name: 'm', venue: 'deribit', assets: [{ symbol: 'X', price: 100, tiers: [{ minNotional: 0, maintenanceMarginRate: 0.01 }] }] };
    const portfolio = { name: 'p', accounts: [{ reference: 'a', marginMode: 'cross', balance: 50, positions: [{ symbol: 'X', side: 'long', contracts: 1, entryPrice: 100 }] }] };
    expect(await door.whatIf({ market, portfolio })).toMatchObject({ status: 422, issues: ['/portfolio/accounts/0/positions/0/symbol MISSING'] });
  });

  test('an unknown venue inside a question is refused where it stands', async () => {
    expect(await door.whatIf({ market: { ...marketOn('2026-01-01T00:00:00Z'), venue: 'ftx' }, portfolio: { ...SHORT, venue: 'ftx' } })).toMatchObject({ status: 422, code: 'INCONSISTENT_INPUT', issues: ['/market/venue NOT_FOUND', '/portfolio/venue NOT_FOUND'] });
  });
});

test('a simulation keeps the rules it was started with', async () => {
  const market = (await doors({ plural: 'markets', type: 'Market' })[0].create(marketOn('2025-05-21T00:00:00Z'))).data;
  const portfolio = (await doors({ plural: 'portfolios', type: 'Portfolio' })[0].create(SHORT)).data;
  const scenario = (await doors({ plural: 'scenarios', type: 'Scenario' })[0].create({ name: 's' })).data;
  expect(market.assets[0]).not.toHaveProperty('contract');
  const spelledOut = await doors({ plural: 'markets', type: 'Market' })[0].create(marketOn('2025-05-21T00:00:00Z', { contract: { requirementBasis: 'entry', tierFamily: 'marginal', feeBasis: 'entry' } }));
  const start = (marketId: string) => rest('POST', '/v1/simulations', JSON.stringify({ marketId, portfolioId: portfolio.id, scenarioId: scenario.id }));
  const [filled, full] = await Promise.all([start(market.id), start(spelledOut.data.id)]);
  expect(filled.data.inputHash).toBe(full.data.inputHash);
});

test('a time that a pack says nothing of is refused where the venue is named', () => {
  const venues = new VenuesService(new Map([['new', { id: 'new', name: 'New', kind: 'exchange' as const, versions: [{ from: new Date('2026-01-01'), instruments: [], sources: [] }] }]]));
  const market = { name: 'm', currency: 'USD', asOf: new Date('2025-12-31'), assets: [] };
  const documents = { market, portfolio: { name: 'p', venue: 'new', accounts: [], loans: [], institutions: [] } };
  const pointers = (fill: () => unknown) => {
    try {
      return fill();
    } catch (error) {
      return (error as ApiError).issues.map(({ pointer }) => pointer);
    }
  };
  expect(pointers(() => atOnce(withVenueTerms(documents, venues)))).toEqual(['/portfolioId']);
  expect(pointers(() => atOnce(withVenueTerms(documents, venues, documents)))).toEqual(['/portfolio/venue']);
  expect(pointers(() => atOnce(withVenueTerms({ ...documents, market: { ...market, asOf: new Date('2026-01-01') } }, venues)))).toMatchObject({ portfolio: { venue: 'new' } });
});

test('the unit of the tiers comes with the tiers: from the pack only where they are of the pack', () => {
  const versions = [{ contract: { tierFamily: 'flat' as const, tierUnit: 'contracts' as const }, instruments: [{ symbol: 'A', tiers: [{ minNotional: 0, maintenanceMarginRate: 0.01 }] }], sources: [] }];
  const venues = new VenuesService(new Map([['flat', { id: 'flat', name: 'Flat', kind: 'exchange' as const, versions }]]));
  const asset = (symbol: string, tiers: Instrument['tiers']): Asset => ({ symbol, price: 1, contractSize: 1, impact: { model: 'none' as const }, tiers });
  const assets = [asset('A', []), asset('A2', versions[0]!.instruments[0]!.tiers), asset('spot', [])];
  const { market } = atOnce(withVenueTerms({ market: { name: 'm', currency: 'USD', venue: 'flat', assets }, portfolio: { name: 'p', accounts: [], loans: [], institutions: [] } }, venues));
  expect(market.assets.map(({ contract }) => contract)).toEqual([{ tierFamily: 'flat', tierUnit: 'contracts' }, { tierFamily: 'flat' }, undefined]);
});

test("a loan's own terms win over its venue's", () => {
  const venues = new VenuesService(new Map([['aave', { id: 'aave', name: 'Aave', kind: 'protocol' as const, versions: [{ loan: { closeFactor: 0.5, fullCloseBelow: 2000 }, instruments: [], sources: [] }] }]]));
  const loan = { reference: 'l', collateral: [], debts: [], dumpedShare: 1, closeFactor: 0.25, liquidationBonus: null };
  const { portfolio } = atOnce(withVenueTerms({ market: { name: 'm', currency: 'USD', venue: 'aave', assets: [] }, portfolio: { name: 'p', accounts: [], loans: [loan], institutions: [] } }, venues));
  expect(portfolio.loans).toEqual([{ ...loan, fullCloseBelow: 2000 }]);
});

describe('a pack', () => {
  const sound = { id: 'x', name: 'X', kind: 'exchange', versions: [{ contract: { feeRate: 0.1 }, sources: [{ field: 'contract', text: 'a page' }] }] };
  const version = (changes: object) => ({ ...sound, versions: [{ ...sound.versions[0], ...changes }] });

  test('in the repository is the one of its file name, and there is one for each venue', async () => {
    const files = await readdir(join(ROOT, 'src', 'venues', 'packs'));
    expect(files.map((file) => file.replace(/\.ts$/, '')).sort()).toEqual(IDS);
  });

  test.each([
    ['sound',                             sound,                                                                       []],
    ['nothing exported',                  undefined,                                                                   ['export venue is missing']],
    ['under another name',                { ...sound, id: 'y' },                                                       ['/id must be x, the name of the file']],
    ['an unknown property',               version({ colour: 'red' }),                                                  ['/versions/0/colour is not a property of this object']],
    ['a number without source',           version({ sources: [{ field: 'contract.feeBasis', text: 'a page' }] }),      ['/versions/0/contract/feeRate has no source', '/versions/0/sources/0/field contract.feeBasis is not stated']],
    ['a sentence without source',         version({ adl: 'None.' }),                                                   ['/versions/0/adl has no source']],
    ['tiers with a gap',                  version({ instruments: [{ symbol: 'A', tiers: [{ minNotional: 1, maintenanceMarginRate: 0.1 }] }], sources: [...sound.versions[0].sources, { field: 'instruments', text: 'a page' }] }), ['/versions/0/instruments/0/tiers/0/minNotional leaves a gap after 0']],
    ['versions with a gap',               { ...sound, versions: [{ ...sound.versions[0], to: new Date('2025-01-01') }, { ...sound.versions[0], from: new Date('2025-02-01') }] }, ['/versions/1/from must be where the version before it ends']],
  ])('%s', (_what, raw, wrong) => {
    expect(packIssues('x', raw)).toEqual(wrong);
  });
});
