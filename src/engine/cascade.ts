import { type Book, lotValues, prepare, shocksOf, TRIGGER_TOLERANCE } from './book.js';
import { type Action, callLoan, closeFully, closePartially, type OrderSheet, push } from './close-out.js';
import { collateralValue, initialState, isLiquidatable, type State } from './health.js';
import { type Curve, impactCurve } from './impact.js';
import type { CloseOut, Market, Portfolio, Scenario } from './inputs.js';
import { toUnits, withinCapacity } from './lots.js';

/** Rounds are finite by themselves where accounts close fully (at most one more than there are rows); slices and calls are bounded by this. */
export const MAX_ROUNDS = 10_000;

/** The whole course of a cascade, in flat arrays; `report.ts` turns it into objects. */
export interface Cascade {
  readonly book: Book;
  readonly scenario: Scenario;
  readonly curves: readonly Curve[];
  readonly shockedPrice: Float64Array;
  readonly finalPrice: Float64Array;
  readonly final: State;
  readonly rounds: readonly Round[];
  readonly ledger: Ledger;
  /** Per row: the round of its first close-out or call (0 = none), and whether it was already in breach before the shock. */
  readonly closedIn: Uint32Array;
  readonly wasInBreach: Uint8Array;
  /** Per row: everything was ordered closed. */
  readonly isClosed: Uint8Array;
  /** Per loan: collateral value seized and debt repaid, at the marks of the calls. */
  readonly seized: Float64Array;
  readonly repaid: Float64Array;
  /** Per loan: a call lowered its health factor. */
  readonly wasToxic: Uint8Array;
  /** Cumulative net lots sold per asset. */
  readonly netSold: Float64Array;
  /** No party acts at the final prices; false when MAX_ROUNDS was reached first. */
  readonly isFixedPoint: boolean;
}

/** One synchronous round; arrays per asset, quantities in lots. */
export interface Round {
  readonly before: Float64Array;
  readonly after: Float64Array;
  /** NaN where nothing was traded. */
  readonly execution: Float64Array;
  readonly sold: Float64Array;
  readonly bought: Float64Array;
  readonly unfilled: Float64Array;
}

/** Every forced trade, in columns. `lots` > 0 sold. */
export interface Ledger {
  readonly round: number[];
  readonly row: number[];
  readonly asset: number[];
  readonly action: Action[];
  readonly lots: number[];
  readonly unfilled: number[];
}

/**
 * Synchronous rounds from the shocked price to the fixed point P = F(Q(P)) (README section 4): everybody who must act at the marks
 * orders, the net order of each asset moves its price along the cumulative curve, all fill at that round's execution price.
 */
export function cascade(market: Market, portfolio: Portfolio, scenario: Scenario): Cascade {
  const book = prepare(market, portfolio);
  const state = initialState(book);
  const shockedPrice = shocked(book, scenario);
  const curves = curvesFrom(book, scenario, shockedPrice);
  const course = {
    book,
    scenario,
    curves,
    shockedPrice,
    finalPrice: shockedPrice.slice(),
    final: state,
    rounds: [] as Round[],
    ledger: { round: [], row: [], asset: [], action: [], lots: [], unfilled: [] } as Ledger,
    closedIn: new Uint32Array(book.rows.length),
    wasInBreach: breaches(book, state),
    isClosed: new Uint8Array(book.rows.length),
    seized: new Float64Array(book.rows.length),
    repaid: new Float64Array(book.rows.length),
    wasToxic: new Uint8Array(book.rows.length),
    netSold: new Float64Array(book.assets.length),
    isFixedPoint: false,
  };
  const isStopDone = new Uint8Array(book.stops.length);
  for (let round = 1; round <= MAX_ROUNDS; round++) {
    const { sheet, actions } = orders(course, isStopDone, round, scenario.closeOut ?? { policy: 'full' });
    if (actions === 0) return { ...course, isFixedPoint: true };
    settle(course, sheet, round);
  }
  return course;
}

type Course = { -readonly [K in keyof Cascade]: Cascade[K] } & { readonly rounds: Round[] };

function shocked(book: Book, scenario: Scenario): Float64Array {
  const shocks = shocksOf(book, scenario);
  return book.price.map((price, a) => price * (1 + shocks[a]));
}

function curvesFrom(book: Book, scenario: Scenario, shockedPrice: Float64Array): Curve[] {
  const overrides = new Map(scenario.impactOverrides?.map(({ symbol, impact }) => [symbol, impact]));
  return book.assets.map((asset, a) => {
    const impact = overrides.get(asset.symbol) ?? asset.impact ?? { model: 'none' };
    return impactCurve(asset, impact, shockedPrice[a], scenario.depthMultiplier ?? 1);
  });
}

function breaches(book: Book, state: State): Uint8Array {
  const value = lotValues(book, book.price);
  return Uint8Array.from(book.rows, (_, row) => Number(isLiquidatable(book, state, value, row)));
}

