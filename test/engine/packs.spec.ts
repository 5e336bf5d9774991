import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Asset, type ContractRules, type LoanCollateral, type MarginTier, type Position, positionAt, prepare, shownPrice, thresholds } from '../../src/engine/index.js';
import type { Pack } from '../../src/venues/pack.js';

/** Rules come from the packs; positions and printed prices are retyped from where each row says. */
const PACKS = join(process.cwd(), 'src', 'venues', 'packs');
const packs = new Map<string, Pack>();

beforeAll(async () => {
  for (const file of await readdir(PACKS)) {
    const { venue } = (await import(join(PACKS, file))) as { venue: Pack };
    packs.set(venue.id, venue);
  }
});

interface Printed {
  readonly venue: string;
  readonly version?: number;
  /** Index into the pack's instruments, or tiers where the venue published the position with its own rate. */
  readonly instrument?: number;
  readonly rate?: number;
  readonly rules?: ContractRules;
  readonly side: 'long' | 'short';
  readonly quantity: number;
  readonly contractSize?: number;
  readonly entryPrice: number;
  readonly margin: number;
  readonly fixedFee?: number;
  readonly tickSize?: number;
  readonly price: number;
  readonly within: number;
}

function assetOf({ venue, version = 0, instrument, rate, rules, entryPrice }: Pick<Printed, 'venue' | 'version' | 'instrument' | 'rate' | 'rules' | 'entryPrice'>): Asset {
  const { contract, instruments = [] } = packs.get(venue)!.versions[version];
  const published = instrument === undefined ? undefined : instruments[instrument];
  const tiers: MarginTier[] = published?.tiers ?? [{ minNotional: 0, maintenanceMarginRate: rate! }];
  return { symbol: 'X', price: entryPrice, tiers, contract: { ...contract, ...published?.contract, ...rules } };
}

function liquidationPrice(printed: Printed): number | null {
  const { venue, version = 0, side, quantity, contractSize = 1, entryPrice, margin, fixedFee, tickSize } = printed;
  const position: Position = { symbol: 'X', side, contracts: quantity, contractSize, entryPrice, margin, fixedFee };
  const book = prepare({ assets: [assetOf(printed)] }, { accounts: [{ reference: 'a', marginMode: 'isolated', positions: [position] }] });
  const [{ liquidationPrice: exact }] = [...thresholds(book)];
  const { rounding = 'none', tickSize: tick } = packs.get(venue)!.versions[version].shown ?? {};
  return shownPrice(exact, side, { rounding, tickSize: tickSize ?? tick });
}

test.each<[string, Printed]>([
  ['Binance FAQ, with the tiers of 2021-03-18',             { venue: 'binance-usdm', instrument: 0, side: 'long', quantity: 109.488, entryPrice: 32_481.98, margin: 1_535_443.01, tickSize: 0.01, price: 18_778.73, within: 0 }],
  ['dev.binance.vision/t/6292, the Binance calculator',     { venue: 'binance-coinm', instrument: 0, side: 'long', quantity: 100_000, contractSize: 100, entryPrice: 45_000, margin: 101, price: 33_599.4, within: 0 }],
  ['ccxt bybit.js parsePosition, ETHUSDT at 4.2x',          { venue: 'bybit', rate: 0.005, side: 'long', quantity: 0.1, entryPrice: 1198.45, margin: 119.845 / 4.2, tickSize: 0.05, price: 919.1, within: 0 }],
  ['Bybit help centre, short with 3,000 added',             { venue: 'bybit', rate: 0.005, side: 'short', quantity: 1, entryPrice: 20_000, margin: 3400, price: 23_300, within: 1e-9 }],
  ['ccxt bitmex.ts parsePosition, funding 0.01 %',          { venue: 'bitmex', rate: 0.01, rules: { feeRate: 0.001 }, side: 'long', quantity: 0.02, entryPrice: 1963, margin: 13.125928, fixedFee: 0.003926, tickSize: 0.05, price: 1328.5, within: 0 }],
  ['kucoin.com/support/4408061803033, until 2025-05-22',    { venue: 'kucoin', rate: 0.004, side: 'short', quantity: 5, contractSize: 0.001, entryPrice: 28_000, margin: 1.4, price: 28_168, within: 1e-9 }],
  ['ccxt kucoin.js cross, since 2025-05-22, from BP',       { venue: 'kucoin', version: 1, rate: 0.0040000133, rules: { feeRate: 0.0006 }, side: 'long', quantity: 1, entryPrice: 52_110.87, margin: 0, price: 52_351.69, within: 0.01 }],
  ['freqtrade test_hyperliquid.py, ETH at most 50x',        { venue: 'hyperliquid', rate: 0.01, side: 'long', quantity: 0.0199, entryPrice: 2459.5, margin: 24.454895, price: 1243.0411908, within: 0.05 }],
  ['dYdX docs, short 3 ETH at 3000 with 1000',              { venue: 'dydx-v4', rate: 0.05, side: 'short', quantity: 3, entryPrice: 3000, margin: 1000, price: 3174.6, within: 0.005 }],
  ['analystforum.com 3692: 50 bought on 60 %, kept at 30 %', { venue: 'reg-t', rate: 0.3, side: 'long', quantity: 1000, entryPrice: 50, margin: 30_000, price: 28.57, within: 0.005 }],
])('%s', (_source, printed) => {
  expect(Math.abs(liquidationPrice(printed)! - printed.price)).toBeLessThanOrEqual(printed.within);
});

