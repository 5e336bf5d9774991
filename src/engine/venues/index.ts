/** Each protocol's liquidation arithmetic, as pure functions with the field's names. */
export * as dydxV4 from './dydx-v4.js';
export * as drift from './drift.js';
export * as gmxV2 from './gmx-v2.js';
export * as hyperliquid from './hyperliquid.js';
