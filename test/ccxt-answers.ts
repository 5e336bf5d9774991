/**
 * What CCXT answers, small. Numbers are those of the raw samples in the comments of CCXT 4.5.84's `parsePosition`, `parsePositionRisk`, `parseBalance`
 * and `parseMarketLeverageTiers` (js/src/{binance,bybit,okx,krakenfutures,hyperliquid}.js), put through those functions and retyped; books and marks are made up around them.
 */
export interface Venue {
  readonly name: string;
  readonly portfolio: Record<string, unknown>;
  readonly market: Record<string, unknown>;
}

const swap = (symbol: string, contractSize: number | null, info: object = {}) => {
  const [base, rest] = symbol.split('/') as [string, string];
  const [quote, settle] = rest.split(':') as [string, string];
  return { id: symbol, symbol, base, quote, settle, type: 'swap', spot: false, swap: true, contract: true, linear: settle === quote, inverse: settle === base, contractSize, precision: { amount: 0.001, price: 0.01 }, limits: { leverage: {} }, info };
};
const book = (symbol: string, bids: unknown[][], asks: unknown[][]) => ({ symbol, bids, asks, timestamp: 1722062678998, datetime: '2024-07-27T06:44:38.998Z', nonce: 1 });
const tier = (symbol: string, n: number, [minNotional, maxNotional]: [number | null, number | null], maintenanceMarginRate: number | null, maxLeverage: number | null, info: object = {}) => ({ tier: n, symbol, currency: 'USDT', minNotional, maxNotional, maintenanceMarginRate, maxLeverage, info });

/** Cross and isolated in one wallet; isolatedMargin has profit in it, isolatedWallet has not; the last cap is 2^63 - 1. */
const binance: Venue = {
  name: 'Binance USD-M',
  portfolio: {
    account: 'binance',
    positions: [
      { info: { symbol: 'WLDUSDT', positionAmt: '5', isolatedWallet: '0' }, id: null, symbol: 'WLD/USDT:USDT', contracts: 5, contractSize: 1, unrealizedPnl: 0.2365, leverage: 5, liquidationPrice: null, collateral: 0, notional: 11.978, markPrice: 2.3956, entryPrice: 2.3483, timestamp: 1722062678998, initialMargin: 2.3956, initialMarginPercentage: 0.2, maintenanceMargin: 0.071868, maintenanceMarginPercentage: 0.006, marginRatio: null, datetime: '2024-07-27T06:44:38.998Z', marginMode: 'cross', marginType: 'cross', side: 'long', hedged: false, percentage: 9.87, stopLossPrice: null, takeProfitPrice: null },
      { info: { symbol: 'BTCUSDT', positionAmt: '-0.010', isolatedMargin: '41.60826408', isolatedWallet: '51' }, symbol: 'BTC/USDT:USDT', contracts: '0.010', contractSize: 1, unrealizedPnl: -9.39173592, collateral: 41.60826408, entryPrice: '44525.0', markPrice: 45464.1735922, leverage: 10, marginMode: 'isolated', side: 'short', hedged: false },
      { info: { symbol: 'SUSHIUSDT', positionAmt: '0' }, symbol: 'SUSHI/USDT:USDT', contracts: 0, contractSize: 1, unrealizedPnl: 0, collateral: 0, entryPrice: 0, markPrice: null, side: null, marginMode: 'cross' },
    ],
    balance: { info: { assets: [{ asset: 'USDT', walletBalance: '123.72317863', crossWalletBalance: '72.72317863', marginBalance: '114.5', unrealizedProfit: '-9.15523592' }, { asset: 'BNB', walletBalance: '0', crossWalletBalance: '0' }] }, USDT: { free: 70, used: 44.5, total: 114.5 }, BNB: { total: 0.5 }, timestamp: null, datetime: null, free: {}, used: {}, total: { USDT: 114.5, BNB: 0.5, BTC: 0 } },
  },
  market: {
    markets: { 'WLD/USDT:USDT': swap('WLD/USDT:USDT', 1), 'BTC/USDT:USDT': swap('BTC/USDT:USDT', 1), 'ETH/USD:BTC': swap('ETH/USD:BTC', 100) },
    leverageTiers: {
      'WLD/USDT:USDT': [tier('WLD/USDT:USDT', 1, [0, 5000], 0.006, 50, { cum: 0 }), tier('WLD/USDT:USDT', 2, [5000, 2 ** 63], 0.01, 25)],
      'BTC/USDT:USDT': [tier('BTC/USDT:USDT', 1, [0, 50000], 0.004, 125, { cum: 0 }), tier('BTC/USDT:USDT', 2, [50000, 250000], 0.005, 100, { cum: 50 })],
      'ETH/USD:BTC': [tier('ETH/USD:BTC', 1, [0, 5], 0.004, 125)],
    },
    orderBooks: { 'WLD/USDT:USDT': book('WLD/USDT:USDT', [[2.395, 100], [2.394, 0], [2.39, 500]], [[2.396, 80], [2.4, 700]]) },
    tickers: { 'WLD/USDT:USDT': { symbol: 'WLD/USDT:USDT', markPrice: 2.3956, last: 2.395, baseVolume: 1e8 }, 'BTC/USDT:USDT': { symbol: 'BTC/USDT:USDT', markPrice: '45464.1735922', last: 45460 } },
  },
};

