import fc from 'fast-check';
import { type Asset, cascade, MAX_ROUNDS, type Dynamics, LIQUIDITY_REGIMES, type Market, type MarginAccount, outcomes, type Portfolio, rounds, type Scenario, summary } from '../../src/engine/index.js';
import { LOT, world } from './random-books.js';

const near = (value: number, expected: number, tolerance = 1e-12) => expect(Math.abs(value - expected)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(expected)));

const TIERS = [{ minNotional: 0, maintenanceMarginRate: 0 }];
const linear = (symbol: string, price: number, lambda: number, more: Partial<Asset> = {}): Asset => ({ symbol, price, lotSize: LOT, impact: { model: 'linear', lambda }, tiers: TIERS, ...more });

/** A long of `contracts` that is bankrupt, and so closed, at `liquidated` or below: no maintenance is required. */
const long = (reference: string, contracts: number, liquidated: number, more: Partial<MarginAccount> & { symbol?: string } = {}): MarginAccount => {
  const { symbol = 'X', ...rest } = more;
  return { reference, marginMode: 'cross', balance: 0, positions: [{ symbol, side: 'long', contracts, entryPrice: liquidated }], ...rest };
};
const run = (market: Market, accounts: readonly MarginAccount[], scenario: Scenario) => cascade(market, { accounts }, scenario);
const path = (course: ReturnType<typeof run>, symbol = 'X') => [...rounds(course)].map(({ prices }) => prices.find((price) => price.symbol === symbol)).map((price) => [price?.priceBefore, price?.priceAfter]);

describe('recovery', () => {
  test('displacement after each trade, before the second and one step later (case A18: Obizhaeva, Wang 2013)', () => {
    // kappa 0.5, half gone per step, trades 10 and 10: 5, then 2.5, then 7.5, then 3.75. The first trade brings the price to 95, where the second account goes.
    const course = run({ assets: [linear('X', 100, 0.5)] }, [long('a', 10, 100), long('b', 10, 97.6)], { dynamics: { recovery: 0.5 } });
    expect(path(course)).toEqual([[100, 95], [97.5, 92.5]]);
    const [asset] = summary(course).assets;
    near(asset.finalPrice, 100 - 3.75);
    expect(asset.lowestPrice).toBe(92.5);
    near(asset.displacementLeft, -3.75);
    expect(summary(course).totals).toMatchObject({ isUnique: null, uncertifiedBecause: 'recovery', isFixedPoint: true });
  });

  test('a price that recovers in time spares who would have been closed at the lowest mark', () => {
    const books = [long('a', 10, 100), long('b', 10, 96)];
    expect(summary(run({ assets: [linear('X', 100, 0.5)] }, books, {})).totals.liquidatedByCascade).toBe(1);
    expect(summary(run({ assets: [linear('X', 100, 0.5)] }, books, { dynamics: { recovery: 0.5 } })).totals.liquidatedByCascade).toBe(0); // reads 97.5
  });

  test('only the temporary share recovers', () => {
    // 10 units move 5, of which 40 % is temporary and half of that is gone a round later: 5 - 1
    const course = run({ assets: [linear('X', 100, 0.5)] }, [long('a', 10, 100)], { dynamics: { recovery: 0.5, temporaryShare: 0.4 } });
    near(summary(course).assets[0].finalPrice, 96);
    near(summary(course).assets[0].displacementLeft, -1);
  });
});

