import { type Asset, cascade, type ContractRules, directionalThresholds, explanations, type MarginTier, outcomes, type Position, positionAt, prepare, printedPrice, shownPrice, type Threshold, thresholds } from '../../src/engine/index.js';
import { marginHealth, marginParties, marginWorld, randomFrom } from './random-margins.js';

/** Closed forms of shared/design/liquidation-math.md sections 1-3 and 8, retyped; the venues' own numbers are in vectors/. */
const near = (actual: number | null, expected: number, tolerance = 1e-9) => expect(Math.abs(actual! - expected)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(expected)));

const tiersOf = (rows: readonly (readonly [floor: number, rate: number, amount?: number])[]): MarginTier[] => rows.map(([minNotional, maintenanceMarginRate, maintenanceAmount]) => ({ minNotional, maxNotional: null, maintenanceMarginRate, maintenanceAmount: maintenanceAmount ?? null }));

function isolated(contract: ContractRules, tiers: MarginTier[], position: Omit<Position, 'symbol'>, price = position.entryPrice): Threshold {
  const asset: Asset = { symbol: 'X', price, tiers, contract };
  return [...thresholds(prepare({ assets: [asset] }, { accounts: [{ reference: 'a', marginMode: 'isolated', positions: [{ symbol: 'X', ...position }] }] }))].find(({ symbol }) => symbol === 'X')!;
}

describe.each([['long', 1], ['short', -1]] as const)('a %s', (side, s) => {
  const [entryPrice, m, f, margin] = [100, 0.01, 0.0006, 10];
  const one = tiersOf([[0, m]]);

  test('linear on the mark with a fee: (W - s Q EP) / (Q (m + f) - s Q)', () => {
    near(isolated({ feeRate: f }, one, { side, contracts: 2, entryPrice, margin }).liquidationPrice, (margin - s * 2 * entryPrice) / (2 * (m + f) - s * 2));
  });

  test('linear, frozen on entry: EP - s (W - R) / Q', () => {
    near(isolated({ requirementBasis: 'entry' }, one, { side, contracts: 2, entryPrice, margin, fixedFee: 0.5 }).liquidationPrice, entryPrice - (s * (margin - 2 * entryPrice * m - 0.5)) / 2);
  });

  test('inverse on the mark: S (s + m + f) / (W + c + s S / EP), and bankruptcy at S / (S / EP + s W)', () => {
    const [S, W, c] = [1000, 1, 0.002];
    const { liquidationPrice, bankruptcyPrice } = isolated({ kind: 'inverse', feeRate: f }, tiersOf([[0, m, c]]), { side, contracts: 10, contractSize: 100, entryPrice, margin: W });
    near(liquidationPrice, (S * (s + m + f)) / (W + c + (s * S) / entryPrice));
    near(bankruptcyPrice, S / (S / entryPrice + s * W));
  });

  test('inverse, frozen on entry (Bybit 2024): S / (PV + s (IM - MM))', () => {
    const [S, leverage, deduction] = [60_000, 10, 0.001];
    const value = S / entryPrice;
    near(isolated({ kind: 'inverse', requirementBasis: 'entry' }, tiersOf([[0, m, deduction]]), { side, contracts: S, entryPrice, margin: value / leverage }).liquidationPrice, S / (value + s * (value / leverage - (value * m - deduction))));
  });

  test('a closing fee inside the bankruptcy price: (Q EP - s W) / (Q (1 - s f))', () => {
    near(isolated({ closingFeeRate: f }, one, { side, contracts: 2, entryPrice, margin }).bankruptcyPrice, (2 * entryPrice - s * margin) / (2 * (1 - s * f)));
  });

  test('a rate that grows with size (Deribit): (Q P0 s - E) / (Q (s - m)) with m = base + k Q', () => {
    const Q = 25;
    const rate = m + 0.0005 * Q;
    near(isolated({ tierFamily: 'sizeLinear', rateSlope: 0.0005 }, one, { side, contracts: Q, entryPrice, margin: 500 }).liquidationPrice, (Q * entryPrice * s - 500) / (Q * (s - rate)));
  });
});

