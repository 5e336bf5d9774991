import { cited, type Pack, unverified } from '../pack.js';

const FORUM = 'dev.binance.vision/t/6292 (the Binance calculator: 33,599.40)';
const PROCESS = 'Binance futures documentation on liquidation, insurance fund and auto-deleveraging, as summarised in liquidation-math.md 3.1 and 3.2';

export const venue: Pack = {
  id: 'binance-coinm',
  name: 'Binance COIN-M futures',
  kind: 'exchange',
  versions: [
    {
      contract: { kind: 'inverse', requirementBasis: 'mark', tierFamily: 'marginal', tierUnit: 'coin' },
      instruments: [
        {
          symbol: 'BTC/USD:BTC',
          tiers: [
            { minNotional: 0, maxNotional: 5, maintenanceMarginRate: 0.004 },
            { minNotional: 5, maxNotional: 10, maintenanceMarginRate: 0.005 },
            { minNotional: 10, maxNotional: 20, maintenanceMarginRate: 0.01 },
            { minNotional: 20, maxNotional: 50, maintenanceMarginRate: 0.025 },
            { minNotional: 50, maxNotional: 100, maintenanceMarginRate: 0.05 },
            { minNotional: 100, maxNotional: 200, maintenanceMarginRate: 0.1 },
            { minNotional: 200, maxNotional: 400, maintenanceMarginRate: 0.125 },
            { minNotional: 400, maxNotional: 1_000, maintenanceMarginRate: 0.15 },
            { minNotional: 1_000, maxNotional: 1_500, maintenanceMarginRate: 0.25 },
            { minNotional: 1_500, maintenanceMarginRate: 0.5 },
          ],
        },
      ],
      shown: { rounding: 'nearest', tickSize: 0.1 },
      trigger: 'Mark price at or beyond the liquidation price: margin balance <= maintenance margin. The tier is that of the value at the liquidation price.',
      partialLiquidation: 'Open orders are cancelled, then IOC orders; a large position steps down to a tier with a lower requirement.',
      closeOut: 'Market IOC orders; what cannot be filled is taken by the insurance fund.',
      liquidationFee: 'A clearance fee on the liquidated amount, published per symbol in exchangeInfo.',
      insuranceFund: 'Takes what cannot be filled; where it cannot, auto-deleveraging.',
      adl: 'Ranked by PnL% times margin ratio, at the bankruptcy price of the liquidated order, without fee.',
      limits: 'Tiers of BTCUSD alone; the tick is that of BTCUSD. The deduction makes the tiers continuous: an older table of the FAQ moves the price by 20.5.',
      sources: [
        ...cited(`Binance COIN-M payload (25,119.97445760; ccxt js/src/binance.js parsePositionRisk) and ${FORUM}`, 'contract', 'shown'),
        ...cited(FORUM, 'instruments.0', 'limits'),
        ...cited(PROCESS, 'trigger', 'partialLiquidation', 'closeOut', 'insuranceFund', 'adl'),
        ...unverified('Binance exchangeInfo names the fee; its level is not read here', 'liquidationFee'),
      ],
    },
  ],
};
