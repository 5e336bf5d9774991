import fc from 'fast-check';
import { type Market, prepare, thresholds } from '../../src/engine/index.js';
import { grossOf, parties, partyHealth } from './naive.js';
import { world } from './random-books.js';

/** Bisection steps; each halves a relative interval of 2^20. */
const STEPS = 200;

describe('the standalone threshold', () => {
  test('is the edge of the safe prices that a brute-force bisection over re-marking finds, on random books', () => {
    let checked = 0;
    fc.assert(
      fc.property(world(), ({ market, portfolio }) => {
        const fine = withoutLots(market);
        const prices = Object.fromEntries(fine.assets.map(({ symbol, price }) => [symbol, price]));
        const tiersOf = (symbol: string) => fine.assets.find((asset) => asset.symbol === symbol)!.tiers ?? [];
        const rows = [...thresholds(prepare(fine, portfolio))];
        for (const party of parties(portfolio)) {
          for (const symbol of new Set(party.holdings.map((holding) => holding.symbol))) {
            const mine = rows.filter((row) => row.account === party.reference.split('/')[0] && row.symbol === symbol);
            const healthAt = (price: number) => partyHealth(party, { ...prices, [symbol]: price }, tiersOf);
            if (healthAt(prices[symbol]) <= 0) continue; // bisection needs a safe price to start from
            expect(mine).toHaveLength(1);
            expectEdge(mine[0].liquidationPriceBelow, bisect(healthAt, prices[symbol], 0));
            expectEdge(mine[0].liquidationPriceAbove, bisect(healthAt, prices[symbol], prices[symbol] * 2 ** 20));
            checked++;
          }
        }
      }),
      { numRuns: 2000 },
    );
    expect(checked).toBeGreaterThan(10_000);
  });

  test('re-marked at its own price has health 0 to rounding', () => {
    fc.assert(
      fc.property(world(), ({ market, portfolio }) => {
        const fine = withoutLots(market);
        for (const { account, symbol, liquidationPrice, liquidationPriceBelow, liquidationPriceAbove, isInBreach } of thresholds(prepare(fine, portfolio))) {
          for (const price of [liquidationPrice, liquidationPriceBelow, liquidationPriceAbove]) {
            if (price === null || isInBreach) continue;
            const party = parties(portfolio).find(({ reference, holdings }) => reference.split('/')[0] === account && holdings.some((holding) => holding.symbol === symbol))!;
            const prices = Object.fromEntries(fine.assets.map((asset) => [asset.symbol, asset.symbol === symbol ? price : asset.price]));
            const health = partyHealth(party, prices, (name) => fine.assets.find((asset) => asset.symbol === name)!.tiers ?? []);
            expect(Math.abs(health) / grossOf(party, prices)).toBeLessThan(1e-12);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

function withoutLots(market: Market): Market {
  return { assets: market.assets.map((asset) => ({ ...asset, lotSize: null })) };
}

/** The price between `safe` and `far` where health turns to 0, null if it stays positive. */
function bisect(healthAt: (price: number) => number, safe: number, far: number): number | null {
  if (healthAt(far) > 0) return null;
  let inside = safe;
  let outside = far;
  for (let step = 0; step < STEPS; step++) {
    const middle = (inside + outside) / 2;
    if (healthAt(middle) > 0) inside = middle;
    else outside = middle;
  }
  return (inside + outside) / 2;
}

function expectEdge(actual: number | null, expected: number | null): void {
  if (expected === null || expected < 1e-6) {
    expect(actual === null || actual > 1e6 || actual < 1e-5).toBe(true);
    return;
  }
  expect(Math.abs((actual ?? 0) / expected - 1)).toBeLessThan(1e-9);
}
