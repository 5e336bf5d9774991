import type { Work } from '../api/turns.js';
import { type Asset, type Market, MAX_ITERATIONS, MAX_ROUNDS, type Portfolio, type Scenario } from '../engine/index.js';

// Threads load this file: it must not pull in the messages with all of Nest behind them.

/** What a simulation costs at most: if everybody falls, one after the other. */
export interface Estimate {
  /** Rounds of one point, or iterations of the search for its equilibria, whichever is more. */
  readonly rounds: number;
  /** Of all points: looks at one holding in one round; what else is done, in as many looks as take that long. */
  readonly work: number;
  /** CPU seconds of all points, and of the largest shard. */
  readonly seconds: number;
  readonly shardSeconds: number;
  /** Memory of a shard. */
  readonly bytes: number;
}

/** Documents of a run; several scenarios are points of a sweep, one each, or one that is swept. */
export interface CostlyDocuments {
  readonly market: Market;
  readonly portfolio: Portfolio;
  readonly scenarios: readonly Scenario[];
}

/** How much of everything there is; what the cost grows with. */
export interface Sizes {
  readonly holdings: number;
  /** Looks at all of them in one round: more for tables of many tiers, and for contracts with rules of their own. */
  readonly weight: number;
  /** Parties: cross accounts, isolated positions, loans, institutions. */
  readonly rows: number;
  readonly stops: number;
  /** Looks of each row times its holdings, and summed: each threshold looks at all of them. */
  readonly pairs: number;
  readonly stopPairs: number;
  /** Tiers of each position. */
  readonly tiers: number;
  readonly assets: number;
  /** An asset on an exchange. */
  readonly lines: number;
  /** Marks and oracles beside the last prices, and those of them that read all lines. */
  readonly marks: number;
  readonly indexMarks: number;
  readonly crossImpacts: number;
  /** Prices that a trade moves at most. */
  readonly moved: number;
  /** Order-book levels and pool ranges. */
  readonly levels: number;
}

/** Measured by bench/cost.js, and rounded up. */
const SECONDS_PER_LOOK = 30e-9;
const SECONDS_OF_START = 0.15;
const BYTES_OF_START = 56e6;
const BYTES = { holding: 2500, row: 3500, stop: 1000, tier: 4, cell: 100, line: 10_000, roundColumn: 96, round: 10_000, trade: 1600, share: 300, crossImpact: 500, level: 100 };
/** In looks. */
const LOOKS = { ruled: 4, tierPassed: 1 / 16, row: 2, stop: 1, line: 12, indexMark: 0.5, gap: 1, crossImpact: 3, arbitrage: 400, prepared: 100, reported: 2400, pair: 2.5, tier: 12, cell: 40, stopPair: 0.1, trade: 900, share: 500, level: 10 };
/** Trades of one holding where slices and calls are repeated; more are rare, and the thread has its own bound. */
const REPEATED_TRADES = 8;

/** Of one run, or of `points` points of a sweep in shards of at most `shardPoints`. */
export function* estimate({ market, portfolio, scenarios }: CostlyDocuments, { points, shardPoints }: { readonly points: number; readonly shardPoints: number } = { points: 0, shardPoints: 0 }): Work<Estimate> {
  const sizes = yield* sizesOf(market, portfolio);
  const each = scenarios.map((scenario) => {
    const [rounds, iterations] = [roundsMax(sizes, { market, portfolio, scenario }), iterationsMax(sizes, { portfolio, scenario })];
    return { rounds: Math.max(rounds, iterations), looks: looks(sizes, scenario, { rounds, iterations, isWhole: points === 0 }), bytes: bytes(sizes, scenario, { rounds, iterations }) };
  });
  const most = (of: (one: (typeof each)[number]) => number) => each.reduce((largest, one) => Math.max(largest, of(one)), 0);
  const dearest = most((one) => one.looks);
  const all = points === 0 || scenarios.length === 1 ? dearest * Math.max(1, points) : each.reduce((sum, one) => sum + one.looks, 0);
  return {
    rounds: most((one) => one.rounds),
    work: Math.ceil(all),
    seconds: rounded(seconds(all)),
    shardSeconds: rounded(seconds(Math.min(all, dearest * Math.max(1, shardPoints)))),
    bytes: Math.ceil(most((one) => one.bytes)),
  };
}

