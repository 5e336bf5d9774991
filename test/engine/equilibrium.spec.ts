import fc from 'fast-check';
import { type Asset, cascade, impactCurve, type Loan, type MarginAccount, type Market, type Portfolio, type Scenario, summary } from '../../src/engine/index.js';
import { parties, partyHealth } from './naive.js';
import { world } from './random-books.js';

/** Sets tried are 2^parties. */
const PARTIES_MAX = 8;

interface Equilibrium {
  readonly closed: ReadonlySet<string>;
  readonly prices: readonly number[];
}

/** Every set of parties that is exactly the set liquidatable at the prices it leads to: brute force over all subsets. */
function allEquilibria(market: Market, portfolio: Portfolio, scenario: Scenario): Equilibrium[] {
  const all = parties(portfolio);
  const tiersOf = (symbol: string) => market.assets.find((asset) => asset.symbol === symbol)!.tiers ?? [];
  const shock = (asset: Asset) => scenario.shocks?.find(({ symbol }) => symbol === asset.symbol)?.shock ?? scenario.marketShock ?? 0;
  const curves = market.assets.map((asset) => impactCurve(asset, asset.impact!, asset.price * (1 + shock(asset)), scenario.depthMultiplier ?? 1));
  return Array.from({ length: 2 ** all.length }, (_, bits) => {
    const chosen = all.filter((_party, k) => (bits >> k) % 2 === 1);
    const prices = market.assets.map(({ symbol }, a) => {
      const sold = chosen.flatMap(({ holdings }) => holdings).reduce((sum, holding) => (holding.symbol === symbol ? sum + Math.round(holding.quantity * 1000) : sum), 0) / 1000;
      const capacity = sold > 0 ? curves[a]!.capacitySold : curves[a]!.capacityBought;
      return curves[a]!.price(Math.sign(sold) * Math.min(Math.abs(sold), Math.floor(capacity * 1000) / 1000));
    });
    const at = Object.fromEntries(market.assets.map(({ symbol }, a) => [symbol, prices[a]!]));
    const liquidatable = all.filter((party) => {
      const health = partyHealth(party, at, tiersOf);
      return party.isLoan || party.balance ? health < -1e-9 : health <= 1e-9;
    });
    const names = (some: typeof all) => some.map(({ reference }) => reference).join();
    return names(chosen) === names(liquidatable) ? [{ closed: new Set(chosen.map(({ reference }) => reference)), prices }] : [];
  }).flat();
}

const small = world({ longOnly: true }).filter(({ portfolio }) => parties(portfolio).length <= PARTIES_MAX);

describe('the equilibria of books that push one way', () => {
  test('are what trying every set of parties finds: the rounds reach the least, the worst is the greatest, unique means there is one', () => {
    let several = 0;
    fc.assert(
      fc.property(small, ({ market, portfolio, scenario }) => {
        const { assets, totals } = summary(cascade(market, portfolio, scenario));
        const found = allEquilibria(market, portfolio, scenario);
        expect(totals.uncertifiedBecause).toBeNull();
        expect(totals.isUnique).toBe(found.length === 1);
        const bySize = [...found].sort((a, b) => a.closed.size - b.closed.size);
        expect(assets.map(({ finalPrice }) => finalPrice)).toEqual(bySize[0]!.prices);
        expect(assets.map(({ worstPrice }) => worstPrice)).toEqual(bySize.at(-1)!.prices);
        expect(totals.liquidatedAtWorst).toBe(bySize.at(-1)!.closed.size);
        for (const { closed } of found) expect([...bySize[0]!.closed].every((name) => closed.has(name)) && [...closed].every((name) => bySize.at(-1)!.closed.has(name))).toBe(true);
        if (found.length > 1) several++;
      }),
      { numRuns: 300 },
    );
    expect(several).toBeGreaterThan(3);
  });
});

