import { cited, type Pack } from '../pack.js';

const DSS = 'makerdao/dss @fa4f6630 (clip.t.sol, abaci.t.sol)';

export const venue: Pack = {
  id: 'maker',
  name: 'Maker (Sky), liquidations 2.0',
  kind: 'protocol',
  versions: [
    {
      loan: { closeFactor: 1 },
      trigger: 'ink * price / mat strictly below art * rate, at the price of the OSM, which is an hour late.',
      partialLiquidation: 'min(art, room / rate / chop), room = what Hole and hole leave; all of it where the rest would be dust.',
      closeOut: 'Dutch auction from price * buf downwards (linear, stairstep or exponential); what is left over returns to the owner.',
      liquidationFee: 'chop on the debt.',
      insuranceFund: 'Surplus buffer, then debt auctions (flop).',
      limits: 'mat, chop, hole and dust by collateral type are not here: give 1 / mat as liquidationThreshold. Bounds of hole and dust are not modelled.',
      sources: cited(DSS, 'loan', 'trigger', 'partialLiquidation', 'closeOut', 'liquidationFee', 'insuranceFund', 'limits'),
    },
  ],
};
