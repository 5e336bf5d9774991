import { type Book, CONTRACT, lotValues, units } from './book.js';
import { byLevel, byQueue, chances, lights, queueScore, wholeContracts } from './deleveraging.js';
import { equity, initialState } from './health.js';
import type { Deleveraging } from './inputs.js';
import { toUnits } from './lots.js';
import { cover, COVER_TOLERANCE, type DeleveragedSide, equityAfter, isMargin, pay, type Losses, total } from './losses.js';

/** One side of one asset that could not pay: `losses` by row, and the lots of its entries that found no counterparty. */
interface Side {
  readonly asset: number;
  /** Sign of the liquidated contracts. */
  readonly sign: number;
  readonly losses: Map<number, number>;
  readonly unfilled: { readonly row: number; readonly entry: number; readonly lots: number }[];
}

/** An open contract on the other side. */
interface Opponent {
  readonly row: number;
  readonly entry: number;
  readonly lots: number;
  /** Unrealised profit that it can give without its account's equity becoming negative. */
  readonly profit: number;
  readonly equity: number;
  readonly score: number;
}

export function autoDeleverage(at: Losses, { policy, method, price }: Deleveraging): DeleveragedSide[] {
  if (policy === 'none') return [];
  const sides = method === 'contracts' ? unfilledSides(at) : lostSides(at);
  if (sides.size === 0) return [];
  const opponents = opponentsOf(at, sides);
  return [...sides].sort(([a], [b]) => a - b).map(([key, side]) => (method === 'contracts' ? matchContracts(at, policy, side, opponents.get(key)!, price !== 'mark') : haircutProfits(at, policy, side, opponents.get(key)!)));
}

/** README eq. 35: what a row still owes, on its contracts by their loss from entry to the end price. */
function lostSides(at: Losses): Map<number, Side> {
  const { book, left, rows, course } = at;
  const sides = new Map<number, Side>();
  for (const row of rows) {
    if (left[row] === 0 || !isMargin(at, row)) continue;
    const lost = (k: number) => (book.kind[k] === CONTRACT ? Math.max(0, units(book, k) * (book.entryPrice[k] - course.finalPrice[book.asset[k]])) : 0);
    let total = 0;
    for (let k = book.first[row]; k < book.first[row + 1]; k++) total += lost(k);
    for (let k = book.first[row]; k < book.first[row + 1]; k++) if (lost(k) > 0) owe(sideOf(sides, book.asset[k], Math.sign(book.lots[k])), row, (left[row] * lost(k)) / total);
  }
  return sides;
}

/** Contracts ordered closed that are still held, and what their rows owe, on them by value. */
function unfilledSides(at: Losses): Map<number, Side> {
  const { book, left, rows, course: { final: { lots }, isClosed }, value } = at;
  const sides = new Map<number, Side>();
  for (const row of rows) {
    if (!isClosed[row] || !isMargin(at, row)) continue;
    const held = (k: number) => (book.kind[k] === CONTRACT ? Math.abs(lots[k]) * value[book.asset[k]] : 0);
    let total = 0;
    for (let k = book.first[row]; k < book.first[row + 1]; k++) total += held(k);
    for (let k = book.first[row]; k < book.first[row + 1]; k++) {
      if (held(k) === 0) continue;
      const side = sideOf(sides, book.asset[k], Math.sign(lots[k]));
      side.unfilled.push({ row, entry: k, lots: Math.abs(lots[k]) });
      owe(side, row, (left[row] * held(k)) / total);
    }
  }
  return sides;
}

function sideOf(sides: Map<number, Side>, asset: number, sign: number): Side {
  const key = sideKey(asset, sign);
  if (!sides.has(key)) sides.set(key, { asset, sign, losses: new Map(), unfilled: [] });
  return sides.get(key)!;
}

function sideKey(asset: number, sign: number): number {
  return 2 * asset + Number(sign > 0);
}

function owe({ losses }: Side, row: number, money: number): void {
  losses.set(row, (losses.get(row) ?? 0) + money);
}

