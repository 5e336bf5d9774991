import { cascade, type Institution, type Market, outcomes, type Scenario, summary } from '../../../src/engine/index.js';
import { close, reference, skipped } from './reference.js';

/**
 * Threshold deleveraging of Cont and Schaanning (2017, 2019), the two-bank example of Schaanning's thesis and three banks with two securities. Options: impact by the
 * money sold at the prices before each round, of whose move the sold part bears alpha. The publication keeps
 * capital at zero once it is gone; here equity goes below zero, and everything is sold either way.
 */
interface Inputs {
  /** Money in securities by bank, and in what nobody can sell by bank and class. */
  readonly Pi: readonly (readonly number[])[];
  readonly Theta: readonly (readonly number[])[];
  readonly C: readonly number[];
  readonly S: readonly number[];
  readonly B: readonly number[];
  readonly ADV: readonly number[];
  readonly sig: readonly number[];
  readonly c: number;
  readonly tau: number;
}

interface Config {
  readonly eps: readonly number[];
  readonly lambdaMax: number;
  readonly lambdaTarget: number;
  readonly alpha: number;
}

interface Step {
  readonly k: number;
  readonly C: readonly number[];
  readonly Pi: readonly (readonly number[])[];
  readonly S: readonly number[];
  readonly gamma?: readonly number[];
}

