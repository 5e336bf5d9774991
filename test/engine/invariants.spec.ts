import fc from 'fast-check';
import { type Asset, cascade, impactCurve, type Institution, type Loan, type Market, outcomes, type Portfolio, prepare, rounds, type Scenario, summary, thresholds } from '../../src/engine/index.js';
import { grossOf, naiveCascade, parties } from './naive.js';
import { world, type World } from './random-books.js';

/** The invariants of README section 7 that this version's features have, on random books of every party kind. */
const RUNS = { numRuns: 300 };

const run = ({ market, portfolio, scenario }: World) => report(market, portfolio, scenario);

function report(market: Market, portfolio: Portfolio, scenario: Scenario) {
  const course = cascade(market, portfolio, scenario);
  return { summary: summary(course), outcomes: [...outcomes(course)], rounds: [...rounds(course)], thresholds: [...thresholds(prepare(market, portfolio))] };
}

type Report = ReturnType<typeof report>;
const prices = ({ summary: { assets } }: Report) => assets.map(({ finalPrice }) => finalPrice);
const felled = ({ outcomes: all }: Report) => new Set(all.filter(({ round }) => round !== null).map(({ account, symbol }) => `${account}/${symbol}`));
const isSubset = (a: Set<string>, b: Set<string>) => [...a].every((item) => b.has(item));
const eachAsset = (market: Market, change: (asset: Asset) => Partial<Asset>): Market => ({ assets: market.assets.map((asset) => ({ ...asset, ...change(asset) })) });
const close = (a: number, b: number, tolerance = 1e-9) => expect(Math.abs(a - b)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(a), Math.abs(b)));

const scaled = (each: Institution, by: number): Institution => ({ ...each, holdings: each.holdings.map((held) => ({ ...held, quantity: held.quantity * by })), otherAssets: each.otherAssets! * by, cash: each.cash! * by, liabilities: each.liabilities * by });
const doubledBounds = ({ fullCloseBelow, minimumLeftover }: Loan) => ({ fullCloseBelow: (fullCloseBelow ?? 0) * 2, minimumLeftover: (minimumLeftover ?? 0) * 2 });

/** Every kind of party and close-out, unless the claim is one of longs alone. */
const holds = (claim: string, options: NonNullable<Parameters<typeof world>[0]>, check: (given: World) => void) => test(claim, () => fc.assert(fc.property(world({ fullCloses: options.longOnly, ...options }), check), RUNS));

