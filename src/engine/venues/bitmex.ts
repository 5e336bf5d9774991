export interface Ranked {
  readonly account: string;
  readonly quantity: number;
  readonly score: number;
}

/** BitMEX (and MEXC): `PnL% * effective leverage` of a winner, `PnL% / effective leverage` of a loser; effective leverage = abs(mark value) / (mark value - bankrupt value). */
export function deleveragingScore({ profitRate, markValue, bankruptValue }: { profitRate: number; markValue: number; bankruptValue: number }): number {
  const leverage = Math.abs(markValue) / (markValue - bankruptValue);
  return profitRate > 0 ? profitRate * leverage : profitRate / leverage;
}

const QUINTILES = 5;

/** The queue from the top, with the fifth of all contracts that each position ends in (20 = first to go), and what a liquidated order of `size` closes. */
export function deleverage(positions: readonly Ranked[], size: number): { account: string; percentile: number; closed: number }[] {
  const total = positions.reduce((sum, { quantity }) => sum + quantity, 0);
  let above = 0;
  let open = size;
  return [...positions]
    .sort((a, b) => b.score - a.score)
    .map(({ account, quantity }) => {
      above += quantity;
      const closed = Math.min(open, quantity);
      open -= closed;
      return { account, percentile: (Math.ceil((QUINTILES * above) / total) * 100) / QUINTILES, closed };
    });
}

/** What BitMEX (and KuCoin until 2025-05-22) requires of an isolated position, frozen at entry: `rate * cost + commission + funding * cost`. */
export function positionMaintenance({ cost, rate, commission, fundingRate = 0 }: { cost: number; rate: number; commission: number; fundingRate?: number }): number {
  return rate * cost + commission + fundingRate * cost;
}
