import type { Path } from '../api/rules.js';
import type { Work } from '../api/turns.js';
import { type Foreign, foreign, list, numeric } from './foreign.js';
import type { Remarks } from './remarks.js';

/**
 * Venues whose raw answer states the cash behind cross positions without unrealised profit and without isolated margin.
 * CCXT's `total` is the margin balance on Binance and the equity on OKX: profit is in it.
 */
const STATEMENTS: readonly { readonly rows: (info: unknown) => readonly unknown[]; readonly currency: string; readonly cash: string }[] = [
  { rows: (info) => list(foreign(info)?.['assets'] ?? info), currency: 'asset', cash: 'crossWalletBalance' },
  { rows: (info) => list(foreign(list(foreign(info)?.['data'])[0])?.['details']), currency: 'ccy', cash: 'cashBal' },
];

export interface CrossHoldings {
  readonly currency: string;
  readonly unrealizedPnl: number;
  /** Margin of isolated positions in the same currency. */
  readonly isolatedMargin: number;
}

/** The raw field and what it says, by currency. */
export type Stated = ReadonlyMap<string, readonly [field: string, cash: number]>;

/** What the raw answer states; of one currency the first that tells counts. */
export function* statedCash({ info }: Foreign): Work<Stated> {
  const stated = new Map<string, readonly [string, number]>();
  for (const { rows, currency: name, cash: field } of STATEMENTS) {
    for (const row of rows(info)) {
      const [currency, cash] = [foreign(row)?.[name], numeric(foreign(row)?.[field])];
      if (typeof currency === 'string' && cash !== null && !stated.has(currency)) stated.set(currency, [field, cash]);
      yield;
    }
  }
  return stated;
}

/** Cash of a cross account without unrealised profit, from fetchBalance(); null when the balance does not tell. */
export function crossCash(balance: Foreign, stated: Stated, { currency, unrealizedPnl, isolatedMargin }: CrossHoldings, remarks: Remarks): number | null {
  const at: Path = ['balance', 'total', currency];
  const { info } = balance;
  const told = stated.get(currency);
  if (told) {
    const [field, cash] = told;
    remarks.assume(at, `info.${field} is taken as the cash: it has no unrealised profit and no isolated margin in it`);
    return cash;
  }
  // Hyperliquid: accountValue is equity; that of the cross positions stands apart
  const equity = numeric(foreign(foreign(info)?.['crossMarginSummary'])?.['accountValue']);
  if (equity !== null) {
    remarks.assume(at, 'info.crossMarginSummary.accountValue less the unrealised profit of the cross positions is taken as the cash');
    return equity - unrealizedPnl;
  }
  const total = totalOf(balance, currency);
  if (total === null) return null;
  remarks.assume(at, `is taken as cash without unrealised profit${isolatedMargin > 0 ? `, and the ${isolatedMargin} behind isolated positions is taken out of it` : ''}`);
  return total - isolatedMargin;
}

export function totalOf(balance: Foreign, currency: string): number | null {
  return numeric(foreign(balance['total'])?.[currency]) ?? numeric(foreign(balance[currency])?.['total']);
}

/** Names what the account holds besides the currencies that its positions settle in. */
export function* nameOtherCoins(balance: Foreign, settled: ReadonlySet<string>, remarks: Remarks): Work<void> {
  for (const [currency, total] of Object.entries(foreign(balance['total']) ?? {})) {
    yield;
    if (settled.has(currency) || numeric(total) === 0 || numeric(total) === null) continue;
    remarks.leaveOut(['balance', 'total', currency], 'settles no cross position: to count it, add it as collateral with the haircut that the venue applies');
  }
}