/** The COIN-M sample in the comment of parsePositionRisk: margin, profit and notional are coins, and it is liquidated at 25119.97445760, the venue says. */
const binanceCoin: Venue = {
  name: 'Binance COIN-M',
  portfolio: {
    account: 'coin-m',
    positions: [
      { info: { symbol: 'BTCUSD_PERP', positionAmt: '2', entryPrice: '37643.10000021', markPrice: '38103.05510455', unRealizedProfit: '0.00006413', liquidationPrice: '25119.97445760', leverage: '2', maxQty: '1500', marginType: 'isolated', isolatedMargin: '0.00274471', isAutoAddMargin: 'false', positionSide: 'BOTH', notionalValue: '0.00524892', isolatedWallet: '0.00268058' }, id: null, symbol: 'BTC/USD:BTC', contracts: 2, contractSize: 100, unrealizedPnl: 0.00006413, leverage: 2, liquidationPrice: 25119.9744576, collateral: 0.00274471, notional: 0.00524892, markPrice: 38103.05510455, entryPrice: 37643.10000021, initialMargin: 0.00262446, initialMarginPercentage: 0.5, maintenanceMargin: 0.00002099568, maintenanceMarginPercentage: 0.004, marginMode: 'isolated', side: 'long', hedged: false },
      { info: { symbol: 'ETHUSD_PERP', positionAmt: '-100', isolatedWallet: '0' }, symbol: 'ETH/USD:ETH', contracts: 100, contractSize: 10, unrealizedPnl: '-0.00035972', leverage: 10, collateral: 0, notional: 0.412454, markPrice: 2424.51267823, entryPrice: 2422.400000007, marginMode: 'cross', side: 'short', hedged: false },
    ],
    balance: { info: { assets: [{ asset: 'ETH', walletBalance: '0.2', crossWalletBalance: '0.2' }, { asset: 'BTC', walletBalance: '0.00268058', crossWalletBalance: '0' }] }, total: { ETH: 0.19964028, BTC: 0.00274471 } },
  },
  market: {
    markets: [swap('BTC/USD:BTC', 100), swap('ETH/USD:ETH', 10)],
    leverageTiers: {
      'BTC/USD:BTC': [tier('BTC/USD:BTC', 1, [0, 5], 0.004, 125, { qtyFloor: 0, qtyCap: 5 }), tier('BTC/USD:BTC', 2, [5, 10], 0.005, 100, { qtyFloor: 5, qtyCap: 10 })],
      'ETH/USD:ETH': [tier('ETH/USD:ETH', 1, [0, 50], 0.005, 100)],
    },
    orderBooks: [book('BTC/USD:BTC', [[38100, 381], [38000, 760]], [[38110, 381.1]])],
    tickers: [{ symbol: 'BTC/USD:BTC', markPrice: '38103.05510455', baseVolume: 12000 }, { symbol: 'ETH/USD:ETH', markPrice: 2424.51267823 }],
  },
};

