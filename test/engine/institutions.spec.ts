import { cascade, explanations, type Institution, type Market, outcomes, prepare, rounds, type Scenario, summary, thresholds } from '../../src/engine/index.js';

/** Institutions worked by hand: leverage is assets / equity, a sale at the marks brings it to the target. */
const market: Market = { assets: [{ symbol: 'X', price: 1 }, { symbol: 'Y', price: 1 }] };
const bank = (terms: Partial<Institution> = {}): Institution => ({ reference: 'bank', holdings: [{ symbol: 'X', quantity: 60 }, { symbol: 'Y', quantity: 20 }], otherAssets: 20, liabilities: 90, leverageMax: 12, leverageTarget: 10, ...terms });
const run = (institution: Institution, scenario: Scenario, priced = market) => cascade(priced, { institutions: [institution] }, scenario);
const fall = (shock: number): Scenario => ({ shocks: [{ symbol: 'X', shock }] });
const outcomeOf = (...given: Parameters<typeof run>) => [...outcomes(run(...given))][0];
const near = (actual: number | null, expected: number, tolerance = 1e-9) => expect(Math.abs((actual as number) - expected)).toBeLessThanOrEqual(tolerance);

describe('an institution', () => {
  test('above its largest leverage sells pro rata what brings it to the target', () => {
    // assets 97, equity 7, leverage 13.86; sells 97 - 70 = 27 of 77, the same part of both
    const { state, cause, leverageBefore, leverageAfter, valueSold, debtRepaid, equityAfter, liquidationPenalty } = outcomeOf(bank(), fall(-0.05));
    expect([state, cause, leverageBefore, liquidationPenalty]).toEqual(['deleveraged', 'shock', 10, 0]);
    near(valueSold, 27);
    near(debtRepaid, 27);
    near(equityAfter, 7);
    near(leverageAfter, 10);
    const [{ entries }] = [...rounds(run(bank(), fall(-0.05)))];
    entries.forEach(({ quantity }, k) => near(quantity, [60, 20][k] * (27 / 77)));
  });

  test('at exactly its largest leverage does nothing, a hair above it acts', () => {
    // equity 10 - 60 d, assets 100 - 60 d; leverage 12 at d = 20 / 660
    expect(outcomeOf(bank(), fall(-20 / 660)).state).toBe('untouched');
    expect(outcomeOf(bank(), fall(-20 / 660 - 1e-9)).state).toBe('deleveraged');
  });

  test('with the target for its largest leverage sells off every rise above it', () => {
    const targeting = bank({ leverageMax: 10 });
    expect(outcomeOf(targeting, {}).state).toBe('untouched');
    near(outcomeOf(targeting, fall(-0.001)).leverageAfter, 10);
  });

  test('sells everything without equity, and never turns round', () => {
    const { state, valueSold, leverageAfter, badDebt, equityAfter } = outcomeOf(bank(), fall(-0.3));
    expect([state, leverageAfter]).toEqual(['liquidated', null]);
    near(valueSold, 62);
    near(badDebt, 8);
    near(equityAfter, -8);
  });

  test('without equity from the start is in breach before the shock', () => {
    const { state, cause } = outcomeOf(bank({ liabilities: 100 }), {});
    expect([state, cause]).toEqual(['liquidated', 'breachBeforeShock']);
    expect(summary(run(bank({ liabilities: 105 }), {})).totals.inBreachBefore).toBe(1);
  });

  test('is resolved above its resolution leverage though it has equity', () => {
    expect(outcomeOf(bank({ resolutionLeverage: 20 }), fall(-0.09)).state).toBe('liquidated');
    expect(outcomeOf(bank(), fall(-0.09)).state).toBe('deleveraged');
  });

  test('sells what it can where that is not enough, and stops there', () => {
    // only X can be sold: 57 of the 97 - 35 = 62 wanted
    const tight = bank({ leverageTarget: 5, holdings: [{ symbol: 'X', quantity: 60 }, { symbol: 'Y', quantity: 20, isIlliquid: true }] });
    const course = run(tight, fall(-0.05));
    expect(course.isFixedPoint).toBe(true);
    const [{ state, valueSold, leverageAfter }] = [...outcomes(course)];
    expect(state).toBe('deleveraged');
    near(valueSold, 57);
    near(leverageAfter, 40 / 7);
    near([...outcomes(run(tight, { shocks: [{ symbol: 'Y', shock: -0.15 }] }))][0].equityAfter, 7);
  });

  test('pays from its cash before it sells', () => {
    // 27 of debt: 20 from cash, 7 of holdings
    const { valueSold, debtRepaid, leverageAfter } = outcomeOf(bank({ otherAssets: 0, cash: 20 }), fall(-0.05));
    near(valueSold, 7);
    near(debtRepaid, 27);
    near(leverageAfter, 10);
    const enough = outcomeOf(bank({ otherAssets: 0, cash: 20, leverageTarget: 11.9 }), fall(-0.05));
    near(enough.valueSold, 0);
    near(enough.debtRepaid, 97 - 11.9 * 7);
    expect(enough.state).toBe('deleveraged');
  });

  test('settled in the next round, its proceeds are cash until it acts again', () => {
    // the first sale leaves assets as they are, the second act pays with its proceeds and needs no more
    const scenario: Scenario = { ...fall(-0.05), dynamics: { settlement: 'nextRound' } };
    const course = run(bank(), scenario);
    expect(course.rounds).toHaveLength(2);
    expect([...rounds(course)][1].entries).toEqual([]);
    near([...outcomes(course)][0].leverageAfter, 10);
  });

  test('has a threshold in every price, explained with its reserve', () => {
    const book = prepare(market, { institutions: [bank()] });
    const [x, y] = [...thresholds(book)];
    near(x.liquidationPrice, 1 - 20 / 660);
    near(x.bankruptcyPrice, 1 - 10 / 60);
    near(y.liquidationPrice, 1 - 20 / 220);
    expect(outcomeOf(bank(), fall(x.liquidationPrice! - 1)).state).toBe('untouched');
    for (const { ends, collateral, collateralUnits, otherRequirement } of explanations(book)) {
      expect(ends).toHaveLength(1);
      near(ends[0].health, 0);
      near(collateral + collateralUnits * ends[0].price - otherRequirement, 0);
    }
  });

  test('goes on while its own sales push the price', () => {
    const thin: Market = { assets: [{ symbol: 'X', price: 1, impact: { model: 'linear', lambda: 0.001 } }, { symbol: 'Y', price: 1 }] };
    const course = run(bank({ leverageMax: 10 }), fall(-0.05), thin);
    expect(course.isFixedPoint).toBe(true);
    expect(course.rounds.length).toBeGreaterThan(2);
    expect([...outcomes(course)][0].leverageAfter!).toBeLessThanOrEqual(10 + 1e-9);
  });
});

