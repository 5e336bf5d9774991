import type { Book } from './book.js';
import type { Cascade } from './cascade.js';
import { type Cause, CAUSES, causeOf } from './cause.js';
import { type Action, ACTIONS } from './close-out.js';
import { pressure } from './cross-impact.js';
import { assetPrice, linesOf } from './listings.js';
import { toUnits } from './lots.js';
import type { Round, Trading } from './trading.js';

/**
 * Who moved each price (README eq. 23). In every round a line's move along its curve is shared among the parties by their net lots of that round: the
 * Aumann-Shapley share of the path on which all trades grow together. What other assets' trades do to it by cross-impact is shared alike among those who traded
 * them; where floor or ceiling hold the price, all parts shrink alike. What the price does between rounds is a mechanism of the market.
 */
export interface AssetAttribution {
  readonly symbol: string;
  /** The endogenous move, currency per unit; every list below adds up to it together with `mechanisms` (see `exactSum`). */
  readonly move: number;
  readonly causes: readonly CauseAttribution[];
  /** The assets whose forced trades moved it. */
  readonly sources: readonly SourceAttribution[];
  readonly mechanisms: readonly MechanismAttribution[];
  /** The largest, and the sum of all others. */
  readonly accounts: readonly AccountAttribution[];
  readonly otherAccounts: number;
}

export interface CauseAttribution {
  readonly action: Action;
  readonly cause: Cause;
  readonly move: number;
}

export interface SourceAttribution {
  readonly symbol: string;
  readonly move: number;
}

export interface MechanismAttribution {
  /** What prices did between rounds: gaps between exchanges close, the temporary part recovers. */
  readonly mechanism: 'arbitrage' | 'recovery';
  readonly move: number;
}

/** One account's part of the move of one asset. */
export interface AccountAttribution {
  readonly account: string;
  /** The position's symbol where it is isolated. */
  readonly position: string | null;
  readonly symbol: string;
  /** Currency per unit; negative = pushed it down. */
  readonly move: number;
  /** move / the asset's endogenous move; null where that is 0. */
  readonly share: number | null;
}

/** Accounts named with each asset of the summary. */
export const TOP_ACCOUNTS = 10;

/** What moved one asset. */
interface Parts {
  /** Trade by trade, in the order of the ledger. */
  readonly row: number[];
  readonly part: number[];
  /** By the places of action and cause in their lists. */
  readonly byCause: Map<number, number>;
  readonly bySource: Map<number, number>;
  readonly byMechanism: Map<MechanismAttribution['mechanism'], number>;
}

/** One an asset, in the order of the market. */
export function attributions(course: Cascade): AssetAttribution[] {
  const place = new Uint32Array(course.book.rows.length);
  return collected(course).map((parts, asset) => {
    const { book } = course;
    const total = moveOf(course, asset);
    const accounts = largest(rowMoves(course, parts, asset, place)).map(([row, move]) => accountOf(course, asset, row, move));
    const mechanisms = mechanismsOf(parts, total);
    const left = forcedMove(parts, total);
    const causes = balanced([...parts.byCause.values()], left);
    const sources = balanced([...parts.bySource.values()], left);
    return {
      symbol: book.assets[asset].symbol,
      move: total,
      causes: [...parts.byCause.keys()].map((key, n) => ({ ...actionAndCause(key), move: causes[n] })),
      sources: [...parts.bySource.keys()].map((source, n) => ({ symbol: book.assets[source].symbol, move: sources[n] })),
      mechanisms,
      accounts,
      otherAccounts: exactSum([left, ...accounts.map(({ move }) => -move)]),
    };
  });
}

/** Every account's part of the move of every asset that it moved by force, by asset, then by reference. */
export function* accountAttributions(course: Cascade): Generator<AccountAttribution> {
  const parts = collected(course);
  const place = new Uint32Array(course.book.rows.length);
  for (let asset = 0; asset < parts.length; asset++) {
    const { rows, moves } = rowMoves(course, parts[asset], asset, place);
    for (let n = 0; n < rows.length; n++) yield accountOf(course, asset, rows[n], moves[n]);
  }
}

