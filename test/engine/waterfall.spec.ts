import fc from 'fast-check';
import { cascade, type Deleveraging, type Exchange, type MarginAccount, type Market, outcomes, type Portfolio, type Position, type Scenario, summary, waterfall } from '../../src/engine/index.js';
import { world, type World } from './random-books.js';

const near = (actual: readonly number[], expected: readonly number[], tolerance = 1e-9) => {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, i) => expect(Math.abs(value - expected[i])).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(expected[i]))));
};

function run(market: Market, portfolio: Portfolio, scenario: Scenario) {
  const course = cascade(market, portfolio, scenario);
  const rows = [...outcomes(course)];
  return { course, summary: summary(course), rows, of: (account: string) => rows.find((row) => row.account === account)! };
}

const isolated = (reference: string, side: Position['side'], contracts: number, entryPrice: number, margin: number): MarginAccount => ({ reference, marginMode: 'isolated', positions: [{ symbol: 'X', side, contracts, entryPrice, margin }] });

describe('two longs in deficit, a fund of 100 and two shorts (A03)', () => {
  const asset = { symbol: 'X', price: 100, impact: { model: 'linear' as const, lambda: 0.05 }, tiers: [{ minNotional: 0, maintenanceMarginRate: 0.05 }] };
  const longs = [isolated('L1', 'long', 40, 100, 40 * 8.8), isolated('L2', 'long', 60, 100, 60 * 10.225), isolated('L3', 'long', 100, 100, 100 * 24)];
  const shorts = [isolated('S1', 'short', 120, 100, 5000), isolated('S2', 'short', 80, 95, 2000)];
  const answer = (exchange: Omit<Exchange, 'name'>) => run({ assets: [asset], exchanges: [{ name: 'one', ...exchange }] }, { accounts: [...longs, ...shorts] }, { marketShock: -0.09 });

  test('pro rata the shorts give 59.15 and 25.35 of their profits of 1680 and 720', () => {
    const { summary: { exchanges, totals }, of } = answer({ insuranceFund: 100, deleveraging: { policy: 'proRata' } });
    near([of('L1').badDebt, of('L2').badDebt, totals.badDebt], [108, 76.5, 184.5]);
    near([of('S1').haircut, of('S2').haircut, of('S1').haircut / 1680], [59.15, 25.35, 0.035208333333333335]);
    const [{ deleveraged, ...losses }] = exchanges;
    near(Object.values(losses).slice(1) as number[], [184.5, 0, 100, 100, 0, 84.5, 0, 0]);
    expect([losses.exchange, deleveraged.map(({ symbol, side, quantity }) => ({ symbol, side, quantity }))]).toEqual(['one', [{ symbol: 'X', side: 'short', quantity: 0 }]]);
    near([of('L1').coveredByFund, of('L1').coveredByDeleveraging, of('L1').equityAfter, of('L2').equityAfter], [(108 / 184.5) * 100, (108 / 184.5) * 84.5, 0, 0]);
    near([of('S1').equityAfter, of('S2').equityAfter], [5000 + 1680 - 59.15, 2000 + 720 - 25.35]);
    expect([of('S1').adlProbability, of('S2').adlProbability, of('L3').adlProbability]).toEqual([1, 1, 0]);
  });

  test('in the queue the first pays all: S2 earned 720/7600 at 6880/2720, S1 1680/12000 at 10320/6680', () => {
    const { of } = answer({ insuranceFund: 100, deleveraging: { policy: 'queue' } });
    near([of('S1').haircut, of('S2').haircut], [0, 84.5]);
    expect([of('S1').adlProbability, of('S2').adlProbability]).toEqual([0, 1]);
  });

  test('capped pro rata takes the same part of their equity, 6680 and 2720', () => {
    const { of } = answer({ insuranceFund: 100, deleveraging: { policy: 'cappedProRata' } });
    near([of('S1').haircut, of('S2').haircut], [(84.5 * 6680) / 9400, (84.5 * 2720) / 9400]);
  });

  test('without deleveraging all who have equity pay, L3 too', () => {
    const { of, summary: { exchanges: [losses] } } = answer({ insuranceFund: 100, deleveraging: { policy: 'none' } });
    const equities = [2400 - 14 * 100, 6680, 2720];
    near([of('L3').socialisedLoss, of('S1').socialisedLoss, of('S2').socialisedLoss], equities.map((equity) => (84.5 * equity) / (1000 + 9400)));
    near([losses.socialisedLoss, losses.uncovered, of('L1').coveredBySocialisation], [84.5, 0, (108 / 184.5) * 84.5]);
  });

  test('where nothing is stated nobody pays and nothing else changes', () => {
    const { of, summary: { exchanges: [losses], totals } } = answer({});
    near([losses.deficit, losses.uncovered, totals.badDebt, of('L1').uncovered, of('L1').equityAfter], [184.5, 184.5, 184.5, 108, -108]);
    near([of('S1').equityAfter, of('S1').haircut, of('S1').socialisedLoss, losses.fundAfter], [6680, 0, 0, 0]);
  });

  test('lights before the shock: of the shorts S1 is even and S2 a loser, and each side has its own queue', () => {
    const { of } = answer({});
    // by contracts: S1 (120) ends at 60 % of 200, S2 at all of it; L1 .. L3 are even, so in the order of their names at 20, 50 and 100 %
    expect(['S1', 'S2', 'L1', 'L2', 'L3'].map((account) => of(account).adlRank)).toEqual([3, 1, 5, 3, 1]);
  });
});