describe('one long of 100 at liquidation price 90, and a sale of it costs 15', () => {
  const market: Market = { assets: [{ symbol: 'X', price: 100, impact: { model: 'linear', lambda: 0.15 }, tiers: [{ minNotional: 0, maintenanceMarginRate: 0 }] }] };
  const long: MarginAccount = { reference: 'long', marginMode: 'cross', balance: 1000, positions: [{ symbol: 'X', side: 'long', contracts: 100, entryPrice: 100 }] };
  const totals = (accounts: MarginAccount[], scenario: Scenario = {}) => summary(cascade(market, { accounts }, scenario)).totals;

  test('may stand at 100 and may fall to 85: two equilibria, and the worse is told', () => {
    const { assets, totals: { isUnique, liquidatedAtWorst } } = summary(cascade(market, { accounts: [long] }, {}));
    expect([assets[0]!.finalPrice, assets[0]!.worstPrice, isUnique, liquidatedAtWorst]).toEqual([100, 85, false, 1]);
  });

  test('must fall when the price is shocked to 90: unique again', () => expect(totals([long], { marketShock: -0.1 }).isUnique).toBe(true));

  test('a short that no fall can close does not disturb the certificate', () => {
    const short: MarginAccount = { reference: 'short', marginMode: 'cross', balance: 500, positions: [{ symbol: 'X', side: 'short', contracts: 10, entryPrice: 100 }] };
    expect(totals([long, short], { marketShock: -0.1 })).toMatchObject({ isUnique: true, uncertifiedBecause: null });
  });

  test.each([
    ['mixedExposure', { reference: 'short', marginMode: 'cross', balance: 0, positions: [{ symbol: 'X', side: 'short', contracts: 10, entryPrice: 90 }] }, { marketShock: -0.1 }],
    ['stopOrders', { ...long, reference: 'stop', stopOrders: [{ symbol: 'X', side: 'sell', amount: 101, triggerPrice: 50 }] }, {}],
    ['stopOrders', { ...long, reference: 'stop', stopOrders: [{ symbol: 'X', side: 'sell', amount: 1, triggerPrice: 50 }] }, { closeOut: { policy: 'partial' } }],
    ['stopOrders', { ...long, reference: 'stop', stopOrders: [{ symbol: 'X', side: 'buy', amount: 1, triggerPrice: 90 }] }, { marketShock: -0.1 }],
  ] as const)('there is none, with the reason %s', (reason, account, scenario) => {
    expect(totals([long, account as unknown as MarginAccount], scenario)).toMatchObject({ isUnique: null, liquidatedAtWorst: null, uncertifiedBecause: reason });
  });

  test.each([
    ['contractRules', [{ minNotional: 0, maintenanceMarginRate: 0.05 }, { minNotional: 9000, maintenanceMarginRate: 0.1, maintenanceAmount: 0 }], {}],
    ['partialCloseOut', [{ minNotional: 0, maintenanceMarginRate: 0.05 }], { closeOut: { policy: 'partial', targetMarginRatio: 21 } }],
  ] as const)('there is none where %s let health or a slice turn round', (reason, tiers, scenario) => {
    const steep: Market = { assets: [{ ...market.assets[0]!, tiers }] };
    expect(summary(cascade(steep, { accounts: [long] }, scenario)).totals).toMatchObject({ isUnique: null, uncertifiedBecause: reason });
  });

  test('a stop that sells no more than the position is part of the equilibria', () => {
    const stopped: MarginAccount = { ...long, balance: 9000, stopOrders: [{ symbol: 'X', side: 'sell', amount: 40, triggerPrice: 95 }] };
    const { assets, equilibrium, totals: { isUnique } } = summary(cascade(market, { accounts: [stopped] }, { marketShock: -0.01 }));
    expect([assets[0]!.finalPrice, assets[0]!.worstPrice, isUnique, equilibrium!.isReachedByRounds]).toEqual([99, 93, false, true]);
  });

  test('a debt in an asset whose price stands still leaves the certificate', () => {
    const stable: Market = { assets: [...market.assets, { symbol: 'S', price: 1 }] };
    const loans: Loan[] = [{ reference: 'loan', collateral: [{ symbol: 'X', quantity: 40, liquidationThreshold: 0.8 }], debts: [{ symbol: 'S', quantity: 2900 }], closeFactor: 1, liquidationBonus: 0.25 }];
    const { totals, equilibrium } = summary(cascade(stable, { loans }, { shocks: [{ symbol: 'X', shock: -0.1 }] }));
    expect([totals.isUnique, totals.uncertifiedBecause, equilibrium!.isReachedByRounds]).toEqual([true, null, true]);
    const moving: Market = { assets: [...market.assets, { symbol: 'S', price: 1, impact: { model: 'linear', lambda: 1e-5 } }] };
    const holder: MarginAccount = { reference: 'holder', marginMode: 'cross', balance: -40, collateral: [{ symbol: 'S', quantity: 50 }] };
    expect(summary(cascade(moving, { loans, accounts: [holder] }, { shocks: [{ symbol: 'X', shock: -0.1 }] })).totals).toMatchObject({ isUnique: null, uncertifiedBecause: 'mixedExposure' });
  });
});

test('shorts under a rise are certified like longs under a fall', () => {
  const market: Market = { assets: [{ symbol: 'X', price: 100, impact: { model: 'linear', lambda: 0.15 }, tiers: [{ minNotional: 0, maintenanceMarginRate: 0 }] }] };
  const short: MarginAccount = { reference: 'short', marginMode: 'cross', balance: 1000, positions: [{ symbol: 'X', side: 'short', contracts: 100, entryPrice: 100 }] };
  const { assets, totals } = summary(cascade(market, { accounts: [short] }, {}));
  expect([assets[0]!.finalPrice, assets[0]!.worstPrice, totals.isUnique]).toEqual([100, 115, false]);
});
