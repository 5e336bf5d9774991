/** OKX: `equity / (maintenance + fee * notional)`, liquidation at or below 1. */
export function marginRatio({ equity, maintenance, closingFee }: { equity: number; maintenance: number; closingFee: number }): number {
  return equity / (maintenance + closingFee);
}

/** What a printed margin ratio says of the equity. */
export function equityFromMarginRatio({ marginRatio: ratio, maintenance, closingFee }: { marginRatio: number; maintenance: number; closingFee: number }): number {
  return ratio * (maintenance + closingFee);
}

/** Spot margin, isolated long: `liabilities * (1 + m) * (1 + fee) / assets`; assets in coins, liabilities in currency. */
export function spotMarginLiquidationPrice({ assets, liabilities, rate, feeRate }: { assets: number; liabilities: number; rate: number; feeRate: number }): number | null {
  const price = (liabilities * (1 + rate) * (1 + feeRate)) / assets;
  return price > 0 ? price : null;
}

/** Spot margin ratio of an isolated long, all in coins at a price: `(assets - L / P) / (MM + fee * (L / P + MM))`, MM = m * L / P. */
export function spotMarginRatio({ assets, liabilities, rate, feeRate, price }: { assets: number; liabilities: number; rate: number; feeRate: number; price: number }): number {
  const owed = liabilities / price;
  const maintenance = rate * owed;
  return (assets - owed) / (maintenance + feeRate * (owed + maintenance));
}

/** Quick margin, assets and liabilities in both currencies: `(QL * (1+m)(1+fee) - QA) / (BA - BL * (1+m)(1+fee))`. */
export function quickMarginLiquidationPrice({ baseAssets, baseLiabilities, quoteAssets, quoteLiabilities, rate, feeRate }: { baseAssets: number; baseLiabilities: number; quoteAssets: number; quoteLiabilities: number; rate: number; feeRate: number }): number | null {
  const owed = (1 + rate) * (1 + feeRate);
  const price = (quoteLiabilities * owed - quoteAssets) / (baseAssets - baseLiabilities * owed);
  return price > 0 && Number.isFinite(price) ? price : null;
}