describe('a fee', () => {
  test('is 1 % of the value closed, as far as anything is left, and pays the deficit of others first', () => {
    const market = { assets: [{ symbol: 'X', price: 100, tiers: [{ minNotional: 0, maintenanceMarginRate: 0.1 }] }], exchanges: [{ name: 'one', liquidationFeeRate: 0.01 }] };
    const { of, summary: { exchanges: [losses] } } = run(market, { accounts: [isolated('rich', 'long', 10, 100, 150), isolated('poor', 'long', 10, 100, 104), isolated('gone', 'long', 10, 100, 90)] }, { marketShock: -0.1 });
    near([of('rich').liquidationFee, of('poor').liquidationFee, of('gone').liquidationFee], [9, 4, 0]);
    near([of('rich').equityAfter, of('poor').equityAfter, of('gone').uncovered], [41, 0, 0]);
    near([losses.liquidationFees, losses.fundPaid, losses.fundAfter], [13, 10, 3]);
  });
});

describe('contracts that the book did not take', () => {
  // after the fall the best bid is 89.1 for 4 of 10: L owes 10 * (95 - 89.1) = 59, and 6 contracts stay
  const asset = { symbol: 'X', price: 100, lotSize: 1, impact: { model: 'orderBook' as const }, orderBook: { bids: [[99, 4]], asks: [[101, 50]] }, tiers: [{ minNotional: 0, maintenanceMarginRate: 0.05 }] };
  const accounts = [isolated('L', 'long', 10, 100, 50), isolated('S1', 'short', 20, 100, 500), isolated('S2', 'short', 10, 98, 200)];
  const answer = (deleveraging: Deleveraging, insuranceFund = 0) => run({ assets: [asset], exchanges: [{ name: 'one', insuranceFund, deleveraging }] }, { accounts }, { marketShock: -0.1 });

  test('are closed against the first of the queue, who gives up no more than his profit of 8.9 each; the rest is socialised', () => {
    const { of, summary: { exchanges: [losses] }, course } = answer({ policy: 'queue', method: 'contracts' });
    near([losses.deficit, losses.deleveragedLoss, losses.socialisedLoss, losses.uncovered], [59, 53.4, 5.6, 0]);
    near([of('S2').haircut, of('S2').deleveragedValue, of('L').deleveragedValue, of('S1').haircut], [53.4, 6 * 89.1, 6 * 89.1, 0]);
    expect([...waterfall(course).after.lots]).toEqual([0, -20, -4]);
    expect(losses.deleveraged.map(({ symbol, side, quantity }) => ({ symbol, side, quantity }))).toEqual([{ symbol: 'X', side: 'short', quantity: 6 }]);
    expect([of('S1').adlProbability, of('S2').adlProbability]).toEqual([0, 1]);
  });

  test('at the bankruptcy price that the fund leaves: it pays 29, the other side 30', () => {
    const { of, summary: { exchanges: [losses] } } = answer({ policy: 'queue', method: 'contracts', price: 'bankruptcy' }, 29);
    near([losses.fundPaid, of('S2').haircut, losses.socialisedLoss, of('L').equityAfter], [29, 30, 0, 0]);
  });

  test('pro rata to the contracts: 4 of 20 and 2 of 10', () => {
    const { of, course } = answer({ policy: 'proRata', method: 'contracts' });
    expect([...waterfall(course).after.lots]).toEqual([0, -16, -8]);
    near([of('S1').haircut, of('S2').haircut], [(4 * 59) / 6, 2 * 8.9]);
  });

  test('at the mark nobody gives up anything, and 59 is socialised over equities of 718 and 289', () => {
    const { of, summary: { exchanges: [losses] } } = answer({ policy: 'queue', method: 'contracts', price: 'mark' });
    near([losses.deleveragedLoss, losses.deleveraged[0].quantity, of('S1').socialisedLoss, of('S2').socialisedLoss], [0, 6, (59 * 718) / 1007, (59 * 289) / 1007]);
  });

  test('stay open where profits pay instead', () => {
    const { course, summary: { exchanges: [losses] } } = answer({ policy: 'queue', method: 'profit' });
    expect([...waterfall(course).after.lots]).toEqual([6, -20, -10]);
    near([losses.deleveragedLoss, losses.deleveraged[0].haircut], [59, 59]);
  });
});

