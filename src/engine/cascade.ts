import { type Book, lotValues, prepare, shocksOf, TRIGGER_TOLERANCE } from './book.js';
import { type Action, callLoan, closeFirstStage, closeFully, closePartially, DEFAULT_COOLDOWN, type OrderSheet, push } from './close-out.js';
import { leastClearing } from './equilibrium.js';
import { collateralValue, initialState, isLiquidatable, type State } from './health.js';
import type { Curve } from './impact.js';
import { deleverage } from './institution.js';
import type { CloseOut, Market, Portfolio, Scenario } from './inputs.js';
import { toUnits } from './lots.js';
import { inOrder, inSum, placesOf } from './order.js';
import { cut, mustWait, queueOf } from './queue.js';
import { isDue, type Response, respond, stopsByRow } from './responses.js';
import { clear, type Clearing, openTrading, pricesAfter, rest, type Round, type Trading } from './trading.js';

/** Rounds are finite by themselves where accounts close fully (at most one more than there are rows); slices and calls are bounded by this. */
export const MAX_ROUNDS = 10_000;

/** The whole course of a cascade, in flat arrays; `report.ts` turns it into objects. */
export interface Cascade {
  readonly book: Book;
  readonly scenario: Scenario;
  readonly trading: Trading;
  /** Of the lines. */
  readonly curves: readonly Curve[];
  /** Per column, as `finalPrice`: last prices of the lines, then marks. A late mark shows the shock later. */
  readonly shockedPrice: Float64Array;
  readonly finalPrice: Float64Array;
  readonly final: State;
  readonly rounds: readonly Round[];
  readonly ledger: Ledger;
  /** Per row: the round of its first close-out or call (0 = none), and whether it was already in breach before the shock. */
  readonly closedIn: Uint32Array;
  readonly wasInBreach: Uint8Array;
  /** Per row: its first close-out or call was due at the shocked prices already. */
  readonly isDirect: Uint8Array;
  /** Per row: everything was ordered closed. */
  readonly isClosed: Uint8Array;
  /** Per loan: collateral value seized and debt repaid, at the marks of the calls. Per institution: debt repaid. */
  readonly seized: Float64Array;
  readonly repaid: Float64Array;
  /** Per loan: a call lowered its health factor. */
  readonly wasToxic: Uint8Array;
  /** Cumulative net lots sold by force per line. */
  readonly netSold: Float64Array;
  /** No party acts at the final prices; false when the bound on rounds was reached first. */
  readonly isFixedPoint: boolean;
}

/** Every forced trade, in columns. `lots` > 0 sold. */
export interface Ledger {
  readonly round: number[];
  readonly row: number[];
  readonly entry: number[];
  /** Line. */
  readonly asset: number[];
  readonly action: Action[];
  readonly lots: number[];
  readonly unfilled: number[];
  /** Last price of the line before and after the trade and those cleared with it, and what it got; NaN where it found nobody. */
  readonly before: number[];
  readonly after: number[];
  readonly execution: number[];
  /** Due at the shocked prices already. */
  readonly isDirect: boolean[];
}

export type { Round };

/**
 * Synchronous rounds from the shocked price to the fixed point P = F(Q(P)) (README section 4): everybody who must act at the marks
 * orders, the net order of each asset moves its price along the cumulative curve, all fill at that round's execution price. `onRound` looks on after each.
 */
export function cascade(market: Market, portfolio: Portfolio, scenario: Scenario, onRound?: (course: Cascade) => void): Cascade {
  const book = prepare(market, portfolio);
  const state = initialState(book);
  const trading = openTrading(book, market, scenario, shocksOf(book, scenario));
  const course = {
    book,
    scenario,
    trading,
    curves: trading.curves,
    shockedPrice: trading.opening,
    finalPrice: trading.price,
    final: state,
    rounds: [] as Round[],
    ledger: { round: [], row: [], entry: [], asset: [], action: [], lots: [], unfilled: [], before: [], after: [], execution: [], isDirect: [] } as Ledger,
    closedIn: new Uint32Array(book.rows.length),
    wasInBreach: breaches(book, state),
    isDirect: new Uint8Array(book.rows.length),
    isClosed: new Uint8Array(book.rows.length),
    seized: new Float64Array(book.rows.length),
    repaid: new Float64Array(book.rows.length),
    wasToxic: new Uint8Array(book.rows.length),
    netSold: new Float64Array(book.lines.length),
    isFixedPoint: false,
  };
  if (scenario.dynamics?.clearing === 'equilibrium') return clearAtOnce(course);
  const isStopDone = new Uint8Array(book.stops.length);
  const roundsMax = Math.min(scenario.dynamics?.maxRounds ?? MAX_ROUNDS, MAX_ROUNDS);
  const isDelayed = trading.longestLag > 0 || trading.dynamics.throughput != null;
  if (isDelayed) markDirect(course);
  let idle = 0; // rounds without action, in which late marks may still come
  for (let round = 1; round <= roundsMax; round++) {
    const places = placesOf(book, state, trading.price, scenario.dynamics?.order);
    const { sheet, actions } = orders(course, isStopDone, round, scenario.closeOut ?? { policy: 'full' });
    if (actions > 0) idle = 0;
    else if (idle++ >= trading.longestLag) {
      course.isFixedPoint = true;
      return course;
    }
    settle(course, inOrder(sheet, places), round, (row) => round === 1 || (isDelayed && course.isDirect[row] === 1));
    onRound?.(course);
  }
  course.isFixedPoint = trading.longestLag === 0 && !isAnybodyDue(course, isStopDone, roundsMax + 1);
  return course;
}