describe('accounting', () => {
  const smooth = ['none', 'linear', 'exponential'] as const;
  describe.each([['smooth curves', { impacts: smooth }], ['square roots too', { impacts: [...smooth, 'squareRoot'] }]] as const)('with %s', (_curves, options) => holds('agrees with a naive second engine in prices, rounds, victims and cash', options, ({ market, portfolio, scenario }) => {
    const actual = report(market, portfolio, scenario);
    const expected = naiveCascade(market, portfolio, scenario);
    for (const { symbol, finalPrice } of actual.summary.assets) close(finalPrice, expected.prices[symbol]);
    for (const { account, symbol, round } of actual.outcomes) expect(round).toBe(expected.closedIn[symbol === null ? account : `${account}/${symbol}`] ?? null);
    for (const { account, wasToxic } of actual.outcomes) expect(wasToxic).toBe(expected.toxic.has(account));
    for (const { account, symbol, equityAfter } of actual.outcomes) {
      const party = parties(portfolio).find(({ reference }) => reference === (symbol === null ? account : `${account}/${symbol}`))!;
      expect(Math.abs(equityAfter - expected.equity[party.reference])).toBeLessThanOrEqual(1e-9 * Math.max(1, grossOf(party, expected.prices)));
    }
  }));

  holds('the ledger adds up to the quantities of the summary, to the lot', {}, (given) => {
    const { summary: { assets }, rounds: all } = run(given);
    for (const { symbol, quantitySold, quantityBought } of assets) {
      const traded = all.flatMap(({ entries }) => entries).filter((entry) => entry.symbol === symbol);
      const lots = traded.reduce((sum, { quantity }) => sum + Math.round(quantity * 1000), 0);
      expect(lots).toBe(Math.round((quantitySold - quantityBought) * 1000));
    }
  });

  holds('cash is conserved: the equity of all parties falls by what re-marking their holdings costs and by what the market and liquidators take', { impacts: ['none', 'linear', 'exponential', 'squareRoot'] }, (given) => {
    const { summary: { assets }, outcomes: all, rounds: ledger } = run(given);
    const final = new Map(assets.map(({ symbol, finalPrice }) => [symbol, finalPrice]));
    const loans = new Set(given.portfolio.loans?.map(({ reference }) => reference));
    for (const { account, symbol, equityAfter } of all.filter((row) => !loans.has(row.account))) {
      const party = parties(given.portfolio).find(({ reference }) => reference === (symbol === null ? account : `${account}/${symbol}`))!;
      const trades = ledger.flatMap(({ entries }) => entries).filter((entry) => entry.account === account && (symbol === null || entry.symbol === symbol));
      const heldFlat = party.holdings.reduce((sum, { symbol: name, quantity }) => sum + quantity * final.get(name)!, party.cash);
      const tradingGain = trades.reduce((sum, { symbol: name, quantity, executionPrice }) => sum + quantity * (executionPrice! - final.get(name)!), 0);
      close(equityAfter, heldFlat + tradingGain, 1e-6);
    }
  });

  holds('prices stay finite and positive', {}, (given) => {
    for (const price of prices(run(given))) expect(price > 0 && Number.isFinite(price)).toBe(true);
  });

  holds('the result is a fixed point: the price is the curve at the net quantity sold, and nobody acts at it', {}, (given) => {
    const result = run(given);
    expect(result.summary.totals.isFixedPoint).toBe(true);
    result.summary.assets.forEach(({ shockedPrice, finalPrice, quantitySold, quantityBought }, a) => {
      const asset = given.market.assets[a];
      close(finalPrice, impactCurve(asset, asset.impact!, shockedPrice, given.scenario.depthMultiplier!).price(Math.round((quantitySold - quantityBought) * 1000) / 1000));
    });
  });

  holds('an order book never pays more than it holds', { impacts: ['orderBook'] }, (given) => {
    run(given).summary.assets.forEach(({ shockedPrice, priceBefore, quantitySold, quantityBought, valueSold, valueBought }, a) => {
      if (quantityBought > 0) return;
      const held = given.market.assets[a].orderBook!.bids.reduce((sum, [price, size]) => sum + price * size, 0);
      expect(valueSold - valueBought).toBeLessThanOrEqual(held * given.scenario.depthMultiplier! * (shockedPrice / priceBefore) * (1 + 1e-12));
      expect(quantitySold).toBeLessThanOrEqual(given.market.assets[a].orderBook!.bids.reduce((sum, [, size]) => sum + size, 0) * given.scenario.depthMultiplier! + 1e-9);
    });
  });
});

describe('triggers', () => {
  holds('nothing triggered means the price is the shocked price', {}, (given) => {
    const { summary: { assets }, rounds: all } = run(given);
    if (all.length === 0) for (const { finalPrice, shockedPrice, amplification } of assets) expect([finalPrice, amplification]).toEqual([shockedPrice, 1]);
  });

  holds('with infinite depth only the directly triggered go', { impacts: ['none'], longOnly: true }, (given) => {
    expect(run(given).summary.totals.liquidatedByCascade).toBe(0);
  });

  holds('without a shock only accounts already in breach are closed at first, and they are reported as such', { longOnly: true }, (given) => {
    const result = run({ ...given, scenario: {} });
    expect(result.summary.totals.liquidatedByShock).toBe(0);
    const breached = new Set(result.thresholds.filter(({ isInBreach }) => isInBreach).map(({ account }) => account));
    if (breached.size === 0) expect(result.rounds).toEqual([]);
    for (const { account, cause } of result.outcomes) if (cause === 'breachBeforeShock') expect(breached).toContain(account);
  });

  holds('who owes nothing never sells', {}, ({ market, scenario }) => {
    const accounts = [{ reference: 'holder', marginMode: 'cross' as const, collateral: market.assets.map(({ symbol }) => ({ symbol, quantity: 7 })) }];
    expect(run({ market, portfolio: { accounts }, scenario }).rounds).toEqual([]);
  });

  holds('with full closes there are at most as many rounds as parties and stops, and the last price', { fullCloses: true }, (given) => {
    const fullCalls = given.portfolio.loans!.map((loan) => ({ ...loan, closeFactor: 1 }));
    const portfolio = { ...given.portfolio, loans: fullCalls, institutions: [] };
    const stops = given.portfolio.accounts!.reduce((sum, { stopOrders = [] }) => sum + stopOrders.length, 0);
    expect(run({ ...given, portfolio }).rounds.length).toBeLessThanOrEqual(parties(portfolio).length + stops);
  });
});

