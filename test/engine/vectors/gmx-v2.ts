import { gmxV2 } from '../../../src/engine/venues/index.js';
import { type Adapter, type Inputs, scaled, units } from './protocol-vectors.js';

/** USD and factors in 1e-30; every token counts in 1e-18 here, so a price per token has 12 decimals left. */
const USD = 30;
const TOKEN = 18;

const price = (text: unknown): gmxV2.OraclePrice => {
  const bounds = typeof text === 'object' && text !== null ? (text as Inputs) : { min: text, max: text };
  return { min: scaled(bounds.min, USD - TOKEN), max: scaled(bounds.max, USD - TOKEN) };
};

export const gmxV2Vectors: Adapter = {
  is_liquidatable: (inputs) => {
    const position = {
      isLong: inputs.side === 'long',
      sizeInUsd: scaled(inputs.sizeInUsd, USD),
      sizeInTokens: scaled(inputs.sizeInTokens, TOKEN),
      collateralAmount: scaled(inputs.collateralAmount, TOKEN),
    };
    const terms = {
      collateralPrice: price(inputs.collateralPrice),
      indexPrice: price(inputs.indexPrice),
      minCollateralFactor: scaled(inputs.minCollateralFactor, USD),
      minCollateralUsd: inputs.minCollateralUsd === undefined ? undefined : scaled(inputs.minCollateralUsd, USD),
      feesUsd: scaled(inputs.fees ?? 0, USD),
      priceImpactUsd: scaled(inputs.priceImpact ?? 0, USD),
      maxImpactFactor: inputs.maxPriceImpactFactor === undefined ? undefined : scaled(inputs.maxPriceImpactFactor, USD),
    };
    const test = gmxV2.liquidationTest(position, terms);
    return {
      liquidatable: test.isLiquidatable,
      remainingCollateralUsd: units(test.remainingCollateralUsd, USD),
      receivedCollateralTokens: units(gmxV2.settlement(position, terms).receivedAmount, TOKEN),
    };
  },
};
