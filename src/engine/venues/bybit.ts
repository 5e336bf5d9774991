/**
 * Bybit's margin of a position, with the closing fee estimated at the bankruptcy value `value * (1 - side / leverage)` of a linear contract and
 * `value * (1 + side / leverage)` coins of an inverse one: `initial = value / leverage + fee`, `maintenance = value * rate - deduction + fee`.
 */
export function positionMargin({ value, leverage, rate, deduction = 0, feeRate, side, isInverse = false }: { value: number; leverage: number; rate: number; deduction?: number; feeRate: number; side: 1 | -1; isInverse?: boolean }): { initial: number; maintenance: number } {
  const closingFee = value * (1 + (isInverse ? side : -side) / leverage) * feeRate;
  return { initial: value / leverage + closingFee, maintenance: value * rate - deduction + closingFee };
}

/** Legacy inverse cross: bankruptcy price with the closing fee inside, `(1 + s * fee) * face / (face / entry + s * balance)`; the fee there is part of the requirement. */
export function closingFeeAtBankruptcy({ face, entryPrice, balance, feeRate, side }: { face: number; entryPrice: number; balance: number; feeRate: number; side: 1 | -1 }): number {
  const bankruptcyPrice = ((1 + side * feeRate) * face) / (face / entryPrice + side * balance);
  return (face * feeRate) / bankruptcyPrice;
}

/** Bankruptcy price at which an order of the insurance fund executes: the mark when the two are more than 5 % apart (text of 2025-11-05). */
export function deleveragingPrice({ bankruptcyPrice, markPrice }: { bankruptcyPrice: number; markPrice: number }): number {
  return Math.abs(bankruptcyPrice - markPrice) > 0.05 * markPrice ? markPrice : bankruptcyPrice;
}
