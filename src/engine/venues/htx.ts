/** HTX has no maintenance rate: `balance / position margin - adjustment factor`, liquidation at 0. Its threshold is that of a rate of `adjustmentFactor / leverage`. */
export function riskRate({ marginBalance, positionMargin, adjustmentFactor }: { marginBalance: number; positionMargin: number; adjustmentFactor: number }): number {
  return marginBalance / positionMargin - adjustmentFactor;
}

export function maintenanceRate({ adjustmentFactor, leverage }: { adjustmentFactor: number; leverage: number }): number {
  return adjustmentFactor / leverage;
}
