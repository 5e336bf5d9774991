import { cited, type Pack } from '../pack.js';

const ORIGIN = 'aave-dao/aave-v3-origin @fd1fbd91 (LiquidationLogic.sol, docs/3.3, 3.5-3.7, Pool.Liquidations.CloseFactor.t.sol)';

export const venue: Pack = {
  id: 'aave-v3',
  name: 'Aave v3.3 and later',
  kind: 'protocol',
  versions: [
    {
      loan: { closeFactor: 0.5, fullCloseHealthFactor: 0.95, fullCloseBelow: 2000, minimumLeftover: 1000 },
      trigger: 'Health factor strictly below 1 at the oracle price: collateral times liquidation thresholds over debt.',
      partialLiquidation: 'Half of the whole debt, all of it at a health factor <= 0.95 or where collateral or debt of the reserve is below 2,000 USD; a part that would leave less than 1,000 USD of either reverts.',
      closeOut: 'At the oracle price less the bonus of the reserve.',
      liquidationFee: 'Bonus of the reserve; the protocol keeps its share of the bonus.',
      insuranceFund: "What a liquidation without collateral left still owes goes to the reserve's deficit (Umbrella).",
      limits: 'Liquidation thresholds, bonuses and eModes are set by governance for each reserve: give them with the loan. The terms of 3.0 to 3.2 are not here.',
      sources: cited(ORIGIN, 'loan', 'trigger', 'partialLiquidation', 'closeOut', 'liquidationFee', 'insuranceFund', 'limits'),
    },
  ],
};