describe('monotonicity of a long-only book', () => {
  const longOnly = { longOnly: true };

  holds('a larger shock gives lower prices and a larger set of victims', longOnly, (given) => {
    const deeper = { ...given.scenario, marketShock: given.scenario.marketShock! - 0.05, shocks: given.scenario.shocks!.map(({ symbol, shock }) => ({ symbol, shock: shock - 0.05 })) };
    const less = run(given);
    const more = run({ ...given, scenario: deeper });
    prices(more).forEach((price, a) => expect(price).toBeLessThanOrEqual(prices(less)[a]));
    expect(isSubset(felled(less), felled(more))).toBe(true);
  });

  holds('more depth gives higher prices and a smaller set of victims', longOnly, (given) => {
    const deep = { ...given.scenario, depthMultiplier: given.scenario.depthMultiplier! * 2 };
    const less = run({ ...given, scenario: deep });
    const more = run(given);
    prices(less).forEach((price, a) => expect(price).toBeGreaterThanOrEqual(prices(more)[a] - 1e-9));
    expect(isSubset(felled(less), felled(more))).toBe(true);
  });

  holds('more margin gives a smaller cascade', longOnly, (given) => {
    const accounts = given.portfolio.accounts!.map((account) => ({ ...account, balance: (account.balance ?? 0) + 50, positions: account.positions!.map((position) => ({ ...position, margin: position.margin == null ? position.margin : position.margin + 50 })) }));
    expect(isSubset(felled(run({ ...given, portfolio: { ...given.portfolio, accounts } })), felled(run(given)))).toBe(true);
  });

  holds('one more long never raises a price', longOnly, (given) => {
    const [{ symbol, price }] = given.market.assets;
    const extra = { reference: 'extra', marginMode: 'isolated' as const, positions: [{ symbol, side: 'long' as const, contracts: 25, entryPrice: price, margin: price * 2 }] };
    const more = run({ ...given, portfolio: { ...given.portfolio, accounts: [...given.portfolio.accounts!, extra] } });
    const less = run(given);
    prices(more).forEach((price_, a) => expect(price_).toBeLessThanOrEqual(prices(less)[a]));
  });
});

