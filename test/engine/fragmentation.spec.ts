import fc from 'fast-check';
import { type Asset, cascade, directionalThresholds, type Impact, type Loan, type Market, type MarginAccount, type MarkPrice, outcomes, type Portfolio, prepare, rounds, type Scenario, summary, thresholds } from '../../src/engine/index.js';
import { LOT, world } from './random-books.js';

const near = (value: number, expected: number, tolerance = 1e-9) => expect(Math.abs(value - expected)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(expected)));
const line = (lambda: number): Impact => ({ model: 'linear', lambda });
const TIERS = [{ minNotional: 0, maintenanceMarginRate: 0 }];

/** Thin A (1 per unit) and deep B (0.25 per unit), both at 100. */
const twoExchanges = (markPrice: MarkPrice | null = null, more: Partial<Asset> = {}): Market => ({
  exchanges: [{ name: 'A', markPrice }, { name: 'B', markPrice }],
  assets: [{ symbol: 'X', price: 100, lotSize: LOT, tiers: TIERS, listings: [{ exchange: 'A', impact: line(1) }, { exchange: 'B', impact: line(0.25) }], ...more }],
});
const long = (reference: string, exchange: string | null, contracts: number, liquidated: number): MarginAccount => ({ reference, exchange, marginMode: 'cross', balance: 0, positions: [{ symbol: 'X', side: 'long', contracts, entryPrice: liquidated }] });
const run = (market: Market, accounts: readonly MarginAccount[], scenario: Scenario = {}) => cascade(market, { accounts }, scenario);
const finals = (course: ReturnType<typeof run>) => summary(course).listings.map(({ finalPrice }) => finalPrice);
const states = (course: ReturnType<typeof run>) => [...outcomes(course)].map(({ state }) => state);

