import fc from 'fast-check';
import { type Asset, type Impact, impactCurve } from '../../src/engine/index.js';

/** The curves of README section 3: closed forms with their source, and what every curve has to be. */
const near = (actual: number, expected: number, tolerance = 1e-9) => expect(Math.abs(actual - expected)).toBeLessThanOrEqual(tolerance);

describe('a constant-product pool of 1,000 and 2,000,000 that takes 100 (A06, Uniswap v2)', () => {
  const sold = (fee: number) => {
    const curve = impactCurve({ symbol: 'X', price: 2000, pool: { reserve: 1000, currencyReserve: 2_000_000, fee } }, { model: 'constantProduct' }, 2000, 1);
    return { paid: curve.average(0, 100) * 100, average: curve.average(0, 100), spot: curve.price(100), curve };
  };

  test('without fee it pays 2,000,000 / 11 and stands at 200,000 / 121, the average being the geometric mean of both prices', () => {
    const { paid, average, spot } = sold(0);
    near(paid, 181818.18181818182, 1e-6);
    near(average, 1818.1818181818182, 1e-9);
    near(spot, 1652.892561983471, 1e-9);
    near(average, Math.sqrt(2000 * spot), 1e-9);
  });

  test('with 0.3 % it pays 19,940,000 / 10,997 each, and the fee stays in the pool', () => {
    const { paid, average, spot } = sold(0.003);
    near(paid, 181322.17877602982, 1e-6);
    near(average, 1813.2217877602982, 1e-9);
    near(spot, 1653.3434738399728, 1e-9);
  });

  test('buying is the same algebra the other way: 100 cost y 100 / (0.997 (x - 100))', () => {
    const { curve } = sold(0.003);
    const cost = (2_000_000 * 100) / (0.997 * 900);
    near(curve.average(0, -100) * 100, cost, 1e-6);
    near(curve.price(-100), (2_000_000 + cost) / 900, 1e-9);
    near(curve.average(-100, 100) * 200, cost + sold(0.003).paid, 1e-6);
  });

  test('after a shock it stands at the shocked price with the same liquidity, and never holds less than nothing', () => {
    const curve = impactCurve({ symbol: 'X', price: 2000, pool: { reserve: 1000, currencyReserve: 2_000_000 } }, { model: 'constantProduct' }, 1620, 1);
    expect(curve.price(0)).toBe(1620);
    near(curve.average(0, 100), (Math.sqrt(2e9) * 1620 ** 0.5) / (Math.sqrt(2e9) / 1620 ** 0.5 + 100), 1e-8);
    expect(curve.capacityBought).toBeLessThan(Math.sqrt(2e9 / 1620));
    expect(curve.price(curve.capacitySold)).toBeGreaterThan(0);
  });
});

describe('concentrated liquidity at 2,500 (A07, Uniswap v3)', () => {
  const curveOf = (pool: Asset['pool'], shocked = 2500, depth = 1) => impactCurve({ symbol: 'X', price: 2500, pool }, { model: 'concentratedLiquidity' }, shocked, depth);
  const crossing = { ranges: [{ priceLow: 45 ** 2, priceHigh: 50 ** 2, liquidity: 50_000 }, { priceLow: 30 ** 2, priceHigh: 45 ** 2, liquidity: 25_000 }] };

  test('one range of 50,000 takes 250 for 500,000 and stands at 1,600', () => {
    const curve = curveOf({ ranges: [{ priceLow: 100, priceHigh: 1e4, liquidity: 50_000 }] });
    near(curve.price(250), 1600, 1e-6);
    near(curve.average(0, 250) * 250, 500_000, 1e-6);
  });

  test('a sale that leaves the first range after 1000/9 stands at 1,296 in the second', () => {
    const curve = curveOf(crossing);
    near(curve.price(1000 / 9), 2025, 1e-6);
    near(curve.price(250), 1296, 1e-6);
    near(curve.average(0, 250) * 250, 475_000, 1e-6);
    near(curve.capacitySold, 1000 / 9 + 25_000 * (1 / 30 - 1 / 45), 1e-9);
    expect(curve.capacityBought).toBe(0);
  });

  test('where ranges overlap their liquidity adds up', () => {
    const whole = curveOf(crossing);
    const parts = curveOf({ ranges: [{ priceLow: 30 ** 2, priceHigh: 50 ** 2, liquidity: 25_000 }, { priceLow: 45 ** 2, priceHigh: 50 ** 2, liquidity: 25_000 }] });
    for (const q of [1, 100, 200, 300]) near(parts.price(q), whole.price(q), 1e-9);
  });

  test('a fee of 1 % is kept from what is sold: 252.52... bring what 250 did', () => {
    const curve = curveOf({ ...crossing, fee: 0.01 });
    near(curve.price(250 / 0.99), 1296, 1e-6);
    near(curve.average(0, 250 / 0.99) * (250 / 0.99), 475_000, 1e-6);
  });

  test('a price between two ranges falls to the next one at the first sale, and ranges stay where they are when it is shocked', () => {
    const curve = curveOf({ ranges: [{ priceLow: 900, priceHigh: 1600, liquidity: 1e5 }, { priceLow: 2500, priceHigh: 3600, liquidity: 1e5 }] }, 2025);
    expect(curve.price(0)).toBe(2025);
    near(curve.price(1e-9), 1600, 1e-6);
    near(curve.price(-1e-9), 2500, 1e-6);
    near(curve.capacityBought, 1e5 * (1 / 50 - 1 / 60), 1e-9);
  });
});

