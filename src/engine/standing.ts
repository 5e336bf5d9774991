import { type Book, CONTRACT, lotValues, units } from './book.js';
import { entryRequirement, initialState, marginEquity, rowRequirement } from './health.js';

/** One open contract at the marks before any shock, and the row that stands behind it: the isolated position itself, or the whole cross account. */
export interface Standing {
  readonly account: string;
  readonly symbol: string;
  /** Units; negative = short. */
  readonly quantity: number;
  /** eq. 3 of this contract alone, valuation currency. */
  readonly requirement: number;
  /** Equity with collateral at its weight, and the requirement of all contracts of the row. */
  readonly rowEquity: number;
  readonly rowRequirement: number;
}

/** In the order of the rows. */
export function* standings(book: Book): Generator<Standing> {
  const state = initialState(book);
  const value = lotValues(book, book.price);
  for (let row = 0; row < book.rows.length; row++) {
    const behind = { rowEquity: marginEquity(book, state, value, row), rowRequirement: rowRequirement(book, state, value, row) };
    for (let k = book.first[row]; k < book.first[row + 1]; k++) {
      if (book.kind[k] !== CONTRACT || book.lots[k] === 0) continue;
      const asset = book.asset[k];
      yield { account: book.rows[row].account, symbol: book.assets[asset].symbol, quantity: units(book, k), requirement: entryRequirement(book, k, book.lots[k], value[asset]), ...behind };
    }
  }
}