/** What thresholds and their terms cost; no rounds. */
export function* explanationEstimate(documents: Omit<CostlyDocuments, 'scenarios'>, axes: readonly string[] = []): Work<Estimate> {
  const { portfolio, market } = documents;
  const sizes = yield* sizesOf(market, portfolio);
  const tiersOf = tierCounts(market);
  // the plane of two prices is cut into cells at the tiers of both
  const cells = axes.reduce((product, symbol) => product * (2 * (tiersOf.get(symbol) ?? 0) + CURVE_STEPS), axes.length > 0 ? 1 : 0);
  const all = sizes.holdings * LOOKS.prepared + 2 * (sizes.pairs * LOOKS.pair + sizes.tiers * LOOKS.tier) + sizes.rows * LOOKS.row + sizes.levels * LOOKS.level + cells * LOOKS.cell;
  return { rounds: 0, work: Math.ceil(all), seconds: rounded(seconds(all)), shardSeconds: rounded(seconds(all)), bytes: Math.ceil(documentBytes(sizes) + cells * BYTES.cell) };
}

/** Of the engine: steps of a curved stretch. */
const CURVE_STEPS = 64;

export function seconds(all: number): number {
  return SECONDS_OF_START + all * SECONDS_PER_LOOK;
}

function rounded(value: number): number {
  return Math.ceil(value * 1000) / 1000;
}

export function* sizesOf(market: Market, { accounts = [], loans = [], institutions = [] }: Portfolio): Work<Sizes> {
  const tiersOf = tierCounts(market);
  const weightOf = new Map(market.assets.map(({ symbol, contract, tiers }) => [symbol, (contract ? LOOKS.ruled : 1) + (tiers?.length ?? 0) * LOOKS.tierPassed]));
  const sizes = { holdings: 0, weight: 0, rows: 0, stops: 0, pairs: 0, stopPairs: 0, tiers: 0, assets: market.assets.length, lines: 0, marks: 0, indexMarks: 0, crossImpacts: market.crossImpact?.length ?? 0, moved: movedByOne(market), levels: 0 };
  const weigh = (held: readonly { readonly symbol?: string | null }[]) => {
    let weight = 0;
    for (const { symbol } of held) weight += weightOf.get(symbol ?? '') ?? 1;
    return weight;
  };
  const addRow = (held: number, weight: number) => {
    sizes.rows++;
    sizes.holdings += held;
    sizes.weight += weight;
    sizes.pairs += held * weight;
  };
  for (const { marginMode, positions = [], collateral = [], stopOrders = [] } of accounts) {
    if (marginMode === 'isolated') for (const { symbol } of positions) addRow(1, weightOf.get(symbol) ?? 1);
    else addRow(positions.length + collateral.length, weigh(positions) + weigh(collateral));
    for (const { symbol } of positions) sizes.tiers += tiersOf.get(symbol) ?? 0;
    sizes.stops += stopOrders.length;
    sizes.stopPairs += stopOrders.length ** 2;
    yield;
  }
  const oracles = new Set<string>();
  for (const { exchange, collateral, debts } of loans) {
    addRow(collateral.length + debts.length, weigh(collateral) + weigh(debts));
    for (const { symbol, oracle } of [...collateral, ...debts]) if (oracle) oracles.add(JSON.stringify([exchange, symbol, oracle]));
    yield;
  }
  for (const { holdings } of institutions) {
    addRow(holdings.length, weigh(holdings));
    yield;
  }

  const marked = new Set((market.exchanges ?? []).flatMap(({ name, markPrice }) => (markPrice && (markPrice.rule !== 'last' || markPrice.lag) ? [name] : [])));
  const indexed = new Set((market.exchanges ?? []).flatMap(({ name, markPrice }) => (markPrice?.rule.startsWith('index') ? [name] : [])));
  for (const { listings, orderBook, pool } of market.assets) {
    const places = listings?.length ? listings.map(({ exchange }) => exchange) : [market.exchanges?.[0]?.name ?? ''];
    sizes.lines += places.length;
    sizes.marks += places.filter((place) => marked.has(place)).length;
    sizes.indexMarks += places.filter((place) => indexed.has(place)).length;
    for (const side of [{ orderBook, pool }, ...(listings ?? [])]) sizes.levels += levelsOf(side);
  }
  return { ...sizes, marks: sizes.marks + oracles.size, indexMarks: sizes.indexMarks + (indexed.size > 0 ? oracles.size : 0) };
}

function tierCounts({ assets }: Market): ReadonlyMap<string, number> {
  return new Map(assets.map(({ symbol, tiers }) => [symbol, tiers?.length ?? 0]));
}

