import { type Book, CONTRACT, contractAt, DEBT, HOLDING } from './book.js';
import { collateralValue, debtValue, entryRequirement, marginEquity, type State } from './health.js';
import type { CloseOut } from './inputs.js';
import { toUnits, wholeUp } from './lots.js';
import { tierSize } from './margin.js';

/** Where the close-out rules put what they want traded: lots sold, negative = bought. */
export interface OrderSheet {
  readonly row: number[];
  readonly entry: number[];
  readonly lots: number[];
  readonly action: Action[];
}

export const ACTIONS = ['liquidation', 'loanCall', 'stopOrder'] as const;
export type Action = (typeof ACTIONS)[number];

/** A call on a loan, valuation currency at the marks. Toxic: it lowered the loan's health factor. */
export interface Call {
  readonly seized: number;
  readonly repaid: number;
  readonly isToxic: boolean;
}

/** A restored margin ratio when the policy does not say one: a quarter above the requirement. */
export const DEFAULT_TARGET_MARGIN_RATIO = 1.25;

/** Everything the row holds, collateral too: at the threshold equity is the requirement, so nearly all of it is owed. */
export function closeFully(book: Book, { lots }: State, row: number, sheet: OrderSheet): void {
  for (let k = book.first[row]; k < book.first[row + 1]; k++) push(sheet, row, k, lots[k], 'liquidation');
}

/**
 * README eq. 11: the smallest slice, the same fraction of every contract rounded up to a lot, after which
 * `equity >= target * requirement` at the marks. Closes fully, and says so, where equity is already gone.
 */
export function closePartially(book: Book, state: State, value: Float64Array, row: number, closeOut: CloseOut, sheet: OrderSheet): boolean {
  const target = closeOut.targetMarginRatio ?? DEFAULT_TARGET_MARGIN_RATIO;
  const kept = keptFraction(book, state, value, row, marginEquity(book, state, value, row) / target);
  if (kept <= 0) {
    closeFully(book, state, row, sheet);
    return true;
  }
  for (let k = book.first[row]; k < book.first[row + 1]; k++) {
    if (book.kind[k] !== CONTRACT) continue;
    const closed = Math.min(Math.abs(state.lots[k]), Math.max(1, wholeUp((1 - kept) * Math.abs(state.lots[k]))));
    push(sheet, row, k, Math.sign(state.lots[k]) * closed, 'liquidation');
  }
  return false;
}

/** Part of every contract that the first stage closes, and rounds from it to the second, when the policy does not say them. */
export const DEFAULT_FIRST_FRACTION = 0.5;
export const DEFAULT_COOLDOWN = 1;

/** README eq. 32: the first stage of a staged close-out, rounded up to lots. Closes fully, and says so, where equity is already gone. */
export function closeFirstStage(book: Book, state: State, value: Float64Array, row: number, closeOut: CloseOut, sheet: OrderSheet): boolean {
  if (marginEquity(book, state, value, row) <= 0) {
    closeFully(book, state, row, sheet);
    return true;
  }
  const fraction = closeOut.firstFraction ?? DEFAULT_FIRST_FRACTION;
  for (let k = book.first[row]; k < book.first[row + 1]; k++) {
    if (book.kind[k] === CONTRACT) push(sheet, row, k, Math.sign(state.lots[k]) * wholeUp(fraction * Math.abs(state.lots[k])), 'liquidation');
  }
  return false;
}

/** Steps that find the fraction inside one tier where the requirement is not a straight line there (a jump, or a rate that grows with size). */
const HALVINGS = 60;

/** Largest fraction g of the contracts whose requirement is at most `allowed`; the requirement grows with g, in straight pieces for marginal tiers. */
function keptFraction(book: Book, { lots }: State, value: Float64Array, row: number, allowed: number): number {
  if (allowed <= 0) return 0;
  const entries: number[] = [];
  const edges = new Set([0, 1]);
  let isStraight = true;
  for (let k = book.first[row]; k < book.first[row + 1]; k++) {
    if (book.kind[k] !== CONTRACT || lots[k] === 0) continue;
    const asset = book.asset[k];
    const table = book.tiers[asset];
    const notional = table.isPlain ? Math.abs(lots[k]) * value[asset] : tierSize(contractAt(book, k, lots[k]), value[asset] / toUnits(book.lot[asset], 1));
    entries.push(k);
    isStraight &&= table.rules.tierFamily === 'marginal' && !table.isStated.includes(1);
    for (const floor of table.floors) if (floor > 0 && floor < notional) edges.add(floor / notional);
  }
  const required = (g: number) => entries.reduce((sum, k) => sum + entryRequirement(book, k, g * lots[k], value[book.asset[k]]), 0);
  let low = 0;
  let requiredLow = 0;
  for (const high of [...edges].sort((a, b) => a - b)) {
    const requiredHigh = required(high);
    if (requiredHigh > allowed) return isStraight ? low + ((high - low) * (allowed - requiredLow)) / (requiredHigh - requiredLow) : halved(required, allowed, low, high);
    low = high;
    requiredLow = requiredHigh;
  }
  return 1;
}