interface Peer {
  readonly inputsTwoBank: Inputs;
  readonly traceUnitTestConfig: readonly Step[];
  readonly traceThesisConfigShock45: readonly Step[];
  readonly sweepFigure121: { readonly rows: readonly (readonly number[])[] };
  readonly sweepFigure122: { readonly rows: readonly (readonly number[])[] };
  readonly threeBankTwoAsset: { readonly inputs: Inputs & Config; readonly trace: readonly Step[] };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** The engine after `maxRounds` rounds: equity, units and prices. */
function run({ Pi, Theta, C, S, B, ADV, sig, c, tau }: Inputs, { eps, lambdaMax, lambdaTarget, alpha }: Config, maxRounds: number) {
  const market: Market = {
    assets: [
      ...S.map((price, m) => ({ symbol: `S${m}`, price, dailyVolume: ADV[m], dailyVolatility: sig[m], impact: { model: 'contSchaanning' as const, quantityBasis: 'value' as const, coefficient: c, horizon: tau, floor: B[m] / price } })),
      ...Theta[0].map((_, k) => ({ symbol: `T${k}`, price: 1 })),
    ],
  };
  const institutions = Pi.map((held, i): Institution => ({
    reference: `${i}`,
    holdings: [...held.map((money, m) => ({ symbol: `S${m}`, quantity: money / S[m] })), ...Theta[i].map((quantity, k) => ({ symbol: `T${k}`, quantity, isIlliquid: true }))],
    liabilities: sum(held) + sum(Theta[i]) - C[i],
    leverageMax: lambdaMax,
    leverageTarget: lambdaTarget,
  }));
  const scenario: Scenario = { shocks: eps.map((shock, k) => ({ symbol: `T${k}`, shock: -shock })), dynamics: { executionShare: alpha, maxRounds } };
  const course = cascade(market, { institutions }, scenario);
  const price = summary(course).assets.slice(0, S.length).map(({ finalPrice }) => finalPrice);
  const units = Pi.map((held) => held.map((money, m) => money / S[m]));
  /** Part of its securities that a bank sells in the last round. */
  const gamma = Pi.map(() => 0);
  const { ledger, book } = course;
  for (let n = 0; n < ledger.round.length; n++) {
    const [i, m] = [ledger.row[n], ledger.asset[n]];
    const sold = ledger.lots[n] * book.lot[m].size;
    if (ledger.round[n] === maxRounds) gamma[i] = Math.max(gamma[i], sold / units[i][m]);
    units[i][m] -= sold;
  }
  return { equity: [...outcomes(course)].map(({ equityAfter, equityShocked }) => (maxRounds === 0 ? equityShocked : equityAfter)), units, price, gamma };
}

function follows(inputs: Inputs, config: Config, trace: readonly Step[]): void {
  for (const { k, C, Pi, S, gamma } of trace.slice(1)) {
    const { equity, units, price, gamma: sold } = run(inputs, config, k);
    C.forEach((capital, i) => close(Math.max(0, equity[i]), capital));
    S.forEach((expected, m) => close(price[m], expected));
    Pi.forEach((held, i) => held.forEach((money, m) => close(units[i][m] * price[m], money)));
    gamma?.forEach((part, i) => close(sold[i], part));
  }
}

const peer = reference<Peer>('peer-cont-schaanning');
const sweep = { lambdaMax: 33, lambdaTarget: 0.95 * 33, alpha: 1 };

(peer ? describe : describe.skip)(`Cont and Schaanning${skipped(peer)}`, () => {
  test('two banks, a shock of 20 %, alpha 1/2', () => {
    follows(peer!.inputsTwoBank, { eps: [0.2, 0], lambdaMax: 33.3, lambdaTarget: 0.95 * 33.3, alpha: 0.5 }, peer!.traceUnitTestConfig);
  });

  test('two banks, a shock of 45 %: the first has no capital and sells everything', () => {
    follows(peer!.inputsTwoBank, { ...sweep, eps: [0.45, 0] }, peer!.traceThesisConfigShock45);
  });

  test('three banks and two securities', () => {
    const { inputs, trace } = peer!.threeBankTwoAsset;
    follows(inputs, inputs, trace);
  });

  test.each([['121', 0.4], ['122', 0.12]] as const)('every shock of figure %s', (figure, c) => {
    const { rows } = peer![`sweepFigure${figure}`];
    expect(rows.length).toBeGreaterThan(40);
    for (const [eps, ...told] of rows) {
      let before = run({ ...peer!.inputsTwoBank, c }, { ...sweep, eps: [eps, 0] }, 0);
      for (let k = 1; k <= 5; k++) {
        const after = run({ ...peer!.inputsTwoBank, c }, { ...sweep, eps: [eps, 0] }, k);
        close(after.gamma[0], told[k - 1]);
        close(figure === '121' ? before.equity[1] - after.equity[1] : after.gamma[1], told[k + 4]);
        before = after;
      }
    }
  });
});

/** The published equations, round after round, from the balance sheets after the shock. */
function published({ Pi, Theta, C, S, B, ADV, sig, c, tau }: Inputs, { eps, lambdaMax, lambdaTarget, alpha }: Config, rounds: number): Step[] {
  const delta = S.map((price, m) => ((1 - B[m] / price) * c * ADV[m] * Math.sqrt(tau)) / sig[m]);
  const illiquid = Theta.map((held) => sum(held.map((money, k) => money * (1 - eps[k]))));
  let step: Step = { k: 0, C: C.map((capital, i) => Math.max(0, capital - sum(Theta[i].map((money, k) => money * eps[k])))), Pi, S };
  const steps = [step];
  for (let k = 1; k <= rounds; k++) {
    const { C: capital, Pi: held, S: price } = step;
    const gamma = held.map((row, i) => (sum(row) + illiquid[i] > lambdaMax * capital[i] && sum(row) > 0 ? Math.min(1, (sum(row) + illiquid[i] - lambdaTarget * capital[i]) / sum(row)) : 0));
    const psi = price.map((at, m) => (1 - B[m] / at) * (1 - Math.exp(-sum(held.map((row, i) => gamma[i] * row[m])) / delta[m])));
    const loss = held.map((row, i) => (1 - (1 - alpha) * gamma[i]) * sum(row.map((money, m) => money * psi[m])));
    step = { k, gamma, C: capital.map((own, i) => Math.max(0, own - loss[i])), Pi: held.map((row, i) => row.map((money, m) => (1 - gamma[i]) * money * (1 - psi[m]))), S: price.map((at, m) => at * (1 - psi[m])) };
    steps.push(step);
  }
  return steps;
}

test.each([0, 0.25, 0.5, 0.8, 1])('three banks and two securities follow the published equations, the sold part bears %p of the impact', (alpha) => {
  const inputs: Inputs = { Pi: [[60, 30], [20, 50], [10, 80]], Theta: [[10], [30], [20]], C: [4, 4.2, 4.5], S: [1, 2], B: [0.5, 0.4], ADV: [50, 20], sig: [0.02, 0.01], c: 0.4, tau: 20 };
  const config: Config = { eps: [0.08], lambdaMax: 33, lambdaTarget: 30, alpha };
  const steps = published(inputs, config, 6);
  expect(sum(steps[2].gamma!)).toBeGreaterThan(0);
  follows(inputs, config, steps);
});

test('the first round of the two-bank example, by hand (A13)', () => {
  // delta = (1 - 0.5) * 0.4 * 50 / 0.02 * sqrt(20); gamma = (98 - 31.635 * 2) / 90; the second bank only watches
  const inputs: Inputs = { Pi: [[90], [70]], Theta: [[10, 0], [0, 20]], C: [4, 4.5], S: [1], B: [0.5], ADV: [50], sig: [0.02], c: 0.4, tau: 20 };
  const { equity, gamma, price } = run(inputs, { eps: [0.2, 0], lambdaMax: 33.3, lambdaTarget: 31.635, alpha: 0.5 }, 1);
  close(gamma[0], 0.385888888888889);
  close(1 - price[0], 0.5 * (1 - Math.exp(-34.73 / (500 * Math.sqrt(20)))));
  close(1 - price[0], 0.007705866464729094);
  close(equity[0], 2 - 0.5597156106655977);
  close(equity[1], 4.5 - 0.5394106525310366);
  const insolvent = run(inputs, { ...sweep, eps: [0.45, 0] }, 1);
  close(1 - insolvent.price[0], 0.019724991204873144);
  close(4.5 - insolvent.equity[1], 1.38074938434112);
});
