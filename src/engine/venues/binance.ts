/** Binance's place of a profitable position in the deleveraging queue: `PnL% * margin ratio`, PnL% = max(0, U) / max(1, wallet), margin ratio = maintenance / (wallet + U), 0 if negative. */
export function deleveragingScore({ unrealisedProfit, walletBalance, maintenance }: { unrealisedProfit: number; walletBalance: number; maintenance: number }): number {
  const profit = Math.max(0, unrealisedProfit) / Math.max(1, walletBalance);
  return profit * Math.max(0, maintenance / (walletBalance + unrealisedProfit));
}