describe('flat tiers', () => {
  const tiers = tiersOf([[0, 0.005], [100, 0.05]]);

  test('the boundary itself is the threshold of an inverse long: its coins grow as the price falls, and the requirement jumps', () => {
    // 10,000 of face are 100 coins at a price of 100; the margin of 8 coins would carry the lower rate further
    const { liquidationPrice } = isolated({ kind: 'inverse', tierFamily: 'flat' }, tiers, { side: 'long', contracts: 10_000, entryPrice: 105, margin: 8 });
    near(liquidationPrice, 100);
  });

  test('a linear long falls out of the higher tier: the first unsafe price going down counts, though safe ones follow below the boundary', () => {
    const at = (margin: number) => isolated({ tierFamily: 'flat' }, tiersOf([[0, 0.005], [90, 0.05]]), { side: 'long', contracts: 1, entryPrice: 100, margin }).liquidationPrice;
    near(at(12), 88 / 0.95);
    near(at(16), 84 / 0.995);
  });

  test('an explanation says that health jumps there', () => {
    const asset: Asset = { symbol: 'X', price: 105, tiers, contract: { kind: 'inverse', tierFamily: 'flat' } };
    const [{ ends }] = [...explanations(prepare({ assets: [asset] }, { accounts: [{ reference: 'a', marginMode: 'isolated', positions: [{ symbol: 'X', side: 'long', contracts: 10_000, entryPrice: 105, margin: 8 }] }] }))];
    expect(ends[0].contracts[0].tier).toBe(1);
    expect(ends[0].health).toBeLessThan(-1);
  });
});

test('a stated maintenance amount wins over the recurrence, stale as it may be', () => {
  const position = { side: 'long', contracts: 10, entryPrice: 100, margin: 150 } as const;
  near(isolated({}, tiersOf([[0, 0.01], [500, 0.02, 4]]), position).liquidationPrice, (150 + 4 - 1000) / (10 * 0.02 - 10));
  near(isolated({}, tiersOf([[0, 0.01], [500, 0.02]]), position).liquidationPrice, (150 + 5 - 1000) / (10 * 0.02 - 10));
});

test('tiers of contracts are chosen by contracts', () => {
  const asset: Asset = { symbol: 'X', price: 100, contractSize: 0.1, tiers: tiersOf([[0, 0.01], [20, 0.02]]), contract: { tierFamily: 'flat', tierUnit: 'contracts' } };
  expect([19, 20].map((contracts) => positionAt(asset, { symbol: 'X', side: 'long', contracts, entryPrice: 100 }, 100).maintenanceMarginRate)).toEqual([0.01, 0.02]);
});

test('an inverse long whose coins cover it at every price above zero has a threshold; a short within its coins has none, and the reason says so', () => {
  const short = isolated({ kind: 'inverse' }, tiersOf([[0, 0.01]]), { side: 'short', contracts: 1000, entryPrice: 100, margin: 11 });
  expect([short.liquidationPriceAbove, short.reasonAbove]).toEqual([null, 'neverReached']);
});

test('collateral of several assets counts after its haircut, and long and short of one symbol each need margin', () => {
  const assets: Asset[] = [{ symbol: 'X', price: 100, tiers: tiersOf([[0, 0.05]]) }, { symbol: 'C', price: 10 }];
  const positions: Position[] = [{ symbol: 'X', side: 'long', contracts: 3, entryPrice: 100 }, { symbol: 'X', side: 'short', contracts: 1, entryPrice: 100 }];
  const [found] = [...thresholds(prepare({ assets }, { accounts: [{ reference: 'a', marginMode: 'cross', balance: 20, collateral: [{ symbol: 'C', quantity: 5, haircut: 0.2 }], positions }] }))].filter(({ symbol }) => symbol === 'X');
  near(found.liquidationPrice, (200 - 20 - 40) / (2 - 4 * 0.05));
});

