import { cited, type Pack } from '../pack.js';

const API = 'OKX API v5 documentation samples (reproduce to 1e-12); ccxt js/src/okx.js';
const HELP = 'OKX help centre on liquidation and auto-deleveraging, as summarised in liquidation-math.md 3.4';

export const venue: Pack = {
  id: 'okx',
  name: 'OKX',
  kind: 'exchange',
  versions: [
    {
      contract: { requirementBasis: 'mark', tierFamily: 'flat', tierUnit: 'contracts', feeBasis: 'mark' },
      shown: { rounding: 'none', inverseExtraTicks: 1 },
      trigger: 'Margin ratio = equity / (maintenance margin + taker fee on the mark value) at or below 100 %.',
      partialLiquidation: 'From tier 3 up: two tiers down at a time, in cycles of about a minute.',
      closeOut: 'The rest is taken over at the bankruptcy price.',
      insuranceFund: 'Pays down to 30 % below its peak of 8 hours; then auto-deleveraging.',
      adl: 'At the mark price.',
      limits: "The taker fee depends on the account's fee level: give contract.feeRate. Tiers are in contracts and differ by instrument: none are here. Inverse contracts: give contract.kind.",
      sources: [...cited(API, 'contract', 'shown', 'trigger', 'limits'), ...cited(HELP, 'partialLiquidation', 'closeOut', 'insuranceFund', 'adl')],
    },
  ],
};
