import { coefficientsAt, edgesOf, type Part, partOf, stillOf } from './along.js';
import { type Book, lotValues, shocksOf } from './book.js';
import { initialState, isLiquidatable, type State } from './health.js';
import type { Scenario } from './inputs.js';
import type { NoThreshold } from './threshold.js';

/** How far the scenario's shocks, all scaled alike, can go before the account is liquidated while nobody else acts. */
export interface DirectionalThreshold {
  readonly account: string;
  /** The position's symbol where it is isolated. */
  readonly symbol: string | null;
  /** Smallest multiple of the shocks at which health is not positive; 0 in breach. Null: safe until some price is zero, or for ever. */
  readonly shockScale: number | null;
  readonly reason: NoThreshold | null;
  /** Prices there of the assets that the row holds and the scenario moves. */
  readonly prices: readonly { readonly symbol: string; readonly price: number }[];
  readonly isInBreach: boolean;
}

/** README eq. 13: the smallest t >= 0 with health(p0 * (1 + t * shock)) <= 0 of each row, in the order of the rows. */
export function* directionalThresholds(book: Book, scenario: Pick<Scenario, 'shocks' | 'marketShock'>): Generator<DirectionalThreshold> {
  const state = initialState(book);
  const value = lotValues(book, book.price);
  const shock = shocksOf(book, scenario);
  for (let row = 0; row < book.rows.length; row++) {
    const isInBreach = isLiquidatable(book, state, value, row);
    const path = pathOf(book, state, { row, value, shock });
    const shockScale = isInBreach ? 0 : firstUnsafe(path);
    const { account, symbol } = book.rows[row];
    const prices = path.movers.map(({ asset, start, move }) => ({ symbol: book.assets[asset].symbol, price: start * (1 + (shockScale ?? 0) * move) }));
    yield { account, symbol, shockScale, reason: shockScale === null ? 'neverReached' : null, prices: shockScale === null ? [] : prices, isInBreach };
  }
}

/** One asset that moves: its price is `start * (1 + t * move)`. */
interface Mover {
  readonly asset: number;
  readonly start: number;
  readonly move: number;
  readonly part: Part;
}

interface Path {
  /** Health without the movers. */
  readonly still: number;
  readonly movers: readonly Mover[];
}

function pathOf(book: Book, state: State, { row, value, shock }: { row: number; value: Float64Array; shock: Float64Array }): Path {
  const held = new Set<number>();
  for (let k = book.first[row]; k < book.first[row + 1]; k++) if (state.lots[k] !== 0) held.add(book.asset[k]);
  const movers = [...held].filter((asset) => shock[asset] !== 0).map((asset) => ({ asset, start: book.price[asset], move: shock[asset], part: partOf(book, state, row, asset) }));
  return { movers, still: stillOf(book, state, value, row, (asset) => shock[asset] !== 0).health };
}

/** Health along the path inside one stretch: `constant + slope * t`, and the parts in 1 / price. */
interface Stretch {
  readonly constant: number;
  readonly slope: number;
  readonly curved: readonly { readonly hyper: number; readonly start: number; readonly move: number }[];
}

function firstUnsafe({ still, movers }: Path): number | null {
  if (movers.length === 0) return still > 0 ? null : 0;
  const last = Math.min(...movers.map(({ move }) => (move < 0 ? -1 / move : Infinity)));
  const edges = new Set([0]);
  for (const { start, move, part } of movers) {
    for (const price of edgesOf(part)) {
      const t = (price / start - 1) / move;
      if (t > 0 && t < last) edges.add(t);
    }
  }
  const stretches = [...edges].sort((a, b) => a - b);
  for (let m = 0; m < stretches.length; m++) {
    const [from, to] = [stretches[m], stretches[m + 1] ?? last];
    const stretch = stretchAt({ still, movers }, to === Infinity ? from * 2 + 1 : (from + to) / 2);
    if (healthAt(stretch, from) <= 0) return from;
    if (healthAt(stretch, to) <= 0) return zeroOf(stretch, from, to);
  }
  return null;
}

/** eq. 2 along the path, in the tiers that hold at `t`. */
function stretchAt({ still, movers }: Path, t: number): Stretch {
  let constant = still;
  let slope = 0;
  const curved: { hyper: number; start: number; move: number }[] = [];
  for (const { start, move, part } of movers) {
    const own = coefficientsAt(part, start * (1 + t * move));
    constant += own.constant + own.slope * start;
    slope += own.slope * start * move;
    if (own.hyper !== 0) curved.push({ hyper: own.hyper, start, move });
  }
  return { constant, slope, curved };
}

/** At infinity the sign of the stretch. */
function healthAt({ constant, slope, curved }: Stretch, t: number): number {
  if (t === Infinity) return slope === 0 ? constant : slope * Infinity;
  return curved.reduce((sum, { hyper, start, move }) => sum + hyper / Math.max(0, start * (1 + t * move)), constant + slope * t);
}

/** Halvings that bring two doubles next to each other. */
const HALVINGS = 1100;

/** Health is positive at `from` and not at `to`; a straight stretch is solved, a curved one (concave) halved until no double is left between. */
function zeroOf(stretch: Stretch, from: number, to: number): number {
  if (stretch.curved.length === 0) return Math.min(to, Math.max(from, -stretch.constant / stretch.slope));
  let safe = from;
  let unsafe = to;
  if (to === Infinity) for (unsafe = 2 * from + 1; healthAt(stretch, unsafe) > 0; ) unsafe *= 2;
  for (let step = 0; step < HALVINGS; step++) {
    const middle = (safe + unsafe) / 2;
    if (middle <= safe || middle >= unsafe) break;
    if (healthAt(stretch, middle) > 0) safe = middle;
    else unsafe = middle;
  }
  return unsafe;
}
