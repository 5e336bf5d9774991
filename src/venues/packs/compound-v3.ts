import { cited, type Pack } from '../pack.js';

const COMET = 'compound-finance/comet @d5a30b0a (is-liquidatable-test.ts, absorb-test.ts, quote-collateral-test.ts)';

export const venue: Pack = {
  id: 'compound-v3',
  name: 'Compound v3 (Comet)',
  kind: 'protocol',
  versions: [
    {
      loan: { closeFactor: 1 },
      trigger: 'Collateral times liquidateCollateralFactor strictly below the debt, at the oracle price.',
      partialLiquidation: 'None: absorb takes the whole account.',
      closeOut: 'Credited at the oracle price times liquidationFactor; what remains above the debt is credited back. Seized collateral is sold at price * (1 - storeFront * (1 - liquidationFactor)).',
      liquidationFee: '1 - liquidationFactor of each collateral.',
      insuranceFund: 'A shortfall lowers the reserves of the protocol.',
      limits: 'Factors by asset and market are not here: give liquidateCollateralFactor as liquidationThreshold.',
      sources: cited(COMET, 'loan', 'trigger', 'partialLiquidation', 'closeOut', 'liquidationFee', 'insuranceFund', 'limits'),
    },
  ],
};
