/**
 * What venues do in their own way, a namespace each: the protocols' own liquidation arithmetic (in the integers they count in), and displays and ranks
 * of exchanges that the general margin rules cannot say. Thresholds of accounts come from `thresholds`.
 */
export * as binance from './binance.js';
export * as bitget from './bitget.js';
export * as bitmex from './bitmex.js';
export * as bybit from './bybit.js';
export * as drift from './drift.js';
export * as dydxV4 from './dydx-v4.js';
export * as gmxV2 from './gmx-v2.js';
export * as htx from './htx.js';
export * as hyperliquid from './hyperliquid.js';
export * as okx from './okx.js';
export * from './lending.js';