/**
 * Greenwood, Landier, Thesmar (2015), Vulnerable Banks: what a bank sells is its debt to equity times its loss, by its first weights; prices of 1, impact per unit sold,
 * and the sold part bears the whole impact. A04, A11 and A12 of shared/reference/analytic-cases.json.
 */
describe('the linear rule', () => {
  const LINEAR = { rule: 'linear' as const, otherAssets: 0, holdings: [] };
  const linear = (symbol: string, lambda: number) => ({ symbol, price: 1, impact: { model: 'linear' as const, lambda } });
  const banks = ([[100, 9, [0.5, 0.5]], [80, 7, [0.25, 0.75]], [60, 5, [1, 0]]] as const).map(([assets, debtToEquity, weights], i): Institution => ({
    ...LINEAR,
    reference: `${i}`,
    holdings: weights.flatMap((weight, k) => (weight > 0 ? [{ symbol: 'XY'[k], quantity: assets * weight }] : [])),
    liabilities: (assets * debtToEquity) / (1 + debtToEquity),
    leverageMax: 1 + debtToEquity,
  }));
  const three = (scenario: Scenario, impact = 1, institutions = banks) => cascade({ assets: [linear('X', 0.001 * impact), linear('Y', 0.002 * impact)] }, { institutions }, { ...scenario, dynamics: { execution: 'after', maxRounds: 1, ...scenario.dynamics } });
  const indirectLosses = (course: ReturnType<typeof three>) => [...outcomes(course)].map(({ equityShocked, equityAfter }) => equityShocked - equityAfter);

  test('one bank and one asset fall in a geometric series (A04)', () => {
    const one: Institution = { ...LINEAR, reference: 'one', holdings: [{ symbol: 'X', quantity: 100 }], liabilities: 90, leverageMax: 10 };
    const after = (maxRounds: number) => summary(cascade({ assets: [linear('X', 1 / 1800)] }, { institutions: [one] }, { ...fall(-0.01), dynamics: { maxRounds } })).assets[0];
    near(after(1).finalPrice, 1 - 0.015);
    near(after(2).finalPrice, 1 - 0.0175);
    near(after(1000).finalPrice, 1 - 0.02);
    near(after(1000).quantitySold, 18);
    near(after(1000).amplification, 2);
  });

  test('three banks sell 22.5 + 3.5 + 30 and 22.5 + 10.5, and lose 6.1, 5.08 and 3.36 by it (A11)', () => {
    const course = three({ shocks: [{ symbol: 'X', shock: -0.1 }] });
    const entries = [...rounds(course)][0].entries.map(({ account, symbol, quantity }) => [account, symbol, quantity] as const);
    const told = [['0', 'X', 22.5], ['0', 'Y', 22.5], ['1', 'X', 3.5], ['1', 'Y', 10.5], ['2', 'X', 30]] as const;
    told.forEach(([account, symbol, quantity], n) => {
      expect(entries[n].slice(0, 2)).toEqual([account, symbol]);
      near(entries[n][2], quantity);
    });
    const losses = indirectLosses(course);
    [6.1, 5.08, 3.36].forEach((loss, i) => near(losses[i], loss));
    near(losses.reduce((sum, loss) => sum + loss) / 30, 727 / 1500);
  });

  // a tenth of the shock: at the whole of it two banks lose their equity on the way and are resolved, which the linear sum knows only under its fault
  test('half of the impact, round after round, sums up to (I - T)^-1 M f (A11)', () => {
    const { assets: [x, y] } = summary(three({ shocks: [{ symbol: 'X', shock: -0.01 }], dynamics: { maxRounds: 1000 } }, 0.5));
    const returns = [(x.finalPrice + y.finalPrice) / 2, 0.25 * x.finalPrice + 0.75 * y.finalPrice, x.finalPrice].map((value) => value - 1);
    [-0.14272809394760616, -0.13098464317976513, -0.16621499548328816].forEach((expected, i) => near(returns[i], expected / 10));
    const unbounded = summary(three({ shocks: [{ symbol: 'X', shock: -0.1 }], dynamics: { maxRounds: 1000, faults: ['linearUnbounded'] } }, 0.5));
    const whole = unbounded.assets.map(({ finalPrice }) => finalPrice - 1);
    [(whole[0] + whole[1]) / 2, 0.25 * whole[0] + 0.75 * whole[1], whole[0]].forEach((value, i) => near(value, [-0.14272809394760616, -0.13098464317976513, -0.16621499548328816][i]));
    expect([unbounded.totals.uncertifiedBecause, unbounded.assets[0].quantitySold > 50 + 20 + 60]).toEqual(['faults', true]);
  });

  test('a uniform shock of 1 % takes 3071 / 30000 of the equity (A12)', () => {
    near(indirectLosses(three({ marketShock: -0.01 })).reduce((sum, loss) => sum + loss) / 30, 3071 / 30_000);
  });
});

