import fc from 'fast-check';
import { cascade, type Dynamics, outcomes, rounds, type Scenario, summary } from '../../src/engine/index.js';
import { world, type World } from './random-books.js';

/** Who trades first in a round (dynamics.order). */
type Order = NonNullable<Dynamics['order']>;
const ORDERS: readonly Order[] = ['byReference', 'leastHealthFirst', 'largestFirst'];

const near = (actual: number, expected: number, tolerance = 1e-9) => expect(Math.abs(actual - expected)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(expected)));

function run({ market, portfolio, scenario }: World, order?: Order) {
  const course = cascade(market, portfolio, { ...scenario, dynamics: { order } } as Scenario);
  return { summary: summary(course), outcomes: [...outcomes(course)], rounds: [...rounds(course)] };
}

describe('two longs closed by a fall to 91, each sale of one costs 0.05 (A03)', () => {
  const market = { assets: [{ symbol: 'X', price: 100, impact: { model: 'linear' as const, lambda: 0.05 }, tiers: [{ minNotional: 0, maintenanceMarginRate: 0.05 }] }] };
  const long = (reference: string, contracts: number, margin: number) => ({ reference, marginMode: 'isolated' as const, positions: [{ symbol: 'X', side: 'long' as const, contracts, entryPrice: 100, margin: contracts * margin }] });
  const accounts = [long('L1', 40, 8.8), long('L2', 60, 10.225), long('L3', 100, 24)];
  const closed = (order: Order) => run({ market, portfolio: { accounts }, scenario: { marketShock: -0.09 } }, order);

  // L1 first: 91 -> 89 -> 86. It is bankrupt already, L2 is larger
  test.each([['byReference', [90, 87.5], [48, 136.5]], ['leastHealthFirst', [90, 87.5], [48, 136.5]], ['largestFirst', [87, 89.5], [168, 16.5]]] as const)('%s they get %p and owe %p', (order, executions, deficits) => {
    const { rounds: [{ entries, prices }], outcomes: rows, summary: { totals, assets: [asset], convention } } = closed(order);
    const own = new Map(entries.map((entry) => [entry.account, entry]));
    ['L1', 'L2'].forEach((account, k) => {
      near(own.get(account)!.executionPrice!, executions[k]);
      near(rows[k].badDebt, deficits[k]);
      near(own.get(account)!.slippage, own.get(account)!.quantity * (own.get(account)!.priceBefore - executions[k]));
    });
    near(totals.badDebt, 184.5);
    near(asset.finalPrice, 86);
    near(prices[0].executionPrice!, 88.5);
    expect([totals.rounds, totals.isUnique, convention.fills]).toEqual([1, true, order]);
  });

  test('together they share the price of the batch, and the convention says so', () => {
    expect(closed('together')).toEqual(run({ market, portfolio: { accounts }, scenario: { marketShock: -0.09 } }));
    expect(closed('together').summary.convention.fills).toBe('proRata');
  });

  test('what the book has goes to the first', () => {
    const thin = { assets: [{ ...market.assets[0], impact: { model: 'orderBook' as const }, orderBook: { bids: [[99, 50]], asks: [[101, 1]] } }] };
    const filled = (order: Order) => run({ market: thin, portfolio: { accounts }, scenario: { marketShock: -0.09 } }, order).rounds[0].entries.map(({ account, quantity, unfilled }) => [account, quantity, unfilled]);
    expect(filled('byReference')).toEqual([['L1', 40, 0], ['L2', 10, 50]]);
    expect(filled('largestFirst')).toEqual([['L2', 50, 10], ['L1', 0, 40]]);
    expect(filled('together')).toEqual([['L1', 20, 20], ['L2', 30, 30]]);
  });
});

describe.each(ORDERS)('on random books, %s', (order) => {
  const holds = (claim: string, options: Parameters<typeof world>[0], check: (given: World) => void) => test(claim, () => fc.assert(fc.property(world(options), check), { numRuns: 80 }));

  holds('longs closed in full end at the same prices with the same victims and the same money as together', { longOnly: true, impacts: ['none', 'linear', 'exponential', 'squareRoot', 'contSchaanning', 'constantProduct'] }, (given) => {
    const [one, all] = [run(given, order), run(given)];
    expect(one.summary.assets.map(({ finalPrice }) => finalPrice)).toEqual(all.summary.assets.map(({ finalPrice }) => finalPrice));
    expect(one.outcomes.map(({ round, state }) => [round, state])).toEqual(all.outcomes.map(({ round, state }) => [round, state]));
    one.summary.assets.forEach(({ valueSold, quantitySold }, a) => {
      near(valueSold, all.summary.assets[a].valueSold);
      expect(quantitySold).toBe(all.summary.assets[a].quantitySold);
    });
  });

  holds('everybody trades where the one before left the price, and the order of the input changes no bit', {}, (given) => {
    const result = run(given, order);
    for (const { entries, prices } of result.rounds) {
      for (const { symbol, priceBefore, priceAfter } of prices) {
        const own = entries.filter((entry) => entry.symbol === symbol);
        expect(Math.min(...own.map((entry) => Math.abs(entry.priceBefore - priceBefore)))).toBe(0);
        expect(own.some((entry) => entry.priceAfter === priceAfter)).toBe(true);
        const steps = new Map(own.map((entry) => [entry.account, entry.priceAfter - entry.priceBefore]));
        if (new Set(own.map(({ account }) => account)).size === new Set(own.map(({ account, position }) => `${account} ${position}`)).size) near([...steps.values()].reduce((sum, step) => sum + step, 0), priceAfter - priceBefore, 1e-9 * priceBefore);
      }
    }
    const { accounts, loans, institutions } = given.portfolio;
    expect(run({ ...given, portfolio: { accounts: accounts!.toReversed(), loans: loans!.toReversed(), institutions: institutions!.toReversed() } }, order)).toEqual(result);
  });
});
