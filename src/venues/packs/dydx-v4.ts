import { cited, type Pack } from '../pack.js';

const CHAIN = 'dydxprotocol/v4-chain @84d4664b (lib_test.go, liquidity_tier_test.go, liquidations_test.go, deleveraging_test.go); dYdX docs "Liquidation price" (3,174.60)';
const GENESIS = 'dydxprotocol/v4-chain @84d4664b genesis.sh';

export const venue: Pack = {
  id: 'dydx-v4',
  name: 'dYdX v4',
  kind: 'protocol',
  versions: [
    {
      contract: { kind: 'linear', requirementBasis: 'mark', tierFamily: 'flat', tierUnit: 'notional' },
      shown: { rounding: 'none' },
      trigger: 'Net collateral strictly below the maintenance requirement at the oracle price. The maintenance rate does not scale with open interest, the initial rate does.',
      partialLiquidation: 'At most 10 % of a position per block (at least 1,000 USDC), 100,000 USDC per subaccount.',
      closeOut: 'On the book, between the oracle and the fillable price.',
      liquidationFee: 'What the fill is better than the bankruptcy price, at most 1.5 % of the quote.',
      insuranceFund: 'Pays down to 0; at most 1,000,000 USDC per block.',
      adl: 'Below 0: offset against opposite accounts from a pseudo-random start, round robin, not ranked, at the bankruptcy price of the bankrupt account.',
      limits: 'Liquidity tiers by market are not here: one tier of initial rate times maintenance fraction. Requirements are rounded up to quote quantums, which is not modelled.',
      sources: [...cited(CHAIN, 'contract', 'shown', 'trigger', 'closeOut', 'adl', 'limits'), ...cited(GENESIS, 'partialLiquidation', 'liquidationFee', 'insuranceFund')],
    },
  ],
};
