import { hyperliquid } from '../../../src/engine/venues/index.js';
import type { Adapter, Inputs } from './protocol-vectors.js';

function tiersOf(inputs: Inputs): readonly hyperliquid.LeverageTier[] {
  if (inputs.marginTableId !== undefined) return hyperliquid.leverageTiers(Number(inputs.marginTableId));
  const tiers: readonly Inputs[] = inputs.tiers ?? inputs.marginTiers ?? [{ maxLeverage: inputs.maxLeverage }];
  return tiers.map((tier) => ({ lowerBound: Number(tier.lowerBound ?? tier.minNotional ?? 0), maxLeverage: Number(tier.maxLeverage) }));
}

const optional = (text: unknown) => (text === undefined ? undefined : Number(text));

/** Signed coins: `szi` has its sign, `quantity` or `size` takes the side's. */
function sizeOf(inputs: Inputs): number {
  if (inputs.szi !== undefined) return Number(inputs.szi);
  return Math.abs(Number(inputs.quantity ?? inputs.size)) * (inputs.side === 'short' ? -1 : 1);
}

function margin(inputs: Inputs) {
  const value = optional(inputs.positionValue ?? inputs.notional);
  const signedValue = value === undefined ? undefined : value * (sizeOf(inputs) < 0 ? -1 : 1);
  return {
    marginUsed: signedValue === undefined || inputs.rawUsd === undefined ? undefined : hyperliquid.marginUsed(Number(inputs.rawUsd), signedValue),
    maintenanceMargin: value === undefined || (inputs.maxLeverage ?? inputs.tiers ?? inputs.marginTableId) === undefined ? undefined : hyperliquid.maintenanceMargin(tiersOf(inputs), value),
  };
}

export const hyperliquidVectors: Adapter = {
  /** Isolated from the entry or from the cash leg; cross from the account value at the mark, less what the other positions need. */
  liquidation_price: (inputs) => {
    const size = sizeOf(inputs);
    const tiers = tiersOf(inputs);
    if (inputs.rawUsd !== undefined) {
      const price = hyperliquid.liquidationPriceOfCash({ size, rawUsd: Number(inputs.rawUsd) }, tiers);
      return { liquidationPx: price, liquidationPrice: price };
    }
    const value = optional(inputs.positionValue);
    const at = value === undefined ? Number(inputs.price ?? inputs.markPrice ?? inputs.entryPrice ?? inputs.entryPx) : value / Math.abs(size);
    const own = hyperliquid.maintenanceMargin(tiers, Math.abs(size) * at);
    const available = optional(inputs.marginAvailable);
    const equity = available === undefined ? Number(inputs.accountValue ?? inputs.isolatedMargin ?? inputs.marginUsed ?? inputs.margin) : available + own;
    const total = optional(inputs.maintenanceMarginTotal ?? inputs.crossMaintenanceMarginUsed);
    const otherMaintenance = available !== undefined ? 0 : total === undefined ? Number(inputs.otherMaintenanceMargin ?? 0) : total - own;
    const price = hyperliquid.liquidationPrice({ size, price: at, equity, otherMaintenance }, tiers);
    return { liquidationPx: price, liquidationPrice: price };
  },
  margin,
  margin_requirement: margin,
};
