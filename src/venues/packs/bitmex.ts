import { cited, type Pack } from '../pack.js';

const PAYLOAD = 'ccxt older ts/src/bitmex.ts parsePosition (1,328.5 and 1,308.7); BitMEX support 18589621443357';
const INSTRUMENTS = 'BitMEX instruments of 2021-07-22 (cryptofeed sample_data): maintMargin 0.0035, riskLimit 200 XBT';
const ADL = 'bitmex.com/app/autoDeleveragingExamples';

export const venue: Pack = {
  id: 'bitmex',
  name: 'BitMEX',
  kind: 'exchange',
  versions: [
    {
      contract: { requirementBasis: 'entry', tierFamily: 'marginal', feeBasis: 'entry' },
      instruments: [{ symbol: 'BTC/USD:BTC', asOf: new Date('2021-07-22'), contract: { kind: 'inverse', tierUnit: 'coin' }, tiers: [{ minNotional: 0, maxNotional: 200, maintenanceMarginRate: 0.0035 }] }],
      shown: { rounding: 'up' },
      partialLiquidation: 'Down the risk limit.',
      closeOut: 'At the bankruptcy price.',
      insuranceFund: 'Pays the difference to the bankruptcy price; then auto-deleveraging.',
      adl: 'Ranked by PnL% times effective leverage (PnL% over it for a loser), at the bankruptcy price.',
      limits: 'The requirement holds two taker fees and the funding due: give contract.feeRate, or position.fixedFee. XBTUSD up to its first risk limit; the steps above it are not here.',
      sources: [...cited(PAYLOAD, 'contract', 'shown', 'partialLiquidation', 'closeOut', 'limits'), ...cited(INSTRUMENTS, 'instruments.0'), ...cited(ADL, 'adl', 'insuranceFund')],
    },
  ],
};