describe('loans', () => {
  const market = (exchange: Exchange): Market => ({ assets: [{ symbol: 'X', price: 100 }], exchanges: [exchange, { name: 'other', insuranceFund: 1000 }] });
  const loan = { reference: 'loan', collateral: [{ symbol: 'X', quantity: 1, liquidationThreshold: 0.9 }], debts: [{ quantity: 85 }] };
  const saver = { reference: 'saver', marginMode: 'cross' as const, balance: 500 };

  test('owe to their lenders: the fund of their own market pays, its accounts do not', () => {
    const shock = { marketShock: -0.5 };
    const { summary: { exchanges }, of } = run(market({ name: 'lending', insuranceFund: 20, deleveraging: { policy: 'none' } }), { accounts: [saver], loans: [loan] }, shock);
    near([exchanges[0].deficit, exchanges[0].fundPaid, exchanges[0].uncovered, of('loan').uncovered, of('saver').equityAfter, exchanges[1].fundAfter], [35, 20, 15, 15, 500, 1000]);
  });
});

describe('on random books', () => {
  const RUNS = { numRuns: 300 };
  const policies: readonly (Deleveraging | null)[] = [null, { policy: 'none' }, ...(['queue', 'proRata', 'cappedProRata'] as const).flatMap((policy) => [{ policy }, { policy, method: 'contracts' as const }, { policy, method: 'contracts' as const, price: 'mark' as const }])];

  interface Venues extends World {
    readonly exchanges: readonly Exchange[];
  }

  /** Accounts and loans stand on three exchanges, most of them on the first. */
  const venues = fc
    .tuple(world({ impacts: ['linear', 'squareRoot', 'constantProduct', 'orderBook', 'orderBook', 'orderBook'] }), fc.tuple(...[0, 1, 2].map((e) => fc.record({ name: fc.constant(`exchange-${e}`), insuranceFund: fc.constantFrom(0, 0, 0, 50, 500, 1e6), liquidationFeeRate: fc.constantFrom(0, 0.005, 0.02), deleveraging: fc.constantFrom(...policies) }))))
    .map(([{ market, portfolio, scenario }, exchanges]): Venues => {
      const at = (n: number) => ({ exchange: exchanges[n % 4 === 3 ? 1 + (n % 8 > 4 ? 1 : 0) : 0].name });
      return { market, scenario, exchanges, portfolio: { accounts: portfolio.accounts!.map((account, n) => ({ ...account, ...at(n) })), loans: portfolio.loans!.map((loan, n) => ({ ...loan, ...at(n) })) } };
    });
  const answer = ({ market, portfolio, scenario, exchanges }: Venues, change: Partial<Exchange> = {}) => run({ ...market, exchanges: exchanges.map((exchange) => ({ ...exchange, ...change })) }, portfolio, scenario);
  const bare: Partial<Exchange> = { insuranceFund: 0, liquidationFeeRate: 0, deleveraging: null };
  const holds = (claim: string, check: (given: Venues) => void) => test(claim, () => fc.assert(fc.property(venues, check), RUNS));
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  /** What rounding is measured against: all that was held, traded and owed. */
  type Result = ReturnType<typeof answer>;
  const gross = ({ rows, course: { book, final, finalPrice } }: Result) => sum(rows.map(({ badDebt, valueSold, valueBought, equityBefore }) => 1 + badDebt + valueSold + valueBought + Math.abs(equityBefore))) + sum([...final.lots].map((lots, k) => (Math.abs(lots) / 1000) * (finalPrice[book.asset[k]] + book.entryPrice[k])));
  const money = (result: Result, actual: number, expected: number) => expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-9 * gross(result));

  test('every stage is reached by these books', () => {
    const seen = new Set<string>();
    for (const given of fc.sample(venues, { numRuns: 1000, seed: 1 })) {
      answer(given).summary.exchanges.forEach((each, e) => {
        const { policy, method, price } = given.exchanges[e].deleveraging ?? {};
        for (const field of ['liquidationFees', 'fundPaid', 'deleveragedLoss', 'socialisedLoss', 'uncovered'] as const) if (each[field] > 0) seen.add(field).add(policy === 'none' ? `none ${field}` : `${method} ${price} ${field}`);
        if (each.deleveraged.some(({ quantity }) => quantity > 0)) seen.add(`${method} ${price} closed`);
      });
    }
    const stages = ['undefined undefined deleveragedLoss', 'undefined undefined socialisedLoss', 'contracts undefined closed', 'contracts undefined socialisedLoss', 'contracts mark closed'];
    const wanted = ['liquidationFees', 'fundPaid', 'uncovered', 'none socialisedLoss', ...stages];
    expect(wanted.filter((stage) => !seen.has(stage))).toEqual([]);
    expect([...seen].some((stage) => stage.endsWith('contracts undefined deleveragedLoss'))).toBe(true);
  });

  holds('every deficit is covered or uncovered exactly once, by account and by exchange', (given) => {
    const result = answer(given);
    const { rows, summary: { exchanges, totals } } = result;
    for (const row of rows) money(result, row.coveredByFund + row.coveredByDeleveraging + row.coveredBySocialisation + row.uncovered, row.badDebt);
    for (const each of exchanges) {
      money(result, each.fundPaid + each.deleveragedLoss + each.socialisedLoss + each.uncovered, each.deficit);
      money(result, each.fundAfter, each.fundBefore + each.liquidationFees - each.fundPaid);
      expect(each.fundAfter).toBeGreaterThanOrEqual(0);
    }
    money(result, sum(exchanges.map(({ deficit }) => deficit)), totals.badDebt);
    money(result, sum(rows.map(({ coveredByDeleveraging }) => coveredByDeleveraging)), sum(rows.map(({ haircut }) => haircut)));
    money(result, sum(rows.map(({ coveredBySocialisation }) => coveredBySocialisation)), sum(rows.map(({ socialisedLoss }) => socialisedLoss)));
  });

  holds('cash is conserved: all equity and all funds together are what they were without the waterfall, and prices are', (given) => {
    const after = answer(given);
    const before = answer(given, bare);
    const wealth = ({ rows, summary: { exchanges } }: typeof after) => sum(rows.map(({ equityAfter }) => equityAfter)) + sum(exchanges.map(({ fundAfter }) => fundAfter));
    money(after, wealth(after), wealth(before) + sum(given.exchanges.map(({ insuranceFund }) => insuranceFund!)));
    expect(after.summary.assets).toEqual(before.summary.assets);
    for (const { badDebt, uncovered, equityAfter } of before.rows) if (badDebt > 0) expect([uncovered, equityAfter]).toEqual([badDebt, -badDebt]);
  });

  holds('who gives has it: no haircut above the unrealised profit, nobody pays himself into debt, no loan pays', (given) => {
    const result = answer(given);
    const { rows, course: { book, final, finalPrice } } = result;
    const before = answer(given, bare).rows;
    rows.forEach(({ haircut, socialisedLoss, liquidationFee, equityAfter }, row) => {
      let profit = 0;
      for (let k = book.first[row]; k < book.first[row + 1]; k++) if (book.entryPrice[k] > 0) profit += Math.max(0, (final.lots[k] / 1000) * (finalPrice[book.asset[k]] - book.entryPrice[k]));
      expect(haircut).toBeLessThanOrEqual(profit + 1e-9 * gross(result));
      const paid = haircut + socialisedLoss + liquidationFee;
      if (paid > 0) expect([equityAfter >= -1e-9 * gross(result), before[row].equityAfter > 0, book.rows[row].loan]).toEqual([true, true, null]);
      if (paid > 0) money(result, equityAfter, before[row].equityAfter - paid);
    });
  });

  holds('contracts are closed on both sides or on none, in whole lots, on one exchange, and only those that the book did not take', (given) => {
    const { course } = answer(given);
    const { after } = waterfall(course);
    const { book, final, isClosed } = course;
    const net = new Map<string, number>();
    book.rows.forEach(({ exchange }, row) => {
      for (let k = book.first[row]; k < book.first[row + 1]; k++) {
        const closed = final.lots[k] - after.lots[k];
        if (closed === 0) continue;
        expect([Number.isInteger(closed), Math.sign(closed), Math.abs(closed) <= Math.abs(final.lots[k]), given.exchanges[exchange].deleveraging!.method]).toEqual([true, Math.sign(final.lots[k]), true, 'contracts']);
        const key = `${exchange} ${book.asset[k]}`;
        net.set(key, (net.get(key) ?? 0) + closed);
      }
    });
    for (const lots of net.values()) expect(lots).toBe(0);
    // whoever was not ordered closed lost contracts only to somebody who was
    if (net.size > 0) expect(book.rows.some((_, row) => isClosed[row] && [...final.lots.slice(book.first[row], book.first[row + 1])].some((lots) => lots !== 0))).toBe(true);
  });

  holds('a larger fund never means more deleveraging, more socialised or more uncovered', (given) => {
    const result = answer(given);
    const less = result.summary.exchanges;
    const more = run({ ...given.market, exchanges: given.exchanges.map((exchange) => ({ ...exchange, insuranceFund: exchange.insuranceFund! * 1.5 + 10 })) }, given.portfolio, given.scenario).summary.exchanges;
    more.forEach((each, e) => {
      for (const field of ['deleveragedLoss', 'uncovered'] as const) expect(each[field]).toBeLessThanOrEqual(less[e][field] + 1e-9 * gross(result));
      expect(each.socialisedLoss + each.deleveragedLoss + each.uncovered).toBeLessThanOrEqual(less[e].socialisedLoss + less[e].deleveragedLoss + less[e].uncovered + 1e-9 * gross(result));
    });
  });

  holds('the order of accounts and loans changes nothing', (given) => {
    const { accounts, loans } = given.portfolio;
    const turned = answer({ ...given, portfolio: { accounts: [...accounts!].reverse(), loans: [...loans!].reverse() } });
    const straight = answer(given);
    expect([turned.rows, turned.summary.exchanges]).toEqual([straight.rows, straight.summary.exchanges]);
  });

  holds('exchanges stand alone: the losses of one are the same whatever the others state', (given) => {
    const [first, ...others] = given.exchanges;
    const alone = run({ ...given.market, exchanges: [first, ...others.map((exchange) => ({ ...exchange, ...bare }))] }, given.portfolio, given.scenario);
    expect(alone.summary.exchanges[0]).toEqual(answer(given).summary.exchanges[0]);
  });

  test('a squeeze of shorts is the mirror of a fall of longs', () => {
    const rows = fc.array(fc.record({ contracts: fc.integer({ min: 1, max: 50 }), margin: fc.integer({ min: 2, max: 40 }), isVictim: fc.boolean() }), { minLength: 2, maxLength: 10 });
    // values at the mark, and so leverage, are not mirrored: only the order of the queue sees that
    const mirrored = policies.filter((each) => each?.policy !== 'queue');
    fc.assert(
      fc.property(rows, fc.integer({ min: 4, max: 30 }), fc.constantFrom(...mirrored), fc.constantFrom(0, 40), (book, fall, deleveraging, insuranceFund) => {
        const market: Market = { assets: [{ symbol: 'X', price: 128, lotSize: 1, impact: { model: 'linear', lambda: 0.0625, floor: 0.001 }, tiers: [{ minNotional: 0, maxNotional: null, maintenanceMarginRate: 0 }] }], exchanges: [{ name: 'one', insuranceFund, deleveraging }] };
        const accounts = (victim: Position['side'], winner: Position['side']) => ({ accounts: book.map(({ contracts, margin, isVictim }, k) => isolated(`${k}`, isVictim ? victim : winner, contracts, 128, contracts * (isVictim ? margin : 1000))) });
        const losses = (portfolio: Portfolio, shock: number) => run(market, portfolio, { marketShock: shock }).rows.map(({ badDebt, haircut, socialisedLoss, uncovered }) => [badDebt, haircut, socialisedLoss, uncovered]);
        const down = losses(accounts('long', 'short'), -fall / 128);
        losses(accounts('short', 'long'), fall / 128).forEach((up, row) => near(up, down[row]));
      }),
      RUNS,
    );
  });
});
