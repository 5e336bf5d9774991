import { AGREEMENT_TOLERANCE, cascade, type Institution, type Market, outcomes, summary } from '../../../src/engine/index.js';
import { close, reference, skipped } from './reference.js';

/**
 * Systemic Loss Evaluation (Breuer, Summer, Urosevic 2021): least and greatest fire-sale equilibrium of 51 banks with 8 classes of government bonds. One clearing
 * without rounds, all at the clearing price, square-root impact of the money sold at the prices before (a unit is worth 1). `ownAsPeer` pairs bonds with the impact
 * table by column position, as the peer does by mistake; `ownMatchedColumns` by name.
 */
interface State {
  readonly banks: readonly string[];
  readonly securities: readonly string[];
  readonly S1: readonly (readonly number[])[];
  readonly L1sum: readonly number[];
  readonly e1: readonly number[];
}

interface End {
  readonly delta: readonly number[];
  readonly sellingBanks: number;
  readonly fullSellers: number;
  readonly fireSaleLoss: number;
}

type Pairing = 'ownAsPeer' | 'ownMatchedColumns';

interface Peer {
  readonly inputs: { readonly states: Readonly<Record<string, State>>; readonly impact2015: readonly { readonly Country: string; readonly Volume: number; readonly Volatility: number }[]; readonly kappas: readonly number[] };
  readonly outputs: Readonly<Record<string, Readonly<Record<Pairing, { readonly least: End; readonly greatest: End; readonly thetaLeast?: readonly number[] }>> & { readonly peerOutput: { readonly deltaLower: readonly number[]; readonly deltaUpper: readonly number[] } }>>;
}

const LEVERAGE_MAX = 33;
/** What the file's own second implementation is good to. */
const TOLERANCE = 2e-9;
const peer = reference<Peer>('peer-syslosseval');

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

function solved({ banks, securities, S1, L1sum, e1 }: State, impacts: Peer['inputs']['impact2015'], kappa: number, pairing: Pairing) {
  const impactOf = (symbol: string, n: number) => (pairing === 'ownAsPeer' ? impacts[n] : impacts.find(({ Country }) => Country === symbol))!;
  const market: Market = {
    assets: securities.map((symbol, n) => {
      const { Volume, Volatility } = impactOf(symbol, n);
      return { symbol, price: 1, dailyVolume: Volume, dailyVolatility: Volatility, impact: { model: 'squareRoot', coefficient: kappa } };
    }),
  };
  const institutions = banks.map((reference, b): Institution => ({
    reference,
    holdings: S1[b].flatMap((quantity, n) => (quantity > 0 ? [{ symbol: securities[n], quantity }] : [])),
    otherAssets: L1sum[b],
    liabilities: sum(S1[b]) + L1sum[b] - e1[b],
    leverageMax: LEVERAGE_MAX,
  }));
  const course = cascade(market, { institutions }, { dynamics: { clearing: 'equilibrium' } });
  return { summary: summary(course), outcomes: new Map([...outcomes(course)].map((outcome) => [outcome.account, outcome])) };
}

const cases = Object.entries(peer?.outputs ?? { none: null }).flatMap(([name]) => (['ownMatchedColumns', 'ownAsPeer'] as const).map((pairing) => [name, pairing] as const));

(peer ? describe : describe.skip).each(cases)(`the least and the greatest equilibrium of 51 European banks, %s, %s${skipped(peer)}`, (name, pairing) => {
  const [stateName, kappa] = name.split('_k');
  const state = peer?.inputs.states[stateName] as State;
  const expected = peer?.outputs[name][pairing] as Peer['outputs'][string][Pairing];
  const result = peer && solved(state, peer.inputs.impact2015, Number(kappa), pairing);

  test('has their discounts, and is certified as the only one', () => {
    const { equilibrium, totals, assets } = result!.summary;
    equilibrium!.assets.forEach(({ mildPrice, worstPrice, mildResidual, worstResidual }, n) => {
      close(1 - mildPrice, expected.least.delta[n], TOLERANCE);
      close(1 - worstPrice, expected.greatest.delta[n], TOLERANCE);
      expect(Math.max(Math.abs(mildResidual), Math.abs(worstResidual))).toBeLessThanOrEqual(AGREEMENT_TOLERANCE);
      expect(assets[n].finalPrice).toBe(mildPrice);
      if (pairing === 'ownAsPeer') {
        close(1 - mildPrice, peer!.outputs[name].peerOutput.deltaLower[n], TOLERANCE);
        close(1 - worstPrice, peer!.outputs[name].peerOutput.deltaUpper[n], TOLERANCE);
      }
    });
    expect(totals).toMatchObject({ isUnique: true, uncertifiedBecause: null, rounds: 1, isFixedPoint: true });
  });

  test('has their banks sell, and their loss', () => {
    const { assets } = result!.summary;
    const bonds = state.S1.map((held) => sum(held.map((quantity, n) => quantity * assets[n].finalPrice)));
    const theta = state.banks.map((bank, b) => result!.outcomes.get(bank)!.valueSold / bonds[b]);
    if (expected.thetaLeast) theta.forEach((part, b) => close(part, expected.thetaLeast![b], 2e-7));
    expect(theta.filter((part) => part > 0).length).toBe(expected.least.sellingBanks);
    expect(theta.filter((part) => part > 1 - 1e-12).length).toBe(expected.least.fullSellers);
    const loss = sum(state.S1.map((held) => sum(held.map((quantity, n) => quantity * (1 - assets[n].finalPrice)))));
    close(loss, expected.least.fireSaleLoss, TOLERANCE);
  });
});
