import { byLevel, byQueue, cascade, cascadeSizes, impactCurve, type Institution, type Market, type MarginAccount, outcomes, type Portfolio, prepare, rounds, type Scenario, summary, thresholds } from '../../src/engine/index.js';
import { reference, skipped } from './peers/reference.js';

/**
 * Every figure of shared/reference/analytic-cases.json at the file's own tolerance, from the inputs that stand beside it. What this engine does not compute is named
 * with its reason; a figure that is neither computed nor named fails, so a new one cannot slip through.
 */
interface Case {
  readonly id: string;
  readonly title: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly inputs: any;
  readonly expected: unknown;
  readonly absTolerance: number;
}

const file = reference<{ readonly cases: readonly Case[] }>('analytic-cases');
const inputsOf = (id: string) => file!.cases.find((each) => each.id === id)!.inputs;

const flat = (rate: number) => [{ minNotional: 0, maintenanceMarginRate: rate }];
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const times = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));

function run(market: Market, portfolio: Portfolio, scenario: Scenario) {
  const course = cascade(market, portfolio, scenario);
  return { course, ...summary(course), rows: [...outcomes(course)], ledger: [...rounds(course)] };
}

const isolated = (name: string, side: 'long' | 'short', contracts: number, entryPrice: number, margin: number): MarginAccount => ({ reference: name, marginMode: 'isolated', positions: [{ symbol: 'X', side, contracts, entryPrice, margin }] });

const BANKS = () => inputsOf('A11') as { assets: number[]; debtToEquity: number[]; weights: number[][]; impactPerUnitSold: number[]; shock: number[] };

/** Greenwood, Landier, Thesmar: the linear rule, prices of 1, the sold part bears the whole impact. `sells`: who sells at all. */
function vulnerable(scenario: Scenario, { scale = 1, sells }: { readonly scale?: number; readonly sells?: (bank: number) => boolean } = {}) {
  const { assets, debtToEquity, weights, impactPerUnitSold } = BANKS();
  const institutions = assets.map((owned, i): Institution => ({
    reference: `${i}`,
    holdings: weights[i].flatMap((weight, k) => (weight > 0 ? [{ symbol: `${k}`, quantity: owned * weight }] : [])),
    liabilities: (owned * debtToEquity[i]) / (1 + debtToEquity[i]),
    ...((sells?.(i) ?? true) ? { leverageMax: 1 + debtToEquity[i], rule: 'linear' as const } : { leverageMax: 1e9 }),
  }));
  const market: Market = { assets: impactPerUnitSold.map((lambda, k) => ({ symbol: `${k}`, price: 1, impact: { model: 'linear', lambda: lambda * scale } })) };
  return run(market, { institutions }, { ...scenario, dynamics: { execution: 'after', maxRounds: 1, ...scenario.dynamics } });
}

const shocks = (moves: readonly number[]): Scenario => ({ shocks: moves.flatMap((shock, k) => (shock === 0 ? [] : [{ symbol: `${k}`, shock }])) });
const indirectLoss = ({ rows }: ReturnType<typeof vulnerable>) => rows.map(({ equityShocked, equityAfter }) => equityShocked - equityAfter);
const equityOf = ({ rows }: ReturnType<typeof vulnerable>) => sum(rows.map(({ equityBefore }) => equityBefore));

