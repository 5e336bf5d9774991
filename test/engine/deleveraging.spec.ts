import fc from 'fast-check';
import { borne, byLevel, byQueue, cascade, chances, contractsForTargets, type Fault, impactCurve, lights, nearestShares, outcomes, prepare, queue, queueScore, summary, thresholds, waterfall, wholeContracts } from '../../src/engine/index.js';
import { reference } from './peers/reference.js';

/**
 * The rules that share a loss out. The peer is github.com/pluriholonomic/autodeleveraging-analysis @aae0be8 (MIT, Copyright (c) 2025 Tarun Chitra,
 * Victor Xu, Nagu Thogiti, Mauricio Trujillo), its functions run on the inputs shown; the examples are those of T. Chitra, arXiv:2512.01112.
 */
const near = (actual: readonly number[], expected: readonly number[], tolerance = 1e-12) => {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, i) => expect(Math.abs(value - expected[i])).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(expected[i]))));
};

interface PeerInput {
  readonly budget?: number;
  readonly capacities?: number[];
  readonly scores?: number[];
  readonly weights?: number[] | null;
  readonly qty?: number[];
  readonly requiredContracts?: number;
  readonly lossPerContract?: number | number[];
  readonly side?: 'long' | 'short' | 'both';
  readonly rounding?: 'ceil' | 'floor' | 'round';
  readonly cap?: number[] | null;
  readonly targets?: number[];
  readonly maxContracts?: number[];
  readonly losses?: number[];
  readonly equity?: number[];
  readonly y?: number[];
}

const times = (contracts: readonly number[], loss: number | readonly number[]) => contracts.map((closed, i) => closed * (typeof loss === 'number' ? loss : loss[i]));
const sumOf = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const ONE_SIDE = { long: (qty: number) => Math.max(0, qty), short: (qty: number) => Math.max(0, -qty), both: Math.abs };
/** As Python rounds: halves to the even. */
const ROUNDED = { ceil: Math.ceil, floor: Math.floor, round: (value: number) => (Math.abs(value % 1) === 0.5 ? 2 * Math.round(value / 2) : Math.round(value)) };

/** Each function of the peer, said with the rules of the engine: all that it answers, its list first. */
const SAID: Readonly<Record<string, (input: PeerInput) => number[] | Readonly<Record<string, number | number[]>>>> = {
  'allocate_priority(queue)': ({ budget, capacities, scores }) => byQueue(budget!, capacities!, scores!),
  'allocate_pro_rata(capped)': ({ budget, capacities, weights }) => byLevel(budget!, capacities!, weights ?? capacities!).taken,
  contracts_pro_rata_close_integer({ qty, requiredContracts, weights, lossPerContract = 1, side = 'long', rounding = 'ceil' }) {
    const held = qty!.map(ONE_SIDE[side]);
    const requiredInt = Math.max(0, ROUNDED[rounding](requiredContracts!));
    const closed = wholeContracts(requiredInt, held.map(Math.floor), (weights ?? held).map((weight, i) => (held[i] >= 1 ? Math.max(0, weight) : 0)), { ties: 'last', isSinglePass: true });
    return { closed, losses: times(closed, lossPerContract), requiredInt };
  },
  rounded_wealth_pro_rata_to_contracts({ targets, lossPerContract, maxContracts }) {
    const contracts = contractsForTargets(targets!, lossPerContract as number[], maxContracts!.map(Math.floor));
    const realized = times(contracts, lossPerContract!);
    return { contracts, realized, totalTarget: sumOf(targets!), totalRealized: sumOf(realized) };
  },
  losses_to_equity_haircuts: ({ losses, equity, cap }) => ({ ...borne(losses!, cap ?? equity!) }),
  project_weighted_box_simplex: ({ y, weights, budget }) => nearestShares(y!, weights!, budget!),
};
const list = (answer: ReturnType<(typeof SAID)[string]>) => (Array.isArray(answer) ? answer : Object.values(answer)[0]) as number[];

