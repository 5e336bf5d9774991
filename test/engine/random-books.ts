import fc from 'fast-check';
import type { Asset, CloseOut, Impact, Institution, Loan, MarginAccount, Market, Portfolio, Position, Scenario, StopOrder } from '../../src/engine/index.js';

/** Shrinking a book of a dozen parties can take minutes; the printed seed repeats the case. */
fc.configureGlobal({ endOnFailure: true });

/** Random small worlds with a stated lot of 0.001 units, so that two runs on different books count in the same lots. */
export const LOT = 0.001;

export interface World {
  readonly market: Market;
  readonly portfolio: Portfolio;
  readonly scenario: Scenario;
}

interface Options {
  /** Only longs, loans with full close factor and no stops: where the cascade is monotone. */
  readonly longOnly?: boolean;
  readonly impacts?: readonly Impact['model'][];
  /** One tier from 0, so that splitting an account does not change its rate. */
  readonly singleTier?: boolean;
  /** Accounts are closed in full; else in slices or stages in two books of three. */
  readonly fullCloses?: boolean;
}

const SYMBOLS = ['AAA', 'BBB', 'CCC'];
const ALL_IMPACTS = ['none', 'linear', 'exponential', 'squareRoot', 'contSchaanning', 'orderBook', 'constantProduct', 'concentratedLiquidity'] as const;

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const quantity = (max: number) => fc.integer({ min: 1, max: Math.round(max / LOT) }).map((lots) => lots / 1000);

function impact(models: readonly Impact['model'][]): fc.Arbitrary<Impact> {
  return fc.record({ model: fc.constantFrom(...models), lambda: number(0, 0.2), depth: number(50, 5000), coefficient: number(0.2, 2) });
}

function asset(symbol: string, { impacts = ALL_IMPACTS, singleTier = false }: Options): fc.Arbitrary<Asset> {
  return fc.record({ price: number(50, 200), impact: impact(impacts), firstRate: number(0.004, 0.05), step: number(0, 0.1), edge: number(500, 20_000), dailyVolume: number(1e3, 1e5), dailyVolatility: number(0.01, 0.1), size: number(1, 200) }).map(
    ({ price, firstRate, step, edge, size, ...rest }) => ({
      ...rest,
      symbol,
      price,
      lotSize: LOT,
      tiers: singleTier
        ? [{ minNotional: 0, maxNotional: null, maintenanceMarginRate: firstRate }]
        : [
            { minNotional: 0, maxNotional: edge, maintenanceMarginRate: firstRate },
            { minNotional: edge, maxNotional: edge * 4, maintenanceMarginRate: firstRate + step },
            { minNotional: edge * 4, maxNotional: null, maintenanceMarginRate: firstRate + step * 2 },
          ],
      orderBook: {
        bids: [0.999, 0.99, 0.97, 0.93, 0.85].map((level, k) => [price * level, size * (k + 1)]),
        asks: [1.001, 1.01, 1.03, 1.07, 1.15].map((level, k) => [price * level, size * (k + 1)]),
      },
      pool: {
        fee: 0.003,
        reserve: size * 50,
        currencyReserve: size * 50 * price,
        ranges: [
          { priceLow: price * 1e-4, priceHigh: price * 1e4, liquidity: size * 500 },
          { priceLow: price * 0.7, priceHigh: price * 0.9, liquidity: size * 1000 },
        ],
      },
    }),
  );
}

function position(symbols: readonly string[], price: (symbol: string) => number, longOnly: boolean): fc.Arbitrary<Position> {
  return fc
    .record({ symbol: fc.constantFrom(...symbols), side: longOnly ? fc.constant('long' as const) : fc.constantFrom('long' as const, 'short' as const), contracts: quantity(60), off: number(-0.1, 0.1), leverage: number(1.5, 20) })
    .map(({ symbol, side, contracts, off, leverage }) => {
      const entryPrice = price(symbol) * (1 + off);
      return { symbol, side, contracts, entryPrice, margin: (contracts * entryPrice) / leverage + Math.abs(contracts * entryPrice * off) };
    });
}

function account(reference: string, symbols: readonly string[], price: (symbol: string) => number, longOnly: boolean): fc.Arbitrary<MarginAccount> {
  const stop: fc.Arbitrary<StopOrder> = fc
    .record({ symbol: fc.constantFrom(...symbols), side: fc.constantFrom('buy' as const, 'sell' as const), amount: quantity(20), off: number(0.01, 0.3), reduceOnly: fc.boolean() })
    .map(({ off, ...rest }) => ({ ...rest, triggerPrice: price(rest.symbol) * (rest.side === 'sell' ? 1 - off : 1 + off) }));
  return fc
    .record({
      marginMode: fc.constantFrom('cross' as const, 'isolated' as const),
      positions: fc.uniqueArray(position(symbols, price, longOnly), { minLength: 1, maxLength: 3, selector: ({ symbol }) => symbol }),
      collateral: fc.array(fc.record({ symbol: fc.constantFrom(...symbols), quantity: quantity(5), haircut: number(0, 0.3) }), { maxLength: 1 }),
      stopOrders: longOnly ? fc.constant<StopOrder[]>([]) : fc.array(stop, { maxLength: 3 }),
    })
    .map(({ marginMode, positions, collateral, stopOrders }) => {
      const balance = positions.reduce((sum, { margin }) => sum + (margin ?? 0), 0);
      const bare = positions.map(({ margin: _margin, ...rest }) => rest);
      // a stop in an asset without a position would open one: keep it to the positions held, both modes alike
      const stops = stopOrders.filter(({ symbol }) => positions.some((held) => held.symbol === symbol));
      return marginMode === 'isolated' ? { reference, marginMode, positions, stopOrders: stops } : { reference, marginMode, balance, collateral, positions: bare, stopOrders: stops };
    });
}

