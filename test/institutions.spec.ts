import { graphql, rest, selection } from './doors.js';

/** An institution of the kind of test/engine/institutions.spec.ts through the service: leverage 10, at 97 of assets and 7 of equity it sells 27. */
const MARKET = { name: 'Two assets', assets: [{ symbol: 'X', price: 1, impact: { model: 'none' }, tiers: [{ minNotional: 0, maintenanceMarginRate: 0.05 }] }, { symbol: 'Y', price: 1, impact: { model: 'none' } }] };
const BANK = { reference: 'bank', holdings: [{ symbol: 'X', quantity: 60 }, { symbol: 'Y', quantity: 20 }], otherAssets: 20, liabilities: 90, leverageMax: 12, leverageTarget: 10 };
const PORTFOLIO = { name: 'A bank', institutions: [BANK] };
const SCENARIO = { name: 'X falls', shocks: [{ symbol: 'X', shock: -0.05 }] };

const asked = (input: object) => JSON.stringify({ market: MARKET, portfolio: PORTFOLIO, scenario: SCENARIO, ...input });
const doors = [
  ['REST', (operation: 'whatIf' | 'liquidationPrices', _type: string, input: string) => rest('POST', operation === 'whatIf' ? '/v1/what-if' : '/v1/liquidation-prices', input)],
  ['GraphQL', async (operation: 'whatIf' | 'liquidationPrices', type: string, input: string) => graphql(`query ($input: ${type}Input!) { data: ${operation}(input: $input) ${await selection(type)} }`, `{ "input": ${input} }`)],
] as const;

describe.each(doors)('an institution through %s', (_, ask) => {
  test('deleverages, and more cash leaves it less to sell', async () => {
    const { before, after } = (await ask('whatIf', 'WhatIf', asked({ changes: { transfers: [{ account: 'bank', amount: 0.5 }] } }))).data;
    expect(before.accounts).toMatchObject([{ account: 'bank', state: 'deleveraged', cause: 'shock', leverageBefore: 10 }]);
    expect(before.accounts[0].valueSold).toBeCloseTo(27, 9);
    expect(before.accounts[0].leverageAfter).toBeCloseTo(10, 9);
    // assets 97.5, equity 7.5: 22.5 of debt, 0.5 of it from cash
    expect(after.accounts[0].valueSold).toBeCloseTo(22, 9);
    expect(after.accounts[0].debtRepaid).toBeCloseTo(22.5, 9);
    expect(before.thresholds).toHaveLength(2);
  });

  test('holds what is moved into it, and gives no more than it has', async () => {
    const { after } = (await ask('whatIf', 'WhatIf', asked({ changes: { transfers: [{ account: 'bank', symbol: 'Y', amount: 40 }] } }))).data;
    expect(after.accounts).toMatchObject([{ state: 'untouched' }]);
    const refused = await ask('whatIf', 'WhatIf', asked({ changes: { transfers: [{ account: 'bank', amount: -1 }, { account: 'nobody', amount: 1 }] } }));
    expect(refused).toMatchObject({ code: 'INCONSISTENT_INPUT', issues: ['/changes/transfers/0/amount OUT_OF_RANGE', '/changes/transfers/1/account NOT_FOUND'] });
  });

  test('has explained liquidation prices', async () => {
    const { items } = (await ask('liquidationPrices', 'LiquidationPrices', asked({ account: 'bank', scenario: undefined }))).data;
    expect(items).toHaveLength(2);
    expect(items[0].threshold.liquidationPrice).toBeCloseTo(1 - 20 / 660, 12);
    expect(items[0].ends[0].health).toBeCloseTo(0, 12);
  });

  test('is refused where the market does not price what it holds', async () => {
    const portfolio = { ...PORTFOLIO, institutions: [{ ...BANK, holdings: [{ symbol: 'Z', quantity: 1 }] }] };
    expect(await ask('whatIf', 'WhatIf', asked({ portfolio }))).toMatchObject({ code: 'INCONSISTENT_INPUT', issues: ['/portfolio/institutions/0/holdings/0/symbol UNPRICED'] });
  });

  test('settles in the next round where the scenario says so, and stages are taken', async () => {
    const long = { reference: 'long', marginMode: 'isolated', positions: [{ symbol: 'X', side: 'long', contracts: 40, entryPrice: 1, margin: 3 }] };
    const scenario = { ...SCENARIO, dynamics: { settlement: 'nextRound' }, closeOut: { policy: 'staged', firstFraction: 0.25, cooldown: 2 } };
    const { before } = (await ask('whatIf', 'WhatIf', asked({ portfolio: { ...PORTFOLIO, accounts: [long] }, scenario }))).data;
    // the bank sells and then pays; the long closes 10 of 40 (equity 1, requirement 1.9, then 1.425), waits a round, and closes the rest
    expect(before.summary.totals.rounds).toBe(3);
    expect(before.accounts.map(({ state }: { state: string }) => state)).toEqual(['deleveraged', 'liquidated']);
  });
});