/* eslint-disable @typescript-eslint/no-explicit-any */
const COMPUTED: Readonly<Record<string, (inputs: any) => unknown>> = {
  A01({ p0, shock, lam, mu, positions }) {
    const market: Market = { assets: [{ symbol: 'X', price: p0, impact: { model: 'linear', lambda: lam }, tiers: flat(mu) }] };
    const accounts = positions.map(({ id, q, entry, collateralPerUnit }: any) => isolated(id, 'long', q, entry, q * collateralPerUnit));
    const { course, rows, ledger, assets: [asset] } = run(market, { accounts }, { marketShock: shock / p0 });
    const all = [...thresholds(prepare(market, { accounts }))];
    const closed = rows.filter(({ state }) => state === 'liquidated');
    return {
      liqPrices: all.map(({ liquidationPrice }) => liquidationPrice),
      bankruptcyPrices: all.map(({ bankruptcyPrice }) => bankruptcyPrice),
      prices: [course.shockedPrice[0], ...ledger.map(({ prices }) => prices[0].priceAfter)],
      rounds: ledger.map(({ entries }) => entries.map(({ account }) => account)),
      execPrices: ledger.map(({ prices }) => prices[0].executionPrice),
      surplus: closed.map(({ equityAfter }) => equityAfter),
      totalSold: asset.quantitySold,
      exogenousDrop: -asset.exogenousMove,
      endogenousDrop: -asset.endogenousMove,
      amplification: asset.amplification,
      liquidated: closed.map(({ account }) => account),
    };
  },

  A03({ p0, shock, lam, positions, insuranceFund, shorts }) {
    const rate = 1 - positions[0].bankruptcy / positions[0].liqPrice;
    const market: Market = { assets: [{ symbol: 'X', price: p0, impact: { model: 'linear', lambda: lam }, tiers: flat(rate) }], exchanges: [{ name: 'one', insuranceFund, deleveraging: { policy: 'proRata' } }] };
    const fallen = ({ liqPrice }: any) => p0 + shock <= liqPrice;
    const played = (order: NonNullable<Scenario['dynamics']>['order'], rename: (id: string) => string = (id) => id) => {
      const longs = positions.map(({ id, q, bankruptcy }: any) => isolated(rename(id), 'long', q, p0, (p0 - bankruptcy) * q));
      const others = shorts.map(({ id, q, entry }: any) => isolated(id, 'short', q, entry, 100 * q));
      const result = run(market, { accounts: [...longs, ...others] }, { marketShock: shock / p0, dynamics: { order } });
      const of = (id: string) => result.rows.find(({ account }) => account === rename(id))!;
      return { ...result, of, deficits: positions.filter(fallen).map(({ id }: any) => of(id).badDebt), execOf: (id: string) => result.ledger[0].entries.find(({ account }) => account === rename(id))!.executionPrice };
    };
    const sequential = (order: NonNullable<Scenario['dynamics']>['order'], rename?: (id: string) => string) => {
      const { deficits, execOf, assets, totals } = played(order, rename);
      expect(Math.abs(assets[0].finalPrice - (p0 + shock - lam * 100))).toBeLessThanOrEqual(1e-9);
      return { execPrices: positions.filter(fallen).map(({ id }: any) => execOf(id)), deficits, total: totals.badDebt };
    };
    const batch = played(null);
    const [{ fundPaid, deficit }] = batch.exchanges;
    const last = sequential('byReference', (id) => (id === 'L1' ? 'Z' : id));
    // L1 stands nearest to its margin, L2 is the larger
    expect(sequential('leastHealthFirst')).toEqual(sequential('byReference'));
    expect(sequential('largestFirst')).toEqual(last);
    const haircuts = shorts.map(({ id }: any) => batch.of(id).haircut);
    const shortPnl = shorts.map(({ id, q }: any) => batch.of(id).equityAfter + batch.of(id).haircut - 100 * q);
    return {
      markAfterShock: batch.course.shockedPrice[0],
      finalPrice: batch.assets[0].finalPrice,
      batch: { execPrice: batch.ledger[0].prices[0].executionPrice, deficits: batch.deficits, total: batch.totals.badDebt },
      sequentialL1First: sequential('byReference'),
      sequentialL2First: last,
      insurancePaid: fundPaid,
      residual: deficit - fundPaid,
      shortPnl,
      proRataFraction: haircuts[0] / shortPnl[0],
      haircuts,
    };
  },

  A04({ assets, debtToEquity, depth, shock }) {
    const bank: Institution = { reference: 'bank', holdings: [{ symbol: 'X', quantity: assets }], liabilities: (assets * debtToEquity) / (1 + debtToEquity), leverageMax: 1 + debtToEquity, rule: 'linear' };
    const { ledger, assets: [asset] } = run({ assets: [{ symbol: 'X', price: 1, impact: { model: 'linear', lambda: 1 / depth } }] }, { institutions: [bank] }, { marketShock: shock });
    const roundReturns = [shock, ...ledger.map(({ prices: [{ priceBefore, priceAfter }] }) => priceAfter - priceBefore)];
    return { R: roundReturns[2] / roundReturns[1], roundReturns: roundReturns.slice(0, 4), totalReturn: asset.finalPrice - 1, totalSold: asset.quantitySold, amplification: asset.amplification, partialSumAfter3Rounds: sum(roundReturns.slice(0, 3)) };
  },

  A06({ x, y, dx, fee }) {
    const pool = (kept: number) => {
      const curve = impactCurve({ symbol: 'X', price: y / x, pool: { reserve: x, currencyReserve: y, fee: kept } }, { model: 'constantProduct' }, y / x, 1);
      return { dy: curve.average(0, dx) * dx, avgPrice: curve.average(0, dx), spotAfter: curve.price(dx) };
    };
    return { noFee: { ...pool(0), spotRatio: pool(0).spotAfter / (y / x) }, withFee: pool(fee) };
  },

  A07({ P0, single, crossing }) {
    const curveOf = (ranges: readonly any[]) => impactCurve({ symbol: 'X', price: P0, pool: { ranges: ranges.map(({ sqrtLow, sqrtHigh, L }) => ({ priceLow: sqrtLow ** 2, priceHigh: sqrtHigh ** 2, liquidity: L })) } }, { model: 'concentratedLiquidity' }, P0, 1);
    const sold = (ranges: readonly any[], dx: number) => {
      const curve = curveOf(ranges);
      return { sqrtP: Math.sqrt(curve.price(dx)), P: curve.price(dx), dy: curve.average(0, dx) * dx, avgPrice: curve.average(0, dx) };
    };
    return { single: sold([{ sqrtLow: 1, sqrtHigh: 1e3, L: single.L }], single.dx), crossing: { dxFirstRange: curveOf(crossing.ranges.slice(0, 1)).capacitySold, ...sold(crossing.ranges, crossing.dx) } };
  },

  A08({ sigmaDaily, ADV, Y, Q1, Q2, split }) {
    const curve = impactCurve({ symbol: 'X', price: 1, dailyVolume: ADV, dailyVolatility: sigmaDaily }, { model: 'squareRoot', coefficient: Y }, 1, 1);
    return { I_Q1: 1 - curve.price(Q1), I_Q2: 1 - curve.price(Q2), averageCostQ2: 1 - curve.average(0, Q2), cumulativeTwoChildren: 1 - curve.price(sum(split)) };
  },

  A11({ assets, weights, shock }) {
    const one = vulnerable(shocks(shock));
    const owned = (i: number) => assets[i] as number;
    const direct = one.rows.map(({ equityBefore, equityShocked }) => equityBefore - equityShocked);
    const indirect = indirectLoss(one);
    const sold = (i: number, k: number) => sum(one.ledger[0].entries.filter(({ account, symbol }) => account === `${i}` && symbol === `${k}`).map(({ quantity }) => quantity));
    const multi = vulnerable({ ...shocks(shock), dynamics: { maxRounds: 1000, faults: ['linearUnbounded'] } }, { scale: 0.5 });
    return {
      equity: one.rows.map(({ equityBefore }) => equityBefore),
      directReturn: direct.map((loss, i) => -loss / owned(i)),
      directLoss: direct,
      salesByBank: weights.map((row: number[], i: number) => row.map((_, k) => sold(i, k))),
      salesByAsset: one.assets.map(({ quantitySold }) => quantitySold),
      priceImpact: one.assets.map(({ endogenousMove }) => endogenousMove),
      indirectReturn: indirect.map((loss, i) => -loss / owned(i)),
      indirectLoss: indirect,
      aggregateVulnerability: sum(indirect) / equityOf(one),
      systemicness: times(assets.length, (i) => sum(indirectLoss(vulnerable(shocks(shock), { sells: (bank) => bank === i }))) / equityOf(one)),
      indirectVulnerability: indirect.map((loss, i) => loss / one.rows[i].equityBefore),
      multiRoundHalvedImpact: { totalReturn: weights.map((row: number[]) => sum(row.map((weight, k) => weight * (multi.assets[k].finalPrice - 1)))) },
    };
  },

  A12({ uniformShock }) {
    const result = vulnerable({ marketShock: -uniformShock });
    return { size: sum(BANKS().assets), aggregateVulnerability: sum(indirectLoss(result)) / equityOf(result) };
  },

  A13({ Pi, illiquid, C, B, S, ADV, sigma, c, tau }) {
    const played = (shock: number, lambdaMax: number, target: number, alpha: number) => {
      const impact = { model: 'contSchaanning' as const, quantityBasis: 'value' as const, coefficient: c, horizon: tau, floor: B / S };
      const market: Market = { assets: [{ symbol: 'M', price: S, dailyVolume: ADV, dailyVolatility: sigma, impact }, ...times(2, (i) => ({ symbol: `T${i}`, price: 1 }))] };
      const institutions = times(2, (i): Institution => ({ reference: 'AB'[i], holdings: [{ symbol: 'M', quantity: Pi[i] / S }, { symbol: `T${i}`, quantity: illiquid[i], isIlliquid: true }], liabilities: Pi[i] + illiquid[i] - C[i], leverageMax: lambdaMax, leverageTarget: target }));
      const { rows, assets: [{ quantitySold, finalPrice }] } = run(market, { institutions }, { shocks: [{ symbol: 'T0', shock: -shock }], dynamics: { executionShare: alpha, maxRounds: 1 } });
      const loss = rows.map(({ equityShocked, equityAfter }) => equityShocked - equityAfter);
      return { gammaA: (quantitySold * S) / Pi[0], q: quantitySold * S, psi: 1 - finalPrice / S, lossA: loss[0], lossB: loss[1], CA: rows[0].equityAfter, CB: rows[1].equityAfter };
    };
    return { shock45: played(0.45, 33, 0.95 * 33, 1), shock20: played(0.2, 33.3, 0.95 * 33.3, 0.5) };
  },

  A14({ peakImpactFullLiquidation: peak }) {
    const impacts = { linear: { impact: { model: 'linear' as const, lambda: peak / 1000 } }, squareRoot: { impact: { model: 'squareRoot' as const, coefficient: 1 }, dailyVolume: 1000, dailyVolatility: peak } };
    const left = (shape: keyof typeof impacts, leverage: number) => {
      const account: MarginAccount = { reference: 'L', marginMode: 'cross', balance: 1000 / leverage, positions: [{ symbol: 'X', side: 'long', contracts: 1000, entryPrice: 1 }] };
      return run({ assets: [{ symbol: 'X', price: 1, ...impacts[shape], tiers: flat(1) }] }, { accounts: [account] }, {}).rows[0].equityAfter / (1000 / leverage);
    };
    const each = (value: (shape: keyof typeof impacts) => number) => ({ linear: value('linear'), squareRoot: value('squareRoot') });
    return { averageCost: each((shape) => 1 - left(shape, 1)), criticalLeverage: each((shape) => 1 / (1 - left(shape, 1))), equityAfterAtLeverage5: each((shape) => left(shape, 5)) };
  },

  A18({ kappa, decayPerStep, trades }) {
    // the second account goes at the price after the recovery, so one trade a step
    const back = kappa * trades[0] * decayPerStep;
    const accounts = trades.map((contracts: number, n: number): MarginAccount => ({ reference: `${n}`, marginMode: 'cross', positions: [{ symbol: 'X', side: 'long', contracts, entryPrice: n === 0 ? 100 : 100 - back + 0.01 }] }));
    const { ledger, assets: [{ finalPrice }] } = run({ assets: [{ symbol: 'X', price: 100, impact: { model: 'linear', lambda: kappa }, tiers: flat(0) }] }, { accounts }, { dynamics: { recovery: 1 - decayPerStep } });
    return { displacementAfterEachTrade: ledger.map(({ prices }) => 100 - prices[0].priceAfter), displacementBeforeSecond: 100 - ledger[1].prices[0].priceBefore, displacementOneStepLater: 100 - finalPrice };
  },

  A19({ bids, sells }) {
    const sold = (contracts: number) => {
      const book = { bids, asks: [[bids[0][0] + 2, 1]] };
      const account = isolated('L', 'long', contracts, 100, contracts);
      const { assets: [asset] } = run({ assets: [{ symbol: 'X', price: 100, impact: { model: 'orderBook' }, orderBook: book, tiers: flat(0.05) }] }, { accounts: [account] }, {});
      return { filled: asset.quantitySold, unfilled: asset.unfilled, proceeds: asset.valueSold, vwap: asset.executionPrice, last: asset.finalPrice, remaining: [[asset.finalPrice, sum(bids.map(([, size]: number[]) => size)) - asset.quantitySold]] };
    };
    return { sell40: sold(sells[0]), sell100: sold(sells[1]) };
  },

  A20({ collateral, debt, liquidationThreshold, closeFactor, bonus, prices, toxicPriceLTV }) {
    const called = (owed: number, shock: number) => {
      const loan = { reference: 'B', collateral: [{ symbol: 'X', quantity: collateral, liquidationThreshold }], debts: [{ quantity: owed }], closeFactor, liquidationBonus: bonus };
      const { rows: [row], assets: [asset] } = run({ assets: [{ symbol: 'X', price: prices[0], impact: { model: 'none' } }] }, { loans: [loan] }, { marketShock: shock, dynamics: { maxRounds: 1 } });
      return { ...row, seized: asset.quantitySold };
    };
    const shock = prices[1] / prices[0] - 1;
    const row = called(debt, shock);
    const toxic = called(toxicPriceLTV * prices[0] * collateral, 0);
    // the loan-to-value at which a call begins to hurt, between the two
    let [low, high] = [0.9, 0.99];
    for (let halving = 0; halving < 60; halving++) {
      const middle = (low + high) / 2;
      if (called(middle * prices[0] * collateral, 0).wasToxic) high = middle;
      else low = middle;
    }
    return { hf: [row.healthFactorBefore, called(debt / (1 + shock), 0).healthFactorBefore], repaid: row.debtRepaid, seized: row.seized, collateralAfter: collateral - row.seized, hfAfter: row.healthFactorAfter, toxicLTV: (low + high) / 2, hfBeforeToxic: toxic.healthFactorBefore, hfAfterToxic: toxic.healthFactorAfter };
  },

  A22({ equity, pnl, theta, queueOrder }) {
    const deficit = -sum(equity.filter((own: number) => own < 0));
    const budget = theta * deficit;
    const winners = equity.map((_: number, i: number) => i).filter((i: number) => pnl[i] > 0);
    const profits = winners.map((i: number) => pnl[i]);
    const queued = byQueue(budget, profits, winners.map((i: number) => -queueOrder.indexOf(i + 1)));
    const { level, taken } = byLevel(budget, profits);
    const left = (given: readonly number[]) => winners.map((i: number, n: number) => equity[i] - given[n]);
    return { deficit, budget, queueSeized: queued, queueHaircuts: queued.map((given, n) => given / profits[n]), queueEquity: left(queued), proRataHaircut: level, proRataSeized: taken, proRataEquity: left(taken) };
  },

  A23({ w, beta, budget, riskWeights }) {
    const capacities = w.map((wealth: number, i: number) => wealth * beta[i]);
    const capped = byLevel(budget, capacities, w);
    const risky = byLevel(budget, capacities, w.map((wealth: number, i: number) => wealth * riskWeights[i]));
    const told = (taken: readonly number[]) => ({ haircuts: taken.map((given, i) => given / w[i]), seized: taken });
    return { capped: { level: capped.level, ...told(capped.taken) }, riskAware: { tau: risky.level, ...told(risky.taken) } };
  },

  A25({ soldFractionRef, dropRef, splits }) {
    const beta = -Math.log(1 - dropRef) / soldFractionRef;
    const after = (parts: readonly number[]) => {
      const accounts = parts.map((part, n): MarginAccount => isolated(`${n}`, 'long', part * 1e6, 1, 0));
      return run({ assets: [{ symbol: 'X', price: 1, impact: { model: 'exponential', depth: 1e6 / beta }, tiers: flat(0.05) }] }, { accounts }, { dynamics: { order: 'byReference' } }).assets[0].finalPrice;
    };
    return { beta, priceAfter10pct: after([0.1]), priceAfterEachSplit: splits.map(after), priceAfterAll: after([1]) };
  },

  A26({ Lambda, sold }) {
    const names = Lambda.map((_: unknown, i: number) => `${i}`);
    const crossImpact = Lambda.flatMap((row: number[], i: number) => row.flatMap((lambda, j) => (i === j ? [] : [{ symbol: names[i], soldSymbol: names[j], lambda }])));
    const market: Market = { assets: names.map((symbol: string, i: number) => ({ symbol, price: 100, impact: { model: 'linear', lambda: Lambda[i][i] }, tiers: flat(0) })), crossImpact };
    const accounts = sold.flatMap((contracts: number, i: number): MarginAccount[] => (contracts > 0 ? [{ reference: names[i], marginMode: 'cross', positions: [{ symbol: names[i], side: 'long', contracts, entryPrice: 100 }] }] : []));
    const { assets } = run(market, { accounts }, {});
    return { dp: assets.map(({ endogenousMove }) => endogenousMove), roundTripCost: sum(assets.map(({ quantitySold, valueSold }) => quantitySold * 100 - valueSold)) };
  },

  A28({ entry, leverage, mu }) {
    const at = (kind: 'linear' | 'inverse', side: 'long' | 'short') => {
      const contracts = kind === 'linear' ? 1 : entry;
      const margin = kind === 'linear' ? entry / leverage : 1 / leverage;
      const market: Market = { assets: [{ symbol: 'X', price: entry, contract: { kind }, tiers: flat(mu) }] };
      const [{ bankruptcyPrice, liquidationPrice }] = [...thresholds(prepare(market, { accounts: [isolated('a', side, contracts, entry, margin)] }))];
      return { bankruptcy: bankruptcyPrice, liquidation: liquidationPrice };
    };
    return { linearLong: at('linear', 'long'), linearShort: at('linear', 'short'), inverseLong: at('inverse', 'long'), inverseShort: at('inverse', 'short') };
  },

  A30({ alpha, need }) {
    const market: Market = { assets: [{ symbol: 'X', price: 1, lotSize: 1e-12, impact: { model: 'exponential', depth: 1 / alpha, floor: 1e-6 } }] };
    const raised = (holding: number) => run(market, { loans: [{ reference: 'loan', collateral: [{ symbol: 'X', quantity: holding, liquidationThreshold: 1e-3 }], debts: [{ quantity: need }], closeFactor: 1, liquidationBonus: 0 }] }, {});
    // the second solution is the smallest holding from which the sale of everything is an equilibrium too
    let [low, high] = [1 / alpha, 10 / alpha];
    for (let halving = 0; halving < 60; halving++) {
      const middle = Math.round(((low + high) / 2) * 1e12) / 1e12;
      if (raised(middle).totals.isUnique) low = middle;
      else high = middle;
    }
    const proceeds = (quantity: number) => quantity * impactCurve(market.assets[0], market.assets[0].impact!, 1, 1).price(quantity);
    return { leastQuantity: raised(1.5 / alpha).equilibrium!.assets[0].mildQuantity, greatestQuantity: high, maxProceeds: proceeds(1 / alpha) };
  },

  A31({ n }) {
    const { mean, variance, probability: [P1, P2, P3] } = cascadeSizes(n, 3);
    return { meanSize: mean, P1, P2, P3, variance };
  },
};
/* eslint-enable @typescript-eslint/no-explicit-any */

