import fc from 'fast-check';
import { accountAttributions, cascade, exactSum, type MarginAccount, type Market, outcomes, rounds, summary, TOP_ACCOUNTS } from '../../src/engine/index.js';
import { world } from './random-books.js';

const long = (reference: string, contracts: number, margin: number): MarginAccount => ({ reference, marginMode: 'isolated', positions: [{ symbol: 'X', side: 'long', contracts, entryPrice: 100, margin }] });

describe('A01: 95 fells L1, 93 fells L2, 90 leaves L3 standing', () => {
  const market: Market = { assets: [{ symbol: 'X', price: 100, impact: { model: 'linear', lambda: 0.05 }, tiers: [{ minNotional: 0, maintenanceMarginRate: 0.05 }] }] };
  const stop: MarginAccount = { reference: 'S', marginMode: 'cross', balance: 9000, positions: [{ symbol: 'X', side: 'long', contracts: 20, entryPrice: 98 }], stopOrders: [{ symbol: 'X', side: 'sell', amount: 20, triggerPrice: 91 }] };
  const course = cascade(market, { accounts: [long('L1', 40, 352), long('L2', 60, 613.5), stop] }, { marketShock: -0.05 });

  test('each account answers for its quantity times the slope, each cause for its accounts', () => {
    const [{ move, causes, sources, mechanisms, accounts, otherAccounts }] = summary(course).attribution;
    expect(move).toBe(-6);
    expect(accounts).toEqual([
      { account: 'L2', position: 'X', symbol: 'X', move: -3, share: 0.5 },
      { account: 'L1', position: 'X', symbol: 'X', move: -2, share: 2 / 6 },
      { account: 'S', position: null, symbol: 'X', move: -1, share: 1 / 6 },
    ]);
    expect(causes).toEqual([
      { action: 'liquidation', cause: 'shock', move: -2 },
      { action: 'liquidation', cause: 'cascade', move: -3 },
      { action: 'stopOrder', cause: 'cascade', move: -1 },
    ]);
    expect([sources, mechanisms, otherAccounts]).toEqual([[{ symbol: 'X', move: -6 }], [], 0]);
  });

  test('the ledger says who, why, how much, the prices around and of the fill, and what it realised', () => {
    const entries = [...rounds(course)].flatMap((round) => round.entries);
    expect(entries.map(({ round, party, account, position, cause, quantity, priceBefore, executionPrice, priceAfter, loss }) => [round, party, account, position, cause, quantity, priceBefore, executionPrice, priceAfter, loss])).toEqual([
      [1, 'isolatedPosition', 'L1', 'X', 'shock', 40, 95, 94, 93, 240],
      [2, 'isolatedPosition', 'L2', 'X', 'cascade', 60, 93, 91.5, 90, 510],
      [3, 'account', 'S', null, 'cascade', 20, 90, 89.5, 89, 170],
    ]);
    // what a closed position lost is what its margin lost
    expect([...outcomes(course)].map(({ equityAfter }) => equityAfter)).toEqual([352 - 240, 613.5 - 510, 9000 - 170]);
  });
});

const RUNS = { numRuns: 300 };

test('every list adds up to the endogenous move: to the bit where all trade one way', () => {
  let moved = 0;
  fc.assert(
    fc.property(world({ longOnly: true }), ({ market, portfolio, scenario }) => {
      const course = cascade(market, portfolio, scenario);
      const { assets, attribution } = summary(course);
      const all = [...accountAttributions(course)];
      attribution.forEach(({ symbol, move, causes, sources, mechanisms, accounts, otherAccounts }, a) => {
        expect(move).toBe(assets[a].endogenousMove);
        expect(mechanisms).toEqual([]);
        const own = all.filter((part) => part.symbol === symbol);
        if (move === 0) return;
        for (const parts of [own, causes, sources]) expect(exactSum(parts.map((part) => part.move))).toBe(move);
        expect(Math.abs(exactSum([...accounts.map((part) => part.move), otherAccounts]) - move)).toBeLessThanOrEqual(1e-15 * Math.abs(move));
        expect(accounts.length).toBe(Math.min(TOP_ACCOUNTS, own.length));
        for (const part of own) expect(part.move).toBeLessThanOrEqual(0);
        moved++;
      });
    }),
    RUNS,
  );
  expect(moved).toBeGreaterThan(50);
});

test('on books of every kind they add up to 1e-12 of the largest part', () => {
  let moved = 0;
  fc.assert(
    fc.property(world(), ({ market, portfolio, scenario }) => {
      const course = cascade(market, portfolio, scenario);
      const all = [...accountAttributions(course)];
      for (const { symbol, move, causes, sources, accounts, otherAccounts } of summary(course).attribution) {
        const own = all.filter((part) => part.symbol === symbol).map((part) => part.move);
        const largest = Math.max(Math.abs(move), ...own.map(Math.abs));
        for (const parts of [own, causes.map((part) => part.move), sources.map((part) => part.move), [...accounts.map((part) => part.move), otherAccounts]]) {
          if (parts.length > 0) expect(Math.abs(exactSum(parts) - move)).toBeLessThanOrEqual(1e-12 * largest);
        }
        if (move !== 0) moved++;
      }
    }),
    RUNS,
  );
  expect(moved).toBeGreaterThan(50);
});

test('who sells twice as much of the same asset in the same round moves it twice as far', () => {
  const market: Market = { assets: [{ symbol: 'X', price: 100, dailyVolume: 1000, dailyVolatility: 0.1, impact: { model: 'squareRoot' }, tiers: [] }] };
  const accounts = [10, 20].map((contracts) => long(`${contracts}`, contracts, contracts * 4));
  const [{ move, accounts: parts }] = summary(cascade(market, { accounts }, { marketShock: -0.05 })).attribution;
  expect(parts.map(({ account }) => account)).toEqual(['20', '10']);
  expect(parts[0].move / parts[1].move).toBeCloseTo(2, 12);
  expect(parts[0].move + parts[1].move).toBe(move);
});