/** Everybody who stands against a side, in the order of the rows. */
function opponentsOf(at: Losses, sides: ReadonlyMap<number, Side>): Map<number, Opponent[]> {
  const { book, rows, course, to: { after: { lots } } } = at;
  const found = new Map<number, Opponent[]>(Array.from(sides.keys(), (key) => [key, []]));
  const profit = (k: number) => heldUnits(book, lots, k) * (course.finalPrice[book.asset[k]] - book.entryPrice[k]);
  for (const row of rows) {
    if (course.isClosed[row] || !isMargin(at, row)) continue;
    const own = equityAfter(at, row);
    let profits = 0;
    for (let k = book.first[row]; k < book.first[row + 1]; k++) if (book.kind[k] === CONTRACT) profits += Math.max(0, profit(k));
    for (let k = book.first[row]; k < book.first[row + 1]; k++) {
      if (book.kind[k] !== CONTRACT || lots[k] === 0 || own <= 0) continue;
      const gained = profit(k);
      const asset = book.asset[k];
      found.get(sideKey(asset, -Math.sign(lots[k])))?.push({
        row,
        entry: k,
        lots: Math.abs(lots[k]),
        profit: gained > 0 ? gained * Math.min(1, own / profits) : 0,
        equity: own,
        score: scoreOf(book, lots, k, course.finalPrice[asset], own),
      });
    }
  }
  return found;
}

function heldUnits({ lot, asset, special: { scale } }: Book, lots: Float64Array, k: number): number {
  return toUnits(lot[asset[k]], lots[k]) * (scale.length > 0 ? scale[k] : 1);
}

type Policy = Exclude<Deleveraging['policy'], 'none'>;

/** README eq. 34-35: profits of the other side pay; no contract is closed. */
function haircutProfits(at: Losses, policy: Policy, side: Side, opponents: readonly Opponent[]): DeleveragedSide {
  const owed = total(side.losses.values());
  const profits = opponents.map(({ profit }) => profit);
  const given = policy === 'queue' ? byQueue(owed, profits, opponents.map(({ score }) => score)) : byLevel(owed, profits, weightsOf(policy, profits, opponents)).taken;
  reach(at, opponents, chances(owed, profits, policy === 'queue' ? opponents.map(({ score }) => score) : null));
  return { ...told(at, side), quantity: 0, value: 0, haircut: take(at, side, opponents, given, owed) };
}

/**
 * README eq. 36: contracts without a counterparty are closed against the other side, winners first, lot for lot. All of one side are one batch:
 * its price is the mean of their bankruptcy prices after the fund has paid, so the other side gives up what is owed, and nobody more than his profit.
 */
function matchContracts(at: Losses, policy: Policy, side: Side, opponents: readonly Opponent[], isAtBankruptcy: boolean): DeleveragedSide {
  const wanted = side.unfilled.reduce((sum, { lots }) => sum + lots, 0);
  const winners = opponents.filter(({ profit }) => profit > 0);
  const others = opponents.filter(({ profit }) => profit <= 0);
  const first = closedLots(at, policy, winners, wanted, wanted, 0);
  const rest = closedLots(at, policy, others, wanted, wanted - total(first), total(winners.map(({ lots }) => lots)));
  const asked = [...winners, ...others];
  const closed = [...first, ...rest];
  const matched = total(closed);
  const owed = isAtBankruptcy ? total(side.losses.values()) : 0;
  const given = asked.map(({ lots, profit }, i) => Math.min((owed * closed[i]) / wanted, (profit * closed[i]) / lots));
  asked.forEach(({ row, entry }, i) => closeAtMark(at, row, entry, closed[i]));
  wholeContracts(matched, side.unfilled.map(({ lots }) => lots)).forEach((lots, n) => closeAtMark(at, side.unfilled[n].row, side.unfilled[n].entry, lots));
  const quantity = toUnits(at.book.lot[side.asset], matched);
  return { ...told(at, side), quantity, value: matched * at.value[side.asset], haircut: owed > 0 ? take(at, side, asked, given, owed) : 0 };
}

