import fc from 'fast-check';
import { accountAttributions, cascade, type Impact, type MarginAccount, type Market, type OrderBook, outcomes, rounds, type Scenario, summary } from '../../src/engine/index.js';

/**
 * An upward cascade is a downward one by sign alone: longs and shorts, rises and falls, purchases and sales, bids and asks change places around the price before the
 * shock. Exact to the bit for linear impact under any shock and for books without one, in dyadic numbers. Not under other curves: books, exponential and square-root
 * curves scale with the shocked price, and a floor f is a ceiling 1/f.
 */
interface Held {
  readonly contracts: number;
  readonly side: 'long' | 'short';
  readonly entryOff: number;
  readonly margin: number;
  readonly stopOff: number | null;
  readonly other: { readonly contracts: number; readonly side: 'long' | 'short' } | null;
}

const PRICE = 1024;
const TICK = 1 / 8;

const held: fc.Arbitrary<Held> = fc.record({
  contracts: fc.integer({ min: 1, max: 40 }),
  side: fc.constantFrom('long' as const, 'short' as const),
  entryOff: fc.integer({ min: -256, max: 256 }).map((ticks) => ticks * TICK),
  margin: fc.integer({ min: -16, max: 120 }),
  stopOff: fc.option(fc.integer({ min: 1, max: 800 }).map((ticks) => ticks * TICK)),
  other: fc.option(fc.record({ contracts: fc.integer({ min: 1, max: 20 }), side: fc.constantFrom('long' as const, 'short' as const) })),
});

const given = fc.record({
  parties: fc.array(held, { minLength: 1, maxLength: 10 }),
  model: fc.constantFrom('linear' as const, 'orderBook' as const),
  move: fc.integer({ min: -256, max: 256 }).map((ticks) => ticks / PRICE),
  policy: fc.constantFrom('full' as const, 'partial' as const, 'staged' as const),
  sizes: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 10, maxLength: 10 }),
});

const opposite = { long: 'short', short: 'long', sell: 'buy', buy: 'sell' } as const;

/** Requirement frozen on the entry, so that both sides need the same margin: a rate on the mark is dearer above than below. */
function world({ parties, model, move, policy, sizes }: typeof given extends fc.Arbitrary<infer T> ? T : never, sign: 1 | -1): [Market, MarginAccount[], Scenario] {
  const turn = <S extends keyof typeof opposite>(side: S) => (sign > 0 ? side : opposite[side]);
  const level = (k: number, up: number): [number, number] => [PRICE + sign * up * 16 * (k + 1), sizes[(up > 0 ? 5 : 0) + k]];
  const [down, above] = [0, 1, 2, 3, 4].map((k) => [level(k, -1), level(k, 1)]).reduce<[number[][], number[][]]>(([a, b], [x, y]) => [[...a, x], [...b, y]], [[], []]);
  const orderBook: OrderBook = sign > 0 ? { bids: down, asks: above } : { bids: above, asks: down };
  const impact: Impact = { model, lambda: 0.25, floor: 2 ** -10 };
  const asset = (symbol: string) => ({ symbol, price: PRICE, lotSize: 1, impact, orderBook, tiers: [] });
  const accounts = parties.map(({ contracts, side, entryOff, margin, stopOff, other }, k): MarginAccount => ({
    reference: `${k}`,
    marginMode: 'cross',
    balance: contracts * margin,
    positions: [
      { symbol: 'X', side: turn(side), contracts, entryPrice: PRICE + sign * entryOff },
      ...(other ? [{ symbol: 'Y', side: turn(other.side), contracts: other.contracts, entryPrice: PRICE }] : []),
    ],
    stopOrders: stopOff === null ? [] : [{ symbol: 'X', side: turn(side === 'long' ? 'sell' : 'buy'), amount: contracts, triggerPrice: PRICE + sign * (side === 'long' ? -1 : 1) * stopOff, reduceOnly: true }],
  }));
  return [{ assets: [asset('X'), asset('Y')] }, accounts, { marketShock: model === 'orderBook' ? 0 : sign * move, closeOut: { policy } }];
}

/** Moves from the price before the shock, who traded what and why, and money. */
function course([market, accounts, scenario]: [Market, MarginAccount[], Scenario]) {
  const found = cascade(market, { accounts }, scenario);
  const { assets, totals, equilibrium } = summary(found);
  return {
    moves: assets.map(({ finalPrice }) => finalPrice - PRICE),
    net: assets.map(({ quantitySold, quantityBought }) => quantitySold - quantityBought),
    unfilled: assets.map(({ unfilled }) => unfilled),
    worst: assets.map(({ worstPrice }) => worstPrice === null ? null : worstPrice - PRICE),
    certificate: [totals.isUnique, totals.uncertifiedBecause, equilibrium?.isReachedByRounds ?? null],
    states: [...outcomes(found)].map(({ state, cause, round }) => [state, cause, round]),
    money: [...[...outcomes(found)].map(({ equityAfter }) => equityAfter), ...[...rounds(found)].flatMap(({ entries }) => entries).map(({ loss }) => loss)],
    entries: [...rounds(found)].flatMap(({ entries }) => entries).map(({ account, symbol, action, quantity }) => ({ account, symbol, action, quantity: quantity + 0 })),
    parts: [...accountAttributions(found)].map(({ account, symbol, move }) => ({ account, symbol, move })),
  };
}

test('longs under a fall and the same book of shorts under a rise take the same course, to the bit, in every mixture of sides, stops and policies', () => {
  let traded = 0;
  let certified = 0;
  fc.assert(
    fc.property(given, (one) => {
      const down = course(world(one, 1));
      const up = course(world(one, -1));
      const turned = (value: number) => 0 - value;
      expect(up.moves).toEqual(down.moves.map(turned));
      expect(up.net).toEqual(down.net.map(turned));
      expect(up.unfilled).toEqual(down.unfilled.map(turned));
      expect(up.states).toEqual(down.states);
      expect(up.entries).toEqual(down.entries.map((entry) => ({ ...entry, quantity: turned(entry.quantity) })));
      // money: the mean of a walk along levels is a quotient, and rounds differently on each side
      up.money.forEach((value, n) => expect(Math.abs(value - down.money[n])).toBeLessThanOrEqual(1e-9 * PRICE * 40));
      up.parts.forEach(({ move, ...party }, n) => {
        expect(party).toEqual({ account: down.parts[n].account, symbol: down.parts[n].symbol });
        expect(move).toBeCloseTo(turned(down.parts[n].move), 9);
      });
      const isSided = (one.move !== 0 && one.model === 'linear') || down.moves.some((move) => move !== 0);
      if (isSided) {
        expect(up.certificate).toEqual(down.certificate);
        expect(up.worst).toEqual(down.worst.map((move) => (move === null ? null : turned(move))));
      }
      if (down.entries.length > 0) traded++;
      if (isSided && down.certificate[0] !== null) certified++;
    }),
    { numRuns: 500 },
  );
  expect(traded).toBeGreaterThan(100);
  expect(certified).toBeGreaterThan(20);
});
