import type { Path } from '../api/rules.js';
import type { MarginMode } from '../portfolios/portfolio.js';
import { type Foreign, foreign, nonZero, numeric } from './foreign.js';
import type { Remarks } from './remarks.js';

/** Raw fields that state the cash behind a position without unrealised profit, and a field that only that venue has beside it. */
const STATED: readonly { readonly field: string; readonly beside: string }[] = [
  { field: 'isolatedWallet', beside: 'positionAmt' }, // Binance; its isolatedMargin, CCXT's collateral, has profit in it
  { field: 'margin', beside: 'mgnMode' }, // OKX
  { field: 'positionBalance', beside: 'positionIdx' }, // Bybit
];

interface Size {
  readonly at: Path;
  readonly isInverse: boolean;
  readonly marginMode: MarginMode;
  readonly contracts: number;
  readonly contractSize: number | null;
  readonly entryPrice: number;
}

/**
 * Cash behind a position, settle currency, without unrealised profit: what the venue states; `collateral - unrealizedPnl`, for CCXT's collateral
 * is affected by profit; the initial margin; the entry value over the leverage. Of a cross position the initial margin comes first, for its
 * collateral is that of the position on some venues and that of the account on others. Null when nothing tells.
 */
export function marginStated(value: Foreign, { at, isInverse, marginMode, contracts, contractSize, entryPrice }: Size, remarks: Remarks): number | null {
  const assume = (field: string, reason: string, margin: number) => {
    if (marginMode === 'isolated') remarks.assume([...at, field], reason);
    return margin;
  };
  const info = foreign(value['info']) ?? {};
  const stated = STATED.find(({ field, beside }) => marginMode === 'isolated' && beside in info && nonZero(info[field]));
  if (stated) return assume('collateral', `info.${stated.field} is taken as the margin: it has no unrealised profit in it`, numeric(info[stated.field])!);

  const [collateral, initialMargin, unrealizedPnl] = [nonZero(value['collateral']), nonZero(value['initialMargin']), numeric(value['unrealizedPnl'])];
  if (marginMode === 'cross' && initialMargin !== null) return initialMargin;
  // where both are one number, the venue has put the margin in use into both, and there is no profit in it
  if (collateral !== null && collateral === initialMargin) return assume('collateral', 'is the initial margin: it has no unrealised profit in it', collateral);
  if (collateral !== null && unrealizedPnl !== null) return assume('collateral', 'has unrealised profit in it: the margin is collateral - unrealizedPnl', collateral - unrealizedPnl);
  if (collateral !== null) return assume('collateral', 'is taken as the margin, without unrealised profit, which is not told', collateral);
  if (initialMargin !== null) return assume('initialMargin', 'is taken as the margin, for there is no collateral', initialMargin);
  const leverage = nonZero(value['leverage']);
  if (leverage === null || contractSize === null) return null;
  return assume('leverage', 'gives the margin: entry value / leverage, for there is no collateral and no initial margin', (contracts * contractSize * (isInverse ? 1 / entryPrice : entryPrice)) / leverage);
}