const RETYPED: readonly (readonly [string, PeerInput, number[]])[] = [
  ['allocate_priority(queue)', { budget: 7.5, capacities: [8, 4, 0.5, 0, 0], scores: [2, 3, 1, 0, 0] }, [3.5, 4, 0, 0, 0]],
  ['allocate_priority(queue)', { budget: 20, capacities: [5, 5, 5], scores: [1, 2, 3] }, [5, 5, 5]],
  ['allocate_pro_rata(capped)', { budget: 7.5, capacities: [8, 4, 0.5, 0, 0], weights: null }, [4.8, 2.4, 0.3, 0, 0]],
  ['allocate_pro_rata(capped)', { budget: 59, capacities: [10, 20, 30], weights: [3, 2, 1] }, [10, 20, 29]],
  ['allocate_pro_rata(capped)', { budget: 1e6, capacities: [250_000, 900_000, 40_000, 1_300_000], weights: [10, 2, 25, 5] }, [250_000, 202_857.14285714287, 40_000, 507_142.85714285716]],
  ['contracts_pro_rata_close_integer', { qty: [5, 3, 2], requiredContracts: 4.2 }, [2, 2, 1]],
  ['contracts_pro_rata_close_integer', { qty: [1, 1, 1, 1, 1], requiredContracts: 3 }, [0, 0, 1, 1, 1]],
  ['contracts_pro_rata_close_integer', { qty: [1, 1, 10], requiredContracts: 9, weights: [1, 1, 1] }, [1, 1, 4]],
  ['rounded_wealth_pro_rata_to_contracts', { targets: [10, 20, 30], lossPerContract: [4, 7, 11], maxContracts: [1, 10, 2] }, [1, 3, 2]],
  ['losses_to_equity_haircuts', { losses: [5, 10, 1], equity: [4, 20, -3] }, [4, 10, 0]],
  ['project_weighted_box_simplex', { y: [0, 0, 0], weights: [10, 20, 30], budget: 30 }, [3 / 14, 6 / 14, 9 / 14]],
];

describe('the peer', () => {
  test.each(RETYPED)('%s, retyped: %j', (name, input, output) => near(list(SAID[name](input)), output, 1e-11));

  const stored = reference<{ readonly cases: readonly { readonly function: string; readonly input: PeerInput; readonly output: unknown }[] }>('peer-adl-policies');
  (stored ? test : test.skip)('every case of its file, all that it tells', () => {
    for (const { function: name, input, output } of stored!.cases) {
      const said = SAID[name](input);
      if (Array.isArray(output)) near(said as number[], output as number[], 1e-11);
      else for (const [key, told] of Object.entries(output as Readonly<Record<string, number | number[]>>)) near([(said as Readonly<Record<string, number | number[]>>)[key]].flat(), [told].flat(), 1e-11);
    }
    expect(stored!.cases.length).toBeGreaterThan(0);
  });

  test('the shares nearest to wanted ones spend the budget, and no other shares that do are nearer', () => {
    const shares = fc.array(fc.record({ wanted: fc.double({ min: -2, max: 2, noNaN: true }), weight: fc.double({ min: 0.1, max: 50, noNaN: true }) }), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(shares, fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(7), fc.nat(7), (rows, part, a, b) => {
        const [wanted, weights] = [rows.map((row) => row.wanted), rows.map(({ weight }) => weight)];
        const budget = part * sumOf(weights);
        const found = nearestShares(wanted, weights, budget);
        near([sumOf(found.map((share, i) => share * weights[i]))], [budget], 1e-9);
        const distance = (of: readonly number[]) => sumOf(of.map((share, i) => (share - wanted[i]) ** 2));
        const [i, j] = [a % rows.length, b % rows.length];
        for (const step of i === j ? [] : [1e-4, -1e-4]) {
          const moved = found.map((share, k) => (k === i ? share + step / weights[i] : k === j ? share - step / weights[j] : share));
          if (moved.every((share) => share >= 0 && share <= 1)) expect(distance(moved)).toBeGreaterThanOrEqual(distance(found) - 1e-9);
        }
      }),
    );
    near(nearestShares([0.9, 0.1, 2], [1, 2, 1], 2.1), [0.9, 0.1, 1], 1e-12); // 2.1 is what the wanted cost, cut at 1
    expect([nearestShares([0, 0], [1, 3], 4), nearestShares([0.5, 0.5], [1, 3], 0)]).toEqual([[1, 1], [0, 0]]);
  });

  test('what nobody can bear of losses is told', () => expect(borne([5, 10, 1], [4, 20, -3]).uncovered).toBe(2));

  test('its single pass closes 6 of 9 contracts although 12 are open; ours closes 9, and ties go to the first', () => {
    expect(wholeContracts(9, [1, 1, 10], [1, 1, 1], { isSinglePass: true })).toEqual([1, 1, 4]);
    expect(wholeContracts(9, [1, 1, 10], [1, 1, 1])).toEqual([1, 1, 7]);
    expect(wholeContracts(3, [1, 1, 1, 1, 1])).toEqual([1, 1, 1, 0, 0]);
    expect(wholeContracts(5, [5, 3, 2])).toEqual([3, 1, 1]);
    expect(queue([1, 2, 2, 3])).toEqual([3, 1, 2, 0]);
  });

  test('an exchange does so under the fault named for it, and the rest stays with the liquidated', () => {
    // one of ten contracts finds a bid at 89.1, nine stay against three shorts with the same equity
    const asset = { symbol: 'X', price: 100, lotSize: 1, impact: { model: 'orderBook' as const }, orderBook: { bids: [[99, 1]], asks: [[101, 50]] }, tiers: [{ minNotional: 0, maintenanceMarginRate: 0.05 }] };
    const shorts = [1, 1, 10].map((contracts, n) => ({ reference: `S${n}`, marginMode: 'isolated' as const, positions: [{ symbol: 'X', side: 'short' as const, contracts, entryPrice: 100, margin: 1000 - 10.9 * contracts }] }));
    const long = { reference: 'L', marginMode: 'isolated' as const, positions: [{ symbol: 'X', side: 'long' as const, contracts: 10, entryPrice: 100, margin: 50 }] };
    const market = { assets: [asset], exchanges: [{ name: 'one', deleveraging: { policy: 'cappedProRata' as const, method: 'contracts' as const } }] };
    const left = (faults: readonly Fault[]) => [...waterfall(cascade(market, { accounts: [long, ...shorts] }, { marketShock: -0.1, dynamics: { faults } })).after.lots];
    expect(left([])).toEqual([0, 0, 0, -3]);
    expect(left(['singlePass'])).toEqual([3, 0, 0, -6]);
  });
});