function halved(required: (g: number) => number, allowed: number, from: number, to: number): number {
  let low = from;
  let high = to;
  for (let step = 0; step < HALVINGS; step++) {
    const middle = (low + high) / 2;
    if (required(middle) <= allowed) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * README eq. 12: one call on a loan at the marks. Repays up to the close factor, or what the collateral can pay; the liquidator seizes
 * `repaid * (1 + bonus)` pro rata over the collateral (rounded up to lots) and sells the dumped share. The seizure changes `state` at once;
 * the sale goes on the sheet. `most`: value that may be seized at once.
 */
export function callLoan(book: Book, state: State, value: Float64Array, row: number, sheet: OrderSheet, most = Infinity): Call {
  const { bonus, dumpedShare } = book.rows[row].loan!;
  const { lots, cash } = state;
  const collateral = collateralValue(book, state, value, row);
  const debt = debtValue(book, state, value, row);
  const weighted = marginEquity(book, state, value, row) + debt;
  const part = calledPart(book, row, { collateral, debt, weighted });
  const wanted = Math.min(part * debt * (1 + bonus), most);
  const fraction = wanted < collateral ? wanted / collateral : 1;
  let seized = 0;
  let weightedSeized = 0;
  for (let k = book.first[row]; k < book.first[row + 1]; k++) {
    if (book.kind[k] !== HOLDING || lots[k] === 0) continue;
    const taken = Math.min(lots[k], wholeUp(fraction * lots[k]));
    lots[k] -= taken;
    seized += taken * value[book.asset[k]];
    weightedSeized += taken * value[book.asset[k]] * book.weight[k];
    push(sheet, row, k, wholeUp(dumpedShare * taken), 'loanCall');
  }
  const isWhole = part === 1 && fraction < 1 && wanted < most; // lots are rounded up, so what is seized covers it
  const repaid = isWhole ? debt : Math.min(debt, seized / (1 + bonus));
  const left = repaid < debt ? 1 - repaid / debt : 0;
  cash[row] *= left;
  for (let k = book.first[row]; k < book.first[row + 1]; k++) if (book.kind[k] === DEBT) lots[k] *= left;
  return { seized, repaid, isToxic: weightedSeized * debt - weighted * repaid > -book.slack[row] * debt };
}

/**
 * README eq. 12, the part of the debt that a call repays: all of it where the health factor is at or below its bound, where a side is
 * smaller than its bound, or where the close factor would leave dust; else the close factor.
 * Aave v3.3 (aave-dao/aave-v3-origin @fd1fbd91, docs/3.3/Aave-v3.3-features.md section 2), with the whole loan as its pair of reserves.
 */
export function calledPart(book: Book, row: number, { collateral, debt, weighted }: { collateral: number; debt: number; weighted: number }): number {
  const { closeFactor, bonus, fullCloseHealthFactor, fullCloseBelow, minimumLeftover } = book.rows[row].loan!;
  const slack = book.slack[row];
  const left = { debt: debt - closeFactor * debt, collateral: collateral - closeFactor * debt * (1 + bonus) };
  const isDistressed = fullCloseHealthFactor !== null && weighted - fullCloseHealthFactor * debt <= -slack;
  const isSmall = Math.min(collateral, debt) < fullCloseBelow + slack;
  const leavesDust = left.collateral > 0 && Math.min(left.debt, left.collateral) < minimumLeftover + slack;
  return isDistressed || isSmall || leavesDust ? 1 : closeFactor;
}

export function push(sheet: OrderSheet, row: number, entry: number, lots: number, action: Action): void {
  if (lots === 0) return;
  sheet.row.push(row);
  sheet.entry.push(entry);
  sheet.lots.push(lots);
  sheet.action.push(action);
}