/** Each rule absent, or about as large as the loans are. */
const maybe = (min: number, max: number) => fc.option(number(min, max), { nil: undefined });
const fullClose = { fullCloseHealthFactor: maybe(0.7, 1), fullCloseBelow: maybe(0, 8000), minimumLeftover: maybe(0, 4000) };

function loan(reference: string, symbols: readonly string[], price: (symbol: string) => number, longOnly: boolean): fc.Arbitrary<Loan> {
  return fc
    .record({ symbol: fc.constantFrom(...symbols), quantity: quantity(100), liquidationThreshold: number(0.6, 0.95), health: number(0.98, 1.6), closeFactor: longOnly ? fc.constant(1) : number(0.3, 1), liquidationBonus: number(0, 0.1), dumpedShare: longOnly ? fc.constant(1) : number(0, 1), ...fullClose })
    .map(({ symbol, quantity: held, liquidationThreshold, health, ...terms }) => ({
      ...terms,
      // in a long-only book every call takes the whole collateral: a partial seizure sells debt / price, more units the later it comes
      ...(longOnly ? { liquidationBonus: 1 / liquidationThreshold - 1 } : {}),
      reference,
      collateral: [{ symbol, quantity: held, liquidationThreshold }],
      debts: [{ quantity: (held * price(symbol) * liquidationThreshold) / health }],
    }));
}

/** Leverage between safe and in breach; in a long-only book the target asks for everything at once, since a slice depends on when it is sold. */
function institution(reference: string, symbols: readonly string[], price: (symbol: string) => number, longOnly: boolean): fc.Arbitrary<Institution> {
  const holding = fc.record({ symbol: fc.constantFrom(...symbols), quantity: quantity(60), isIlliquid: longOnly ? fc.constant(false) : fc.boolean() });
  return fc
    .record({ holdings: fc.uniqueArray(holding, { minLength: 1, maxLength: 3, selector: ({ symbol }) => symbol }), other: longOnly ? fc.constant(0) : number(0, 0.5), cashShare: longOnly ? fc.constant(0) : number(0, 0.1), leverage: number(3, 30), room: number(0.98, 1.6), buffer: number(0.6, 1), resolution: fc.option(number(1, 1.5), { nil: undefined }), rule: longOnly ? fc.constant('target' as const) : fc.constantFrom('target' as const, 'target' as const, 'linear' as const) })
    .map(({ holdings, other, cashShare, leverage, room, buffer, resolution, rule }) => {
      const worth = holdings.reduce((sum, held) => sum + held.quantity * price(held.symbol), 0);
      const assets = worth * (1 + other + cashShare);
      const leverageMax = leverage * room;
      const terms = longOnly ? { leverageTarget: 1, resolutionLeverage: leverageMax } : { leverageTarget: Math.max(1, leverageMax * buffer), ...(resolution && { resolutionLeverage: leverageMax * resolution }) };
      return { reference, holdings, otherAssets: worth * other, cash: worth * cashShare, liabilities: assets * (1 - 1 / leverage), leverageMax, rule, ...terms };
    });
}

/** Full closes, slices or stages, alike often. */
const closeOuts: fc.Arbitrary<CloseOut> = fc.oneof(
  fc.constant({ policy: 'full' as const }),
  fc.record({ policy: fc.constant('partial' as const), targetMarginRatio: fc.option(number(1, 3)) }),
  fc.record({ policy: fc.constant('staged' as const), firstFraction: fc.option(number(0.05, 0.95)), cooldown: fc.option(fc.integer({ min: 1, max: 4 })) }),
);

/** Worlds of 1-3 assets and up to a dozen parties of every kind. */
export function world(options: Options = {}): fc.Arbitrary<World> {
  const longOnly = options.longOnly ?? false;
  return fc.integer({ min: 1, max: 3 }).chain((count) => {
    const symbols = SYMBOLS.slice(0, count);
    return fc.tuple(...symbols.map((symbol) => asset(symbol, options))).chain((assets) => {
      const price = (symbol: string) => assets.find((candidate) => candidate.symbol === symbol)!.price;
      const accounts = fc.integer({ min: 1, max: 8 }).chain((n) => fc.tuple(...Array.from({ length: n }, (_, k) => account(`account-${k}`, symbols, price, longOnly))));
      const loans = fc.integer({ min: 0, max: 4 }).chain((n) => fc.tuple(...Array.from({ length: n }, (_, k) => loan(`loan-${k}`, symbols, price, longOnly))));
      const institutions = fc.integer({ min: 0, max: 3 }).chain((n) => fc.tuple(...Array.from({ length: n }, (_, k) => institution(`institution-${k}`, symbols, price, longOnly))));
      const shock = longOnly ? number(-0.4, 0) : number(-0.4, 0.4);
      const scenario: fc.Arbitrary<Scenario> = fc.record({ marketShock: shock, shocks: fc.array(fc.record({ symbol: fc.constantFrom(...symbols), shock }), { maxLength: 1 }), depthMultiplier: number(0.1, 2), ...((options.fullCloses ?? true) ? {} : { closeOut: closeOuts }) });
      return fc.record({ market: fc.constant({ assets }), portfolio: fc.record({ accounts, loans, institutions }), scenario });
    });
  });
}
