import { directionalThresholds, explanations, frontier, type Market, prepare, type Threshold, thresholds } from '../../src/engine/index.js';
import { boundaries, marginHealth, marginParties, type MarginParty, type MarginWorld, marginWorld, type Prices, randomFrom } from './random-margins.js';

const BOOKS = 10_000;
const TOLERANCE = 1e-9;

/** Halvings of an interval between two neighbouring boundaries, down to a double. */
const STEPS = 120;

interface Seen {
  readonly market: Market;
  readonly party: MarginParty;
  readonly prices: Prices;
}

const marks = (market: Market): Prices => Object.fromEntries(market.assets.map(({ symbol, price }) => [symbol, price]));

/** Every row of `BOOKS` random books. */
function* rows(seed: number, books = BOOKS): Generator<MarginWorld & Seen & { readonly book: number }> {
  const random = randomFrom(seed);
  for (let book = 0; book < books; book++) {
    const world = marginWorld(random);
    for (const party of marginParties(world)) yield { ...world, party, prices: marks(world.market), book };
  }
}

/** Walks outwards from `start` over the boundaries: the first point at which health is not positive, found by halving where it turns; null if it never is. */
function firstUnsafe(health: (x: number) => number, start: number, far: number, edges: readonly number[]): number | null {
  const outwards = Math.sign(far - start);
  const stops = [...edges.filter((edge) => (edge - start) * outwards > 0 && (far - edge) * outwards > 0).sort((a, b) => (a - b) * outwards), far];
  let inside = start;
  for (const stop of stops) {
    // just before and just behind the boundary: the requirement may jump there
    const before = stop - outwards * Math.abs(stop) * 1e-13;
    if (health(before) <= 0) return halved(health, inside, before);
    if (stop !== far && health(stop + outwards * Math.abs(stop) * 1e-13) <= 0) return stop;
    inside = stop + outwards * Math.abs(stop) * 1e-13;
  }
  return null;
}

function halved(health: (x: number) => number, safe: number, unsafe: number): number {
  for (let step = 0; step < STEPS; step++) {
    const middle = (safe + unsafe) / 2;
    if (health(middle) > 0) safe = middle;
    else unsafe = middle;
  }
  return unsafe;
}

/** Relative steps off a vertex: at the end of a jump one side's health is zero, the other's is not. */
const NEARBY = [-1e-6, -1e-11, 1e-11, 1e-6];

const near = (actual: number, expected: number) => Math.abs(actual - expected) <= TOLERANCE * Math.abs(expected);

