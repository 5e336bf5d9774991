import { cited, type Pack } from '../pack.js';

const MORPHO = 'morpho-org/morpho-blue @3085651a; morpho-org/sdks (LIF at 86 %: 1.043841336116910229)';

export const venue: Pack = {
  id: 'morpho-blue',
  name: 'Morpho Blue',
  kind: 'protocol',
  versions: [
    {
      loan: { closeFactor: 1 },
      trigger: 'Collateral at the oracle price times LLTV below the debt.',
      partialLiquidation: 'Any amount that the liquidator chooses.',
      closeOut: 'At the oracle price less the incentive.',
      liquidationFee: 'Incentive factor min(1.15, 1 / (1 - 0.3 * (1 - LLTV))).',
      insuranceFund: 'None: debt without any collateral left is taken from the lenders of that market.',
      limits: 'LLTV by market is not here: give it as liquidationThreshold, and the incentive factor less 1 as liquidationBonus.',
      sources: cited(MORPHO, 'loan', 'trigger', 'partialLiquidation', 'closeOut', 'liquidationFee', 'insuranceFund', 'limits'),
    },
  ],
};
