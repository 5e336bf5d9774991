import { AGREEMENT_TOLERANCE, cascade, type Fault, type Institution, type Market, outcomes, summary } from '../../../src/engine/index.js';
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
  readonly insolvent: number;
}

type Pairing = 'ownAsPeer' | 'ownMatchedColumns';

interface Peer {
  readonly inputs: { readonly states: Readonly<Record<string, State>>; readonly impact2015: readonly { readonly Country: string; readonly Volume: number; readonly Volatility: number }[]; readonly kappas: readonly number[] };
  readonly outputs: Readonly<Record<string, Readonly<Record<Pairing, { readonly least: End; readonly greatest: End; readonly thetaLeast?: readonly number[] }>> & { readonly peerOutput: { readonly deltaLower: readonly number[]; readonly deltaUpper: readonly number[]; readonly theta: readonly number[] | null } }>>;
}

const LEVERAGE_MAX = 33;
/** What the file's own second implementation is good to. */
const TOLERANCE = 2e-9;
const peer = reference<Peer>('peer-syslosseval');

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

function marketOf({ securities }: State, impacts: Peer['inputs']['impact2015'], kappa: number, pairing: Pairing): Market {
  const impactOf = (symbol: string, n: number) => (pairing === 'ownAsPeer' ? impacts[n] : impacts.find(({ Country }) => Country === symbol))!;
  return {
    assets: securities.map((symbol, n) => {
      const { Volume, Volatility } = impactOf(symbol, n);
      return { symbol, price: 1, dailyVolume: Volume, dailyVolatility: Volatility, impact: { model: 'squareRoot', coefficient: kappa } };
    }),
  };
}

function institutionsOf({ banks, securities, S1, L1sum, e1 }: State): Institution[] {
  return banks.map((reference, b): Institution => ({
    reference,
    holdings: S1[b].flatMap((quantity, n) => (quantity > 0 ? [{ symbol: securities[n], quantity }] : [])),
    otherAssets: L1sum[b],
    liabilities: sum(S1[b]) + L1sum[b] - e1[b],
    leverageMax: LEVERAGE_MAX,
  }));
}

function solved(state: State, market: Market, faults: readonly Fault[] = []) {
  const course = cascade(market, { institutions: institutionsOf(state) }, { dynamics: { clearing: 'equilibrium', faults } });
  return { summary: summary(course), outcomes: new Map([...outcomes(course)].map((outcome) => [outcome.account, outcome])) };
}

/** The part of its bonds that each bank sells at given discounts. */
function thetaAt(state: State, delta: readonly number[]): number[] {
  const market: Market = { assets: state.securities.map((symbol) => ({ symbol, price: 1, impact: { model: 'none' } })) };
  const course = cascade(market, { institutions: institutionsOf(state) }, { shocks: state.securities.map((symbol, n) => ({ symbol, shock: -delta[n] })), dynamics: { clearing: 'equilibrium' } });
  const sold = new Map([...outcomes(course)].map(({ account, valueSold }) => [account, valueSold]));
  return state.banks.map((bank, b) => sold.get(bank)! / sum(state.S1[b].map((quantity, n) => quantity * (1 - delta[n]))));
}

const cases = Object.entries(peer?.outputs ?? { none: null }).flatMap(([name]) => (['ownMatchedColumns', 'ownAsPeer'] as const).map((pairing) => [name, pairing] as const));

