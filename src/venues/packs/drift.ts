import { cited, type Pack } from '../pack.js';

const PROGRAM = 'drift-labs/protocol-v2 @0ae3e3b1 programs/drift/src/math (liquidation, margin) and their tests';

export const venue: Pack = {
  id: 'drift',
  name: 'Drift v2',
  kind: 'protocol',
  versions: [
    {
      contract: { kind: 'linear', requirementBasis: 'mark', tierFamily: 'flat', tierUnit: 'notional' },
      shown: { rounding: 'none' },
      trigger: 'Total collateral below the maintenance requirement at the oracle price; it ends at the requirement plus a buffer of 2 %.',
      partialLiquidation: 'shortage / (price * quote * (ratio + buffer - liquidator fee) - price * insurance fee); all of it below a shortage of 50 USD, else an initial share that grows with the slots passed.',
      closeOut: 'At the oracle price and a fee.',
      liquidationFee: "Liquidator: a base during the first 1,500 slots, then 1e-6 more per slot since last active, capped. Insurance: 0.95 * (ratio - liquidator fee - shortage / (size * price)), capped.",
      insuranceFund: 'Claimed first in a bankruptcy.',
      adl: 'No ranks: the loss per unit goes to longs and shorts through cumulative funding, or to depositors through cumulative interest.',
      limits: 'Ratios by market are not here. The premium for size, max(r, 0.8 * r + sqrt(size) * imf), is not modelled: give the ratio at the position, size-weighted collateral as a haircut.',
      sources: cited(PROGRAM, 'contract', 'shown', 'trigger', 'partialLiquidation', 'closeOut', 'liquidationFee', 'insuranceFund', 'adl', 'limits'),
    },
  ],
};