describe('what a venue prints', () => {
  test.each([
    ['up', 'long', 913.1047619, 0.05, 913.15],
    ['up', 'long', 919.10, 0.05, 919.1],
    ['up', 'short', 100.01, 0.1, 100.1],
    ['inward', 'short', 1.62391587, 0.0001, 1.6239],
    ['inward', 'long', 45314.3275, 0.01, 45314.33],
    ['nearest', 'long', 33599.4186, 0.1, 33599.4],
    ['down', 'long', 5.99, 0.5, 5.5],
  ] as const)('rounding %s, %s: %d at tick %d is %d', (rounding, side, price, tickSize, shown) => {
    expect(shownPrice(price, side, { rounding, tickSize })).toBe(shown);
  });

  test('OKX adds a tick to the unrounded inverse price', () => {
    near(shownPrice(2352.8396681818, 'short', { rounding: 'none', tickSize: 0.01, extraTicks: 1 }), 2352.8496681818, 1e-14);
  });

  test.each([[0, ''], ['', ''], [null, ''], ['-110163.84', 'htx'], ['1000000', 'KuCoin futures'], [100000000, 'bitmex'], ['0.0001', 'Bybit UTA']] as const)('%p of %p is no price', (printed, venue) => {
    expect(printedPrice(printed, venue)).toBeNull();
  });

  test('the sentinel of one venue is a price at another', () => {
    expect([printedPrice('1000000', 'binance'), printedPrice('0.0001', 'okx')]).toEqual([1_000_000, 0.0001]);
  });
});

describe('the same rules in a cascade', () => {
  test('without impact exactly those rows are closed whose health is gone at the shocked prices, whatever their margin rules', () => {
    const random = randomFrom(17);
    let felled = 0;
    for (let book = 0; book < 2000; book++) {
      const world = marginWorld(random);
      const { market, account } = world;
      const marketShock = random() - 0.5;
      const course = cascade(market, { accounts: [account] }, { marketShock });
      const rows = [...outcomes(course)];
      const directional = [...directionalThresholds(course.book, { marketShock })];
      for (const party of marginParties(world)) {
        const held = party.positions.some(({ contracts }) => contracts > 0);
        const row = rows.findIndex(({ symbol }) => symbol === party.symbol);
        const prices = Object.fromEntries(market.assets.map(({ symbol, price }) => [symbol, price * (1 + marketShock)]));
        if (!held || row < 0) continue;
        const { state, wasInBreach } = { state: rows[row].state, wasInBreach: course.wasInBreach[row] === 1 };
        expect(state === 'liquidated').toBe(marginHealth(market, party, prices) <= 0);
        if (state === 'liquidated' && !wasInBreach) {
          expect(directional[row].shockScale).toBeLessThanOrEqual(1 + 1e-9);
          felled++;
        }
      }
    }
    expect(felled).toBeGreaterThan(200);
  });

  test('a partial close leaves every row it touched at its target or closed, flat and size-linear rates too', () => {
    const random = randomFrom(23);
    let reduced = 0;
    for (let book = 0; book < 2000; book++) {
      const { market, account } = marginWorld(random);
      const course = cascade(market, { accounts: [account] }, { marketShock: random() - 0.5, closeOut: { policy: 'partial', targetMarginRatio: 1.2 } });
      expect(course.isFixedPoint).toBe(true);
      for (const { state, healthFactorAfter } of outcomes(course)) {
        if (state !== 'reduced') continue;
        reduced++;
        expect(healthFactorAfter === null || healthFactorAfter > 1 - 1e-9).toBe(true);
      }
    }
    expect(reduced).toBeGreaterThan(50);
  });

  test('an inverse long closed at its bankruptcy price ends with nothing', () => {
    const position: Position = { symbol: 'X', side: 'long', contracts: 1000, entryPrice: 100, margin: 1 };
    const asset: Asset = { symbol: 'X', price: 100, tiers: tiersOf([[0, 0.01]]), contract: { kind: 'inverse' } };
    const accounts = [{ reference: 'a', marginMode: 'isolated' as const, positions: [position] }];
    const [{ bankruptcyPrice }] = [...thresholds(prepare({ assets: [asset] }, { accounts }))];
    const [{ equityAfter, state }] = [...outcomes(cascade({ assets: [asset] }, { accounts }, { marketShock: bankruptcyPrice! / 100 - 1 }))];
    expect(state).toBe('liquidated');
    near(equityAfter, 0, 1e-6);
  });
});
