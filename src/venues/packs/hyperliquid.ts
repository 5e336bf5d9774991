import { cited, type Pack } from '../pack.js';

const DOCS = 'Hyperliquid docs (trading/liquidations, margin tiers, auto-deleveraging); freqtrade tests/exchange/test_hyperliquid.py @3b1fb5af';
const TIERS = 'Hyperliquid docs as quoted on 2026-09-27: BTC 40x, 20x from 150 m; ETH 25x, 15x from 100 m; maintenance is half the initial margin at the highest leverage';
const SINCE = new Date('2026-09-27');

export const venue: Pack = {
  id: 'hyperliquid',
  name: 'Hyperliquid',
  kind: 'exchange',
  versions: [
    {
      contract: { kind: 'linear', requirementBasis: 'mark', tierFamily: 'marginal', tierUnit: 'notional' },
      instruments: [
        { symbol: 'BTC/USDC:USDC', asOf: SINCE, tiers: [{ minNotional: 0, maxNotional: 150_000_000, maintenanceMarginRate: 1 / 80, maxLeverage: 40 }, { minNotional: 150_000_000, maintenanceMarginRate: 1 / 40, maxLeverage: 20 }] },
        { symbol: 'ETH/USDC:USDC', asOf: SINCE, tiers: [{ minNotional: 0, maxNotional: 100_000_000, maintenanceMarginRate: 1 / 50, maxLeverage: 25 }, { minNotional: 100_000_000, maintenanceMarginRate: 1 / 30, maxLeverage: 15 }] },
      ],
      shown: { rounding: 'none' },
      trigger: 'Account value (isolated: of the position) below the maintenance margin at the mark price.',
      partialLiquidation: 'Positions above 100,000 USD: first 20 %, after 30 seconds the rest.',
      closeOut: 'Market orders to the book; below 2/3 of the maintenance margin the liquidator vault takes over (cross: everything; isolated: the position) and the maintenance margin is not returned. Isolated-only and HIP-3 assets have no such backstop.',
      liquidationFee: 'No clearance fee.',
      insuranceFund: 'Liquidator vault, part of HLP.',
      adl: 'When an account value is below 0: the other side ranked by mark / entry times notional / account value (documented for longs), at the previous mark price. Users without positions are never socialised.',
      limits: 'Other assets: one tier of 1 / (2 * highest leverage).',
      sources: [...cited(DOCS, 'contract', 'shown', 'trigger', 'partialLiquidation', 'closeOut', 'liquidationFee', 'insuranceFund', 'adl', 'limits'), ...cited(TIERS, 'instruments')],
    },
  ],
};