/**
 * `dynamics.clearing: 'equilibrium'`: one clearing at the least P = F(Q(P)) of the memoryless responses (README eq. 17, 22); everybody trades at P.
 * Nothing is traded and `isFixedPoint` is false where none is found.
 */
function clearAtOnce(course: Course): Cascade {
  const { book, scenario, shockedPrice, final } = course;
  const found = leastClearing(course);
  if (!found) return course;
  const stopsOf = stopsByRow(book);
  const orderedAt = (price: Float64Array, state: State, note: (row: number, response: Response) => void) => {
    const sheet: OrderSheet = { row: [], entry: [], lots: [], action: [] };
    const value = lotValues(book, price);
    for (let row = 0; row < book.rows.length; row++) {
      const response = respond(book, state, value, row, stopsOf.get(row) ?? [], scenario.closeOut ?? { policy: 'full' }, sheet, scenario.dynamics?.faults ?? []);
      if (response.isLiquidated) note(row, response);
    }
    return sheet;
  };
  const direct = new Set(orderedAt(shockedPrice, initialState(book), (row) => (course.isDirect[row] = 1)).entry);
  const sheet = orderedAt(found.price, final, (row, { isClosed, seized, repaid, isToxic }) => {
    course.closedIn[row] = 1;
    course.isClosed[row] = Number(isClosed);
    course.seized[row] = seized;
    course.repaid[row] = repaid;
    course.wasToxic[row] = Number(isToxic);
  });
  if (sheet.row.length > 0) settle(course, [sheet], 1, (_, entry) => direct.has(entry));
  course.isFixedPoint = true;
  return course;
}

type Course = { -readonly [K in keyof Cascade]: Cascade[K] } & { readonly rounds: Round[] };

/** The row's first close-out or call. */
function begin({ closedIn, isDirect }: Course, row: number, round: number): void {
  if (closedIn[row] === 0 && round === 1) isDirect[row] = 1;
  closedIn[row] ||= round;
}

/** Who would act at the shocked prices once every mark shows them, however long he then has to wait. */
function markDirect({ book, final, trading, isDirect }: Course): void {
  const value = lotValues(book, pricesAfter(trading, new Float64Array(book.lines.length)));
  for (let row = 0; row < book.rows.length; row++) isDirect[row] = Number(isDue(book, final, value, row));
}

function breaches(book: Book, state: State): Uint8Array {
  const value = lotValues(book, book.price);
  return new Uint8Array(book.rows.length).map((_, row) => Number(isLiquidatable(book, state, value, row)));
}

