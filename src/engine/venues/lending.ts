/** Lending protocols and brokers: their liquidation arithmetic, one namespace a venue. */

export * as aaveV3 from './aave-v3.js';
export * as compoundV3 from './compound-v3.js';
export * as crvUsd from './crvusd.js';
export * as maker from './maker.js';
export * as morphoBlue from './morpho-blue.js';
export * as regT from './reg-t.js';
export { isToxic, liquidationPrice, type Weighted } from './lending-math.js';
