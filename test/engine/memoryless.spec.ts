import fc from 'fast-check';
import { AGREEMENT_TOLERANCE, cascade, type CloseOut, impactCurve, type Loan, type MarginAccount, type Market, outcomes, prepare, type Scenario, summary } from '../../src/engine/index.js';
import { responder } from '../../src/engine/responses.js';
import { world } from './random-books.js';

/** One asset in whole lots, so that every quantity can be tried: the memoryless responses (README eq. 22) written again from their definitions. */
interface Small {
  readonly price: number;
  readonly rate: number;
  readonly impact: 'linear' | 'exponential';
  readonly slope: number;
  readonly shock: number;
  readonly target: number;
  readonly longs: readonly { readonly lots: number; readonly leverage: number; readonly stops: readonly { readonly part: number; readonly off: number }[] }[];
  readonly loans: readonly { readonly lots: number; readonly threshold: number; readonly health: number; readonly closeFactor: number; readonly bonus: number; readonly dumpedShare: number }[];
}

/** Off every round number, so that nobody stands exactly on a threshold. */
const number = (min: number, max: number) => fc.integer({ min: 1, max: 99_988 }).map((n) => min + ((max - min) * n) / 99_991);
const small: fc.Arbitrary<Small> = fc.record({
  price: number(50, 150),
  rate: number(0.01, 0.2),
  impact: fc.constantFrom('linear' as const, 'exponential' as const),
  slope: number(0.0005, 0.004),
  shock: number(-0.3, 0),
  target: number(1, 4),
  longs: fc.array(fc.record({ lots: fc.integer({ min: 1, max: 25 }), leverage: number(3, 25), stops: fc.array(fc.record({ part: number(0.1, 0.5), off: number(0.01, 0.3) }), { maxLength: 2 }) }), { minLength: 1, maxLength: 5 }),
  loans: fc.array(fc.record({ lots: fc.integer({ min: 1, max: 25 }), threshold: number(0.6, 0.9), health: number(1, 1.25), closeFactor: number(0.2, 1), bonus: number(0, 0.1), dumpedShare: number(0.2, 1) }), { maxLength: 3 }),
});

function built({ price, rate, impact, slope, shock, target, longs, loans }: Small, policy: CloseOut['policy']) {
  const market: Market = { assets: [{ symbol: 'X', price, lotSize: 1, impact: { model: impact, lambda: price * slope, depth: 1 / slope }, tiers: [{ minNotional: 0, maintenanceMarginRate: rate }] }] };
  const accounts = longs.map(({ lots, leverage, stops }, k): MarginAccount => ({
    reference: `long-${k}`,
    marginMode: 'cross',
    balance: lots * price * (1 / leverage + rate),
    positions: [{ symbol: 'X', side: 'long', contracts: lots, entryPrice: price }],
    stopOrders: (policy === 'full' ? stops : []).map(({ part, off }) => ({ symbol: 'X', side: 'sell', amount: Math.floor(part * lots), triggerPrice: price * (1 - off) })),
  }));
  const lent = loans.map(({ lots, threshold, health, ...terms }, k): Loan => ({
    reference: `loan-${k}`,
    collateral: [{ symbol: 'X', quantity: lots, liquidationThreshold: threshold }],
    debts: [{ quantity: (lots * price * threshold) / health }],
    closeFactor: terms.closeFactor,
    liquidationBonus: terms.bonus,
    dumpedShare: terms.dumpedShare,
  }));
  const scenario: Scenario = { marketShock: shock, closeOut: policy === 'partial' ? { policy, targetMarginRatio: target } : { policy } };
  return { market, portfolio: { accounts, loans: lent }, scenario };
}

/** Lots sold at a price, by trying every slice and making every call. */
function soldAt({ accounts, loans }: ReturnType<typeof built>['portfolio'], rate: number, closeOut: CloseOut, at: number): number {
  let sold = 0;
  for (const { balance, positions, stopOrders } of accounts) {
    const [{ contracts, entryPrice }] = positions!;
    const equity = balance! + contracts * (at - entryPrice);
    if (equity - rate * contracts * at > 0) {
      sold += stopOrders!.filter(({ triggerPrice }) => at <= triggerPrice).reduce((sum, { amount }) => sum + amount, 0);
    } else if (closeOut.policy === 'full') {
      sold += contracts;
    } else {
      let slice = 1;
      while (slice < contracts && equity < closeOut.targetMarginRatio! * rate * (contracts - slice) * at) slice++;
      sold += slice;
    }
  }
  for (const { collateral, debts, closeFactor, liquidationBonus, dumpedShare } of loans) {
    const [{ quantity, liquidationThreshold }] = collateral;
    let held = quantity;
    let debt = debts[0].quantity;
    while (held > 1e-9 && debt > 1e-9 && held * at * liquidationThreshold < debt - 1e-9) {
      const repaid = Math.min(closeFactor! * debt, (held * at) / (1 + liquidationBonus!));
      held -= (repaid * (1 + liquidationBonus!)) / at;
      debt -= repaid;
    }
    sold += Math.ceil(dumpedShare! * Math.ceil(quantity - Math.max(0, held) - 1e-9) - 1e-9);
  }
  return sold;
}