/** Lots that each of a class of opponents closes of those `left`, after the class before it could close `ahead`. */
function closedLots(at: Losses, policy: Policy, opponents: readonly Opponent[], wanted: number, left: number, ahead: number): number[] {
  const lots = opponents.map((each) => each.lots);
  const scores = opponents.map(({ score }) => score);
  reach(at, opponents, chances(wanted, lots, policy === 'queue' ? scores : null, ahead));
  const rounding = at.course.scenario.dynamics?.faults?.includes('singlePass') ? ({ ties: 'last', isSinglePass: true } as const) : {};
  return policy === 'queue' ? byQueue(left, lots, scores) : wholeContracts(left, lots, weightsOf(policy, lots, opponents), rounding);
}

/** Plain pro rata: what everybody can give; capped: the same part of his equity. */
function weightsOf(policy: Policy, capacities: readonly number[], opponents: readonly Opponent[]): readonly number[] {
  return policy === 'proRata' ? capacities : opponents.map(({ equity: own }) => own);
}

function reach({ to }: Losses, opponents: readonly Opponent[], chance: readonly number[]): void {
  opponents.forEach(({ row }, i) => (to.chance[row] = Math.max(to.chance[row], chance[i])));
}

/** Books what the opponents gave, and covers the rows of the side pro rata to what they owed; answers the sum. */
function take(at: Losses, { losses }: Side, opponents: readonly Opponent[], given: readonly number[], owed: number): number {
  opponents.forEach(({ row }, i) => pay(at, row, at.to.haircut, given[i]));
  const taken = Math.min(owed, total(given));
  const ratio = taken > owed * (1 - COVER_TOLERANCE) ? 1 : taken / owed;
  for (const [row, loss] of losses) if (loss > 0) cover(at, row, at.to.byDeleveraging, loss * ratio);
  return taken;
}

function closeAtMark({ book, to, value }: Losses, row: number, k: number, lots: number): void {
  const { after } = to;
  const sign = Math.sign(after.lots[k]);
  const money = lots * value[book.asset[k]];
  after.lots[k] -= sign * lots;
  after.cash[row] += sign * money * (book.special.scale.length > 0 ? book.special.scale[k] : 1);
  to.deleveragedValue[row] += money;
}

function told({ book }: Losses, { asset, sign }: Side): Pick<DeleveragedSide, 'symbol' | 'side'> {
  return { symbol: book.assets[asset].symbol, side: sign > 0 ? 'short' : 'long' };
}

/** README section 6: the row's lights in the queues of its contracts at the marks before the shock, the highest of them; 0 without a contract. */
export function queueLights(book: Book): Uint8Array {
  const state = initialState(book);
  const value = lotValues(book, book.price);
  const places = new Map<number, { rows: number[]; scores: number[]; sizes: number[] }>();
  book.rows.forEach(({ exchange }, row) => {
    const own = equity(book, state, value, row);
    for (let k = book.first[row]; k < book.first[row + 1]; k++) {
      if (book.kind[k] !== CONTRACT || book.lots[k] === 0) continue;
      const key = Math.max(0, exchange) * 2 * book.assets.length + sideKey(book.asset[k], Math.sign(book.lots[k]));
      if (!places.has(key)) places.set(key, { rows: [], scores: [], sizes: [] });
      const { rows, scores, sizes } = places.get(key)!;
      rows.push(row);
      sizes.push(Math.abs(book.lots[k]));
      scores.push(own > 0 ? scoreOf(book, state.lots, k, book.price[book.asset[k]], own) : -Infinity);
    }
  });
  const highest = new Uint8Array(book.rows.length);
  for (const { rows, scores, sizes } of places.values()) lights(scores, sizes).forEach((lit, i) => (highest[rows[i]] = Math.max(highest[rows[i]], lit)));
  return highest;
}

function scoreOf(book: Book, lots: Float64Array, k: number, price: number, own: number): number {
  const held = heldUnits(book, lots, k);
  return queueScore({ profit: held * (price - book.entryPrice[k]), entryValue: Math.abs(held) * book.entryPrice[k], value: Math.abs(held) * price, equity: own });
}
