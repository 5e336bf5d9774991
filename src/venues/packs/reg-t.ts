import { cited, type Pack, unverified } from '../pack.js';

const RULE = 'Federal Reserve Regulation T and FINRA Rule 4210, as in liquidation-math.md section 6';
const COURSES = 'analystforum.com/t/maintenance-margin-and-stock-price/3692 (28.57); certfuel.com SIE/Series 7 margin page (66.67)';

export const venue: Pack = {
  id: 'reg-t',
  name: 'US broker, Regulation T',
  kind: 'broker',
  versions: [
    {
      contract: { kind: 'linear', requirementBasis: 'mark', tierFamily: 'flat', tierUnit: 'notional' },
      trigger: 'Equity below the maintenance margin at the market: at least 25 % of a long, 30 % of a short; houses ask 30 to 40 %. The initial margin is 50 %.',
      partialLiquidation: 'At the discretion of the broker, after a margin call.',
      closeOut: 'At the market.',
      insuranceFund: 'None: the broker.',
      limits: "The maintenance rate is the house's and differs for long and short: give it as one tier. Portfolio margin (TIMS) is not here.",
      sources: [...cited(COURSES, 'contract'), ...cited(RULE, 'trigger', 'limits', 'partialLiquidation', 'closeOut'), ...unverified(RULE, 'insuranceFund')],
    },
  ],
};
