/**
 * Bitget's displayed cross liquidation price freezes the requirement (maintenance and fee) at the current mark, so the number drifts with the market (README section 9) and differs from the account's threshold:
 * `mark - (equity - requirement(mark)) / quantity`, quantity negative for a short. The self-consistent price is the engine's threshold.
 */
export function displayedLiquidationPrice({ markPrice, quantity, equity, requirement }: { markPrice: number; quantity: number; equity: number; requirement: number }): number | null {
  const price = markPrice - (equity - requirement) / quantity;
  return price > 0 ? price : null;
}

/** Bitget's margin ratio is `(maintenance + fee) / equity`, the other way round than OKX's: what it was computed from. */
export function equityFromMarginRatio({ required, marginRatio }: { required: number; marginRatio: number }): number {
  return required / marginRatio;
}