function actionAndCause(key: number): Omit<CauseAttribution, 'move'> {
  return { action: ACTIONS[Math.floor(key / CAUSES.length)], cause: CAUSES[key % CAUSES.length] };
}

function moveOf({ book, finalPrice, shockedPrice }: Cascade, asset: number): number {
  return assetPrice(book, finalPrice, asset) - assetPrice(book, shockedPrice, asset);
}

/** Where nobody was forced the mechanisms made the whole move. */
function mechanismsOf({ row, byMechanism }: Parts, total: number): MechanismAttribution[] {
  const moves = [...byMechanism.values()];
  const exact = row.length === 0 ? balanced(moves, total) : moves;
  return [...byMechanism.keys()].map((mechanism, n) => ({ mechanism, move: exact[n] }));
}

/** What is left for the parties. */
function forcedMove(parts: Parts, total: number): number {
  return exactSum([total, ...mechanismsOf(parts, total).map(({ move }) => -move)]);
}

/** Rows in their order, and what each moved. */
interface RowMoves {
  readonly rows: Uint32Array;
  readonly moves: readonly number[];
}

/** `place` is zeroes, and zeroes again afterwards: 1 + the place of each row among those that moved the asset. */
function rowMoves(course: Cascade, parts: Parts, asset: number, place: Uint32Array): RowMoves {
  const found: number[] = [];
  const sums: number[] = [];
  for (let n = 0; n < parts.row.length; n++) {
    const row = parts.row[n];
    if (place[row] === 0) place[row] = found.push(row);
    sums[place[row] - 1] = (sums[place[row] - 1] ?? 0) + parts.part[n];
  }
  const rows = Uint32Array.from(found).sort();
  const moves = Array.from(rows, (row) => sums[place[row] - 1]);
  for (const row of found) place[row] = 0;
  return { rows, moves: balanced(moves, forcedMove(parts, moveOf(course, asset))) };
}

/** The largest either way, the first of equals first. */
function largest({ rows, moves }: RowMoves): (readonly [row: number, move: number])[] {
  const found: (readonly [row: number, move: number])[] = [];
  for (let n = 0; n < moves.length; n++) {
    const size = Math.abs(moves[n]);
    if (found.length === TOP_ACCOUNTS && size <= Math.abs(found[TOP_ACCOUNTS - 1][1])) continue;
    const at = found.findIndex(([, move]) => Math.abs(move) < size);
    found.splice(at < 0 ? found.length : at, 0, [rows[n], moves[n]]);
    if (found.length > TOP_ACCOUNTS) found.pop();
  }
  return found;
}

function accountOf(course: Cascade, asset: number, row: number, move: number): AccountAttribution {
  const { rows, assets } = course.book;
  const total = moveOf(course, asset);
  return { account: rows[row].account, position: rows[row].symbol, symbol: assets[asset].symbol, move, share: total === 0 ? null : move / total };
}

function collected(course: Cascade): Parts[] {
  const { book, rounds, ledger, trading } = course;
  const parts = Array.from({ length: book.assetCount }, (): Parts => ({ row: [], part: [], byCause: new Map(), bySource: new Map(), byMechanism: new Map() }));
  const weights = weightsOf(book);
  betweenRounds(course, parts, weights);
  let inRound = 0;
  const moves: (readonly Moved[])[] = [];
  for (let n = 0; n < ledger.round.length; n++) {
    if (ledger.lots[n] === 0) continue;
    if (ledger.round[n] !== inRound) moves.length = 0;
    inRound = ledger.round[n];
    const line = ledger.asset[n];
    const round = rounds[inRound - 1];
    moves[line] ??= movesBy(trading, round, line, weights);
    const net = round.sold[line] - round.bought[line];
    const source = book.lines[line].asset;
    const key = ACTIONS.indexOf(ledger.action[n]) * CAUSES.length + CAUSES.indexOf(causeOf(course, n));
    for (const { moved, move } of moves[line]) {
      const part = net === 0 ? 0 : move * (ledger.lots[n] / net);
      parts[moved].row.push(ledger.row[n]);
      parts[moved].part.push(part);
      add(parts[moved].byCause, key, part);
      add(parts[moved].bySource, source, part);
    }
  }
  return parts;
}

