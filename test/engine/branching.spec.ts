import { cascade, cascadeSizes, type MarginAccount, type Market, outcomes } from '../../src/engine/index.js';

describe('the sizes of cascades (README eq. 38)', () => {
  test.each([0, 0.3, 0.8])('at %p they add up to one, with the mean and the variance stated', (reproduction) => {
    const { mean, variance, probability } = cascadeSizes(reproduction, 3000);
    const moment = (power: number) => probability.reduce((sum, part, k) => sum + part * (k + 1 - (power > 1 ? mean : 0)) ** power, 0);
    [[moment(0), 1], [moment(1), mean], [moment(2), variance]].forEach(([actual, expected]) => expect(actual).toBeCloseTo(expected, 9));
  });

  test('at 0.8: 1/5 of the exponential law, worked by hand (A31)', () => {
    const { mean, variance, probability } = cascadeSizes(0.8, 3);
    [[mean, 5], [variance, 100], [probability[0], Math.exp(-0.8)], [probability[1], 0.8 * Math.exp(-1.6)], [probability[2], ((2.4 * 2.4) / 6) * Math.exp(-2.4)]].forEach(([actual, expected]) => expect(actual).toBeCloseTo(expected, 12));
  });

  test('are those of books whose thresholds lie anywhere with the same density, on a linear curve', () => {
    const [reproduction, books, rows] = [0.6, 2000, 90];
    const market: Market = { assets: [{ symbol: 'X', price: 100, lotSize: 1, impact: { model: 'linear', lambda: 0.01 }, tiers: [{ minNotional: 0, maintenanceMarginRate: 0 }] }] };
    const random = generator(20261123);
    const sizes = Array.from({ length: books }, () => {
      let entryPrice = 100; // no cash and no requirement: bankrupt at the entry
      const accounts = Array.from({ length: rows }, (_, n): MarginAccount => {
        if (n > 0) entryPrice -= (-Math.log(1 - random()) * 0.01) / reproduction;
        return { reference: `${n}`, marginMode: 'cross', balance: 0, positions: [{ symbol: 'X', side: 'long', contracts: 1, entryPrice }] };
      });
      return [...outcomes(cascade(market, { accounts }, {}))].filter(({ state }) => state === 'liquidated').length;
    });
    const { mean, variance, probability } = cascadeSizes(reproduction, 5);
    const deviations = 4;
    expect(Math.abs(sizes.reduce((sum, size) => sum + size, 0) / books - mean)).toBeLessThan(deviations * Math.sqrt(variance / books));
    probability.forEach((expected, k) => expect(Math.abs(sizes.filter((size) => size === k + 1).length / books - expected)).toBeLessThan(deviations * Math.sqrt((expected * (1 - expected)) / books)));
  });
});

/** Uniform in [0, 1), the same numbers every time (T. Ettinger's mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