/** marginMode is never told; positionBalance is the margin without profit. */
const bybit: Venue = {
  name: 'Bybit',
  portfolio: {
    account: 'bybit',
    positions: [
      { info: { positionIdx: 0, symbol: 'XRPUSDT', liqPrice: '0.0001', tradeMode: 0 }, id: null, symbol: 'XRP/USDT:USDT', timestamp: 1672121182216, initialMargin: 3.634521, initialMarginPercentage: 0.10054, maintenanceMargin: null, entryPrice: 0.3615, notional: 36.15, leverage: 10, unrealizedPnl: -1.83, realizedPnl: null, contracts: 100, contractSize: 1, marginRatio: null, liquidationPrice: 0.0001, markPrice: 0.3432, collateral: null, marginMode: null, side: 'long', percentage: -50.35, hedged: false },
      { info: { positionIdx: 0, symbol: 'BTCPERP' }, symbol: 'BTC/USDC:USDC', entryPrice: 30810, notional: 30.81, contracts: '0.001', contractSize: 1, unrealizedPnl: null, initialMargin: 30.81, collateral: null, marginMode: null, side: 'long' },
    ],
    balance: { info: { result: { list: [{ accountType: 'UNIFIED', coin: [{ coin: 'USDT', walletBalance: '27.5', equity: '25.67' }] }] } }, USDT: { free: 23, used: 4.5, total: 27.5 }, total: { USDT: 27.5, USDC: 100 } },
  },
  market: {
    markets: [swap('XRP/USDT:USDT', 1), swap('BTC/USDC:USDC', 1)],
    leverageTiers: [tier('XRP/USDT:USDT', 1, [0, 200000], 1, 50, { riskLimitValue: '200000', maintenanceMargin: '1' }), tier('XRP/USDT:USDT', 2, [200000, 400000], 1.5, 33.33), tier('BTC/USDC:USDC', 1, [0, 1000000], 0.005, 100)],
    orderBooks: [book('XRP/USDT:USDT', [['0.3432', '1000'], ['0.3431', '5000']], [['0.3433', '900']])],
    tickers: [{ symbol: 'BTC/USDC:USDC', last: 30809.41, info: { markPrice: '30809.41' } }],
  },
};

/** collateral of a cross position is imr + upl; notional of a tier is contracts, with steps of one between them; total is equity. */
const okx: Venue = {
  name: 'OKX',
  portfolio: {
    account: 'okx',
    positions: [
      { info: { instId: 'BTC-USDT-SWAP', mgnMode: 'cross', margin: '', posSide: 'long' }, id: '339552508062380036', symbol: 'BTC/USDT:USDT', notional: 341.5130010779638, marginMode: 'cross', liquidationPrice: null, entryPrice: 34131.1, unrealizedPnl: 0.0108608358957281, percentage: 0.00636418743944, contracts: 1, contractSize: 0.01, markPrice: 34132.18608358957, side: 'long', hedged: true, maintenanceMargin: 1.3652874433435829, collateral: 170.6717912538436, initialMargin: 170.66093041794787, leverage: 2 },
      { info: { instId: 'BTC-USDT-SWAP', mgnMode: 'isolated', margin: '34.1311' }, symbol: 'BTC/USDT:USDT', marginMode: 'isolated', entryPrice: 34131.1, unrealizedPnl: -0.0108608358957281, contracts: 1, contractSize: 0.01, markPrice: 34132.18608358957, side: 'short', hedged: true, collateral: 34.1311, initialMargin: 34.13218608358957, leverage: 10 },
    ],
    balance: { info: { data: [{ uTime: '1', details: [{ ccy: 'USDT', eq: '5034.1420', cashBal: '5000', isoEq: '34.1311', upl: '0.0108' }] }] }, USDT: { free: 4829, used: 205, total: 5034.142 }, total: { USDT: 5034.142 } },
  },
  market: {
    markets: [swap('BTC/USDT:USDT', 0.01)],
    leverageTiers: { 'BTC/USDT:USDT': [tier('BTC/USDT:USDT', 1, [0, 20000], 0.004, 100, { minSz: '0', maxSz: '20000' }), tier('BTC/USDT:USDT', 2, [20001, 40000], 0.005, 75, { minSz: '20001', maxSz: '40000' })] },
    orderBooks: { 'BTC/USDT:USDT': book('BTC/USDT:USDT', [[34132, 150, 3], [34131.5, 200, 1]], [[34132.5, 100, 2]]) },
    tickers: { 'BTC/USDT:USDT': { symbol: 'BTC/USDT:USDT', last: 34134.4 } },
  },
};