describe('over every margin mathematics', () => {
  test(`each end of the safe prices is the first unsafe price that re-marking finds, on ${BOOKS} random books`, () => {
    const wrong: string[] = [];
    let checked = 0;
    let ends = 0;
    for (const { market, account, party, prices, book } of rows(20_261_122)) {
      if (marginHealth(market, party, prices) <= 0) continue;
      const mine = [...thresholds(prepare(market, { accounts: [account] }))];
      for (const symbol of new Set([...party.positions, ...party.collateral].map((held) => held.symbol))) {
        const found = mine.find((row) => row.symbol === symbol);
        const held = [...party.positions.map(({ contracts }) => contracts), ...party.collateral.map(({ quantity }) => quantity)].some((quantity) => quantity > 0);
        if (!found || !held) continue;
        const health = (price: number) => marginHealth(market, party, { ...prices, [symbol]: price });
        const edges = boundaries(market, party, symbol);
        for (const [side, far] of [['Below', 1e-9], ['Above', 2 ** 30]] as const) {
          const expected = firstUnsafe(health, prices[symbol], prices[symbol] * far, edges);
          const actual = found[`liquidationPrice${side}` satisfies keyof Threshold];
          const isSame = expected === null ? actual === null || actual < prices[symbol] * 1e-8 || actual > prices[symbol] * 2 ** 29 : actual !== null && near(actual, expected);
          if (!isSame) wrong.push(`book ${book}, ${symbol} ${side}: ${actual} for ${expected} ${JSON.stringify({ market, account })}`);
          checked++;
          ends += Number(expected !== null);
        }
      }
    }
    expect(wrong.slice(0, 3)).toEqual([]);
    expect(checked).toBeGreaterThan(2 * BOOKS);
    expect(ends).toBeGreaterThan(BOOKS);
  });

  test('along any direction the smallest multiple of the shocks is the one that re-marking finds', () => {
    const wrong: string[] = [];
    const random = randomFrom(7);
    let reached = 0;
    for (const { market, account, party, prices, book } of rows(3, 4000)) {
      if (marginHealth(market, party, prices) <= 0) continue;
      const shocks = market.assets.map(({ symbol }) => ({ symbol, shock: random() < 0.2 ? 0 : random() - 0.5 }));
      const found = [...directionalThresholds(prepare(market, { accounts: [account] }), { shocks })].find(({ symbol }) => symbol === party.symbol)!;
      const moved = new Set([...party.positions, ...party.collateral].map((held) => held.symbol));
      const movers = shocks.filter(({ symbol, shock }) => shock !== 0 && moved.has(symbol));
      const limit = Math.min(1e9, ...movers.map(({ shock }) => (shock < 0 ? -1 / shock : Infinity)));
      const at = (t: number) => marginHealth(market, party, { ...prices, ...Object.fromEntries(movers.map(({ symbol, shock }) => [symbol, prices[symbol] * (1 + t * shock)])) });
      const edges = movers.flatMap(({ symbol, shock }) => boundaries(market, party, symbol).map((price) => (price / prices[symbol] - 1) / shock));
      const expected = firstUnsafe(at, 0, limit * (1 - 1e-12), edges);
      const isSame = expected === null ? found.shockScale === null || found.shockScale > limit * (1 - 1e-9) : found.shockScale !== null && near(found.shockScale, expected);
      if (!isSame) wrong.push(`book ${book}: ${found.shockScale} for ${expected} of ${limit} ${JSON.stringify({ market, account, shocks })}`);
      reached += Number(expected !== null);
    }
    expect(wrong.slice(0, 3)).toEqual([]);
    expect(reached).toBeGreaterThan(1500);
  });

  test('the frontier of two assets separates what re-marking calls safe from what it does not', () => {
    const random = randomFrom(11);
    const wrong: string[] = [];
    let vertices = 0;
    for (const { market, account, party, prices } of rows(5, 8000)) {
      const held = [...new Set([...party.positions, ...party.collateral].map(({ symbol }) => symbol))];
      if (party.isIsolated || held.length < 2) continue;
      // the curve of a size-linear inverse contract is drawn in chords
      if (market.assets.some(({ contract }) => contract?.tierFamily === 'sizeLinear' && contract.kind === 'inverse')) continue;
      const [x, y] = held.map((symbol) => ({ symbol, from: prices[symbol] * 0.3, to: prices[symbol] * (1.2 + random()) }));
      const lines = frontier(prepare(market, { accounts: [account] }), { account: 'a', x, y });
      const health = (px: number, py: number) => marginHealth(market, party, { ...prices, [x.symbol]: px, [y.symbol]: py });
      const gross = party.positions.reduce((sum, { contracts, symbol }) => sum + contracts * 10 * prices[symbol], 1000);
      for (const line of lines) {
        for (const [px, py] of line) {
          vertices++;
          const around = NEARBY.flatMap((dx) => NEARBY.map((dy) => health(px * (1 + dx), py * (1 + dy))));
          const isEdge = Math.abs(health(px, py)) <= 1e-9 * gross || (Math.min(...around) <= 0 && Math.max(...around) > 0);
          if (!isEdge) wrong.push(`${px}, ${py}: ${health(px, py)} ${JSON.stringify({ line, market, account })}`);
        }
      }
      // a point and a corner of opposite sign have a line between them
      const corners = [[x.from, y.from], [x.from, y.to], [x.to, y.from], [x.to, y.to]].map(([px, py]) => health(px, py) > 0);
      if (new Set(corners).size === 2) expect(lines.length).toBeGreaterThan(0);
      // walking straight through the box, every crossing of a line turns health
      const level = y.from + (y.to - y.from) * random();
      const crossings = lines.flatMap((line) => line.slice(1).filter(([, end], n) => end > level !== line[n][1] > level)).length;
      if (crossings % 2 === 1 !== health(x.from, level) > 0 !== health(x.to, level) > 0) wrong.push(`${crossings} crossings at ${level} ${JSON.stringify({ lines, market, account })}`);
    }
    expect(wrong.slice(0, 2)).toEqual([]);
    expect(vertices).toBeGreaterThan(2000);
  });

  test('the terms of an explanation add up to health 0 at its price', () => {
    let added = 0;
    for (const { market, account, party, prices } of rows(9, 2000)) {
      if (marginHealth(market, party, prices) <= 0) continue;
      for (const { threshold, ends, collateral, collateralUnits, otherUnrealisedProfit, otherRequirement } of explanations(prepare(market, { accounts: [account] }))) {
        if (threshold.isInBreach) continue;
        for (const { price, contracts, health, requirement } of ends) {
          const own = contracts.reduce((sum, contract) => sum + contract.unrealisedProfit - contract.requirement, 0);
          const sum = collateral + collateralUnits * price + otherUnrealisedProfit - otherRequirement + own;
          const gross = Math.abs(collateral) + contracts.reduce((total, { quantity, entryPrice }) => total + quantity * Math.max(price, entryPrice), Math.abs(otherUnrealisedProfit) + otherRequirement);
          expect(Math.abs(sum - health)).toBeLessThanOrEqual(1e-11 * gross);
          expect(requirement).toBeCloseTo(otherRequirement + contracts.reduce((total, contract) => total + contract.requirement, 0), 5);
          added++;
        }
      }
    }
    expect(added).toBeGreaterThan(2000);
  });
});
