import { drift } from '../../../src/engine/venues/index.js';
import { type Adapter, type Inputs, integer, scaled } from './protocol-vectors.js';

/** What the protocol returns where we say null. */
const U64_MAX = 2n ** 64n - 1n;
const U128_MAX = 2n ** 128n - 1n;

const perpClose = (inputs: Inputs) => ({
  marginShortage: integer(inputs.marginShortage),
  marginRatio: integer(inputs.marginRatioBps),
  liquidatorFee: integer(inputs.liquidatorFeePpm ?? 0),
  ifFee: integer(inputs.ifFeePpm ?? 0),
  oraclePrice: integer(inputs.oraclePrice),
  quoteOraclePrice: integer(inputs.quoteOraclePrice ?? inputs.quotePrice ?? 1_000_000),
});

const spotPair = (inputs: Inputs) => ({
  assetWeight: integer(inputs.assetWeightBps),
  assetMultiplier: integer(inputs.assetMultPpm ?? 1_000_000),
  liabilityWeight: integer(inputs.liabWeightBps),
  liabilityMultiplier: integer(inputs.liabMultPpm ?? 1_000_000),
  liabilityDecimals: Number(inputs.liabDecimals ?? inputs.decimals),
  liabilityPrice: integer(inputs.liabPrice ?? inputs.oraclePrice),
});

const side = (inputs: Inputs, name: 'asset' | 'liab') => ({
  amount: integer(inputs[`${name}Amount`] ?? 0),
  multiplier: integer(inputs[`${name}MultPpm`] ?? 1_000_000),
  decimals: Number(inputs[`${name}Decimals`] ?? 6),
  price: integer(inputs[`${name}Price`]),
});

/** A swap's amounts may say their decimals: '1e9 (9 dec)'. */
const decimalsOf = (text: unknown, stated: unknown, otherwise: number) => Number(stated ?? /\((\d+) dec\)/.exec(String(text))?.[1] ?? otherwise);

const weightOf = (inputs: Inputs) => integer(inputs.baseWeightBps ?? inputs.initialWeightBps ?? inputs.weightBps ?? 10_000);

export const driftVectors: Adapter = {
  close_amount: (inputs) => {
    if (inputs.marginRatioBps !== undefined) return { baseAssetAmount: drift.baseAmountToCoverShortage(perpClose(inputs)) ?? U64_MAX };
    if (inputs.assetWeightBps !== undefined) {
      return { liabilityTransfer: drift.liabilityTransferToCoverShortage(spotPair(inputs), integer(inputs.marginShortage), integer(inputs.ifFeePpm ?? 0)) ?? U128_MAX };
    }
    if (inputs.liabAmount === undefined) return { liabilityTransfer: drift.liabilityImpliedByAsset(side(inputs, 'asset'), side(inputs, 'liab')) };
    return { assetTransfer: drift.assetTransferForLiability(side(inputs, 'asset'), side(inputs, 'liab')) };
  },

  margin_weight: (inputs) => {
    const deposits = Object.keys(inputs).find((key) => key.startsWith('deposits'));
    if (deposits !== undefined) {
      const decimals = Number(inputs.decimals ?? 9);
      const value = drift.tokenValue(scaled(inputs[deposits], decimals), decimals, scaled(inputs.price, 6));
      return { weightBps: drift.scaledInitialAssetWeight(weightOf(inputs), value, scaled(inputs.scaleStartUsd, 6)) };
    }
    const weight = weightOf(inputs);
    const imfFactor = integer(inputs.imfFactorPpm ?? 0);
    const pnl = inputs.unrealizedPnl ?? inputs.pnl;
    if (pnl !== undefined) return { weightBps: drift.unrealizedAssetWeight({ initialWeight: weight, maintenanceWeight: weight, imfFactor }, integer(pnl), 'initial') };
    const decimals = Number(inputs.decimals ?? 9);
    const size = integer(inputs.size);
    const weightBps = String(inputs.type).startsWith('liab')
      ? drift.spotLiabilityWeight({ decimals, imfFactor, initialLiabilityWeight: weight, maintenanceLiabilityWeight: weight }, size, 'initial')
      : drift.spotAssetWeight({ decimals, imfFactor, initialAssetWeight: weight, maintenanceAssetWeight: weight }, size, 'initial');
    return { weightBps };
  },

  liquidation_fee: (inputs) => {
    if (inputs.baseFeePpm !== undefined) {
      const slotsElapsed = integer(inputs.currentSlot) - integer(inputs.lastActiveSlot ?? 0);
      return { feePpm: drift.liquidationFee(integer(inputs.baseFeePpm), integer(inputs.maxFeePpm), slotsElapsed) };
    }
    const maxIfFee = integer(inputs.maxIfFeePpm);
    if (inputs.assetWeightBps === undefined) return { ifFeePpm: drift.perpIfFee({ ...perpClose(inputs), baseAmount: integer(inputs.baseAssetAmount), maxIfFee }) };
    return { ifFeePpm: drift.spotIfFee(spotPair(inputs), integer(inputs.marginShortage), integer(inputs.tokenAmount), maxIfFee) };
  },

  close_factor: (inputs) => ({
    pct: drift.maxPctToLiquidate({
      marginShortage: integer(inputs.marginShortage),
      marginFreed: integer(inputs.marginFreed ?? inputs.liquidationMarginFreed ?? 0),
      slotsElapsed: integer(inputs.slot) - integer(inputs.lastActiveSlot ?? 0),
      initialPct: integer(inputs.initialPct),
      duration: integer(inputs.duration),
    }),
  }),

  socialised_loss: (inputs) => {
    if (inputs.lossQuote !== undefined) return { fundingRateDelta: drift.fundingRateDelta(integer(inputs.lossQuote), integer(inputs.baseLong), integer(inputs.baseShort)) };
    const interest = integer(inputs.cumulativeDepositInterest);
    const deposits = drift.depositTokenAmount(integer(inputs.depositBalance), interest, Number(inputs.decimals ?? 6));
    return { delta: drift.depositInterestDelta(integer(inputs.borrow), interest, deposits) };
  },

  liquidation_price_bound: (inputs) => {
    const asset = {
      amount: integer(inputs.assetTransfer),
      decimals: decimalsOf(inputs.assetTransfer, inputs.assetDecimals, 9),
      multiplier: scaled(inputs.assetMult ?? 1, 6),
      price: scaled(inputs.assetPrice ?? 0, 6),
    };
    const liability = {
      amount: integer(inputs.liabilityTransfer),
      decimals: decimalsOf(inputs.liabilityTransfer, inputs.liabilityDecimals ?? inputs.liabDecimals, 6),
      multiplier: scaled(inputs.liabMult ?? 1, 6),
      price: scaled(inputs.liabPrice ?? 0, 6),
    };
    return { ok: inputs.limitPrice === undefined ? drift.isSwapWithinBounds(asset, liability) : drift.isWithinLimitPrice(asset, liability, integer(inputs.limitPrice)) };
  },
};
