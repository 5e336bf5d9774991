/** Published displays and ranks of venues that the general margin rules cannot say; thresholds come from `thresholds`. */
export * as binance from './binance.js';
export * as bitget from './bitget.js';
export * as bitmex from './bitmex.js';
export * as bybit from './bybit.js';
export * as htx from './htx.js';
export * as okx from './okx.js';
