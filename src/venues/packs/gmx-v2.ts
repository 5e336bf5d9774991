import { cited, type Pack } from '../pack.js';

const CONTRACTS = 'gmx-io/gmx-synthetics @a5c0c883 (PositionUtils.sol, AdlOrder.ts, LiquidationOrder.ts, guardian/testLiquidation.ts)';

export const venue: Pack = {
  id: 'gmx-v2',
  name: 'GMX v2',
  kind: 'protocol',
  versions: [
    {
      contract: { kind: 'linear', requirementBasis: 'entry', tierFamily: 'flat', tierUnit: 'notional' },
      shown: { rounding: 'none' },
      trigger: 'Remaining collateral (at the lower oracle price, with profit, fees and capped negative price impact) below sizeInUsd * minCollateralFactor, below minCollateralUsd, or <= 0. sizeInUsd is the size at entry.',
      partialLiquidation: 'None: the whole position.',
      closeOut: 'At the oracle price.',
      liquidationFee: '0.20, 0.30 or 0.45 % of the size by market: charged, not part of the threshold.',
      insuranceFund: 'The pool pays.',
      adl: 'For winners: above MAX_PNL_FACTOR_FOR_ADL profitable positions are closed down to MIN_PNL_FACTOR_AFTER_ADL.',
      limits: 'minCollateralFactor by market is not here: one tier. Position fees lower the margin; minCollateralUsd and price impact are not modelled.',
      sources: cited(CONTRACTS, 'contract', 'shown', 'trigger', 'partialLiquidation', 'closeOut', 'liquidationFee', 'insuranceFund', 'adl', 'limits'),
    },
  ],
};
