import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { cascade, type Market, type Portfolio, prepare, type Scenario, summary, thresholds } from '../../src/engine/index.js';

const path = (name: string) => fileURLToPath(new URL(`../../examples/perp-cascade/${name}`, import.meta.url));
const load = <T>(name: string): T => JSON.parse(readFileSync(path(name), 'utf8')) as T;

const market = load<Market>('market.json');
const portfolio = load<Required<Portfolio>>('portfolio.json');

const SOURCE = fileURLToPath(new URL('../../../shared/data/perp-market-specs/dydx_v3_markets_2021-10-28.csv', import.meta.url));

/** dYdX v3, 2021-10-28, units. */
const OPEN_INTEREST: Record<string, number> = { 'BTC/USD:USDC': 5885.4242, 'ETH/USD:USDC': 100884.982, 'SOL/USD:USDC': 416752 };

describe('the example perp-cascade', () => {
  test('its generator writes the committed portfolio to the byte', () => {
    expect(execFileSync(process.execPath, [path('generate.mjs')], { encoding: 'utf8' }) === readFileSync(path('portfolio.json'), 'utf8')).toBe(true);
  });

  test.each(market.assets)('longs and shorts of $symbol each add up to the published open interest, to the lot', ({ symbol, lotSize }) => {
    for (const side of ['long', 'short']) {
      const held = portfolio.accounts.flatMap(({ positions = [] }) => positions).filter((position) => position.symbol === symbol && position.side === side);
      const lots = held.reduce((sum, { contracts }) => sum + Math.round(contracts / lotSize!), 0);
      expect(lots).toBe(Math.round(OPEN_INTEREST[symbol] / lotSize!));
    }
  });

  (existsSync(SOURCE) ? test : test.skip)('prices, volumes, rates and open interest are those of the source in ../shared', () => {
    const [head, ...lines] = readFileSync(SOURCE, 'utf8').trim().split(/\r?\n/).map((line) => line.split(','));
    for (const { symbol, price, dailyVolume, tiers } of market.assets) {
      const row = lines.find(([name]) => name === symbol.replace('/USD:USDC', '-USD'))!;
      const published = (column: string) => Number(row[head.indexOf(column)]);
      expect([price, tiers![0].maintenanceMarginRate, OPEN_INTEREST[symbol]]).toEqual([published('indexPrice'), published('maintenanceMarginFraction'), published('openInterest')]);
      expect(Math.abs(dailyVolume! / (published('volume24H') / published('indexPrice')) - 1)).toBeLessThan(1e-5);
    }
  });

  test('every account is healthy before the shock', () => {
    for (const { isInBreach } of thresholds(prepare(market, { accounts: portfolio.accounts }))) expect(isInBreach).toBe(false);
    expect(summary(cascade(market, portfolio, { depthMultiplier: 0.1 })).totals).toMatchObject({ rounds: 0, badDebt: 0 });
  });

  test('the answer is the one that its README tells', () => {
    const { assets, totals } = summary(cascade(market, portfolio, load<Scenario>('scenario.json')));
    expect(assets.map(({ amplification }) => amplification!.toFixed(2))).toEqual(['1.24', '1.27', '1.55']);
    expect(totals).toMatchObject({ accounts: 1319, inBreachBefore: 0, liquidatedByShock: 116, liquidatedByCascade: 59, isFixedPoint: true });
    expect([totals.valueSold, totals.badDebt].map((money) => (money / 1e6).toFixed(1))).toEqual(['109.4', '1.1']);
  });

  test('half of the posted ETH book does not carry the same fall, the whole of it does', () => {
    const scenario = load<Scenario>('scenario-order-book.json');
    const eth = (depthMultiplier: number) => summary(cascade(market, portfolio, { ...scenario, depthMultiplier })).assets[1];
    expect((eth(0.5).finalPrice / 4214.37 - 1).toFixed(2)).toBe('-0.55');
    expect(eth(1).endogenousMove / 4214.37).toBeGreaterThan(-0.002);
  });
});