test.each([
  // venue    where it is printed                                          rules and position                                                                   price     requirement
  ['okx',     'API v5 sample ETH-USDT-SWAP',                               { rate: 0.008, contracts: 15, contractSize: 0.01 },                                   1584.33,  1.901196],
  ['deribit', 'support.deribit.com 25944738177565: 25 BTC at 100,000',     { instrument: 0, contracts: 25, contractSize: 1 },                                   100_000,  28_125],
  ['deribit', 'the same: 25 SOL at 200',                                   { instrument: 1, contracts: 25, contractSize: 1 },                                   200,      100.625],
  ['drift',   'liquidation/tests.rs: 1.01010101 base cover a shortage of 10', { rate: 0.1, contracts: 1.01010101010101, contractSize: 1 },                       99,       10],
])('%s requires what is printed: %s', (venue, _source, { contracts, contractSize, ...rules }, price, requirement) => {
  const asset = assetOf({ venue, ...rules, entryPrice: price });
  expect(positionAt(asset, { symbol: 'X', side: 'long', contracts, contractSize, entryPrice: price }, price).requirement).toBeCloseTo(requirement, 9);
});

test('GMX: 200,000 USD of 40 ETH on 10 ETH falls at 4040, the requirement being that of the entry', () => {
  const asset = { ...assetOf({ venue: 'gmx-v2', rate: 0.01, entryPrice: 5000 }), symbol: 'X' };
  const account = { reference: 'a', marginMode: 'cross' as const, collateral: [{ symbol: 'X', quantity: 10 }], positions: [{ symbol: 'X', side: 'long' as const, contracts: 40, entryPrice: 5000 }] };
  expect([...thresholds(prepare({ assets: [asset] }, { accounts: [account] }))][0].liquidationPrice).toBeCloseTo(4040, 9);
});

test.each([
  // venue         where it is printed                                  collateral  threshold  debt            price at which it falls
  ['aave-v3',      'aave.com/docs: 10,000 at 80 % for 6,000, HF 1.333', 10_000,     0.8,       6000,           0.75],
  ['compound-v3',  'comet is-liquidatable-test.ts, factor 1',           100_000,    1,         100_000,        1],
  ['morpho-blue',  'morpho sdks PreLiquidationPosition',                200e9,      0.8,       50e9,           0.3125],
  ['maker',        'dss clip.t.sol: unsafe at 4, safe at 5',            40,         1 / 2,     100,            5],
])('%s: %s', (venue, _source, quantity, liquidationThreshold, debt, price) => {
  const { loan: terms } = packs.get(venue)!.versions[0];
  const collateral: LoanCollateral[] = [{ symbol: 'X', quantity, liquidationThreshold }];
  const book = prepare({ assets: [{ symbol: 'X', price: price * 1.5 }] }, { loans: [{ reference: 'l', collateral, debts: [{ quantity: debt }], ...terms }] });
  expect([...thresholds(book)][0].liquidationPrice).toBeCloseTo(price, 12);
});

test("Aave's published close factors: 0.5 above a health factor of 0.95, all of it at or below and below 2,000", () => {
  // aave-v3-origin @fd1fbd91 Pool.Liquidations.CloseFactor.t.sol and docs/3.3
  expect(packs.get('aave-v3')!.versions[0].loan).toEqual({ closeFactor: 0.5, fullCloseHealthFactor: 0.95, fullCloseBelow: 2000, minimumLeftover: 1000 });
});
