import { cited, type Pack, unverified } from '../pack.js';
import type { Instrument } from '../venue.js';

/** Text of 2026-05-27; the day of the change itself is not published. */
const MARK_SINCE = new Date('2026-05-27');

const BTCPERP: Instrument = {
  symbol: 'BTC/USDC:USDC',
  asOf: new Date('2025-12-29'),
  tiers: [
    { minNotional: 0, maxNotional: 100_000, maintenanceMarginRate: 0.004 },
    { minNotional: 100_000, maxNotional: 1_000_000, maintenanceMarginRate: 0.005 },
    { minNotional: 1_000_000, maxNotional: 2_000_000, maintenanceMarginRate: 0.0067 },
    { minNotional: 2_000_000, maxNotional: 3_000_000, maintenanceMarginRate: 0.01 },
    { minNotional: 3_000_000, maxNotional: 4_000_000, maintenanceMarginRate: 0.0125 },
    { minNotional: 4_000_000, maxNotional: 5_000_000, maintenanceMarginRate: 0.0152 },
    { minNotional: 5_000_000, maxNotional: 7_000_000, maintenanceMarginRate: 0.02 },
    { minNotional: 7_000_000, maxNotional: 9_000_000, maintenanceMarginRate: 0.025 },
    { minNotional: 9_000_000, maxNotional: 11_000_000, maintenanceMarginRate: 0.0263 },
    { minNotional: 11_000_000, maxNotional: 13_000_000, maintenanceMarginRate: 0.0278 },
    { minNotional: 13_000_000, maxNotional: 15_000_000, maintenanceMarginRate: 0.0294 },
    { minNotional: 15_000_000, maxNotional: 17_000_000, maintenanceMarginRate: 0.0313 },
    { minNotional: 17_000_000, maxNotional: 19_000_000, maintenanceMarginRate: 0.0333 },
    { minNotional: 19_000_000, maxNotional: 21_000_000, maintenanceMarginRate: 0.0357 },
    { minNotional: 21_000_000, maxNotional: 23_000_000, maintenanceMarginRate: 0.0385 },
    { minNotional: 23_000_000, maxNotional: 25_000_000, maintenanceMarginRate: 0.0417 },
    { minNotional: 25_000_000, maxNotional: 27_000_000, maintenanceMarginRate: 0.0455 },
    { minNotional: 27_000_000, maxNotional: 29_000_000, maintenanceMarginRate: 0.05 },
    { minNotional: 29_000_000, maxNotional: 31_000_000, maintenanceMarginRate: 0.0556 },
    { minNotional: 31_000_000, maxNotional: 33_000_000, maintenanceMarginRate: 0.0625 },
    { minNotional: 33_000_000, maxNotional: 35_000_000, maintenanceMarginRate: 0.0714 },
    { minNotional: 35_000_000, maxNotional: 40_000_000, maintenanceMarginRate: 0.0833 },
    { minNotional: 40_000_000, maxNotional: 45_000_000, maintenanceMarginRate: 0.0909 },
    { minNotional: 45_000_000, maxNotional: 50_000_000, maintenanceMarginRate: 0.1 },
    { minNotional: 50_000_000, maxNotional: 55_000_000, maintenanceMarginRate: 0.1111 },
    { minNotional: 55_000_000, maxNotional: 60_000_000, maintenanceMarginRate: 0.125 },
    { minNotional: 60_000_000, maxNotional: 65_000_000, maintenanceMarginRate: 0.1429 },
    { minNotional: 65_000_000, maxNotional: 70_000_000, maintenanceMarginRate: 0.1667 },
    { minNotional: 70_000_000, maxNotional: 80_000_000, maintenanceMarginRate: 0.2 },
    { minNotional: 80_000_000, maxNotional: 100_000_000, maintenanceMarginRate: 0.25 },
  ],
};

const HELP = 'help.bybit.com 360039261334; ccxt js/src/bybit.js parsePosition (913.15, 919.10)';
const TIERS = 'Bybit leverage tiers of 2025-12-29 (erikubingf-del/tradingtest leverage_tiers_USDT.json)';
const ADL = 'Bybit help centre on auto-deleveraging, text of 2025-11-05';
const PROCESS = 'Bybit help centre on the liquidation process, as summarised in liquidation-math.md 3.3';
const AFTERWARDS = {
  partialLiquidation: 'Orders are cancelled, then the position is reduced tier by tier with IOC orders.',
  closeOut: 'The rest is taken over at the bankruptcy price by the insurance fund.',
  insuranceFund: 'Insurance pool of the pair or shared.',
  adl: "Starts when the pool's 8-hour drawdown reaches a set share of its peak; at the bankruptcy price, or at the mark where the two are more than 5 % apart. Ranked by leveraged return.",
};

export const venue: Pack = {
  id: 'bybit',
  name: 'Bybit',
  kind: 'exchange',
  versions: [
    {
      to: MARK_SINCE,
      contract: { requirementBasis: 'entry', tierFamily: 'marginal', feeBasis: 'bankruptcy' },
      instruments: [BTCPERP],
      shown: { rounding: 'up' },
      ...AFTERWARDS,
      limits: 'Isolated mode. The closing fee stands in initial and maintenance margin alike, so it leaves the threshold where the margin is the initial one; give contract.feeRate where it is not. Inverse contracts: give contract.kind.',
      sources: [
        ...cited(`Bybit help centre "Liquidation Price (USDT Contract)" and "Liquidation Price Calculation under Isolated Mode (UTA)", text of 2024; ${HELP}`, 'contract', 'shown', 'limits'),
        ...cited(TIERS, 'instruments.0'),
        ...cited(PROCESS, 'partialLiquidation', 'closeOut'),
        ...cited(ADL, 'insuranceFund'),
        ...unverified(`${ADL}; the ranking is general knowledge`, 'adl'),
      ],
    },
    {
      from: MARK_SINCE,
      contract: { requirementBasis: 'mark', tierFamily: 'marginal' },
      instruments: [BTCPERP],
      shown: { rounding: 'up' },
      ...AFTERWARDS,
      limits: 'From the text alone: no result is published to check it against. The first day is that of the text. The estimated closing fee inside the requirement is named without a formula: give contract.feeRate.',
      sources: [
        ...unverified('Bybit help centre "Liquidation Price Calculation under Isolated Mode (UTA)", text of 2026-05-27 (kbybit.com)', 'contract', 'limits'),
        ...cited(HELP, 'shown'),
        ...cited(TIERS, 'instruments.0'),
        ...cited(PROCESS, 'partialLiquidation', 'closeOut'),
        ...cited(ADL, 'insuranceFund'),
        ...unverified(`${ADL}; the ranking is general knowledge`, 'adl'),
      ],
    },
  ],
};
