import { cited, type Pack, unverified } from '../pack.js';

const PAGE = 'support.deribit.com 25944738177565 "Linear Perpetual"';
const LIQUIDATION = 'deribit.freshdesk.com 1000197257 (2018), as summarised in liquidation-math.md 3.6';

export const venue: Pack = {
  id: 'deribit',
  name: 'Deribit',
  kind: 'exchange',
  versions: [
    {
      contract: { kind: 'linear', requirementBasis: 'mark', tierFamily: 'sizeLinear' },
      instruments: [
        { symbol: 'BTC/USDC:USDC', contract: { rateSlope: 0.00005 }, tiers: [{ minNotional: 0, maintenanceMarginRate: 0.01 }] },
        { symbol: 'SOL/USDC:USDC', contract: { rateSlope: 0.000005 }, tiers: [{ minNotional: 0, maintenanceMarginRate: 0.02 }] },
      ],
      trigger: 'Maintenance margin above equity; no margin call.',
      partialLiquidation: 'Incremental market orders, about one round a second, until the maintenance margin is below the equity.',
      closeOut: 'At the market; no takeover of the whole.',
      insuranceFund: "Pays first; a loss beyond it is socialised over the session's winners.",
      adl: 'None: socialised loss.',
      limits: 'Standard margin of linear perpetuals. Inverse contracts, options and portfolio margin (a scenario matrix) are not here: give the rules in full.',
      sources: [...cited(PAGE, 'contract', 'instruments', 'limits'), ...cited(LIQUIDATION, 'trigger', 'partialLiquidation', 'closeOut', 'insuranceFund'), ...unverified(LIQUIDATION, 'adl')],
    },
  ],
};