describe('cross-impact', () => {
  const matrix = { crossImpact: [{ symbol: 'X', soldSymbol: 'Y', lambda: 0.01 }, { symbol: 'Y', soldSymbol: 'X', lambda: 0.01 }] };

  test('dp = -Lambda q, and selling 10 costs q Lambda q / 2 = 1 (case A26, derived)', () => {
    const course = run({ assets: [linear('X', 100, 0.02), linear('Y', 100, 0.03)], ...matrix }, [long('a', 10, 100)], {});
    const { assets, crossImpact } = summary(course);
    near(assets[0].finalPrice, 99.8);
    near(assets[1].finalPrice, 99.9);
    near(10 * 100 - assets[0].valueSold, 1);
    expect(crossImpact).toEqual({ isSymmetric: true, isPositiveSemidefinite: true });
  });

  test('the same with the whole matrix stated, and no impact of their own', () => {
    const stated = [...matrix.crossImpact, { symbol: 'X', soldSymbol: 'X', lambda: 0.02 }, { symbol: 'Y', soldSymbol: 'Y', lambda: 0.03 }];
    const { assets } = summary(run({ assets: ['X', 'Y'].map((symbol) => ({ symbol, price: 100, lotSize: LOT, tiers: TIERS })), crossImpact: stated }, [long('a', 10, 100)], {}));
    near(assets[0].finalPrice, 99.8);
    near(assets[1].finalPrice, 99.9);
    near(10 * 100 - assets[0].valueSold, 1);
  });

  test('a matrix that is not symmetric, or indefinite, is computed and named', () => {
    const check = (one: number, other: number) => summary(run({ assets: [linear('X', 100, 0.02), linear('Y', 100, 0.03)], crossImpact: [{ symbol: 'X', soldSymbol: 'Y', lambda: one }, { symbol: 'Y', soldSymbol: 'X', lambda: other }] }, [long('a', 1, 100)], {})).crossImpact;
    expect(check(0.01, 0.02)).toEqual({ isSymmetric: false, isPositiveSemidefinite: true });
    expect(check(0.03, 0.03)).toEqual({ isSymmetric: true, isPositiveSemidefinite: false }); // 0.02 * 0.03 < 0.03^2
    expect(check(-0.01, -0.01)).toEqual({ isSymmetric: true, isPositiveSemidefinite: true });
    expect(summary(run({ assets: [linear('X', 100, 0.02)] }, [], {})).crossImpact).toBeNull();
  });

  test('the forced sale of one asset liquidates the holder of another; thinner depth means more of it', () => {
    const market = { assets: [linear('X', 100, 0.02), linear('Y', 100, 0.03)], ...matrix };
    const books = [long('a', 10, 100), long('b', 1, 99.85, { symbol: 'Y' })];
    expect([...outcomes(run(market, books, {}))][1].state).toBe('untouched');
    const thin = run(market, books, { depthMultiplier: 0.5 });
    expect([...outcomes(thin)][1]).toMatchObject({ state: 'liquidated', cause: 'cascade', round: 2 });
    near(summary(thin).assets[1].finalPrice, 100 - 0.2 - 0.06);
    near(summary(thin).assets[0].finalPrice, 100 - 0.4 - 0.02);
  });

  test('stays certified where it only ever lowers prices, and does not where it raises one', () => {
    const certificate = (lambda: number) => summary(run({ assets: [linear('X', 100, 0.02), linear('Y', 100, 0.03)], crossImpact: [{ symbol: 'Y', soldSymbol: 'X', lambda }] }, [long('a', 10, 100), long('b', 1, 90, { symbol: 'Y' })], {})).totals;
    expect(certificate(0.01)).toMatchObject({ isUnique: true, uncertifiedBecause: null });
    expect(certificate(-0.01)).toMatchObject({ isUnique: null, uncertifiedBecause: 'negativeCrossImpact' });
  });

  test('no price goes through its floor', () => {
    const { assets } = summary(run({ assets: [linear('X', 100, 0.02), linear('Y', 100, 0.03, { impact: { model: 'linear', lambda: 0.03, floor: 0.4 } })], crossImpact: [{ symbol: 'Y', soldSymbol: 'X', lambda: 100 }] }, [long('a', 10, 100)], {}));
    expect(assets[1].finalPrice).toBe(40);
  });
});