describe('two exchanges', () => {
  const books = [long('a', 'A', 10, 100), long('b', 'B', 10, 95), long('c', 'A', 1, 95)];

  test('a sale moves the price of its own exchange alone, and its accounts alone: they come apart', () => {
    const course = run(twoExchanges(), books);
    expect(finals(course)).toEqual([89, 100]);
    expect(states(course)).toEqual(['liquidated', 'untouched', 'liquidated']);
    const [first, second] = rounds(course);
    expect(first.divergence).toEqual([{ symbol: 'X', gap: 10 / 95 }]);
    expect(first.prices).toMatchObject([{ symbol: 'X', exchange: 'A', priceBefore: 100, priceAfter: 90, executionPrice: 95, quantitySold: 10 }]);
    expect(second.entries).toMatchObject([{ account: 'c', exchange: 'A', quantity: 1, executionPrice: 89.5 }]);
    const { assets, listings, totals } = summary(course);
    expect(assets).toHaveLength(1);
    expect(assets[0]).toMatchObject({ priceBefore: 100, finalPrice: 94.5, quantitySold: 11, valueSold: 950 + 89.5 });
    expect(listings.map(({ exchange, quantitySold }) => [exchange, quantitySold])).toEqual([['A', 11], ['B', 0]]);
    expect(totals.isUnique).toBe(true); // own last prices are assets of their own: the certificate holds
  });

  test('marks by index bring the fall to the other exchange', () => {
    // a: 90 and 100, mean and median of two 95: b and c go. Then 10 more on B: 97.5, and 1 more on A: 89
    const course = run(twoExchanges({ rule: 'indexMean' }), books);
    expect(states(course)).toEqual(['liquidated', 'liquidated', 'liquidated']);
    expect(finals(course)).toEqual([89, 97.5]);
    expect([...rounds(course)].map(({ entries }) => entries.map(({ account }) => account))).toEqual([['a'], ['b', 'c']]);
    expect(finals(run(twoExchanges({ rule: 'indexMedian' }), books))).toEqual([89, 97.5]);
  });

  test('weights count: the median of 90 at weight 1 and 100 at weight 2 is 100, the mean 96.67', () => {
    const weighted = (rule: MarkPrice['rule']) => {
      const market = twoExchanges({ rule });
      return { ...market, assets: [{ ...market.assets[0], listings: market.assets[0].listings!.map((listing, n) => ({ ...listing, indexWeight: n + 1 })) }] };
    };
    const [a] = books;
    expect(states(run(weighted('indexMedian'), [a, long('b', 'B', 10, 99)]))).toEqual(['liquidated', 'untouched']);
    expect(states(run(weighted('indexMean'), [a, long('b', 'B', 10, 96.7)]))).toEqual(['liquidated', 'liquidated']);
    expect(states(run(weighted('indexMean'), [a, long('b', 'B', 10, 96.6)]))).toEqual(['liquidated', 'untouched']);
    near(summary(run(weighted('last'), [a])).assets[0].finalPrice, (90 + 2 * 100) / 3);
  });

  test('a late mark liquidates late: the round in which it comes is waited for', () => {
    // shock to 98: A is read two rounds late, so nobody sees it in rounds 1 and 2
    const course = run(twoExchanges({ rule: 'last', lag: 2 }), [long('a', 'A', 10, 99), long('c', 'A', 1, 95)], { marketShock: -0.02 });
    expect([...rounds(course)].map(({ entries }) => entries.map(({ account }) => account))).toEqual([[], [], ['a'], [], [], ['c'], [], []]);
    expect([...outcomes(course)].map(({ round }) => round)).toEqual([3, 6]);
    expect(summary(course).totals).toMatchObject({ isFixedPoint: true, uncertifiedBecause: 'lag' });
  });

  test('the shock meets every listing, at its own price', () => {
    const market = twoExchanges(null, { listings: [{ exchange: 'A', impact: line(1) }, { exchange: 'B', price: 102 }] });
    const { listings, assets } = summary(run(market, [], { marketShock: -0.1 }));
    expect(listings.map(({ priceBefore, shockedPrice }) => [priceBefore, shockedPrice])).toEqual([[100, 90], [102, 102 * 0.9]]);
    expect(assets[0].priceBefore).toBe(101);
  });

  test('who stands where the asset is not listed trades on the primary listing; an unknown exchange is an error', () => {
    const market = { ...twoExchanges(), exchanges: [...twoExchanges().exchanges!, { name: 'C' }] };
    expect(finals(run(market, [long('a', 'C', 10, 100)]))).toEqual([90, 100]);
    expect(finals(run(market, [long('a', null, 10, 100)]))).toEqual([90, 100]);
    expect(() => run(market, [long('a', 'D', 10, 100)])).toThrow('the market has no exchange D');
  });

  test('throughput is per exchange', () => {
    const course = run(twoExchanges(), [long('a', 'A', 10, 100), long('b', 'B', 10, 100)], { dynamics: { throughput: 500 } });
    expect([...rounds(course)][0].entries.map(({ account, quantity }) => [account, quantity])).toEqual([['a', 5], ['b', 5]]);
  });
});

