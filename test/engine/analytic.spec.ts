import { type Asset, cascade, impactCurve, type MarginAccount, type Market, outcomes, prepare, rounds, summary, type Threshold, thresholds } from '../../src/engine/index.js';

/**
 * Closed-form cases, worked by hand as rationals. Numbers A01 ... A28 are those of shared/reference/analytic-cases.json,
 * retyped with their sources; 1e-9 absolute unless a row says otherwise.
 */
const near = (actual: number | null, expected: number, tolerance = 1e-9) => expect(Math.abs((actual as number) - expected)).toBeLessThanOrEqual(tolerance);

const oneAsset = (asset: Partial<Asset>): Market => ({ assets: [{ symbol: 'X', price: 100, ...asset }] });
const flatRate = (maintenanceMarginRate: number) => [{ minNotional: 0, maxNotional: null, maintenanceMarginRate }];

/** Isolated longs at entry 100 with the given cash per unit. */
const isolatedLongs = (rows: readonly (readonly [reference: string, contracts: number, marginPerUnit: number])[]): MarginAccount[] =>
  rows.map(([reference, contracts, marginPerUnit]) => ({
    reference,
    marginMode: 'isolated',
    positions: [{ symbol: 'X', side: 'long', contracts, entryPrice: 100, margin: contracts * marginPerUnit }],
  }));

describe('a two-wave cascade with linear impact (A01)', () => {
  const market = oneAsset({ impact: { model: 'linear', lambda: 0.05 }, tiers: flatRate(0.05) });
  const accounts = isolatedLongs([['L1', 40, 8.8], ['L2', 60, 10.225], ['L3', 100, 15.45]]);
  const course = cascade(market, { accounts }, { marketShock: -0.05 });

  test('the standalone liquidation prices are 96, 94.5 and 89, the bankruptcy prices 91.2, 89.775 and 84.55', () => {
    const all = [...thresholds(prepare(market, { accounts }))];
    [[96, 91.2], [94.5, 89.775], [89, 84.55]].forEach(([liquidation, bankruptcy], k) => {
      near(all[k].liquidationPrice, liquidation);
      near(all[k].bankruptcyPrice, bankruptcy);
    });
  });

  test('95 fells L1, 93 fells L2, 90 leaves L3 standing', () => {
    const ledger = [...rounds(course)];
    expect(ledger.map(({ entries }) => entries.map(({ account, cause }) => [account, cause]))).toEqual([[['L1', 'shock']], [['L2', 'cascade']]]);
    near(ledger[0].prices[0].priceAfter, 93);
    near(ledger[1].prices[0].priceAfter, 90);
    near(ledger[0].prices[0].executionPrice, 94);
    near(ledger[1].prices[0].executionPrice, 91.5);
  });

  test('half of the fall is endogenous: amplification 2', () => {
    const [impact] = summary(course).assets;
    near(impact.exogenousMove, -5);
    near(impact.endogenousMove, -5);
    near(impact.amplification, 2);
    near(impact.quantitySold, 100);
  });

  test('the closed accounts keep 112 and 103.5', () => {
    const [first, second] = [...outcomes(course)];
    near(first.equityAfter, 112);
    near(second.equityAfter, 103.5);
  });
});

test('simultaneous triggers share the batch price 88.5 and leave 184.5 of bad debt (A03)', () => {
  const market = oneAsset({ impact: { model: 'linear', lambda: 0.05 }, tiers: flatRate(0.05) });
  const accounts = isolatedLongs([['L1', 40, 8.8], ['L2', 60, 10.225], ['L3', 100, 24]]);
  const course = cascade(market, { accounts }, { marketShock: -0.09 });
  const [first, second, third] = [...outcomes(course)];
  near([...rounds(course)][0].prices[0].executionPrice, 88.5);
  near(first.badDebt, 108);
  near(second.badDebt, 76.5);
  expect(third.state).toBe('untouched');
  near(summary(course).totals.badDebt, 184.5);
  near(summary(course).assets[0].finalPrice, 86);
});