describe('depth', () => {
  test('a regime multiplies the depth by its name', () => {
    const final = (scenario: Scenario) => summary(run({ assets: [linear('X', 100, 0.01)] }, [long('a', 10, 100)], scenario)).assets[0].finalPrice;
    for (const [name, depth] of Object.entries(LIQUIDITY_REGIMES)) near(final({ liquidityRegime: name as keyof typeof LIQUIDITY_REGIMES }), 100 - 0.1 / depth);
    near(final({ liquidityRegime: 'stressed', depthMultiplier: 0.5 }), 100 - 0.4);
  });

  test('thins with what prices did so far; the price stays continuous and only new sales meet the new depth', () => {
    // shock -10 % at a daily volatility of 10 %: depth is halved. 10 units at 0.2 move 90 to 88 (1 -> 2 per unit, a move of 2/90).
    const market = { assets: [linear('X', 100, 0.1, { dailyVolatility: 0.1 })] };
    const course = run(market, [long('a', 10, 90), long('b', 10, 89)], { marketShock: -0.1, dynamics: { volatilityThinning: 1 } });
    const realised = Math.hypot(0.1, 2 / 90);
    const [first, second] = path(course);
    expect(first).toEqual([90, 88]);
    near(second[0]!, 88);
    near(second[1]!, 88 - 1 * (1 + realised / 0.1));
    expect(() => run({ assets: [linear('X', 100, 0.1)] }, [], { dynamics: { volatilityThinning: 1 } })).toThrow('X: depth that thins with volatility needs its dailyVolatility');
  });

  test('by value the curve counts money, each round at the price before it', () => {
    // 10 units at 100 are 1000 of currency: 0.01 per currency takes 10; then 10 at 90 are 900 and take 9
    const course = run({ assets: [linear('X', 100, 0.01, { impact: { model: 'linear', lambda: 0.01, quantityBasis: 'value' } })] }, [long('a', 10, 100), long('b', 10, 95)], {});
    expect(path(course)).toEqual([[100, 90], [90, 81]]);
    expect(summary(course).totals.uncertifiedBecause).toBe('valueBasis');
  });
});

describe('fills and queues', () => {
  test.each([
    ['average', 97.5],
    ['midpoint', 97.5],
    ['after', 95],
  ] as const)('execution %s', (execution, expected) => {
    const course = run({ assets: [linear('X', 100, 0.5)] }, [long('a', 10, 100)], { dynamics: { execution } });
    expect(summary(course).assets[0].executionPrice).toBe(expected);
    expect(summary(course).assets[0].finalPrice).toBe(95);
  });

  test('midpoint and average differ on a curve that is not straight', () => {
    const priced = (execution: Dynamics['execution']) => summary(run({ assets: [linear('X', 100, 0, { impact: { model: 'exponential', depth: 20 } })] }, [long('a', 10, 100)], { dynamics: { execution } })).assets[0].executionPrice!;
    near(priced('midpoint'), 50 * (1 + Math.exp(-0.5)));
    near(priced('average'), (100 * (1 - Math.exp(-0.5))) / 0.5);
  });

  test('an exchange closes no more than its throughput in a round, by reference; who waits is looked at again', () => {
    // no impact: 1000 of value a round closes 10 units of a, then 5 more of it and 5 of b, then 10 of b
    const flat = { assets: [linear('X', 100, 0)] };
    const course = run(flat, [long('b', 15, 101), long('a', 15, 101)], { dynamics: { throughput: 1000 } });
    expect([...rounds(course)].map(({ entries }) => entries.map(({ account, quantity }) => [account, quantity]))).toEqual([[['a', 10]], [['a', 5], ['b', 5]], [['b', 10]]]);
    expect([...outcomes(course)].map(({ state, round }) => [state, round])).toEqual([['liquidated', 1], ['liquidated', 2]]);
    expect(summary(course).totals).toMatchObject({ rounds: 3, isFixedPoint: true, uncertifiedBecause: 'throughput' });
  });

  test('who waits may be saved by a price that recovers', () => {
    // at 95.5 both are due; a is closed and moves the price to 90.5; it recovers to 95.5, so b goes too, a round later
    const market = { assets: [linear('X', 100, 0.5)] };
    const lost = run(market, [long('a', 10, 100), long('b', 10, 96)], { marketShock: -0.045, dynamics: { throughput: 955, recovery: 1 } });
    expect([...outcomes(lost)].map(({ round }) => round)).toEqual([1, 2]);
    // where a is a short that has to buy, the price is 100.5 when b's turn comes
    const short: MarginAccount = { reference: 'a', marginMode: 'cross', balance: 0, positions: [{ symbol: 'X', side: 'short', contracts: 10, entryPrice: 95 }] };
    const saved = run(market, [short, long('b', 10, 96)], { marketShock: -0.045, dynamics: { throughput: 955 } });
    expect([...outcomes(saved)].map(({ state }) => state)).toEqual(['liquidated', 'untouched']);
    expect([...outcomes(run(market, [short, long('b', 10, 96)], { marketShock: -0.045 }))].map(({ state }) => state)).toEqual(['liquidated', 'liquidated']);
  });

  test('loans wait too, and a call seizes no more than is left of the throughput', () => {
    const loan = { reference: 'l', collateral: [{ symbol: 'X', quantity: 20, liquidationThreshold: 0.5 }], debts: [{ quantity: 1700 }], dumpedShare: 1 };
    const course = cascade({ assets: [linear('X', 100, 0)] }, { loans: [loan] }, { dynamics: { throughput: 500 } });
    const [outcome] = outcomes(course);
    expect([...rounds(course)].map(({ entries }) => entries.map(({ quantity }) => quantity))).toEqual([[5], [5], [5]]); // 200 owed against 5 units at 100, of which half counts
    near(outcome.debtRepaid, 1500);
  });

  test('the bound on rounds is reported when it is reached, and only then', () => {
    const books = [long('a', 10, 100), long('b', 10, 96), long('c', 10, 91)];
    const totals = (maxRounds: number) => summary(run({ assets: [linear('X', 100, 0.5)] }, books, { dynamics: { maxRounds } })).totals;
    expect(totals(2)).toMatchObject({ rounds: 2, isFixedPoint: false, isUnique: null, uncertifiedBecause: 'maxRounds' });
    expect(totals(3)).toMatchObject({ rounds: 3, isFixedPoint: true });
  });
});