/** Figures that this engine does not compute, and why. */
const NOT_COMPUTED: readonly (readonly [figure: RegExp, because: string])[] = [
  [/^A08 (naiveTwoChildren|overstatement)/, 'the fault itself: impact per round'],
  [/^A09/, 'the cost of one order before it is traded'],
  [/^A10/, 'optimal execution'],
  [/^A11 (spectralRadius|multiRoundHalvedImpact.spectralRadius)/, 'the reproduction number'],
  [/^A12 (systemDebtToEquity|leverageFactor|illiquidityConcentration|systemShares)/, 'a factorisation of the inputs'],
  [/^A13 (marketDepth|delta|shock20.(lambdaMax|target|alpha))/, 'an input, or on the way to psi'],
  [/^A17/, 'a value at risk'],
  [/^A18 (optimalBlocks|continuousPart)/, 'optimal execution'],
  [/^A27/, 'calibration of lambda'],
  [/^A30 proceedsIncreasingUpTo/, 'where proceeds are greatest; maxProceeds is their value there'],
];

/** Numbers and texts with the path to each. */
function* leaves(value: unknown, path: string): Generator<readonly [path: string, leaf: number | string | null]> {
  if (typeof value !== 'object' || value === null) yield [path, value as number | string | null];
  else for (const [key, inner] of Object.entries(value)) yield* leaves(inner, path.endsWith(' ') ? `${path}${key}` : `${path}.${key}`);
}

(file ? describe : describe.skip)(`closed forms${skipped(file)}`, () => {
  test.each(file?.cases.map((each) => [`${each.id} ${each.title}`, each] as const) ?? [])('%s', (_title, { id, inputs, expected, absTolerance }) => {
    const computed = new Map(id in COMPUTED ? leaves(COMPUTED[id](inputs), `${id} `) : []);
    let compared = 0;
    for (const [path, figure] of leaves(expected, `${id} `)) {
      const actual = computed.get(path);
      if (NOT_COMPUTED.some(([pattern]) => pattern.test(path))) continue;
      compared++;
      if (typeof figure === 'number') expect([path, actual, Math.abs((actual as number) - figure) <= absTolerance]).toEqual([path, actual, true]);
      else expect([path, actual]).toEqual([path, figure]);
    }
    expect(compared > 0).toBe(id in COMPUTED);
  });
});