describe.each(['full', 'partial'] as const)('longs, loans called in part and, where closes are full, stops; close-out %s', (policy) => {
  test('have the least and the greatest of all quantities that reproduce themselves as mild and worst equilibrium, each exactly', () => {
    let several = 0;
    let traded = 0;
    let elsewhere = 0;
    fc.assert(
      fc.property(small, (given) => {
        const { market, portfolio, scenario } = built(given, policy);
        const { equilibrium, totals } = summary(cascade(market, portfolio, scenario));
        const curve = impactCurve(market.assets[0], market.assets[0].impact!, given.price * (1 + given.shock), 1);
        const all = given.longs.reduce((sum, { lots }) => sum + lots, 0) + given.loans.reduce((sum, { lots }) => sum + lots, 0);
        const found = Array.from({ length: all + 1 }, (_, lots) => lots).filter((lots) => soldAt(portfolio, given.rate, scenario.closeOut!, curve.price(lots)) === lots);
        const [{ mildQuantity, worstQuantity, mildResidual, worstResidual }] = equilibrium!.assets;
        expect([totals.uncertifiedBecause, mildQuantity, worstQuantity, mildResidual, worstResidual]).toEqual([null, found[0], found.at(-1), 0, 0]);
        expect(totals.isUnique).toBe(found.length === 1);
        if (found.length > 1) several++;
        if (found[0] > 0) traded++;
        if (!equilibrium!.isReachedByRounds) elsewhere++;
      }),
      { numRuns: 500 },
    );
    expect(several).toBeGreaterThan(5);
    expect(traded).toBeGreaterThan(100);
    // calls and stops depend on the path even where closes are full
    expect(elsewhere).toBeGreaterThan(0);
  });

  test('cleared at once end at the mild one, everybody at its price', () => {
    let traded = 0;
    fc.assert(
      fc.property(small, (given) => {
        const { market, portfolio, scenario } = built(given, policy);
        const course = cascade(market, portfolio, { ...scenario, dynamics: { clearing: 'equilibrium' } });
        const { assets: [{ finalPrice, executionPrice, quantitySold }], equilibrium, totals } = summary(course);
        expect([finalPrice, quantitySold, equilibrium!.isReachedByRounds, totals.isFixedPoint]).toEqual([equilibrium!.assets[0].mildPrice, equilibrium!.assets[0].mildQuantity, true, true]);
        if (quantitySold > 0) expect(executionPrice! / finalPrice).toBeCloseTo(1, 12);
        expect(totals.rounds).toBe(quantitySold > 0 ? 1 : 0);
        expect(totals.inBreachBefore + totals.liquidatedByShock + totals.liquidatedByCascade).toBeGreaterThanOrEqual(equilibrium!.liquidatedAtMild);
        const direct = responder(prepare(market, portfolio), scenario.closeOut!)(Float64Array.of(given.price * (1 + given.shock)));
        expect([...outcomes(course)].filter(({ cause }) => cause === 'shock' || cause === 'breachBeforeShock').length).toBe(direct.isLiquidated.reduce((sum, flag) => sum + flag, 0));
        if (quantitySold > 0) traded++;
      }),
      { numRuns: 300 },
    );
    expect(traded).toBeGreaterThan(100);
  });
});

test.each(['full', 'partial'] as const)('lower prices never make anybody long sell less, close-out %s, many assets and tiers', (policy) => {
  let compared = 0;
  fc.assert(
    fc.property(world({ longOnly: true }), fc.array(number(0.4, 1), { minLength: 3, maxLength: 3 }), fc.array(number(0.7, 1), { minLength: 3, maxLength: 3 }), ({ market, portfolio }, falls, more) => {
      const book = prepare(market, { ...portfolio, loans: portfolio.loans!.map((loan) => ({ ...loan, closeFactor: 0.5, dumpedShare: 0.7 })) });
      const sold = responder(book, { policy });
      const high = book.price.map((price, a) => price * falls[a]);
      const low = high.map((price, a) => price * more[a]);
      const [above, below] = [sold(high).sold, sold(low).sold];
      above.forEach((lots, a) => expect(lots).toBeLessThanOrEqual(below[a]));
      if (above.some((lots, a) => lots > 0 && lots < below[a])) compared++;
    }),
    { numRuns: 500 },
  );
  expect(compared).toBeGreaterThan(100);
});