describe('published examples', () => {
  test('half of the deficit of 15, by queue 2-1-3 and pro rata, out of profits alone (A22, section 2.4)', () => {
    const profits = [8, 4, 0.5];
    near(byQueue(7.5, profits, [2, 3, 1]), [3.5, 4, 0]);
    const { level, taken } = byLevel(7.5, profits);
    near([level, ...taken], [0.6, 4.8, 2.4, 0.3]);
    near([10, 5, 1].map((equity, i) => equity - taken[i]), [5.2, 2.6, 0.7]);
  });

  test('the water level h = min(1/3, beta), and with risk weights min(beta, tau * risk) at tau = 1/4 (A23)', () => {
    const wealth = [100, 50, 50];
    const capacities = [1, 0.2, 0.5].map((beta, i) => beta * wealth[i]);
    const capped = byLevel(60, capacities, wealth);
    near([capped.level, ...capped.taken], [1 / 3, 100 / 3, 10, 50 / 3]);
    const risky = byLevel(60, capacities, wealth.map((w, i) => w * [1, 2, 3][i]));
    near([risky.level, ...risky.taken], [1 / 4, 25, 10, 25]);
  });

  /** Positions [quantity, cash, side] at entry 1, and their bankruptcy and liquidation prices at a rate of 0.1; none is 0 there. */
  const POSITIONS = { A: [1, 2, 1, 0, 0], B: [1, 2 / 3, 1, 1 / 3, 10 / 27], C: [4, 8 / 3, -1, 5 / 3, 50 / 33], D: [1, 2 / 19, 1, 17 / 19, 170 / 171], E: [1, 10 / 99, -1, 109 / 99, 1090 / 1089] };
  const market = { assets: [{ symbol: 'X', price: 1, lotSize: 1e-9, tiers: [{ minNotional: 0, maintenanceMarginRate: 0.1 }] }] };
  const account = (reference: string, [contracts, margin, sign]: readonly number[], entryPrice = 1) => ({ reference, marginMode: 'isolated' as const, positions: [{ symbol: 'X', side: sign > 0 ? ('long' as const) : ('short' as const), contracts, entryPrice, margin }] });

  test.each(Object.entries(POSITIONS))('bankruptcy and liquidation price of %s, from its entry', (reference, row) => {
    const [threshold] = [...thresholds(prepare(market, { accounts: [account(reference, row)] }))];
    near([threshold.bankruptcyPrice ?? 0, threshold.liquidationPrice ?? 0], [row[3], row[4]], 1e-9);
  });

  test('execution at p - alpha/2 * dq', () => {
    for (const [mark, sold, execution] of [[1.3, 0.5, 1.05], [0.95, 0.2, 0.85], [1.6, -2, 2.6], [0.98, 0.4, 0.78], [1.05, -0.4, 1.25]]) near([impactCurve({ symbol: 'X', price: mark }, { model: 'linear', lambda: 1, floor: 1e-3 }, mark, 1).average(0, sold)], [execution]);
  });

  test('the minimal slice of a short without equity at 5.5 is all of it', () => {
    const course = cascade(market, { accounts: [account('E', POSITIONS.E)] }, { marketShock: 4.5, closeOut: { policy: 'partial', targetMarginRatio: 1 } });
    const { assets } = summary(course);
    near([assets[0].quantityBought, [...outcomes(course)][0].badDebt], [1, 4.398989898989899], 1e-9);
  });

  test('the fee of Binance, 0.004 of 0.5 closed at 1.3', () => {
    const course = cascade({ ...market, exchanges: [{ name: 'binance', liquidationFeeRate: 0.004 }] }, { accounts: [account('F', [0.5, 0.02, -1], 1.3 / 1.01)] }, { marketShock: 0.3 });
    near([[...outcomes(course)][0].liquidationFee], [0.0026], 1e-9);
  });
});