/** What everybody must trade at the current marks; `actions` also counts calls and closes that bring nothing to the market. */
function orders(course: Course, isStopDone: Uint8Array, round: number, closeOut: CloseOut): { sheet: OrderSheet; actions: number } {
  const { book, final: state, finalPrice, isClosed, closedIn } = course;
  const value = lotValues(book, finalPrice);
  const sheet: OrderSheet = { row: [], entry: [], lots: [], action: [] };
  const queue = queueOf(book, course.scenario.dynamics?.throughput);
  let actions = 0;
  let stop = 0;
  for (let row = 0; row < book.rows.length; row++) {
    const firstStop = stop;
    while (stop < book.stops.length && book.stops[stop].row === row) stop++;
    if (isClosed[row]) continue;
    if (!isDue(book, state, value, row)) {
      for (let s = firstStop; s < stop; s++) triggerStop(course, isStopDone, s, sheet);
      continue;
    }
    const { loan, institution } = book.rows[row];
    if (institution) {
      const { repaid, isResolved, hasActed } = deleverage(book, state, value, row, sheet, course.scenario.dynamics?.faults ?? []);
      course.repaid[row] += repaid;
      isClosed[row] = Number(isResolved);
      if (!hasActed) continue;
      actions++;
      begin(course, row, round);
      continue;
    }
    actions++;
    if (closeOut.policy === 'staged' && !loan && closedIn[row] > 0 && round < closedIn[row] + (closeOut.cooldown ?? DEFAULT_COOLDOWN)) continue;
    if (queue && mustWait(queue, row)) continue;
    const isFirst = closedIn[row] === 0;
    begin(course, row, round);
    const from = sheet.row.length;
    if (loan) {
      const call = callLoan(book, state, value, row, sheet, queue ? queue.left[queue.of[row]] : Infinity);
      course.seized[row] += call.seized;
      course.repaid[row] += call.repaid;
      if (call.isToxic) course.wasToxic[row] = 1;
      isClosed[row] = Number(collateralValue(book, state, value, row) === 0);
    } else if (closeOut.policy === 'staged' && isFirst) {
      isClosed[row] = Number(closeFirstStage(book, state, value, row, closeOut, sheet));
    } else if (closeOut.policy !== 'partial') {
      closeFully(book, state, row, sheet);
      isClosed[row] = 1;
    } else {
      isClosed[row] = Number(closePartially(book, state, value, row, closeOut, sheet));
    }
    if (queue && cut(queue, book, value, row, sheet, from)) isClosed[row] = 0;
  }
  return { sheet, actions: actions + sheet.row.length };
}

/** Somebody would act at the marks as they are. */
function isAnybodyDue(course: Course, isStopDone: Uint8Array, round: number): boolean {
  const { final, isClosed, closedIn, isDirect, seized, repaid, wasToxic } = course;
  const state = { lots: final.lots.slice(), cash: final.cash.slice(), held: final.held.slice() };
  const copy = { ...course, final: state, isClosed: isClosed.slice(), closedIn: closedIn.slice(), isDirect: isDirect.slice(), seized: seized.slice(), repaid: repaid.slice(), wasToxic: wasToxic.slice() };
  return orders(copy, isStopDone.slice(), round, course.scenario.closeOut ?? { policy: 'full' }).actions > 0;
}

function isThrough({ book, finalPrice }: Pick<Course, 'book' | 'finalPrice'>, s: number): boolean {
  const { entry, lots, triggerPrice } = book.stops[s];
  return Math.sign(lots) * (finalPrice[book.asset[entry]] - triggerPrice) <= TRIGGER_TOLERANCE * triggerPrice;
}

function triggerStop({ book, final: { lots }, finalPrice }: Course, isStopDone: Uint8Array, s: number, sheet: OrderSheet): void {
  const { row, entry, lots: amount, reduceOnly } = book.stops[s];
  if (isStopDone[s] || !isThrough({ book, finalPrice }, s)) return;
  isStopDone[s] = 1;
  let left = lots[entry]; // after the stops of this row that fire before it in the same round
  for (let n = sheet.row.length - 1; n >= 0 && sheet.row[n] === row; n--) if (sheet.entry[n] === entry) left -= sheet.lots[n];
  const reducible = Math.max(0, Math.sign(amount) * left);
  push(sheet, row, entry, reduceOnly ? Math.sign(amount) * Math.min(Math.abs(amount), reducible) : amount, 'stopOrder');
}

/** Clears the sheets one after the other, then the market comes to rest. `isDirect`: of an entry's trade. */
function settle(course: Course, sheets: readonly OrderSheet[], round: number, isDirect: (row: number, entry: number) => boolean): void {
  const { book, trading } = course;
  const cleared = sheets.map((sheet) => fill(course, sheet, round, isDirect));
  const settled = { ...inSum(book, cleared.map(({ clearing }) => clearing)), ...rest(trading) };
  course.rounds.push(settled);
  assertConserved(course, settled, round, cleared.reduce((sum, { paid }) => sum + paid, 0));
}