test('on books of longs and loans that are called in part the worst equilibrium is never better, and contains all that the mild one liquidates', () => {
  let several = 0;
  let reached = 0;
  fc.assert(
    fc.property(world({ longOnly: true }), fc.constantFrom('full' as const, 'partial' as const), number(0.3, 1), ({ market, portfolio, scenario }, policy, closeFactor) => {
      const loans = portfolio.loans!.map((loan) => ({ ...loan, closeFactor, liquidationBonus: 0.05 }));
      const { assets, equilibrium, totals } = summary(cascade(market, { ...portfolio, loans }, { ...scenario, closeOut: { policy } }));
      expect(totals.uncertifiedBecause).toBeNull();
      for (const { mildPrice, worstPrice, mildQuantity, worstQuantity, mildResidual, worstResidual } of equilibrium!.assets) {
        expect(worstPrice).toBeLessThanOrEqual(mildPrice);
        expect(worstQuantity).toBeGreaterThanOrEqual(mildQuantity);
        expect(Math.max(Math.abs(mildResidual), Math.abs(worstResidual)) / mildPrice).toBeLessThanOrEqual(AGREEMENT_TOLERANCE);
      }
      expect(equilibrium!.liquidatedAtWorst).toBeGreaterThanOrEqual(equilibrium!.liquidatedAtMild);
      // slices at better prices than the last one's: the rounds stop at or above the mild equilibrium's price only where they take no more than it
      if (equilibrium!.isReachedByRounds) assets.forEach(({ finalPrice, shockedPrice }, a) => expect(Math.abs(finalPrice - equilibrium!.assets[a].mildPrice)).toBeLessThanOrEqual(AGREEMENT_TOLERANCE * shockedPrice));
      if (!totals.isUnique) several++;
      if (equilibrium!.isReachedByRounds) reached++;
    }),
    { numRuns: 300 },
  );
  expect(several).toBeGreaterThan(0);
  expect(reached).toBeGreaterThan(0);
});

test('A30: a sum raised under exponential inverse demand has a least and a greatest quantity, Lambert W', () => {
  // a loan called in full sells until its debt is paid at the clearing price: x exp(-alpha x) = need
  const [alpha, need] = [0.1, 2];
  const market: Market = { assets: [{ symbol: 'X', price: 1, lotSize: 1e-10, impact: { model: 'exponential', depth: 1 / alpha, floor: 1e-6 } }] };
  const roots = [2.591711018190737, 25.426413577735264];
  for (const root of roots) expect(root * Math.exp(-alpha * root)).toBeCloseTo(need, 9);
  const loan = (quantity: number, debt: number): Loan => ({ reference: 'loan', collateral: [{ symbol: 'X', quantity, liquidationThreshold: 1e-3 }], debts: [{ quantity: debt }], closeFactor: 1, liquidationBonus: 0 });
  const { equilibrium, totals } = summary(cascade(market, { loans: [loan(25.5, need)] }, {}));
  expect(totals.uncertifiedBecause).toBeNull();
  expect(equilibrium!.assets[0].mildQuantity).toBeCloseTo(roots[0], 9);
  // from above: the holding is sold out where it brings less than the need, so the greatest is all of it
  expect(equilibrium!.assets[0].worstQuantity).toBe(25.5);
  expect(summary(cascade(market, { loans: [loan(roots[1], need)] }, {})).equilibrium!.assets[0].worstQuantity).toBeCloseTo(roots[1], 9);
  // a little less than the larger solution and the whole holding brings more than the need: one equilibrium
  expect(summary(cascade(market, { loans: [loan(25.4, need)] }, {})).totals.isUnique).toBe(true);
});

test('a clearing without rounds refuses what only rounds know, by name', () => {
  const market: Market = { assets: [{ symbol: 'X', price: 1 }] };
  const at = (scenario: Scenario) => () => cascade(market, {}, { ...scenario, dynamics: { clearing: 'equilibrium', ...scenario.dynamics } });
  for (const [field, value] of Object.entries({ order: 'byReference', execution: 'after', executionShare: 0.5, settlement: 'nextRound', maxRounds: 3, recovery: 0.5, temporaryShare: 1, throughput: 100, volatilityThinning: 1, arbitrage: 1 })) {
    expect(at({ dynamics: { [field]: value } })).toThrow(`dynamics.${field}: only for rounds`);
    expect(at({ dynamics: { [field]: null } })).not.toThrow();
    expect(() => cascade({ assets: [{ ...market.assets[0], dailyVolatility: 0.1 }] }, {}, { dynamics: { [field]: value } })).not.toThrow();
  }
  expect(at({ closeOut: { policy: 'staged', cooldown: 2 } })).toThrow('closeOut.cooldown: only for rounds');
});
