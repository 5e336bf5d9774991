import { type Answer, graphql, rest, selection } from './doors.js';

/**
 * Binance FAQ "How to Calculate Liquidation Price of USDS-M Futures Contracts", cross margin with two positions, as quoted in freqtrade
 * tests/exchange/test_binance.py: 1153.26 for ETH and 26316.89 for BTC. The maintenance amounts follow from the 2021 tiers.
 */
const tiers = (rows: readonly (readonly [number, number])[]) => rows.map(([minNotional, maintenanceMarginRate], k) => ({ minNotional, ...(rows[k + 1] && { maxNotional: rows[k + 1]![0] }), maintenanceMarginRate }));
const MARKET = {
  name: 'Binance 2021',
  assets: [
    { symbol: 'BTC', price: 31967.27, tiers: tiers([[0, 0.004], [50_000, 0.005], [250_000, 0.01], [1e6, 0.025], [5e6, 0.05]]) },
    { symbol: 'ETH', price: 1335.18, tiers: tiers([[0, 0.005], [10_000, 0.0065], [100_000, 0.01], [500_000, 0.02], [1e6, 0.05], [2e6, 0.1], [5e6, 0.125]]) },
  ],
};
const PORTFOLIO = {
  name: 'FAQ',
  accounts: [
    {
      reference: 'faq', marginMode: 'cross', balance: 1_535_443.01,
      positions: [{ symbol: 'ETH', side: 'long', contracts: 3683.979, entryPrice: 1456.84 }, { symbol: 'BTC', side: 'long', contracts: 109.488, entryPrice: 32481.98 }],
    },
    { reference: 'other', marginMode: 'isolated', positions: [{ symbol: 'BTC', side: 'short', contracts: 1, entryPrice: 32000, margin: 3200 }] },
  ],
};
const DOORS = {
  REST: (input: object): Promise<Answer> => rest('POST', '/v1/liquidation-prices', JSON.stringify(input)),
  GraphQL: async (input: object): Promise<Answer> => graphql(`query ($input: LiquidationPricesInput!) { data: liquidationPrices(input: $input) ${await selection('LiquidationPrices')} }`, JSON.stringify({ input })),
};

describe.each(Object.entries(DOORS))('liquidation prices through %s', (_name, ask) => {
  const asked = { market: MARKET, portfolio: PORTFOLIO };

  test("are the venue's own, with the terms from which a hand computes them again", async () => {
    const { items } = (await ask({ ...asked, account: 'faq' })).data;
    const eth = items.find((item: { threshold: { symbol: string } }) => item.threshold.symbol === 'ETH');
    expect(eth.threshold.liquidationPrice).toBeCloseTo(1153.26, 2);
    const [{ contracts: [contract], price, equity, requirement, health }] = eth.ends;
    expect(contract).toMatchObject({ side: 'long', quantity: 3683.979, entryPrice: 1456.84, maintenanceMarginRate: 0.1, maintenanceAmount: 135_365, feeRate: 0 });
    // LP = (WB - TMM + UPNL + cum - Q * EP) / (Q * MMR - Q)
    const byHand = (eth.collateral - eth.otherRequirement + eth.otherUnrealisedProfit + contract.maintenanceAmount - contract.quantity * contract.entryPrice) / (contract.quantity * (contract.maintenanceMarginRate - 1));
    expect(byHand).toBeCloseTo(price, 8);
    expect(Math.abs(health) / equity).toBeLessThan(1e-12);
    expect(equity).toBeCloseTo(requirement, 6);
    expect(items.find((item: { threshold: { symbol: string } }) => item.threshold.symbol === 'BTC').threshold.liquidationPrice).toBeCloseTo(26316.89, 2);
  });

  test('of all accounts come in the order of their references', async () => {
    const { items, alongScenario, frontier } = (await ask(asked)).data;
    expect(items.map((item: { threshold: { account: string; symbol: string } }) => `${item.threshold.account} ${item.threshold.symbol}`)).toEqual(['faq ETH', 'faq BTC', 'other BTC']);
    expect([alongScenario, frontier]).toEqual([[], []]);
  });

  test('along a scenario say how many times its shocks an account bears, both prices falling together', async () => {
    const scenario = { name: 'BTC and ETH fall', shocks: [{ symbol: 'BTC', shock: -0.1 }, { symbol: 'ETH', shock: -0.2 }] };
    const { alongScenario } = (await ask({ ...asked, scenario, account: 'faq' })).data;
    const [{ shockScale, prices }] = alongScenario;
    const marked = { name: 'moved', assets: MARKET.assets.map((asset) => ({ ...asset, price: prices.find((each: { symbol: string }) => each.symbol === asset.symbol).price })) };
    const [first] = (await ask({ market: marked, portfolio: PORTFOLIO, account: 'faq' })).data.items;
    expect(first.threshold.liquidationPrice / first.threshold.markPrice).toBeCloseTo(1, 9);
    expect(shockScale).toBeGreaterThan(0);
  });

  test('of two prices together are a line on which re-marking gives zero health', async () => {
    const frontier = { account: 'faq', x: { symbol: 'BTC', from: 20_000, to: 40_000 }, y: { symbol: 'ETH', from: 800, to: 2000 } };
    const lines = (await ask({ ...asked, frontier })).data.frontier;
    expect(lines).toHaveLength(1);
    for (const { x, y } of lines[0].points) {
      const market = { name: 'moved', assets: [{ ...MARKET.assets[0], price: x }, { ...MARKET.assets[1], price: y }] };
      const [eth] = (await ask({ market, portfolio: PORTFOLIO, account: 'faq' })).data.items;
      expect(eth.threshold.liquidationPrice / y).toBeCloseTo(1, 9);
    }
  });

  test.each([
    ['an unknown account', { ...asked, account: 'nobody' }, ['/account']],
    ['a frontier of one price', { ...asked, frontier: { account: 'faq', x: { symbol: 'BTC', from: 1, to: 2 }, y: { symbol: 'BTC', from: 2, to: 1 } } }, ['/frontier/y/symbol', '/frontier/y/to']],
    ['a frontier of an isolated account without its position', { ...asked, frontier: { account: 'other', x: { symbol: 'BTC', from: 1, to: 2 }, y: { symbol: 'ETH', from: 1, to: 2 } } }, ['/frontier/position']],
    ['no portfolio', { market: MARKET }, ['/portfolio']],
  ])('with %s are refused', async (_what, input, pointers) => {
    expect(await ask(input)).toMatchObject({ status: 422, code: 'INCONSISTENT_INPUT', pointers });
  });
});