describe('symmetry', () => {
  holds('the order of accounts and loans is irrelevant, to the bit', {}, (given) => {
    const reversed = { accounts: [...given.portfolio.accounts!].reverse(), loans: [...given.portfolio.loans!].reverse(), institutions: [...given.portfolio.institutions!].reverse() };
    expect(run({ ...given, portfolio: reversed })).toEqual(run(given));
  });

  holds('the same input gives the same bytes', {}, (given) => {
    expect(JSON.stringify(run(given))).toBe(JSON.stringify(run(structuredClone(given))));
  });

  holds('removing parties that were never triggered changes no price, to the bit', {}, (given) => {
    const result = run(given);
    const touched = new Set(result.outcomes.filter(({ state }) => state !== 'untouched').map(({ account }) => account));
    const portfolio = { accounts: given.portfolio.accounts!.filter(({ reference }) => touched.has(reference)), loans: given.portfolio.loans!.filter(({ reference }) => touched.has(reference)), institutions: given.portfolio.institutions!.filter(({ reference }) => touched.has(reference)) };
    const course = ({ summary: { assets } }: Report) => assets.map(({ worstPrice: _worstPrice, ...asset }) => asset); // the worst equilibrium asks what they could do
    expect(course(run({ ...given, portfolio }))).toEqual(course(result));
  });

  holds('renaming and permuting the assets permutes the answer', {}, (given) => {
    const rename = (symbol: string) => ({ AAA: 'zulu', BBB: 'kilo', CCC: 'alfa' })[symbol]!;
    const text = JSON.stringify(given).replace(/"symbol":"(\w+)"/g, (_, symbol: string) => `"symbol":"${rename(symbol)}"`);
    const renamed = JSON.parse(text) as World;
    const original = run(given);
    const permuted = run({ ...renamed, market: { assets: [...renamed.market.assets].reverse() } });
    for (const asset of original.summary.assets) close(permuted.summary.assets.find(({ symbol }) => symbol === rename(asset.symbol))!.finalPrice, asset.finalPrice);
  });

  holds('splitting every account into two equal ones changes no price', { singleTier: true, longOnly: true, impacts: ['none', 'linear', 'exponential'] }, (given) => {
    const fine = eachAsset(given.market, () => ({ lotSize: LOT_HALF }));
    const halves = (portfolio: Portfolio): Portfolio => ({
      accounts: portfolio.accounts!.flatMap((account) =>
        ['a', 'b'].map((half) => ({
          ...account,
          reference: `${account.reference}-${half}`,
          balance: (account.balance ?? 0) / 2,
          collateral: account.collateral?.map((held) => ({ ...held, quantity: held.quantity / 2 })),
          positions: account.positions!.map((position) => ({ ...position, contracts: position.contracts / 2, margin: position.margin == null ? null : position.margin / 2 })),
        })),
      ),
      loans: portfolio.loans!.flatMap((loan) =>
        ['a', 'b'].map((half) => ({ ...loan, reference: `${loan.reference}-${half}`, collateral: loan.collateral.map((held) => ({ ...held, quantity: held.quantity / 2 })), debts: loan.debts.map((debt) => ({ ...debt, quantity: debt.quantity / 2 })) })),
      ),
      institutions: portfolio.institutions!.flatMap((each) => ['a', 'b'].map((half) => ({ ...scaled(each, 0.5), reference: `${each.reference}-${half}` }))),
    });
    // a seizure is rounded up to a lot, so halves of a loan may sell one lot more: compare to what a few lots can move
    const whole = prices(report(fine, given.portfolio, given.scenario));
    const split = prices(report(fine, halves(given.portfolio), given.scenario));
    whole.forEach((price, a) => close(split[a], price, 1e-5));
  });

  holds('quantities, money and depth times 2 give the same prices', { impacts: ['linear', 'exponential', 'none', 'orderBook'] }, (given) => {
    const twice = eachAsset(given.market, ({ lotSize, impact, orderBook, tiers }) => ({
      lotSize: lotSize! * 2,
      impact: { ...impact!, lambda: impact!.lambda! / 2, depth: impact!.depth! * 2 },
      orderBook: { bids: orderBook!.bids.map(([price, size]) => [price, size * 2]), asks: orderBook!.asks.map(([price, size]) => [price, size * 2]) },
      tiers: tiers!.map((tier) => ({ ...tier, minNotional: tier.minNotional * 2, maxNotional: tier.maxNotional == null ? null : tier.maxNotional * 2 })),
    }));
    const doubled: Portfolio = {
      accounts: given.portfolio.accounts!.map((account) => ({
        ...account,
        balance: (account.balance ?? 0) * 2,
        collateral: account.collateral?.map((held) => ({ ...held, quantity: held.quantity * 2 })),
        positions: account.positions!.map((position) => ({ ...position, contracts: position.contracts * 2, margin: position.margin == null ? null : position.margin * 2 })),
        stopOrders: account.stopOrders!.map((stop) => ({ ...stop, amount: stop.amount * 2 })),
      })),
      loans: given.portfolio.loans!.map((loan) => ({ ...loan, ...doubledBounds(loan), collateral: loan.collateral.map((held) => ({ ...held, quantity: held.quantity * 2 })), debts: loan.debts.map((debt) => ({ ...debt, quantity: debt.quantity * 2 })) })),
      institutions: given.portfolio.institutions!.map((each) => scaled(each, 2)),
    };
    const once = prices(run(given));
    prices(report(twice, doubled, given.scenario)).forEach((price, a) => close(price, once[a]));
  });

  holds('prices and money times 2 give the same relative moves', { impacts: ['linear', 'exponential', 'squareRoot', 'none', 'orderBook'] }, (given) => {
    const twice = eachAsset(given.market, ({ price, impact, orderBook, tiers }) => ({
      price: price * 2,
      impact: { ...impact!, lambda: impact!.lambda! * 2 },
      orderBook: { bids: orderBook!.bids.map(([level, size]) => [level * 2, size]), asks: orderBook!.asks.map(([level, size]) => [level * 2, size]) },
      tiers: tiers!.map((tier) => ({ ...tier, minNotional: tier.minNotional * 2, maxNotional: tier.maxNotional == null ? null : tier.maxNotional * 2 })),
    }));
    const doubled: Portfolio = {
      accounts: given.portfolio.accounts!.map((account) => ({
        ...account,
        balance: (account.balance ?? 0) * 2,
        positions: account.positions!.map((position) => ({ ...position, entryPrice: position.entryPrice * 2, margin: position.margin == null ? null : position.margin * 2 })),
        stopOrders: account.stopOrders!.map((stop) => ({ ...stop, triggerPrice: stop.triggerPrice * 2 })),
      })),
      loans: given.portfolio.loans!.map((loan) => ({ ...loan, ...doubledBounds(loan), debts: loan.debts.map((debt) => ({ ...debt, quantity: debt.quantity * 2 })) })),
      institutions: given.portfolio.institutions!.map(({ holdings, ...each }) => ({ ...scaled({ ...each, holdings: [] }, 2), holdings })),
    };
    const once = prices(run(given));
    prices(report(twice, doubled, given.scenario)).forEach((price, a) => expect(price).toBe(once[a] * 2));
  });

  test('longs under a fall and their mirror image, shorts under a rise, end at mirrored prices', () => {
    const sizes = fc.array(fc.record({ contracts: fc.integer({ min: 1, max: 50 }), margin: fc.integer({ min: 2, max: 20 }) }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 20 }), (rows, fall) => {
        const market: Market = { assets: [{ symbol: 'X', price: 128, lotSize: 1, impact: { model: 'linear', lambda: 0.0625, floor: 0.001 }, tiers: [{ minNotional: 0, maxNotional: null, maintenanceMarginRate: 0 }] }] };
        const book = (side: 'long' | 'short'): Portfolio => ({ accounts: rows.map(({ contracts, margin }, k) => ({ reference: `${k}`, marginMode: 'isolated', positions: [{ symbol: 'X', side, contracts, entryPrice: 128, margin: contracts * margin }] })) });
        const [down] = prices(report(market, book('long'), { marketShock: -fall / 128 }));
        const [up] = prices(report(market, book('short'), { marketShock: fall / 128 }));
        expect(up - 128).toBe(128 - down);
      }),
      RUNS,
    );
  });
});

describe('the partial close-out', () => {
  holds('sells no more than the full one and leaves the accounts it touched above their requirement, or closed', { longOnly: true, impacts: ['linear', 'exponential'] }, (given) => {
    const partial = run({ ...given, scenario: { ...given.scenario, closeOut: { policy: 'partial', targetMarginRatio: 1.5 } } });
    const full = run(given);
    prices(partial).forEach((price, a) => expect(price).toBeGreaterThanOrEqual(prices(full)[a] - 1e-9));
    for (const { state, healthFactorAfter } of partial.outcomes) if (state === 'reduced') expect(healthFactorAfter === null || healthFactorAfter > 1 - 1e-9).toBe(true);
  });
});

const LOT_HALF = 0.0005;