/** Moves the prices, then fills everybody on the sheet pro rata at its execution price; `paid` for all of it, currency. */
function fill(course: Course, sheet: OrderSheet, round: number, isDirect: (row: number, entry: number) => boolean): { clearing: Clearing; paid: number } {
  const { book, ledger, final: state, trading, netSold } = course;
  const [demandSold, demandBought] = demandOf(book, sheet);
  const clearing = clear(trading, demandSold, demandBought);
  const demanded = { sold: new Float64Array(book.lines.length), bought: new Float64Array(book.lines.length) };
  let paid = 0;
  for (let n = 0; n < sheet.row.length; n++) {
    const row = sheet.row[n];
    const entry = sheet.entry[n];
    const lots = sheet.lots[n];
    const action = sheet.action[n];
    const line = book.line[book.asset[entry]];
    const filled = lots > 0 ? share(clearing.sold, demanded.sold, clearing.unfilled[line], line, lots) : -share(clearing.bought, demanded.bought, -clearing.unfilled[line], line, -lots);
    const money = toUnits(book.lot[line], filled) * (filled === 0 ? 0 : clearing.execution[line]);
    paid += money;
    if (action !== 'loanCall') {
      state.lots[entry] -= filled;
      state.cash[row] += money;
      if (book.rows[row].institution) {
        if (course.scenario.dynamics?.settlement === 'nextRound') state.held[row] += money;
        else course.repaid[row] += money;
      }
      if (filled !== lots && action === 'liquidation') course.isClosed[row] = 1;
    }
    netSold[line] += filled;
    ledger.round.push(round);
    ledger.row.push(row);
    ledger.entry.push(entry);
    ledger.asset.push(line);
    ledger.action.push(action);
    ledger.lots.push(filled);
    ledger.unfilled.push(lots - filled);
    ledger.before.push(clearing.before[line]);
    ledger.after.push(clearing.after[line]);
    ledger.execution.push(clearing.execution[line]);
    ledger.isDirect.push(isDirect(row, entry));
  }
  return { clearing, paid };
}

/** Lots to be sold and bought on every line. */
function demandOf(book: Book, sheet: OrderSheet): [sold: Float64Array, bought: Float64Array] {
  const sold = new Float64Array(book.assets.length);
  const bought = new Float64Array(book.assets.length);
  for (let n = 0; n < sheet.row.length; n++) {
    const line = book.line[book.asset[sheet.entry[n]]];
    if (sheet.lots[n] > 0) sold[line] += sheet.lots[n];
    else bought[line] -= sheet.lots[n];
  }
  return [sold, bought];
}

/** Pro-rata part of one order in whole lots: running sums are rounded, so the parts add up to the fill exactly. */
function share(filled: Float64Array, demanded: Float64Array, unfilled: number, asset: number, lots: number): number {
  if (unfilled <= 0) return lots;
  const ratio = filled[asset] / (filled[asset] + unfilled);
  const from = Math.round(demanded[asset] * ratio);
  demanded[asset] += lots;
  return Math.round(demanded[asset] * ratio) - from;
}

/** Money may differ from the sum of its parts by this part of all that was paid. */
const CASH_TOLERANCE = 1e-9;

/** Units sold are units bought, to the lot, on every line and by the arbitrageur over all; what the sellers got is what the buyers and the curve paid. */
function assertConserved({ book, ledger }: Course, { sold, bought, valueSold, valueBought, arbitrage }: Round, round: number, paid: number): void {
  const net = sold.map((lots, a) => lots - bought[a]);
  let owed = 0;
  let gross = 0;
  for (let l = 0; l < net.length; l++) {
    owed += valueSold[l] - valueBought[l];
    gross += valueSold[l] + valueBought[l];
  }
  if (!(Math.abs(owed - paid) <= CASH_TOLERANCE * gross)) throw new Error(`round ${round}: ${paid - owed} of currency appear from nowhere`);
  for (let n = ledger.round.length - 1; n >= 0 && ledger.round[n] === round; n--) net[ledger.asset[n]] -= ledger.lots[n];
  const crossed = new Float64Array(book.assetCount);
  for (const { line, lots } of arbitrage) crossed[book.lines[line].asset] += lots;
  for (const [a, lots] of [...net.entries(), ...crossed.entries()]) {
    if (lots !== 0) throw new Error(`round ${round}: ${lots} lots of ${book.assets[a].symbol} appear from nowhere`);
  }
}

/** Money of each row's forced trades, at execution prices. */
export function tradedValues({ book, ledger }: Cascade): { sold: Float64Array; bought: Float64Array } {
  const sold = new Float64Array(book.rows.length);
  const bought = new Float64Array(book.rows.length);
  for (let n = 0; n < ledger.round.length; n++) {
    const lots = ledger.lots[n];
    if (lots === 0) continue;
    const money = toUnits(book.lot[ledger.asset[n]], lots) * ledger.execution[n];
    if (lots > 0) sold[ledger.row[n]] += money;
    else bought[ledger.row[n]] -= money;
  }
  return { sold, bought };
}