/** What everybody must trade at the current marks; `actions` also counts calls and closes that bring nothing to the market. */
function orders(course: Course, isStopDone: Uint8Array, round: number, closeOut: CloseOut): { sheet: OrderSheet; actions: number } {
  const { book, final: state, finalPrice, isClosed, closedIn } = course;
  const value = lotValues(book, finalPrice);
  const sheet: OrderSheet = { row: [], entry: [], lots: [], action: [] };
  let actions = 0;
  let stop = 0;
  for (let row = 0; row < book.rows.length; row++) {
    const firstStop = stop;
    while (stop < book.stops.length && book.stops[stop].row === row) stop++;
    if (isClosed[row]) continue;
    if (!isLiquidatable(book, state, value, row)) {
      for (let s = firstStop; s < stop; s++) triggerStop(course, isStopDone, s, sheet);
      continue;
    }
    actions++;
    closedIn[row] ||= round;
    if (book.rows[row].loan) {
      const call = callLoan(book, state, value, row, sheet);
      course.seized[row] += call.seized;
      course.repaid[row] += call.repaid;
      if (call.isToxic) course.wasToxic[row] = 1;
      isClosed[row] = Number(collateralValue(book, state, value, row) === 0);
    } else if (closeOut.policy === 'full') {
      closeFully(book, state, row, sheet);
      isClosed[row] = 1;
    } else {
      isClosed[row] = Number(closePartially(book, state, value, row, closeOut, sheet));
    }
  }
  return { sheet, actions: actions + sheet.row.length };
}

function triggerStop({ book, final: { lots }, finalPrice }: Course, isStopDone: Uint8Array, s: number, sheet: OrderSheet): void {
  const { row, entry, lots: amount, triggerPrice, reduceOnly } = book.stops[s];
  const through = Math.sign(amount) * (finalPrice[book.asset[entry]] - triggerPrice);
  if (isStopDone[s] || through > TRIGGER_TOLERANCE * triggerPrice) return;
  isStopDone[s] = 1;
  let left = lots[entry]; // after the stops of this row that fire before it in the same round
  for (let n = sheet.row.length - 1; n >= 0 && sheet.row[n] === row; n--) if (sheet.entry[n] === entry) left -= sheet.lots[n];
  const reducible = Math.max(0, Math.sign(amount) * left);
  push(sheet, row, entry, reduceOnly ? Math.sign(amount) * Math.min(Math.abs(amount), reducible) : amount, 'stopOrder');
}

/** Moves the prices, then fills everybody pro rata at the round's execution price. */
function settle(course: Course, sheet: OrderSheet, round: number): void {
  const { book, ledger, final: state } = course;
  const clearing = clear(course, sheet);
  course.rounds.push(clearing);
  const demanded = { sold: new Float64Array(book.assets.length), bought: new Float64Array(book.assets.length) };
  for (let n = 0; n < sheet.row.length; n++) {
    const row = sheet.row[n];
    const entry = sheet.entry[n];
    const lots = sheet.lots[n];
    const action = sheet.action[n];
    const asset = book.asset[entry];
    const filled = lots > 0 ? share(clearing.sold, demanded.sold, clearing.unfilled[asset], asset, lots) : -share(clearing.bought, demanded.bought, -clearing.unfilled[asset], asset, -lots);
    if (action !== 'loanCall') {
      state.lots[entry] -= filled;
      state.cash[row] += toUnits(book.lot[asset], filled) * (filled === 0 ? 0 : clearing.execution[asset]);
      if (filled !== lots && action === 'liquidation') course.isClosed[row] = 1;
    }
    ledger.round.push(round);
    ledger.row.push(row);
    ledger.asset.push(asset);
    ledger.action.push(action);
    ledger.lots.push(filled);
    ledger.unfilled.push(lots - filled);
  }
  assertConserved(course, clearing, round);
}

/** Nets the sheet per asset, finds the counterparty the curve has, and moves the marks. */
function clear({ book, curves, finalPrice, netSold }: Course, sheet: OrderSheet): Round {
  const size = book.assets.length;
  const before = finalPrice.slice();
  const sold = new Float64Array(size);
  const bought = new Float64Array(size);
  const unfilled = new Float64Array(size);
  const execution = new Float64Array(size).fill(NaN);
  for (let n = 0; n < sheet.row.length; n++) {
    const asset = book.asset[sheet.entry[n]];
    if (sheet.lots[n] > 0) sold[asset] += sheet.lots[n];
    else bought[asset] -= sheet.lots[n];
  }
  for (let a = 0; a < size; a++) {
    if (sold[a] + bought[a] === 0) continue;
    const start = netSold[a];
    const wanted = start + sold[a] - bought[a];
    const end = withinCapacity(book.lot[a], wanted, curves[a]);
    unfilled[a] = wanted - end;
    if (unfilled[a] > 0) sold[a] -= unfilled[a];
    else bought[a] += unfilled[a];
    netSold[a] = end;
    finalPrice[a] = curves[a].price(toUnits(book.lot[a], end));
    if (sold[a] + bought[a] > 0) execution[a] = end === start ? before[a] : curves[a].average(toUnits(book.lot[a], start), toUnits(book.lot[a], end));
  }
  return { before, after: finalPrice.slice(), execution, sold, bought, unfilled };
}

/** Pro-rata part of one order in whole lots: running sums are rounded, so the parts add up to the fill exactly. */
function share(filled: Float64Array, demanded: Float64Array, unfilled: number, asset: number, lots: number): number {
  if (unfilled <= 0) return lots;
  const ratio = filled[asset] / (filled[asset] + unfilled);
  const from = Math.round(demanded[asset] * ratio);
  demanded[asset] += lots;
  return Math.round(demanded[asset] * ratio) - from;
}

/** Units sold are units bought, to the lot. */
function assertConserved({ book, ledger }: Course, { sold, bought }: Round, round: number): void {
  const net = sold.map((lots, a) => lots - bought[a]);
  for (let n = ledger.round.length - 1; n >= 0 && ledger.round[n] === round; n--) net[ledger.asset[n]] -= ledger.lots[n];
  net.forEach((lots, a) => {
    if (lots !== 0) throw new Error(`round ${round}: ${lots} lots of ${book.assets[a].symbol} appear from nowhere`);
  });
}
