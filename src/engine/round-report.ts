import { CONTRACT } from './book.js';
import type { Cascade } from './cascade.js';
import { causeOf, type Cause } from './cause.js';
import type { Action } from './close-out.js';
import { type Divergence, divergences } from './listings.js';
import { toUnits } from './lots.js';

export interface RoundReport {
  readonly round: number;
  readonly prices: readonly RoundPrice[];
  readonly entries: readonly LedgerEntry[];
  /** Of the assets with several listings, once the forced trades of the round are done. */
  readonly divergence: readonly Divergence[];
}

/** One asset that traded in a round, on one exchange. */
export interface RoundPrice {
  readonly symbol: string;
  /** Null where the market names none. */
  readonly exchange: string | null;
  readonly priceBefore: number;
  readonly priceAfter: number;
  readonly executionPrice: number | null;
  readonly quantitySold: number;
  readonly quantityBought: number;
  readonly unfilled: number;
}

/** `account` is a cross account, `isolatedPosition` one position on its own margin, `arbitrage` who closes gaps between exchanges. */
export type PartyKind = 'account' | 'isolatedPosition' | 'loan' | 'institution' | 'arbitrage';

export interface LedgerEntry {
  readonly round: number;
  readonly party: PartyKind;
  /** `arbitrage` beside the party of that name: nobody of the book. */
  readonly account: string;
  /** The position's symbol where it is isolated. */
  readonly position: string | null;
  readonly symbol: string;
  readonly exchange: string | null;
  readonly action: Action | 'arbitrage';
  readonly cause: Cause | 'arbitrage';
  /** Units sold; negative = bought. */
  readonly quantity: number;
  readonly unfilled: number;
  /** Last prices around the round, or around the party's own trades where one trades after the other. */
  readonly priceBefore: number;
  readonly priceAfter: number;
  readonly executionPrice: number | null;
  /** quantity * (priceBefore - execution price). */
  readonly slippage: number;
  /** What the trade realises: quantity * (entry price of a contract, else the mark before the shock - execution price); negative = a gain. Arbitrage: what it pays, which adds up to its gain. */
  readonly loss: number;
}

/** The rounds with their ledgers, in order. */
export function* rounds(course: Cascade): Generator<RoundReport> {
  const { book, ledger } = course;
  let n = 0;
  for (let r = 0; r < course.rounds.length; r++) {
    const { before, after, execution, sold, bought, unfilled, arbitrage, arbitraged } = course.rounds[r];
    const exchangeOf = (line: number) => book.exchanges[book.lines[line].exchange] ?? null;
    const prices = book.lines.flatMap((_, a) => {
      if (sold[a] + bought[a] === 0 && unfilled[a] === 0) return [];
      const lot = book.lot[a];
      return [{ symbol: book.assets[a].symbol, exchange: exchangeOf(a), priceBefore: before[a], priceAfter: after[a], executionPrice: known(execution[a]), quantitySold: toUnits(lot, sold[a]), quantityBought: toUnits(lot, bought[a]), unfilled: toUnits(lot, unfilled[a]) }];
    });
    const entries: LedgerEntry[] = [];
    for (; n < ledger.round.length && ledger.round[n] === r + 1; n++) {
      const a = ledger.asset[n];
      const quantity = toUnits(book.lot[a], ledger.lots[n]);
      const { account, symbol, loan, institution } = book.rows[ledger.row[n]];
      const k = ledger.entry[n];
      const paid = book.kind[k] === CONTRACT ? book.entryPrice[k] : book.price[a];
      entries.push({
        round: r + 1,
        party: loan ? 'loan' : institution ? 'institution' : symbol === null ? 'account' : 'isolatedPosition',
        account,
        position: symbol,
        symbol: book.assets[a].symbol,
        exchange: exchangeOf(a),
        action: ledger.action[n],
        cause: causeOf(course, n),
        quantity,
        unfilled: toUnits(book.lot[a], ledger.unfilled[n]),
        priceBefore: ledger.before[n],
        priceAfter: ledger.after[n],
        executionPrice: known(ledger.execution[n]),
        slippage: quantity === 0 ? 0 : quantity * (ledger.before[n] - ledger.execution[n]),
        loss: quantity === 0 ? 0 : quantity * (paid - ledger.execution[n]),
      });
    }
    for (const { line, lots, execution: executionPrice } of arbitrage) {
      const quantity = toUnits(book.lot[line], lots);
      entries.push({
        round: r + 1,
        party: 'arbitrage',
        account: 'arbitrage',
        position: null,
        symbol: book.assets[line].symbol,
        exchange: exchangeOf(line),
        action: 'arbitrage',
        cause: 'arbitrage',
        quantity,
        unfilled: 0,
        priceBefore: after[line],
        priceAfter: arbitraged![line],
        executionPrice,
        slippage: quantity * (after[line] - executionPrice),
        loss: -quantity * executionPrice,
      });
    }
    yield { round: r + 1, prices, entries, divergence: divergences(book, after) };
  }
}

function known(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