/** marginType instead of marginMode, no collateral and no mark, two kinds of contract. */
const kraken: Venue = {
  name: 'Kraken futures',
  portfolio: {
    account: 'kraken',
    positions: [
      { info: { symbol: 'pf_xbtusd', maxFixedLeverage: '5.0' }, id: null, symbol: 'BTC/USD:USD', initialMargin: null, entryPrice: 30000, notional: null, leverage: 5, unrealizedPnl: 12.34, contracts: 0.5, contractSize: 1, markPrice: null, collateral: null, marginType: 'isolated', side: 'long', percentage: null },
      { info: { symbol: 'pf_xbtusd' }, symbol: 'BTC/USD:USD', entryPrice: 30000, leverage: null, unrealizedPnl: null, contracts: 0.5, contractSize: 1, markPrice: null, collateral: null, marginType: 'cross', side: 'short' },
      { info: { symbol: 'pi_xbtusd' }, symbol: 'BTC/USD:BTC', entryPrice: 30000, unrealizedPnl: 0.001, contracts: 230, contractSize: 1, marginType: 'cross', side: 'long' },
    ],
    balance: { USD: { free: 900, used: 3100.5, total: 4000.5 }, BTC: { free: 0.1, used: 0, total: 0.1 }, free: { USD: 900, BTC: 0.1 }, used: { USD: 3100.5, BTC: 0 }, total: { USD: 4000.5, BTC: 0.1 } },
  },
  market: {
    markets: [swap('BTC/USD:USD', 1), swap('BTC/USD:BTC', 1)],
    leverageTiers: { 'BTC/USD:USD': [tier('BTC/USD:USD', 1, [0, 500000], 0.01, 50), tier('BTC/USD:USD', 2, [500000, null], 0.02, 25)], 'BTC/USD:BTC': [tier('BTC/USD:BTC', 1, [0, 250000], 0.01, 50, { contracts: 0 }), tier('BTC/USD:BTC', 2, [250000, null], 0.02, 25, { contracts: 250000 })] },
    tickers: { 'BTC/USD:USD': { symbol: 'BTC/USD:USD', markPrice: 30024.68, last: 30020, baseVolume: 4500 }, 'BTC/USD:BTC': { symbol: 'BTC/USD:BTC', markPrice: 30020 } },
  },
};

/** No tiers in CCXT, no mark in positions, accountValue with profit in it. The isolated one is liquidated at 2125.00856238, the venue says. */
const hyperliquid: Venue = {
  name: 'Hyperliquid',
  portfolio: {
    account: 'hyperliquid',
    positions: [
      { info: { position: { coin: 'ETH', leverage: { rawUsd: '-475.23904', type: 'isolated', value: '20' } }, type: 'oneWay' }, id: null, symbol: 'ETH/USDC:USDC', isolated: true, side: 'long', contracts: 0.2259, contractSize: 1, entryPrice: 2213.9, markPrice: null, notional: 500.12001, leverage: 20, collateral: 24.88097, initialMargin: 24.88097, maintenanceMargin: null, unrealizedPnl: 0, liquidationPrice: 2125.00856238, marginMode: 'isolated', percentage: 0 },
      { info: { position: { coin: 'BTC' } }, symbol: 'BTC/USDC:USDC', isolated: false, side: 'short', contracts: 0.001, contractSize: 1, entryPrice: 60000, notional: 61, leverage: 10, collateral: 6.1, initialMargin: 6.1, unrealizedPnl: -1, liquidationPrice: 155000, marginMode: 'cross', percentage: 16.4 },
    ],
    balance: { info: { crossMarginSummary: { accountValue: '99.0', totalRawUsd: '160.0' }, marginSummary: { accountValue: '123.88' } }, USDC: { total: 123.88, used: 31, free: 92.88 }, total: { USDC: 123.88 } },
  },
  market: {
    markets: [swap('ETH/USDC:USDC', 1, { szDecimals: '4', maxLeverage: '50' }), swap('BTC/USDC:USDC', 1, { szDecimals: '5', maxLeverage: '40' })],
    orderBooks: [book('ETH/USDC:USDC', [[2213.8, 10]], [[2214, 12]]), book('BTC/USDC:USDC', [[60999, 1]], [[61001, 1]])],
  },
};

export const VENUES: readonly Venue[] = [binance, binanceCoin, bybit, okx, kraken, hyperliquid];
