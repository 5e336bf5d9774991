import { type Book, HOLDING, lotValues } from './book.js';
import type { Cascade } from './cascade.js';
import { borne, byLevel } from './deleveraging.js';
import { equity, type State } from './health.js';
import { toUnits } from './lots.js';
import { autoDeleverage } from './other-side.js';
import { cover, equityAfter, type ExchangeLosses, isMargin, pay, type Losses, total, type Waterfall } from './losses.js';

/** Money may be lost to rounding up to this part of all that the accounts of an exchange hold. */
const CASH_TOLERANCE = 1e-9;

/** Summary and outcomes of a course ask for the same one. */
const shared = new WeakMap<Cascade, Waterfall>();

/** Account equity, liquidation fee, insurance fund, deleveraging, socialised loss: after the rounds, exchange by exchange; prices stay as they are. */
export function waterfall(course: Cascade): Waterfall {
  const losses = shared.get(course) ?? share(course);
  shared.set(course, losses);
  return losses;
}

function share(course: Cascade): Waterfall {
  const { book, final } = course;
  const value = lotValues(book, course.finalPrice);
  const perRow = () => new Float64Array(book.rows.length);
  const deficits = perRow().map((_, row) => deficit(course, value, row));
  const settled = {
    exchanges: [] as ExchangeLosses[],
    after: { lots: final.lots.slice(), cash: final.cash.slice(), held: final.held },
    deficit: deficits,
    uncovered: deficits.slice(),
    byFund: perRow(),
    byDeleveraging: perRow(),
    bySocialisation: perRow(),
    fee: perRow(),
    haircut: perRow(),
    socialised: perRow(),
    deleveragedValue: perRow(),
    chance: perRow(),
  };
  const rows: number[][] = book.lossRules.map(() => []);
  book.rows.forEach(({ exchange }, row) => rows[Math.max(0, exchange)].push(row));
  const closedValue = liquidatedValue(course);
  book.lossRules.forEach((_, e) => settled.exchanges.push(settle({ course, rows: rows[e], value, book, to: settled, left: settled.uncovered }, e, closedValue)));
  return settled;
}

function deficit({ book, final, closedIn, isClosed }: Cascade, value: Float64Array, row: number): number {
  if (!closedIn[row] || !isClosed[row] || (book.rows[row].loan && holdsCollateral(book, final, row))) return 0;
  return Math.max(0, -equity(book, final, value, row));
}

function holdsCollateral(book: Book, { lots }: State, row: number): boolean {
  for (let k = book.first[row]; k < book.first[row + 1]; k++) if (book.kind[k] === HOLDING && lots[k] > 0) return true;
  return false;
}

/** Money of each row's liquidation trades, at execution prices. */
function liquidatedValue({ book, ledger }: Cascade): Float64Array {
  const value = new Float64Array(book.rows.length);
  for (let n = 0; n < ledger.row.length; n++) {
    if (ledger.action[n] !== 'liquidation' || ledger.lots[n] === 0) continue;
    const asset = ledger.asset[n];
    value[ledger.row[n]] += toUnits(book.lot[asset], Math.abs(ledger.lots[n])) * ledger.execution[n];
  }
  return value;
}

function settle(at: Losses, e: number, closedValue: Float64Array): ExchangeLosses {
  const { book, to, left, rows } = at;
  const { name, deleveraging } = book.lossRules[e];
  const fundBefore = book.lossRules[e].insuranceFund ?? 0;
  const feeRate = book.lossRules[e].liquidationFeeRate ?? 0;
  const sum = (column: Float64Array) => rows.reduce((total, row) => total + column[row], 0);
  for (const row of feeRate > 0 ? rows : []) {
    if (isMargin(at, row) && closedValue[row] > 0) pay(at, row, to.fee, borne([feeRate * closedValue[row]], [equityAfter(at, row)]).haircuts[0]);
  }
  const liquidationFees = sum(to.fee);
  const insured = rows.filter((row) => book.rows[row].institution === null && left[row] > 0);
  const owed = total(insured.map((row) => left[row]));
  const fundPaid = Math.min(fundBefore + liquidationFees, owed);
  for (const row of insured) cover(at, row, to.byFund, left[row] * (fundPaid / owed));

  const deleveraged = deleveraging ? autoDeleverage(at, deleveraging) : [];
  if (deleveraging) socialise(at);
  const losses = {
    exchange: name === '' ? null : name,
    deficit: sum(to.deficit),
    liquidationFees,
    fundBefore,
    fundPaid,
    fundAfter: fundBefore + liquidationFees - fundPaid,
    deleveragedLoss: sum(to.byDeleveraging),
    socialisedLoss: sum(to.bySocialisation),
    uncovered: sum(left),
    deleveraged,
  };
  if (deleveraging || liquidationFees > 0 || fundPaid > 0) assertConserved(at, losses);
  return losses;
}

/** README eq. 37: what is left, by all accounts of the exchange with equity, the same part of it. */
function socialise(at: Losses): void {
  const { rows, left, to } = at;
  const owing = rows.filter((row) => left[row] > 0 && isMargin(at, row));
  const paying = rows.filter((row) => isMargin(at, row) && to.deficit[row] === 0 && equityAfter(at, row) > 0); // a deficit that was covered leaves nothing but rounding
  const owed = total(owing.map((row) => left[row]));
  if (owed === 0 || paying.length === 0) return;
  const equities = paying.map((row) => equityAfter(at, row));
  const ratio = Math.min(1, total(equities) / owed);
  byLevel(owed, equities).taken.forEach((money, i) => pay(at, paying[i], to.socialised, money));
  for (const row of owing) cover(at, row, to.bySocialisation, left[row] * ratio);
}

/** Cash of accounts and fund is what it was, contracts closed on one side are closed on the other, every deficit is covered or uncovered once. */
function assertConserved({ book, course: { final }, rows, value, to, left }: Losses, { exchange, liquidationFees, fundPaid, fundAfter, fundBefore }: ExchangeLosses): void {
  const refuse = (what: string) => {
    throw new Error(`waterfall of ${exchange ?? 'the only exchange'}: ${what}`);
  };
  let change = liquidationFees - fundPaid;
  let gross = fundBefore;
  const closed = new Map<number, number>();
  for (const row of rows) {
    change += equity(book, to.after, value, row) - equity(book, final, value, row);
    gross += Math.abs(to.after.cash[row]) + Math.abs(final.cash[row]) + to.deficit[row];
    const { [row]: owed } = to.deficit;
    if (Math.abs(owed - to.byFund[row] - to.byDeleveraging[row] - to.bySocialisation[row] - left[row]) > CASH_TOLERANCE * owed) refuse(`the deficit of ${book.rows[row].account} is not covered once`);
    for (let k = book.first[row]; k < book.first[row + 1]; k++) {
      gross += Math.abs(final.lots[k]) * value[book.asset[k]];
      if (to.after.lots[k] !== final.lots[k]) closed.set(book.asset[k], (closed.get(book.asset[k]) ?? 0) + final.lots[k] - to.after.lots[k]);
    }
  }
  if (Math.abs(change) > CASH_TOLERANCE * gross) refuse(`${change} of cash appears from nowhere`);
  if (fundAfter < 0) refuse('the fund is overdrawn');
  for (const [asset, lots] of closed) if (lots !== 0) refuse(`${lots} lots of ${book.assets[asset].symbol} are closed on one side alone`);
}