describe('arbitrage', () => {
  test('closes the stated part of the gap by selling dear and buying cheap, the same units, in depth they have', () => {
    // A falls to 90, gap 10. Half of it: 5 = x * (1 + 0.25), x = 4 units: A at 94, B at 99
    const course = run(twoExchanges(), [long('a', 'A', 10, 100)], { dynamics: { arbitrage: 0.5 } });
    expect(finals(course)).toEqual([94, 99]);
    expect(summary(course).listings.map(({ quantityArbitraged }) => quantityArbitraged)).toEqual([-4, 4]);
    const [round] = rounds(course);
    expect(round.divergence[0].gap).toBe(10 / 95); // before arbitrage
    expect(round.entries.slice(1)).toMatchObject([
      { account: 'arbitrage', action: 'arbitrage', cause: 'arbitrage', exchange: 'A', quantity: -4, executionPrice: 92 },
      { account: 'arbitrage', action: 'arbitrage', cause: 'arbitrage', exchange: 'B', quantity: 4, executionPrice: 99.5 },
    ]);
    expect(finals(run(twoExchanges(), [long('a', 'A', 10, 100)], { dynamics: { arbitrage: 1 } }))).toEqual([98, 98]);
    expect(summary(course).totals.uncertifiedBecause).toBe('arbitrage');
  });

  test('carries a fall to the accounts of the other exchange, and spares those of the first', () => {
    const books = [long('a', 'A', 10, 100), long('b', 'B', 1, 98.5), long('c', 'A', 1, 95)];
    expect(states(run(twoExchanges(), books))).toEqual(['liquidated', 'untouched', 'liquidated']);
    expect(states(run(twoExchanges(), books, { dynamics: { arbitrage: 1 } }))).toEqual(['liquidated', 'liquidated', 'untouched']);
  });

  test('a listing without impact is infinitely deep: the other one comes to it; two of them are left alone', () => {
    const deep = (first: Impact) => twoExchanges(null, { listings: [{ exchange: 'A', impact: first }, { exchange: 'B', impact: { model: 'none' }, price: 100 }] });
    const [a, b] = finals(run(deep(line(1)), [long('a', 'A', 10, 100)], { dynamics: { arbitrage: 0.5 } }));
    expect(b).toBe(100);
    near(a, 95, LOT / 90); // to a lot
    const apart = deep({ model: 'none' });
    const listings = apart.assets[0].listings!.map((listing, n) => ({ ...listing, price: 100 - n }));
    expect(finals(run({ ...apart, assets: [{ ...apart.assets[0], listings }] }, [long('a', 'A', 10, 100)], { dynamics: { arbitrage: 0.5 } }))).toEqual([100, 99]);
  });

  test('on curves of every shape: units bought are units sold, the gap that is left is the stated one to a lot, nobody trades past it', () => {
    const impact: fc.Arbitrary<Impact> = fc.oneof(
      fc.record({ model: fc.constant('linear' as const), lambda: fc.double({ min: 0.01, max: 1, noNaN: true }) }),
      fc.record({ model: fc.constant('exponential' as const), depth: fc.double({ min: 100, max: 2000, noNaN: true }) }),
      fc.record({ model: fc.constant('squareRoot' as const), coefficient: fc.double({ min: 0.3, max: 1.5, noNaN: true }) }),
    );
    let traded = 0;
    fc.assert(
      fc.property(fc.array(fc.tuple(impact, fc.integer({ min: 1, max: 30 })), { minLength: 2, maxLength: 4 }), fc.double({ min: 0.05, max: 1, noNaN: true }), (listed, arbitrage) => {
        const market: Market = {
          exchanges: listed.map((_, n) => ({ name: `E${n}` })),
          assets: [{ symbol: 'X', price: 100, lotSize: LOT, dailyVolume: 5000, dailyVolatility: 0.05, tiers: TIERS, listings: listed.map(([own], n) => ({ exchange: `E${n}`, impact: own })) }],
        };
        const course = run(market, listed.map(([, contracts], n) => long(`a${n}`, `E${n}`, contracts, 100)), { dynamics: { arbitrage, maxRounds: 1 } });
        const [{ after, arbitrage: trades }] = course.rounds;
        expect(trades.reduce((sum, { lots }) => sum + lots, 0)).toBe(0);
        const gap = (prices: ArrayLike<number>) => Math.max(...Array.from(prices)) - Math.min(...Array.from(prices));
        // a lot moves a price by no more than this: the steepest curve here is the root at its origin
        const step = Math.max(...trades.map(({ line: l, lots }) => Math.abs(course.curves[l].price((course.trading.position[l] + Math.sign(lots)) * LOT) - course.finalPrice[l])), 0);
        if (trades.length > 0) traded++;
        expect(gap(course.finalPrice)).toBeGreaterThanOrEqual((1 - arbitrage) * gap(after) - 1e-9);
        expect(gap(course.finalPrice)).toBeLessThanOrEqual((1 - arbitrage) * gap(after) + 2 * step + 1e-9);
        const profit = trades.reduce((sum, { lots, execution }) => sum + lots * LOT * execution, 0);
        expect(profit).toBeGreaterThanOrEqual(-1e-9);
      }),
      { seed: 45, numRuns: 200 },
    );
    expect(traded).toBeGreaterThan(150);
  });
});