const settings: fc.Arbitrary<Dynamics> = fc.record(
  {
    recovery: fc.double({ min: 0, max: 1, noNaN: true }),
    temporaryShare: fc.double({ min: 0, max: 1, noNaN: true }),
    throughput: fc.double({ min: 500, max: 20_000, noNaN: true }),
    volatilityThinning: fc.double({ min: 0, max: 2, noNaN: true }),
    execution: fc.constantFrom('average', 'midpoint', 'after'),
    maxRounds: fc.integer({ min: 1, max: 60 }),
  },
  { requiredKeys: [] },
);

/** What is left of a course once the same book trades without memory. */
const plain: Dynamics = { recovery: 0, temporaryShare: 0.7, volatilityThinning: 0, arbitrage: 0.5, execution: 'average', maxRounds: 10_000 };

describe('on random books', () => {
  test('with nothing of it switched on, the rounds are the plain ones to the bit, and end at the mild equilibrium', () => {
    fc.assert(
      fc.property(world({ longOnly: true }), ({ market, portfolio, scenario }) => {
        const [one, other] = [cascade(market, portfolio, scenario), cascade(market, portfolio, { ...scenario, dynamics: plain })];
        expect(other.finalPrice).toEqual(one.finalPrice);
        expect([...rounds(other)]).toEqual([...rounds(one)]);
        expect([...outcomes(other)]).toEqual([...outcomes(one)]);
        const { assets, equilibrium, totals } = summary(other);
        expect([totals.uncertifiedBecause, equilibrium!.isReachedByRounds]).toEqual([null, true]);
        expect(assets.map(({ finalPrice }) => finalPrice)).toEqual(equilibrium!.assets.map(({ mildPrice }) => mildPrice));
        assets.forEach(({ quantitySold, unfilled }, a) => expect(quantitySold + unfilled).toBeCloseTo(equilibrium!.assets[a].mildQuantity, 9));
        expect([...outcomes(other)].filter(({ round }) => round !== null).length).toBe(equilibrium!.liquidatedAtMild);
        // mild and worst are of one market: where they are the same set their prices are the same to the bit
        if (totals.isUnique) expect(assets.map(({ worstPrice }) => worstPrice)).toEqual(assets.map(({ finalPrice }) => finalPrice));
        else expect(assets.every(({ worstPrice, finalPrice }) => worstPrice! <= finalPrice)).toBe(true);
      }),
      { seed: 41, numRuns: 150 },
    );
  });

  test('with anything switched on, prices are positive and finite, units and cash are conserved (the engine throws else), and nobody acts at a fixed point', () => {
    let bound = 0;
    fc.assert(
      fc.property(world(), settings, ({ market, portfolio, scenario }, dynamics) => {
        const course = cascade(market, portfolio, { ...scenario, dynamics });
        expect([...course.finalPrice].every((price) => price > 0 && Number.isFinite(price))).toBe(true);
        for (const { priceBefore, priceAfter } of [...rounds(course)].flatMap(({ prices }) => [...prices])) expect(Math.min(priceBefore, priceAfter)).toBeGreaterThan(0);
        const stuck = new Set(portfolio.institutions!.filter(({ holdings, rule }) => rule === 'linear' || holdings.every(({ isIlliquid }) => isIlliquid)).map(({ reference }) => reference)); // above their leverage without a bound, or with nothing to sell
        if (!course.isFixedPoint) {
          bound++;
          expect(course.rounds.length).toBe(dynamics.maxRounds ?? MAX_ROUNDS);
          return;
        }
        for (const { account, state, healthFactorAfter } of outcomes(course)) if (state === 'untouched' && healthFactorAfter !== null && !stuck.has(account)) expect(healthFactorAfter).toBeGreaterThan(1 - 1e-9);
        for (const { lowestPrice, highestPrice, finalPrice, shockedPrice } of summary(course).assets) {
          expect(lowestPrice).toBeLessThanOrEqual(Math.min(finalPrice, shockedPrice));
          expect(highestPrice).toBeGreaterThanOrEqual(Math.max(finalPrice, shockedPrice));
        }
      }),
      { seed: 42, numRuns: 300 },
    );
    expect(bound).toBeGreaterThan(0);
  });

  test('what is sold of an asset within a round stays within the throughput, but for less than a lot of each holding', () => {
    let waited = 0;
    fc.assert(
      fc.property(world({ longOnly: true }), fc.double({ min: 300, max: 3000, noNaN: true }), ({ market, portfolio, scenario }, throughput) => {
        const course = cascade(market, portfolio, { ...scenario, dynamics: { throughput } });
        for (const { prices, entries: all } of rounds(course)) {
          const entries = all.filter(({ party }) => party !== 'institution'); // nobody closes them by force
          const before = (symbol: string) => prices.find((price) => price.symbol === symbol)!.priceBefore;
          const value = entries.reduce((sum, { symbol, quantity, unfilled }) => sum + Math.abs(quantity + unfilled) * before(symbol), 0);
          const slack = entries.reduce((sum, { symbol }) => sum + LOT * before(symbol), 0);
          expect(value).toBeLessThanOrEqual(throughput * (1 + 1e-9) + slack);
        }
        if (course.rounds.length > cascade(market, portfolio, scenario).rounds.length) waited++;
      }),
      { seed: 43, numRuns: 150 },
    );
    expect(waited).toBeGreaterThan(20);
  });

  test('everything is mirrored by sign alone: longs under a fall, shorts under a rise (linear impact, no floor in reach)', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ contracts: fc.integer({ min: 1, max: 40 }), distance: fc.integer({ min: 0, max: 20 }), symbol: fc.constantFrom('X', 'Y') }), { minLength: 1, maxLength: 8 }),
        settings.map(({ volatilityThinning: _thinning, throughput: _throughput, ...rest }) => rest),
        fc.double({ min: 0, max: 0.05, noNaN: true }),
        (parties, dynamics, cross) => {
          // about 1024 with steps of powers of two, so that the mirror is exact: 1024 - d against 1024 + d
          const market: Market = {
            assets: [linear('X', 1024, 0.125), linear('Y', 1024, 0.25)],
            crossImpact: [{ symbol: 'X', soldSymbol: 'Y', lambda: cross }, { symbol: 'Y', soldSymbol: 'X', lambda: cross }],
          };
          const side = (sign: 1 | -1): Portfolio => ({
            accounts: parties.map(({ contracts, distance, symbol }, k) => ({ reference: `p${k}`, marginMode: 'cross', balance: 0, positions: [{ symbol, side: sign > 0 ? 'long' : 'short', contracts, entryPrice: 1024 - sign * distance - sign / 3 }] })),
          });
          const [fall, rise] = ([1, -1] as const).map((sign) => cascade(market, side(sign), { marketShock: -sign / 1024, dynamics }));
          expect(rise.rounds.length).toBe(fall.rounds.length);
          expect([...rise.closedIn]).toEqual([...fall.closedIn]);
          fall.finalPrice.forEach((price, a) => near(rise.finalPrice[a] - 1024, 1024 - price, 1e-9));
          summary(fall).assets.forEach(({ lowestPrice, quantitySold, displacementLeft }, a) => {
            const mirrored = summary(rise).assets[a];
            near(mirrored.highestPrice - 1024, 1024 - lowestPrice, 1e-9);
            expect(mirrored.quantityBought).toBe(quantitySold);
            near(mirrored.displacementLeft, -displacementLeft, 1e-9);
          });
        },
      ),
      { seed: 44, numRuns: 200 },
    );
  });
});