test('two stages: a part at once, the rest when the account is liquidatable after the cooldown (README eq. 32)', () => {
  const flat = [{ minNotional: 0, maintenanceMarginRate: 0.1 }];
  const priced: Market = { assets: [{ symbol: 'X', price: 100, tiers: flat }, { symbol: 'Y', price: 100, tiers: flat }] };
  const long = (reference: string, margin: number) => ({ reference, marginMode: 'isolated' as const, positions: [{ symbol: 'X', side: 'long' as const, contracts: 40, entryPrice: 100, margin }] });
  const staged = (margin: number, cooldown: number) => cascade(priced, { accounts: [long('a', margin)] }, { shocks: [{ symbol: 'X', shock: -0.1 }], closeOut: { policy: 'staged', firstFraction: 0.5, cooldown } });
  const sold = (course: ReturnType<typeof staged>) => [...rounds(course)].map(({ entries }) => entries.map(({ quantity }) => quantity));
  // at 90: equity margin - 400, requirement 360, after the first stage 180
  expect(sold(staged(600, 3))).toEqual([[20]]);
  expect(sold(staged(550, 1))).toEqual([[20], [20]]);
  expect(sold(staged(550, 3))).toEqual([[20], [], [], [20]]);
  expect(sold(staged(400, 3))).toEqual([[40]]);
  expect([...outcomes(staged(600, 3))][0].state).toBe('reduced');
});