describe('oracles', () => {
  const market: Market = { assets: [{ symbol: 'X', price: 100, lotSize: LOT, impact: line(0.1), tiers: TIERS }] };
  const loan = (reference: string, oracle: Loan['collateral'][number]['oracle'], debt = 950): Loan => ({ reference, collateral: [{ symbol: 'X', quantity: 10, liquidationThreshold: 1, oracle }], debts: [{ quantity: debt }] });

  test('market sees the shock at once, lagged late, pegged never', () => {
    const course = cascade(market, { loans: [loan('a', { rule: 'market' }), loan('b', { rule: 'lagged', lag: 2 }), loan('c', { rule: 'pegged' }), loan('d', { rule: 'pegged', price: 94 })] }, { marketShock: -0.1 });
    // d is under water at its own fixed price before the shock
    expect([...outcomes(course)].map(({ state, cause, round }) => [state, cause, round])).toEqual([['called', 'shock', 1], ['called', 'shock', 3], ['untouched', null, null], ['called', 'breachBeforeShock', 1]]);
    expect(summary(course).listings).toEqual([]); // no exchange is named
    near(summary(course).assets[0].finalPrice, 90 - 3);
  });

  test('a debt in an asset has an oracle of its own', () => {
    const short = (oracle: Loan['collateral'][number]['oracle']): Loan => ({ reference: 's', collateral: [{ symbol: 'USD', quantity: 1050, liquidationThreshold: 1 }], debts: [{ symbol: 'X', quantity: 10, oracle }] });
    const both = { assets: [...market.assets, { symbol: 'USD', price: 1, lotSize: LOT }] };
    const state = (oracle: Loan['collateral'][number]['oracle']) => [...outcomes(cascade(both, { loans: [short(oracle)] }, { shocks: [{ symbol: 'X', shock: 0.1 }] }))][0].state;
    expect([state(null), state({ rule: 'pegged' }), state({ rule: 'pegged', price: 106 })]).toEqual(['called', 'untouched', 'called']);
  });

  test('two deposits of one asset with different oracles are priced apart and sold on one line', () => {
    const [outcome] = outcomes(cascade(market, { loans: [{ reference: 'l', collateral: [{ symbol: 'X', quantity: 5, liquidationThreshold: 1 }, { symbol: 'X', quantity: 5, liquidationThreshold: 1, oracle: { rule: 'pegged' } }], debts: [{ quantity: 960 }] }] }, { marketShock: -0.1 }));
    expect(outcome).toMatchObject({ state: 'called', equityShocked: 450 + 500 - 960 });
    const apart = prepare(market, { loans: [{ reference: 'l', collateral: [{ symbol: 'X', quantity: 5, liquidationThreshold: 1 }, { symbol: 'X', quantity: 5, liquidationThreshold: 1, oracle: { rule: 'pegged' } }], debts: [{ quantity: 960 }] }] });
    expect([...thresholds(apart)].map(({ liquidationPrice }) => liquidationPrice)).toEqual([92, 92]); // 5 * 92 + 500 = 960
    expect([...directionalThresholds(apart, { marketShock: -0.1 })][0].shockScale).toBeCloseTo(0.8, 12); // the peg stands
  });
});

