import type { Path } from '../api/rules.js';
import { type Foreign, foreign, list, numeric } from './foreign.js';
import type { Remarks } from './remarks.js';

/**
 * Venues whose raw answer states the cash behind cross positions without unrealised profit and without isolated margin.
 * CCXT's `total` is the margin balance on Binance and the equity on OKX: profit is in it.
 */
const STATED: readonly { readonly rows: (info: unknown) => readonly unknown[]; readonly currency: string; readonly cash: string }[] = [
  { rows: (info) => list(foreign(info)?.['assets'] ?? info), currency: 'asset', cash: 'crossWalletBalance' },
  { rows: (info) => list(foreign(list(foreign(info)?.['data'])[0])?.['details']), currency: 'ccy', cash: 'cashBal' },
];

export interface CrossHoldings {
  readonly currency: string;
  readonly unrealizedPnl: number;
  /** Margin of isolated positions in the same currency. */
  readonly isolatedMargin: number;
}

/** Cash of a cross account without unrealised profit, from fetchBalance(); null when the balance does not tell. */
export function crossCash(balance: Foreign, { currency, unrealizedPnl, isolatedMargin }: CrossHoldings, remarks: Remarks): number | null {
  const at: Path = ['balance', 'total', currency];
  const { info } = balance;
  const stated = STATED.flatMap(({ rows, currency: name, cash }) => rows(info).flatMap((row) => (foreign(row)?.[name] === currency ? [[cash, numeric(foreign(row)?.[cash])] as const] : []))).find(([, cash]) => cash !== null);
  if (stated) {
    remarks.assume(at, `info.${stated[0]} is taken as the cash: it has no unrealised profit and no isolated margin in it`);
    return stated[1];
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
export function nameOtherCoins(balance: Foreign, settled: ReadonlySet<string>, remarks: Remarks): void {
  for (const [currency, total] of Object.entries(foreign(balance['total']) ?? {})) {
    if (settled.has(currency) || numeric(total) === 0 || numeric(total) === null) continue;
    remarks.leaveOut(['balance', 'total', currency], 'settles no cross position: to count it, add it as collateral with the haircut that the venue applies');
  }
}