describe('Cont and Schaanning (A13, Schaanning 2017, section 1.2: two banks, B = 0.5, ADV = 50, sigma = 0.02, c = 0.4, tau = 20)', () => {
  const asset: Asset = { symbol: 'X', price: 1, dailyVolume: 50, dailyVolatility: 0.02 };
  const impact: Impact = { model: 'contSchaanning', coefficient: 0.4, horizon: 20, floor: 0.5 };

  test.each([[90, 0.019724991204873144], [34.73000000000001, 0.007705866464729094]])('%p sold take %p off', (quantity, psi) => {
    near(1 - impactCurve(asset, impact, 1, 1).price(quantity), psi, 1e-15);
    near(1 - impactCurve(asset, { ...impact, depth: 2236.06797749979 }, 1, 1).price(quantity), psi, 1e-15);
  });

  test('it approaches its floor and no less', () => {
    const curve = impactCurve(asset, impact, 1, 1);
    near(curve.price(1e6), 0.5, 1e-12);
    expect(curve.isBounded(1e6)).toBe(false);
    near(curve.price(-1e6), 2);
    expect(curve.isBounded(-1e6)).toBe(true);
  });

  test('parts of a sale add up to the whole: price less floor decays', () => {
    const whole = impactCurve(asset, impact, 1, 1).price(1000);
    const half = impactCurve(asset, impact, 1, 1).price(500);
    near(whole - 0.5, (half - 0.5) ** 2 / 0.5, 1e-15);
  });
});

describe('every curve', () => {
  const impacts: readonly Impact[] = [
    { model: 'none' },
    { model: 'linear', lambda: 0.03 },
    { model: 'exponential', depth: 700 },
    { model: 'squareRoot', coefficient: 1 },
    { model: 'contSchaanning', floor: 0.4, depth: 900 },
    { model: 'orderBook' },
    { model: 'constantProduct' },
    { model: 'concentratedLiquidity' },
  ];
  const book = (sign: number) => Array.from({ length: 50 }, (_, k) => [100 * (1 - sign * (k + 1) * 0.004), 20 + k]);
  const ranges = [{ priceLow: 1, priceHigh: 400, liquidity: 5000 }, { priceLow: 60, priceHigh: 95, liquidity: 9000 }, { priceLow: 90, priceHigh: 130, liquidity: 2000 }];
  const assetWith = (fee: number): Asset => ({ symbol: 'X', price: 100, dailyVolume: 1e4, dailyVolatility: 0.05, orderBook: { bids: book(1), asks: book(-1) }, pool: { reserve: 5000, currencyReserve: 500_000, ranges, fee } });
  const arguments_ = [fc.double({ min: 60, max: 140, noNaN: true }), fc.double({ min: 0.2, max: 1, noNaN: true }), fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }), fc.constantFrom(0, 0.003, 0.01)] as const;

  test.each(impacts.map((impact) => [impact.model, impact] as const))('%s starts at the shocked price, never rises, and pays additively between what it starts and ends with', (_, impact) => {
    fc.assert(
      fc.property(...arguments_, (shocked, depth, parts, fee) => {
        const curve = impactCurve(assetWith(fee), impact, shocked, depth);
        const within = (part: number) => part * Math.min(800, part > 0 ? curve.capacitySold : curve.capacityBought);
        const [a, b, c] = parts.map(within).sort((x, y) => x - y);
        expect(curve.price(0)).toBe(shocked);
        expect(curve.price(a)).toBeGreaterThanOrEqual(curve.price(b) * (1 - 1e-12));
        expect(curve.price(c)).toBeGreaterThan(0);
        if (c - a < 1e-6 || b - a < 1e-6 || c - b < 1e-6) return;
        near(((curve.average(a, b) * (b - a) + curve.average(b, c) * (c - b)) / (c - a)) / curve.average(a, c), 1, 1e-9);
        expect(curve.average(c, a)).toBe(curve.average(a, c));
        if (fee > 0) return; // a pool's fee is paid besides its prices
        expect(curve.average(a, c)).toBeLessThanOrEqual(curve.price(a) * (1 + 1e-12));
        expect(curve.average(a, c)).toBeGreaterThanOrEqual(curve.price(c) * (1 - 1e-12));
      }),
      { seed: 6, numRuns: 300 },
    );
  });

  test.each(impacts.filter(({ model }) => model !== 'orderBook').map((impact) => [impact.model, impact] as const))('%s pays the integral of its prices (Simpson)', (_, impact) => {
    fc.assert(
      fc.property(...arguments_, (shocked, depth, [from, to], _fee) => {
        const curve = impactCurve(assetWith(0), impact, shocked, depth);
        const low = 1 + 200 * Math.min(Math.abs(from), Math.abs(to));
        const high = low + 100;
        const steps = 2000;
        let sum = curve.price(low) + curve.price(high);
        for (let k = 1; k < steps; k++) sum += (k % 2 === 1 ? 4 : 2) * curve.price(low + ((high - low) * k) / steps);
        near(sum / (3 * steps) / curve.average(low, high), 1, 1e-7);
      }),
      { seed: 7, numRuns: 60 },
    );
  });

  test.each(impacts.map((impact) => [impact.model, impact] as const))('%s with half the depth is as far after half the quantity', (_, impact) => {
    const whole = impactCurve(assetWith(0.003), impact, 100, 1);
    const half = impactCurve(assetWith(0.003), impact, 100, 0.5);
    for (const q of [-150, -20, 40, 300]) near(half.price(q / 2), whole.price(q), 1e-9);
  });
});