describe('on random books', () => {
  const everywhere = (market: Market, names: readonly string[]): Market => ({ ...market, exchanges: names.map((name) => ({ name })), assets: market.assets.map((asset) => ({ ...asset, listings: names.map((exchange) => ({ exchange })) })) });
  const placed = ({ accounts = [], loans = [], institutions = [] }: Portfolio, place: (k: number) => string): Portfolio => ({ accounts: accounts.map((account, k) => ({ ...account, exchange: place(k) })), loans: loans.map((loan, k) => ({ ...loan, exchange: place(k) })), institutions: institutions.map((each, k) => ({ ...each, exchange: place(k) })) });

  test('one named exchange changes no bit', () => {
    fc.assert(
      fc.property(world(), ({ market, portfolio, scenario }) => {
        const [one, other] = [cascade(market, portfolio, scenario), cascade(everywhere(market, ['A']), placed(portfolio, () => 'A'), scenario)];
        expect(other.finalPrice).toEqual(one.finalPrice);
        expect([...outcomes(other)]).toEqual([...outcomes(one)]);
        expect(summary(other).assets).toEqual(summary(one).assets);
        expect(summary(other).totals).toEqual(summary(one).totals);
      }),
      { seed: 46, numRuns: 150 },
    );
  });

  test('exchanges that only look at themselves are markets of their own (second route: each run alone)', () => {
    fc.assert(
      fc.property(world(), ({ market, portfolio, scenario }) => {
        const names = ['A', 'B'];
        const placeOf = (k: number) => names[k % 2];
        const together = cascade(everywhere(market, names), placed(portfolio, placeOf), scenario);
        const found = new Map([...outcomes(together)].map((outcome) => [`${outcome.account} ${outcome.symbol}`, outcome]));
        const { listings } = summary(together);
        names.forEach((name, half) => {
          const mine = <T>(list: readonly T[] = []) => list.filter((_, k) => k % 2 === half);
          const alone = cascade(market, { accounts: mine(portfolio.accounts), loans: mine(portfolio.loans), institutions: mine(portfolio.institutions) }, scenario);
          for (const outcome of outcomes(alone)) expect(found.get(`${outcome.account} ${outcome.symbol}`)).toEqual(outcome);
          expect(listings.filter(({ exchange }) => exchange === name).map(({ finalPrice }) => finalPrice)).toEqual(summary(alone).assets.map(({ finalPrice }) => finalPrice));
        });
      }),
      { seed: 47, numRuns: 150 },
    );
  });

  test('with marks by index, long-only: certified, and worst is never above mild; lag, arbitrage and recovery keep units and cash (the engine throws else)', () => {
    fc.assert(
      fc.property(world({ longOnly: true }), fc.constantFrom('last', 'indexMedian', 'indexMean'), fc.integer({ min: 0, max: 3 }), fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), ({ market, portfolio, scenario }, rule, lag, arbitrage, recovery) => {
        const split = everywhere(market, ['A', 'B', 'C']);
        const marked = (late: number): Market => ({ ...split, exchanges: split.exchanges!.map((exchange) => ({ ...exchange, markPrice: { rule, lag: late } })) });
        const spread = placed(portfolio, (k) => 'ABC'[k % 3]);
        const now = cascade(marked(0), spread, scenario);
        const { totals, assets } = summary(now);
        expect(totals.uncertifiedBecause).toBeNull();
        assets.forEach(({ worstPrice, finalPrice }) => expect(worstPrice!).toBeLessThanOrEqual(finalPrice));
        // late marks alone reach the same end: the same least set, only later
        if (!scenario.closeOut) expect(cascade(marked(lag), spread, scenario).isClosed).toEqual(now.isClosed);
        const any = cascade(marked(lag), spread, { ...scenario, dynamics: { arbitrage, recovery, maxRounds: 200 } });
        expect([...any.finalPrice].every((price) => price > 0 && Number.isFinite(price))).toBe(true);
        for (const round of any.rounds) expect(round.arbitrage.every(({ execution }) => execution > 0)).toBe(true);
      }),
      { seed: 48, numRuns: 150 },
    );
  });
});