describe('the queue', () => {
  test('of BitMEX, six longs of scores 6 ... 1: the fifths 20 / 40 / 60 / 80 / 80 / 100 as lights', () => {
    expect(lights([6, 5, 4, 3, 2, 1], [10, 20, 30, 10, 10, 20])).toEqual([5, 4, 3, 2, 2, 1]);
  });

  test('ranks winners by return times leverage, then losers by return over leverage', () => {
    near([queueScore({ profit: 20, entryValue: 100, value: 120, equity: 60 }), queueScore({ profit: -20, entryValue: 100, value: 80, equity: 20 })], [0.4, -0.05]);
  });

  test('reaches whom stands behind 6 of 10 with chance 0.4, and pro rata everybody who can give', () => {
    near(chances(10, [4, 6, 5, 0], [2, 3, 1, 0]), [0.4, 1, 0, 0]);
    near(chances(10, [4, 6, 5, 0], null), [1, 1, 1, 0]);
    near(chances(0, [4], [1]), [0]);
    near(chances(10, [4, 4], null, 6), [0.4, 0.4]);
  });
});

describe('what is shared out, on random lists', () => {
  const list = fc.array(fc.record({ capacity: fc.integer({ min: 0, max: 1000 }), weight: fc.integer({ min: 1, max: 50 }), score: fc.integer({ min: 0, max: 5 }) }), { minLength: 1, maxLength: 12 });
  const holds = (claim: string, check: (rows: { capacity: number; weight: number; score: number }[], budget: number) => void) => test(claim, () => fc.assert(fc.property(list, fc.integer({ min: 0, max: 6000 }), check), { numRuns: 500 }));
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

  holds('adds up to the budget or to all there is, and nobody gives more than he can', (rows, budget) => {
    const capacities = rows.map(({ capacity }) => capacity);
    const weights = rows.map(({ weight }) => weight);
    for (const taken of [byQueue(budget, capacities, rows.map(({ score }) => score)), byLevel(budget, capacities, weights).taken, byLevel(budget, capacities).taken, wholeContracts(budget, capacities, weights)]) {
      near([sum(taken)], [Math.min(budget, sum(capacities))], 1e-9);
      taken.forEach((given, i) => expect(given >= 0 && given <= capacities[i]).toBe(true));
    }
  });

  holds('the level is one: whoever is not at his capacity gives level * weight', (rows, budget) => {
    const { level, taken } = byLevel(budget, rows.map(({ capacity }) => capacity), rows.map(({ weight }) => weight));
    rows.forEach(({ capacity, weight }, i) => near([taken[i]], [Math.min(capacity, level * weight)], 1e-9));
  });

  holds('whole contracts differ from the exact parts by less than one', (rows, budget) => {
    const capacities = rows.map(({ capacity }) => capacity);
    const weights = rows.map(({ weight }) => weight);
    const { taken } = byLevel(budget, capacities, weights);
    wholeContracts(budget, capacities, weights).forEach((closed, i) => expect(Number.isInteger(closed) && Math.abs(closed - taken[i]) < 1 + 1e-9).toBe(true));
  });

  test('lots near 2^50 are shared to the lot', () => {
    const capacities = [2 ** 50, 2 ** 50 - 1, 2 ** 49 + 1];
    expect(sum(wholeContracts(2 ** 50 + 3, capacities, [1, 3, 7]))).toBe(2 ** 50 + 3);
  });
});