test('a part of whole lots is the one that was typed, although 0.28 * 100 is above 28 and 0.3 / 0.1 below 3 in binary', () => {
  const asset = { symbol: 'X', price: 100, lotSize: 1, tiers: [{ minNotional: 0, maintenanceMarginRate: 0.1 }] };
  const account = { reference: 'a', marginMode: 'isolated' as const, positions: [{ symbol: 'X', side: 'long' as const, contracts: 100, entryPrice: 100, margin: 1500 }] };
  const loan = { reference: 'l', collateral: [{ symbol: 'X', quantity: 100, liquidationThreshold: 0.8 }], debts: [{ quantity: 8000 }], dumpedShare: 0.28 };
  const shock = { marketShock: -0.1 };
  const sold = (course: ReturnType<typeof cascade>) => [...rounds(course)][0].entries.map(({ quantity, unfilled }) => [quantity, unfilled]);
  expect(sold(cascade({ assets: [asset] }, { accounts: [account] }, { ...shock, closeOut: { policy: 'staged', firstFraction: 0.28 } }))).toEqual([[28, 0]]);
  expect(sold(cascade({ assets: [asset] }, { loans: [loan] }, shock))).toEqual([[25, 0]]); // 8000 / 90 are 89 lots, 28 % of them
  const book = { bids: [[99, 0.3] as [number, number]], asks: [[101, 0.3] as [number, number]] };
  const small = { ...account, positions: [{ ...account.positions[0], contracts: 0.3, margin: 1 }] };
  expect(sold(cascade({ assets: [{ ...asset, lotSize: 0.1, impact: { model: 'orderBook' }, orderBook: book }] }, { accounts: [small] }, shock))).toEqual([[0.3, 0]]);
});

test('the linear rule sells nothing where there is nothing to sell', () => {
  const assets = [{ symbol: 'X', price: 100 }, { symbol: 'Y', price: 10 }];
  const institution = { reference: 'i', holdings: [{ symbol: 'X', quantity: 0 }, { symbol: 'Y', quantity: 10, isIlliquid: true }], liabilities: 50, leverageMax: 3, leverageTarget: 1, rule: 'linear' as const };
  for (const faults of [[], ['linearUnbounded' as const]]) expect(cascade({ assets }, { institutions: [institution] }, { marketShock: -0.1, dynamics: { faults } }).rounds).toEqual([]);
});

test('stops of one account fire one after the other as its own sales push the price', () => {
  const priced: Market = { assets: [{ symbol: 'X', price: 100, impact: { model: 'linear', lambda: 0.5 }, tiers: [{ minNotional: 0, maintenanceMarginRate: 0 }] }] };
  const stop = (amount: number, triggerPrice: number) => ({ symbol: 'X', side: 'sell' as const, amount, triggerPrice, reduceOnly: true });
  const account = { reference: 'a', marginMode: 'cross' as const, balance: 10_000, positions: [{ symbol: 'X', side: 'long' as const, contracts: 10, entryPrice: 100 }], stopOrders: [stop(4, 99), stop(4, 97.5), stop(8, 95), stop(1, 93.9)] };
  const course = cascade(priced, { accounts: [account] }, { marketShock: -0.01 });
  // 99 sells 4: 97; 97 sells 4: 95; 95 sells the 2 that are left: 94; 93.9 is not reached
  expect([...rounds(course)].map(({ entries, prices: [{ priceAfter }] }) => [entries.map(({ quantity }) => quantity), priceAfter])).toEqual([[[4], 97], [[4], 95], [[2], 94]]);
  expect(summary(course).totals.stopsTriggered).toBe(3);
});