/** Weight of each line's price in that of its asset, as `assetPrice` has it. */
function weightsOf({ lines, assetCount }: Book): Float64Array {
  const total = new Float64Array(assetCount);
  for (const { asset, weight } of lines) total[asset] += weight;
  return Float64Array.from(lines, ({ asset, weight }, line) => (total[asset] > 0 ? weight / total[asset] : Number(line === asset)));
}

function betweenRounds({ book, rounds, finalPrice }: Cascade, parts: readonly Parts[], weights: Float64Array): void {
  rounds.forEach(({ after, arbitraged }, r) => {
    const next = rounds[r + 1]?.before ?? finalPrice;
    book.lines.forEach(({ asset }, line) => {
      const rested = arbitraged ?? after;
      if (rested[line] !== after[line]) add(parts[asset].byMechanism, 'arbitrage', weights[line] * (rested[line] - after[line]));
      if (next[line] !== rested[line]) add(parts[asset].byMechanism, 'recovery', weights[line] * (next[line] - rested[line]));
    });
  });
}

interface Moved {
  /** Asset. */
  readonly moved: number;
  readonly move: number;
}

/** What all net trades on one line did in a round to the price of each asset, its own first. */
function movesBy({ book, cross }: Trading, { before, after, own }: Round, line: number, weights: Float64Array): readonly Moved[] {
  const { asset } = book.lines[line];
  if (!cross || !own) return [{ moved: asset, move: weights[line] * (after[line] - before[line]) }];
  const fall = pressure(book, cross, own.lots);
  // of what the unbounded move would be, the part that floor and ceiling let through
  const held = (l: number) => {
    const free = own.move[l] - fall[book.lines[l].asset];
    return free === 0 ? 0 : (after[l] - before[l]) / free;
  };
  const moves = [{ moved: asset, move: weights[line] * own.move[line] * held(line) }];
  for (let n = 0; n < cross.lambda.length; n++) {
    if (cross.of[n] !== asset) continue;
    const moved = cross.to[n];
    const share = linesOf(book, moved).reduce((sum, l) => sum + weights[l] * held(l), 0);
    moves.push({ moved, move: -cross.lambda[n] * toUnits(book.lot[line], own.lots[line]) * share });
  }
  return moves;
}

function add<K>(sums: Map<K, number>, key: K, move: number): void {
  sums.set(key, (sums.get(key) ?? 0) + move);
}

/** Corrections of the last bits; one is nearly always enough. */
const CORRECTIONS = 4;

/**
 * The parts with their rounding put right on the smallest, so that `exactSum` of them is the total to the bit. Where parts of both signs are far larger than their
 * total no doubles can do that, and they add up to 1e-12 of the largest.
 */
export function balanced(parts: readonly number[], total: number): number[] {
  const fixed = [...parts];
  if (fixed.length === 0) return fixed;
  const smallest = fixed.reduce((best, part, n) => (part !== 0 && (fixed[best] === 0 || Math.abs(part) < Math.abs(fixed[best])) ? n : best), 0);
  for (let n = 0; n < CORRECTIONS && exactSum(fixed) !== total; n++) fixed[smallest] += exactSum([total, ...fixed.map((part) => -part)]);
  return fixed;
}

/** Sum with the rounding of every addition carried along (Neumaier 1974), in the order given. */
export function exactSum(values: readonly number[]): number {
  let sum = 0;
  let lost = 0;
  for (const value of values) {
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  return sum + lost;
}