function movedByOne({ crossImpact }: Market): number {
  const moved = new Map<string, number>();
  for (const { soldSymbol } of crossImpact ?? []) moved.set(soldSymbol, (moved.get(soldSymbol) ?? 0) + 1);
  return 1 + Math.max(0, ...moved.values());
}

function levelsOf({ orderBook, pool }: Pick<Asset, 'orderBook' | 'pool'>): number {
  return (orderBook?.bids?.length ?? 0) + (orderBook?.asks?.length ?? 0) + (pool?.ranges?.length ?? 0);
}

interface Course {
  readonly portfolio: Portfolio;
  readonly scenario: Scenario;
}

/** Full closes and stops happen once each; slices, calls and ways back to a target may be repeated. */
function isOnceEach({ portfolio, scenario }: Course): boolean {
  return (scenario.closeOut?.policy ?? 'full') === 'full' && scenario.dynamics?.throughput == null && !portfolio.loans?.length && !portfolio.institutions?.length;
}

function roundsMax({ rows, stops }: Sizes, course: Course & { readonly market: Market }): number {
  const { market, scenario } = course;
  if (scenario.dynamics?.clearing === 'equilibrium') return 1;
  const late = (market.exchanges ?? []).reduce((longest, { markPrice }) => Math.max(longest, markPrice?.lag ?? 0), 0);
  const own = isOnceEach(course) ? (rows + stops + 1) * (1 + late) : MAX_ROUNDS;
  return Math.min(own, scenario.dynamics?.maxRounds ?? MAX_ROUNDS, MAX_ROUNDS);
}

function iterationsMax({ rows, stops }: Sizes, course: Course): number {
  return isOnceEach(course) && course.scenario.dynamics?.clearing !== 'equilibrium' ? Math.min(rows + stops + 2, MAX_ITERATIONS) : MAX_ITERATIONS;
}

interface Bounds {
  readonly rounds: number;
  readonly iterations: number;
}

/** Everything that one cascade and its report do; `isWhole`: with the ledger, every account and every threshold. */
export function looks(sizes: Sizes, { dynamics }: Scenario, { rounds, iterations, isWhole }: Bounds & { readonly isWhole: boolean }): number {
  const { holdings, weight, rows, stops, pairs, stopPairs, tiers, assets, lines, marks, indexMarks, crossImpacts, levels } = sizes;
  const prices = (lines + marks) * LOOKS.line + indexMarks * lines * LOOKS.indexMark + crossImpacts * LOOKS.crossImpact;
  const parties = weight + rows * LOOKS.row + stops * LOOKS.stop;
  const gaps = lines > assets ? assets * lines * LOOKS.gap : 0;
  const arbitrage = dynamics?.arbitrage ? lines * LOOKS.arbitrage : 0;
  const once = holdings * LOOKS.prepared + stopPairs * LOOKS.stopPair + levels * LOOKS.level;
  const report = isWhole ? (holdings + rows) * LOOKS.reported + pairs * LOOKS.pair + tiers * LOOKS.tier : 0;
  return rounds * (parties + 2 * prices + gaps + arbitrage) + 2 * iterations * (parties + prices) + once + report + trades(sizes, { rounds, iterations }) * (LOOKS.trade + sizes.moved * LOOKS.share);
}

/** Forced trades: each holding and each stop once, or some times over where rounds and iterations are not bounded by that. */
function trades({ holdings, rows, stops }: Sizes, { rounds, iterations }: Bounds): number {
  return (holdings + stops) * (iterations > rows + stops + 2 ? Math.min(rounds, REPEATED_TRADES) : 1);
}

function documentBytes({ holdings, rows, stops, tiers, lines, crossImpacts, levels }: Sizes): number {
  return BYTES_OF_START + holdings * BYTES.holding + rows * BYTES.row + stops * BYTES.stop + tiers * BYTES.tier + crossImpacts * BYTES.crossImpact + lines * BYTES.line + levels * BYTES.level;
}

export function bytes(sizes: Sizes, { dynamics }: Scenario, bounds: Bounds): number {
  const { lines, marks, moved } = sizes;
  const course = bounds.rounds * (BYTES.round + (lines + marks) * BYTES.roundColumn + (dynamics?.arbitrage ? lines * BYTES.trade : 0));
  return documentBytes(sizes) + course + trades(sizes, bounds) * (BYTES.trade + moved * BYTES.share);
}