describe('impact curves', () => {
  test('the square-root law is one of cumulative volume: two halves move the price like the whole (A08, Toth et al. 2011)', () => {
    const curve = impactCurve({ symbol: 'X', price: 1, dailyVolume: 1e9, dailyVolatility: 0.02 }, { model: 'squareRoot', coefficient: 1 }, 1, 1);
    near(curve.price(1e7), 1 - 0.002);
    near(curve.price(4e7), 1 - 0.004);
    near(curve.average(0, 4e7), 1 - 0.0026666666666666666);
    near((curve.average(0, 2e7) + curve.average(2e7, 4e7)) / 2, curve.average(0, 4e7), 1e-15);
  });

  test('an order-book walk pays 97.5 for 40, and leaves 20 of 100 unfilled (A19)', () => {
    const bids = [[99, 10], [98, 20], [95, 50]];
    const market = oneAsset({ impact: { model: 'orderBook' }, orderBook: { bids, asks: [[101, 10]] }, tiers: flatRate(0.05) });
    const curve = impactCurve(market.assets[0], { model: 'orderBook' }, 100, 1);
    near(curve.average(0, 40), 97.5, 1e-12);
    expect(curve.price(40)).toBe(95);

    const course = cascade(market, { accounts: isolatedLongs([['L', 100, 1]]) }, {});
    const [impact] = summary(course).assets;
    expect([impact.quantitySold, impact.unfilled]).toEqual([80, 20]);
    near(impact.valueSold, 7700);
    near(impact.executionPrice, 96.25);
  });

  test.each([[[0.1]], [[0.04, 0.06]], [Array<number>(10).fill(0.01)]])('exponential impact does not see how a sale of 10 % is split: 0.9025 (A25) %p', (split) => {
    const depth = 1 / 1.0258658877510116; // -(1/0.05) ln 0.95 per unit of the sold fraction
    const curve = impactCurve({ symbol: 'X', price: 1 }, { model: 'exponential', depth }, 1, 1);
    let sold = 0;
    let money = 0;
    for (const part of split) {
      money += part * curve.average(sold, sold + part);
      sold += part;
    }
    near(curve.price(sold), 0.9025, 1e-12);
    near(money, 0.1 * curve.average(0, 0.1), 1e-15);
    near(curve.price(1), 0.3584859224085419, 1e-12);
  });
});

describe('a loan (A20, Aave-type rules)', () => {
  const loan = (debt: number) => ({ reference: 'B', collateral: [{ symbol: 'ETH', quantity: 10, liquidationThreshold: 0.8 }], debts: [{ quantity: debt }], closeFactor: 0.5, liquidationBonus: 0.05 });
  const market: Market = { assets: [{ symbol: 'ETH', price: 1000 }] };

  test('at 850 half of 7000 is repaid against 4.3235 of collateral, and the health factor rises to 1.1029', () => {
    const course = cascade(market, { loans: [loan(7000)] }, { marketShock: -0.15 });
    const [outcome] = [...outcomes(course)];
    near(outcome.healthFactorBefore, 8 / 7);
    near(outcome.debtRepaid, 3500);
    near(summary(course).assets[0].quantitySold, 147 / 34);
    near(outcome.healthFactorAfter, 193 / 175);
  });

  test('its threshold is debt / (quantity * liquidation threshold) = 875', () => {
    const [threshold] = [...thresholds(prepare(market, { loans: [loan(7000)] }))];
    near(threshold.liquidationPrice, 875);
  });

  test('above a loan-to-value of 1/1.05 a call makes it worse: 0.8333 falls to 0.8267 with the first, and the rest ends as bad debt', () => {
    const course = cascade(market, { loans: [loan(9600)] }, {});
    const [outcome] = [...outcomes(course)];
    near(outcome.healthFactorBefore, 5 / 6);
    expect(outcome.cause).toBe('breachBeforeShock');
    near(outcome.debtRepaid, 10_000 / 1.05, 1e-6);
    near(outcome.badDebt, 9600 - 10_000 / 1.05, 1e-6);
  });
});

describe('linear contracts at 10x (A28)', () => {
  const price = 10_000;
  const market: Market = { assets: [{ symbol: 'X', price, tiers: flatRate(0.005) }] };
  const at = (side: 'long' | 'short'): Threshold => [...thresholds(prepare(market, { accounts: [{ reference: 'a', marginMode: 'isolated', positions: [{ symbol: 'X', side, contracts: 1, entryPrice: price, margin: 1000 }] }] }))][0];

  test.each([['long', 1_800_000 / 199, 9000], ['short', 2_200_000 / 201, 11_000]] as const)('%s: liquidation %d, bankruptcy %d', (side, liquidation, bankruptcy) => {
    near(at(side).liquidationPrice, liquidation);
    near(at(side).bankruptcyPrice, bankruptcy);
    expect(at(side).distance! < 0).toBe(side === 'long');
  });
});