(peer ? describe : describe.skip).each(cases)(`the least and the greatest equilibrium of 51 European banks, %s, %s${skipped(peer)}`, (name, pairing) => {
  const [stateName, kappa] = name.split('_k');
  const state = peer?.inputs.states[stateName] as State;
  const expected = peer?.outputs[name][pairing] as Peer['outputs'][string][Pairing];
  const result = peer && solved(state, marketOf(state, peer.inputs.impact2015, Number(kappa), pairing));

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
    const { assets, equilibrium } = result!.summary;
    const bonds = state.S1.map((held) => sum(held.map((quantity, n) => quantity * assets[n].finalPrice)));
    const theta = state.banks.map((bank, b) => result!.outcomes.get(bank)!.valueSold / bonds[b]);
    if (expected.thetaLeast) theta.forEach((part, b) => close(part, expected.thetaLeast![b], TOLERANCE));
    // at the peer's own discounts, which it left where they moved by less than 1e-9
    const { deltaLower, theta: told } = peer!.outputs[name].peerOutput;
    if (told) thetaAt(state, deltaLower).forEach((part, b) => close(part, told[b], TOLERANCE));
    const worst = equilibrium!.assets.map(({ worstPrice }) => 1 - worstPrice);
    const ends = [[expected.least, theta, assets.map(({ finalPrice }) => 1 - finalPrice)], [expected.greatest, thetaAt(state, worst), worst]] as const;
    for (const [{ sellingBanks, fullSellers, fireSaleLoss, insolvent }, parts, delta] of ends) {
      expect(parts.filter((part) => part > 0).length).toBe(sellingBanks);
      expect(parts.filter((part) => part > 1 - 1e-12).length).toBe(fullSellers);
      const losses = state.S1.map((held) => sum(held.map((quantity, n) => quantity * delta[n])));
      close(sum(losses), fireSaleLoss, TOLERANCE);
      expect(losses.filter((loss, b) => loss >= state.e1[b]).length).toBe(insolvent);
    }
    expect(equilibrium!.liquidatedAtWorst).toBe(expected.greatest.sellingBanks);
  });
});

describe('its fault: a bank that the sales of others wipe out stops selling', () => {
  // A must sell some of its 100; what that does to the price takes the equity of B
  const state: State = { banks: ['A', 'B'], securities: ['X'], S1: [[100], [100]], L1sum: [0, 0], e1: [2, 5] };
  const market = (kappa: number): Market => ({ assets: [{ symbol: 'X', price: 1, dailyVolume: 1e4, dailyVolatility: 1, impact: { model: 'squareRoot', coefficient: kappa } }] });

  test('without it everything is sold, at the only equilibrium; with it there is none, and the peer never returns', () => {
    const right = solved(state, market(0.6));
    expect([right.summary.totals.isUnique, right.summary.assets[0].quantitySold]).toEqual([true, 200]);
    const { totals, assets } = solved(state, market(0.6), ['wipedOutStop']).summary;
    expect([totals.isFixedPoint, assets[0].quantitySold, totals.isUnique]).toEqual([false, 0, null]);
  });

  test('where it settles nobody without equity sells, and no certificate is given', () => {
    // who has no equity from the start sells all the same
    const sunk: State = { ...state, e1: [-1, 5] };
    const right = solved(sunk, market(0.6));
    const { summary: { totals, assets: [asset] }, outcomes: rows } = solved(sunk, market(0.6), ['wipedOutStop']);
    expect(right.summary.assets[0].quantitySold).toBe(200);
    expect([totals.isFixedPoint, totals.isUnique, totals.uncertifiedBecause, asset.quantitySold]).toEqual([true, null, 'faults', 100]);
    expect(asset.finalPrice).toBe(1 - 0.6 * Math.sqrt(100 / 1e4));
    expect([rows.get('A')!.state, rows.get('B')!.state, rows.get('B')!.equityAfter < 0]).toEqual(['liquidated', 'untouched', true]);
  });

  (peer ? test : test.skip)('changes nothing where nobody is wiped out', () => {
    const of2016 = peer!.inputs.states['2016h1'];
    const priced = marketOf(of2016, peer!.inputs.impact2015, 1.5, 'ownMatchedColumns');
    expect(solved(of2016, priced, ['wipedOutStop']).summary.assets.map(({ finalPrice }) => finalPrice)).toEqual(solved(of2016, priced).summary.assets.map(({ finalPrice }) => finalPrice));
  });
});
