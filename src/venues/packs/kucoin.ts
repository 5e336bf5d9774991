import { cited, type Pack, unverified } from '../pack.js';

/** The requirement moved from entry to mark. */
const MARK_SINCE = new Date('2025-05-22');

const LEGACY = 'kucoin.com/support/4408061803033 (28,168); four payloads of ccxt js/src/kucoin.js and Kucoin/kucoin-universal-sdk';
const CURRENT = 'kucoin.com/support/26694703491737 (maintenance 1,200); cross payload of ccxt js/src/kucoin.js (52,351.69)';
const PROCESS = {
  partialLiquidation: 'Tiered.',
  closeOut: 'At the bankruptcy price.',
  insuranceFund: 'Pays first; then auto-deleveraging.',
};
const UNSUPPORTED = unverified('General knowledge (liquidation-math.md section 2)', 'partialLiquidation', 'closeOut', 'insuranceFund');

export const venue: Pack = {
  id: 'kucoin',
  name: 'KuCoin Futures',
  kind: 'exchange',
  versions: [
    {
      to: MARK_SINCE,
      contract: { requirementBasis: 'entry', tierFamily: 'marginal', feeBasis: 'entry' },
      shown: { rounding: 'inward' },
      ...PROCESS,
      limits: 'Fees are inside the posted margin and the maintenance: give contract.feeRate, or position.fixedFee. Risk limits by symbol are not here.',
      sources: [...cited(LEGACY, 'contract', 'shown', 'limits'), ...UNSUPPORTED],
    },
    {
      from: MARK_SINCE,
      contract: { requirementBasis: 'mark', tierFamily: 'flat', feeBasis: 'mark' },
      shown: { rounding: 'inward' },
      ...PROCESS,
      limits: 'The rate of the position varies with its size: give it as tiers. The liquidation fee is part of the threshold: give contract.feeRate.',
      sources: [...cited(CURRENT, 'contract.requirementBasis', 'contract.feeBasis', 'limits'), ...unverified(`${CURRENT}: one rate for the whole position; no boundary is published`, 'contract.tierFamily'), ...cited(LEGACY, 'shown'), ...UNSUPPORTED],
    },
  ],
};