describe('Binance USD-M, with the maintenance amounts that follow from the 2021 tiers', () => {
  // Binance FAQ "How to Calculate Liquidation Price of USDS-M Futures Contracts", as quoted in freqtrade tests/exchange/test_binance.py
  const tiers = (rows: readonly (readonly [number, number])[]) => rows.map(([minNotional, maintenanceMarginRate], k) => ({ minNotional, maxNotional: rows[k + 1]?.[0] ?? null, maintenanceMarginRate }));
  const market: Market = {
    assets: [
      { symbol: 'BTC', price: 31967.27, tiers: tiers([[0, 0.004], [50_000, 0.005], [250_000, 0.01], [1e6, 0.025], [5e6, 0.05]]) },
      { symbol: 'ETH', price: 1335.18, tiers: tiers([[0, 0.005], [10_000, 0.0065], [100_000, 0.01], [500_000, 0.02], [1e6, 0.05], [2e6, 0.1], [5e6, 0.125]]) },
    ],
  };
  const eth = { symbol: 'ETH', side: 'long' as const, contracts: 3683.979, entryPrice: 1456.84 };
  const btc = { symbol: 'BTC', side: 'long' as const, contracts: 109.488, entryPrice: 32481.98 };
  const balance = 1_535_443.01;
  const price = (accounts: MarginAccount[], symbol: string) => [...thresholds(prepare(market, { accounts }))].find((threshold) => threshold.symbol === symbol)!.liquidationPrice;

  test('isolated: 1114.78 and 18778.73', () => {
    near(price([{ reference: 'a', marginMode: 'isolated', positions: [{ ...eth, margin: balance }] }], 'ETH'), 1114.78, 0.005);
    near(price([{ reference: 'a', marginMode: 'isolated', positions: [{ ...btc, margin: balance }] }], 'BTC'), 18778.73, 0.005);
  });

  test('cross, the other position at its mark: 1153.26 and 26316.89', () => {
    const accounts: MarginAccount[] = [{ reference: 'a', marginMode: 'cross', balance, positions: [eth, btc] }];
    near(price(accounts, 'ETH'), 1153.26, 0.005);
    near(price(accounts, 'BTC'), 26316.89, 0.005);
  });
});

test('a position that covers itself at every price has no liquidation price, and the reason says so', () => {
  const accounts: MarginAccount[] = [{ reference: 'a', marginMode: 'cross', balance: 1000, positions: [{ symbol: 'X', side: 'long', contracts: 1, entryPrice: 100 }] }];
  const [threshold] = [...thresholds(prepare(oneAsset({ tiers: flatRate(0.01) }), { accounts }))];
  expect([threshold.liquidationPrice, threshold.reasonBelow]).toEqual([null, 'neverReached']);
});

describe('stop orders', () => {
  const stop = { symbol: 'X', side: 'sell' as const, amount: 10, triggerPrice: 95 };
  const held = (stopOrders: MarginAccount['stopOrders']) => {
    const accounts: MarginAccount[] = [{ reference: 'a', marginMode: 'cross', balance: 1000, positions: [{ symbol: 'X', side: 'long', contracts: 10, entryPrice: 100 }], stopOrders }];
    const [asset] = summary(cascade(oneAsset({ tiers: flatRate(0.01) }), { accounts }, { marketShock: -0.06 })).assets;
    return asset.quantitySold;
  };

  test('sell their amount when the price is at or below the trigger', () => expect(held([stop])).toBe(10));
  test('wait above it', () => expect(held([{ ...stop, triggerPrice: 93.9 }])).toBe(0));
  test('that only reduce never turn a position, even two in one round', () => expect(held([{ ...stop, reduceOnly: true }, { ...stop, reduceOnly: true }])).toBe(10));
  test('that may open turn it', () => expect(held([stop, stop])).toBe(20));
});

describe('impact-adjusted valuation: full liquidation takes 30 % off the price (A14, after Caccioli, Bouchaud, Farmer 2012)', () => {
  /** One long of 1,000 at the given leverage that is closed by force at an unmoved mark of 100. */
  const equityLeft = (leverage: number, asset: Partial<Asset>) => {
    const equity = 100_000 / leverage;
    const market = oneAsset({ ...asset, tiers: flatRate(1) }); // the whole notional is required: always in breach
    const accounts: MarginAccount[] = [{ reference: 'L', marginMode: 'cross', balance: equity, positions: [{ symbol: 'X', side: 'long', contracts: 1000, entryPrice: 100 }] }];
    return [...outcomes(cascade(market, { accounts }, {}))][0].equityAfter / equity;
  };
  const linear: Partial<Asset> = { impact: { model: 'linear', lambda: 0.03 } };
  const squareRoot: Partial<Asset> = { impact: { model: 'squareRoot', coefficient: 1 }, dailyVolume: 1000, dailyVolatility: 0.3 };

  test('the average cost is half the peak where impact is linear, two thirds of it where it is a square root', () => {
    near(equityLeft(5, linear), 1 / 4);
    near(equityLeft(5, squareRoot), 0);
  });

  test('equity is gone at leverage 20/3 and 5', () => {
    near(equityLeft(20 / 3, linear), 0);
    expect(equityLeft(6, linear)).toBeGreaterThan(0);
    expect(equityLeft(5.01, squareRoot)).toBeLessThan(0);
  });
});
