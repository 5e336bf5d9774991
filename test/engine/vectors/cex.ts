import { type Asset, type ContractRules, type Display, type MarginAccount, type MarginTier, type Position, positionAt, prepare, shownPrice, thresholds, tierTable, venues } from '../../../src/engine/index.js';
import { Inputs, type Vector } from './cex-vectors.js';

/** Rules of a centralised venue: what its documents say, nothing of any example. The first match of the vector's venue counts. */
interface VenueRules {
  readonly venue: RegExp;
  readonly contract: ContractRules;
  readonly takesFee?: boolean;
  readonly closesWithFee?: boolean;
  readonly display: Display;
}

const NEAREST: Display = { rounding: 'nearest' };
const UP: Display = { rounding: 'up' };
const RULES: readonly VenueRules[] = [
  { venue: /binance coin/i,                   contract: { kind: 'inverse', tierUnit: 'coin' },                display: { rounding: 'nearest', tickSize: 0.1 } },
  { venue: /binance/i,                        contract: {},                                                   display: NEAREST },
  { venue: /bybit.*(2025|2026)|bybit uta \(/i, contract: {},                                                  display: UP, takesFee: true },
  { venue: /bybit/i,                          contract: { requirementBasis: 'entry' },                        display: UP },
  { venue: /okx/i,                            contract: { tierFamily: 'flat', tierUnit: 'contracts' },        display: { rounding: 'none' }, takesFee: true },
  { venue: /gate/i,                           contract: { tierFamily: 'flat' },                               display: NEAREST, takesFee: true },
  { venue: /deribit/i,                        contract: { tierFamily: 'sizeLinear' },                         display: NEAREST },
  { venue: /bitmex/i,                         contract: { requirementBasis: 'entry' },                        display: UP },
  { venue: /kucoin.*legacy/i,                 contract: { requirementBasis: 'entry' },                        display: { rounding: 'inward' } },
  { venue: /kucoin/i,                         contract: {},                                                   display: { rounding: 'inward' }, takesFee: true },
  { venue: /phemex.*isolated/i,               contract: { requirementBasis: 'entry' },                        display: UP },
  { venue: /phemex/i,                         contract: {},                                                   display: UP, takesFee: true, closesWithFee: true },
  { venue: /delta/i,                          contract: { requirementBasis: 'entry' },                        display: NEAREST },
  { venue: /blofin|bitget/i,                  contract: {},                                                   display: NEAREST, takesFee: true },
  { venue: /./,                               contract: {},                                                   display: NEAREST },
];

/** What the engine says to a vector's inputs, under the keys that the vector expects; throws where it has no rule. */
export function answer(vector: Vector): Record<string, unknown> {
  const nested = vector.inputs.position && typeof vector.inputs.position === 'object' ? (vector.inputs.position as Record<string, unknown>) : {};
  const given = new Inputs({ ...vector.inputs, ...nested });
  const rules = RULES.find(({ venue }) => venue.test(vector.venue))!;
  const { kind } = vector;
  if (kind.includes('tier')) return each(vector, () => [...tierTable(tiersOf(given)!, { kind: 'linear' }).amounts]);
  if (kind.includes('adl')) return adl(vector, given);
  if (hasLoanFields(given)) return spotMargin(vector, given);
  if (kind.includes('price')) return prices(vector, given, rules);
  return amounts(vector, given, rules);
}

function each(vector: Vector, value: (key: string) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.keys(vector.expected).map((key) => [key, value(key)]));
}

// ---- the contract and the position

function contractOf(vector: Vector, given: Inputs, { contract, takesFee, closesWithFee }: VenueRules): ContractRules {
  const isInverse = contract.kind === 'inverse' || /inverse/i.test(vector.kind) || /inverse/i.test(vector.venue) || given.has('contractsUsd', 'contractSizeUsd');
  const fee = feeOf(given) ?? 0;
  const isSized = given.has('slopePerCoin');
  return {
    ...contract,
    kind: isInverse ? 'inverse' : 'linear',
    requirementBasis: given.text('mmBasis', 'requirementBasis') === 'mark' ? 'mark' : given.text('mmBasis', 'requirementBasis') === 'entry' ? 'entry' : contract.requirementBasis,
    tierFamily: isSized ? 'sizeLinear' : contract.tierFamily === 'sizeLinear' ? 'marginal' : contract.tierFamily,
    rateSlope: given.number('slopePerCoin') ?? 0,
    feeRate: takesFee ? fee : 0,
    closingFeeRate: closesWithFee || /with(_closing)?_fee/i.test(vector.kind) ? fee : 0,
  };
}

const feeOf = (given: Inputs) => given.number('takerFee', 'fee', 'feeRate', 'takerFeeRate', 'liquidationFee', 'liquidationFeeRate');
const leverageOf = (given: Inputs) => given.number('leverage', 'lever');

function rateOf(given: Inputs): number | undefined {
  const leverage = leverageOf(given);
  const adjustmentFactor = given.number('adjustFactor', 'adjustmentFactor');
  if (adjustmentFactor !== undefined && leverage !== undefined) return venues.htx.maintenanceRate({ adjustmentFactor, leverage });
  return given.number('mmr', 'mmrRate', 'keepMarginRate', 'maintenanceMarginRate', 'mmRate', 'mmf', 'baseRate', 'maintenanceRate');
}

function tiersOf(given: Inputs): MarginTier[] | undefined {
  const floors = given.numbers('tierFloorsCoin', 'tierFloors', 'floors', 'minNotional');
  const rates = given.numbers('tierMmr', 'mmr', 'rates');
  if (floors && rates) {
    const amounts = given.numbers('tierCum', 'maintenanceAmounts', 'mmDeduction');
    return floors.map((minNotional, k) => ({ minNotional, maxNotional: floors[k + 1] ?? null, maintenanceMarginRate: rates[k], maintenanceAmount: amounts?.[k] ?? null }));
  }
  const rate = rateOf(given);
  return rate === undefined ? undefined : [{ minNotional: 0, maxNotional: null, maintenanceMarginRate: rate, maintenanceAmount: given.number('maintenanceAmount', 'cum', 'deduction', 'mmDeduction') ?? null }];
}

const sideOf = (given: Inputs) => (given.text('side', 'direction', 'posSide')?.toLowerCase().match(/short|sell/) || (given.number('quantity', 'size', 'szi', 'contracts') ?? 1) < 0 ? 'short' : 'long');

/** Contracts, and units (or face) of one. */
function sizeOf(given: Inputs, isInverse: boolean): { contracts: number; contractSize: number } {
  const whole = isInverse ? given.number('contractsUsd', 'faceUsd', 'quantityUsd', 'notionalUsd', 'positionUsd') : given.number('quantity', 'size', 'positionCoins', 'szi', 'qty', 'amount');
  if (whole !== undefined) return { contracts: Math.abs(whole), contractSize: 1 };
  const contracts = given.number('contracts', 'lots', 'quantity', 'volume', 'size', 'pos');
  const contractSize = given.number('contractSizeUsd', 'contractSize', 'multiplier', 'ctVal', 'contractValue') ?? 1;
  if (contracts !== undefined) return { contracts: Math.abs(contracts), contractSize };
  const value = given.number('positionValue', 'markValue', 'notional');
  const price = entryOf(given) ?? markOf(given);
  return { contracts: value !== undefined && price !== undefined && !isInverse ? value / price : (value ?? 1), contractSize: 1 };
}

const entryOf = (given: Inputs) => given.number('entryPrice', 'avgEntryPrice', 'averagePrice', 'avgPrice', 'avgPx', 'openPriceAvg', 'openAvgPx', 'costHold', 'openPrice', 'costOpen');
const markOf = (given: Inputs) => given.number('markPrice', 'markPx', 'mark', 'indexPrice', 'lastPrice', 'oracle', 'oraclePrice');

interface Case {
  readonly asset: Asset;
  readonly position: Position;
  /** Settlement money behind the position, without its profit. */
  readonly margin: number;
}

function caseOf(vector: Vector, given: Inputs, rules: VenueRules): Case {
  const contract = contractOf(vector, given, rules);
  const isInverse = contract.kind === 'inverse';
  const { contracts, contractSize } = sizeOf(given, isInverse);
  const units = contracts * contractSize;
  const side = sideOf(given);
  const sign = side === 'long' ? 1 : -1;
  const maintenance = given.number('maintenanceMargin', 'mm', 'mmr_amount');
  const rate = rateOf(given);
  const mark = markOf(given) ?? (given.has('notional') ? given.number('notional')! / units : maintenance !== undefined && rate ? maintenance / rate / units : undefined);
  const entryPrice = entryOf(given) ?? (given.has('posCost') ? given.number('posCost')! / units : given.number('bankruptPrice', 'bankruptcyPrice') ?? mark ?? 1);
  const position: Position = { symbol: 'X', side, contracts, contractSize, entryPrice, fixedFee: given.number('posMaint') ?? null };
  const tiers = given.has('posMaint') ? [] : (tiersOf(given) ?? []);
  const asset: Asset = { symbol: 'X', price: mark ?? entryPrice, tiers, contract };
  const profit = (price: number) => (isInverse ? sign * units * (1 / entryPrice - 1 / price) : sign * units * (price - entryPrice));
  return { asset, position, margin: marginOf(given, { asset, position, profit, value: isInverse ? units / entryPrice : units * entryPrice }) };
}

interface Known {
  readonly asset: Asset;
  readonly position: Position;
  readonly profit: (price: number) => number;
  readonly value: number;
}

function marginOf(given: Inputs, { asset, position, profit, value }: Known): number {
  if (given.has('bankruptPrice', 'bankruptcyPrice')) return 0;
  const own = given.number('isolatedWallet', 'margin', 'marginStatic', 'marginBtc', 'marginCoin', 'posMargin', 'positionMargin', 'isolatedWalletBalance', 'initialMargin');
  const shared = given.number('walletBalance', 'accountBalance', 'accountBalanceBtc', 'balance', 'wallet', 'crossWalletBalance', 'cash', 'collateral', 'availableMargin');
  if (own !== undefined || shared !== undefined) return (own ?? 0) + (shared ?? 0) - (given.number('orderMargin') ?? 0);
  if (given.has('isolatedMargin')) return given.number('isolatedMargin')! - (given.number('unrealizedPnl', 'unRealizedProfit', 'unrealizedProfit', 'upl') ?? 0);
  const equity = given.number('equity', 'accountEquity', 'totalEquity', 'accountValue', 'marginBalance', 'marginEquity', 'E') ?? equityFromRatio(given, asset, position);
  if (equity !== undefined) return equity - (given.number('unrealizedPnl', 'upl') ?? profit(asset.price));
  return value / (leverageOf(given) ?? Infinity) + (given.number('extraMargin', 'extra', 'addedMargin') ?? 0);
}

/** Venues print equity / required (above 1 safe) or its inverse (below 1 safe). */
function equityFromRatio(given: Inputs, asset: Asset, position: Position): number | undefined {
  const ratio = given.number('marginRatio', 'mgnRatio', 'mgnRatioTruncated');
  if (ratio === undefined) return undefined;
  const mark = asset.price;
  const terms = positionAt(asset, position, mark);
  const inSettlement = asset.contract?.kind === 'inverse' ? mark : 1;
  const required = (given.has('mm') && asset.contract?.feeRate === 0 ? given.number('mm')! : terms.requirement) / inSettlement;
  return ratio < 1 ? venues.bitget.equityFromMarginRatio({ required, marginRatio: ratio }) : venues.okx.equityFromMarginRatio({ marginRatio: ratio, maintenance: required, closingFee: 0 });
}

// ---- prices

function prices(vector: Vector, given: Inputs, rules: VenueRules): Record<string, unknown> {
  const known = caseOf(vector, given, rules);
  const tickSize = given.number('tick', 'tickSize') ?? (Object.values(vector.tolerance).some(({ exact }) => exact) ? rules.display.tickSize : null);
  const isInverse = known.asset.contract?.kind === 'inverse';
  const display: Display = { ...rules.display, tickSize, extraTicks: /okx/i.test(vector.venue) && isInverse ? 1 : 0 };
  const shown = (price: number | null) => shownPrice(price, known.position.side, display);
  const fees = bybitClosingFee(vector, given, known);
  return each(vector, (key) => {
    if (/^IM$|initial/i.test(key)) return valueOf(known) / leverageOf(given)!;
    if (/^MM$|maint/i.test(key)) return positionAt(known.asset, known.position, known.asset.price).requirement;
    if (/inside/i.test(key)) return isInside(vector, given, rules);
    if (/bankrupt|bust|bkr|limit/i.test(key)) {
      const commission = given.number('posComm') ?? 0;
      const contract = { ...known.asset.contract, closingFeeRate: known.asset.contract?.closingFeeRate || fees.closingFeeRate };
      return shown(thresholdOf({ ...known, asset: { ...known.asset, contract }, margin: known.margin - commission }, given, rules, vector).bankruptcyPrice);
    }
    if (given.has('mgnRatioTruncated')) return shown(ratioInterval(given, rules, vector).reduce((sum, price) => sum + price / 2, 0));
    if (/bitget/i.test(vector.venue) && /cross/i.test(vector.venue + given.text('mode'))) return shown(bitgetDisplay(known));
    return shown(thresholdOf({ ...known, position: { ...known.position, fixedFee: (known.position.fixedFee ?? 0) + fees.fixed } }, given, rules, vector).liquidationPrice);
  });
}

const valueOf = ({ asset, position }: Case) => (position.contracts * position.contractSize!) * (asset.contract?.kind === 'inverse' ? 1 / position.entryPrice : position.entryPrice);

/** Bybit's legacy inverse cross keeps the closing fee at the bankruptcy price inside both prices. */
function bybitClosingFee(vector: Vector, given: Inputs, { asset, position, margin }: Case): { fixed: number; closingFeeRate: number } {
  const feeRate = feeOf(given) ?? 0;
  if (!/bybit/i.test(vector.venue) || asset.contract?.kind !== 'inverse' || feeRate === 0) return { fixed: 0, closingFeeRate: 0 };
  const face = position.contracts * position.contractSize!;
  const fixed = venues.bybit.closingFeeAtBankruptcy({ face, entryPrice: position.entryPrice, balance: margin + (given.number('orderMargin') ?? 0), feeRate, side: position.side === 'long' ? 1 : -1 });
  return { fixed, closingFeeRate: feeRate };
}

/** The engine's threshold of the position in its account, with the account's other positions at their marks. */
function thresholdOf({ asset, position, margin }: Case, given: Inputs, rules: VenueRules, vector: Vector) {
  const others = given.children('otherPositions', 'others').map((fields, n) => {
    const other = caseOf(vector, new Inputs({ ...fields.fields, margin: '0' }), rules);
    return { asset: { ...other.asset, symbol: `O${n}` }, position: { ...other.position, symbol: `O${n}` } };
  });
  const isInverse = asset.contract?.kind === 'inverse';
  // coin-settled positions of one coin share its margin: at their marks the others are so many coins
  const otherCoins = isInverse ? others.reduce((sum, other) => sum + coinsOf(other), 0) : 0;
  const stated = (given.number('unrealizedPnlOther', 'upnlOther', 'UPNL_other') ?? 0) - (given.number('maintenanceMarginOther', 'tmmOther', 'TMM_other', 'otherMaintenanceMargin') ?? 0);
  const behind = margin + otherCoins + stated;
  const account: MarginAccount = isInverse
    ? { reference: 'a', marginMode: 'cross', collateral: [{ symbol: 'X', quantity: behind }], positions: [position] }
    : { reference: 'a', marginMode: 'cross', balance: behind, positions: [position, ...others.map((other) => other.position)] };
  const book = prepare({ assets: [asset, ...(isInverse ? [] : others.map((other) => other.asset))] }, { accounts: [account] });
  return [...thresholds(book)].find(({ symbol }) => symbol === 'X')!;
}

function coinsOf({ asset, position }: { asset: Asset; position: Position }): number {
  const { unrealisedProfit, requirement } = positionAt(asset, position, asset.price);
  return (unrealisedProfit - requirement) / asset.price;
}

function bitgetDisplay({ asset, position, margin }: Case): number | null {
  const quantity = (position.side === 'long' ? 1 : -1) * position.contracts * position.contractSize!;
  const terms = positionAt(asset, position, asset.price);
  return venues.bitget.displayedLiquidationPrice({ markPrice: asset.price, quantity, equity: margin + terms.unrealisedProfit, requirement: terms.requirement });
}

/** A ratio cut to four decimals allows an interval of prices, ascending; its middle is the best guess, and the venue's own price must be inside. */
function ratioInterval(given: Inputs, rules: VenueRules, vector: Vector): number[] {
  const priceAt = (mgnRatioTruncated: number) => {
    const moved = new Inputs({ ...given.fields, mgnRatioTruncated });
    return thresholdOf(caseOf(vector, moved, rules), moved, rules, vector).liquidationPrice!;
  };
  const ratio = given.number('mgnRatioTruncated')!;
  return [priceAt(ratio), priceAt(ratio + 1e-4)].sort((a, b) => a - b);
}

function isInside(vector: Vector, given: Inputs, rules: VenueRules): boolean {
  const printed = Number(Object.entries(vector.expected).find(([key]) => /liq/i.test(key))![1]);
  const [from, to] = ratioInterval(given, rules, vector);
  return printed >= from && printed <= to;
}

// ---- amounts

function amounts(vector: Vector, given: Inputs, rules: VenueRules): Record<string, unknown> {
  const known = given.has('markValue') && !given.has('quantity', 'contracts') ? caseOf(vector, new Inputs({ ...given.fields, quantity: 1, entryPrice: given.number('markValue'), markPrice: given.number('markValue') }), rules) : caseOf(vector, given, rules);
  const { asset, position } = known;
  const isInverse = asset.contract?.kind === 'inverse';
  const isFeeless = !/ratio/i.test(vector.kind);
  const own = isFeeless ? { ...asset, contract: { ...asset.contract, feeRate: 0 } } : asset;
  const terms = positionAt(own, position, asset.price);
  const inSettlement = isInverse ? asset.price : 1;
  const leverage = leverageOf(given);
  const margins = () =>
    venues.bybit.positionMargin({
      value: given.number('positionValue') ?? (isInverse ? terms.notionalCoins : terms.notional),
      leverage: leverage!,
      rate: rateOf(given) ?? 0,
      deduction: given.number('deduction', 'mmDeduction') ?? 0,
      feeRate: feeOf(given) ?? 0,
      side: position.side === 'long' ? 1 : -1,
      isInverse,
    });
  return each(vector, (key) => {
    if (/pnl|profit/i.test(key)) return terms.unrealisedProfit / inSettlement;
    if (/risk_?rate/i.test(key)) return venues.htx.riskRate({ marginBalance: given.number('marginBalance')!, positionMargin: given.number('positionMargin')!, adjustmentFactor: given.number('adjustFactor', 'adjustmentFactor')! });
    if (/ratio/i.test(key)) return ratioOf(vector, given, known);
    if (/^rate$/i.test(key)) return terms.maintenanceMarginRate;
    if (/positionBalance|positionIM/i.test(key)) return margins().initial;
    if (/positionMM$/i.test(key)) return margins().maintenance;
    if (/^imr?$|initialMargin/i.test(key)) return (isInverse ? terms.notionalCoins : terms.notional) / leverage!;
    if (/posMaint/i.test(key) && given.has('posCost')) return venues.bitmex.positionMaintenance({ cost: given.number('posCost')!, rate: rateOf(given)!, commission: given.number('posComm') ?? 0, fundingRate: given.number('fundingRate') });
    if (/notional|positionValue/i.test(key)) return isInverse ? terms.notionalCoins : terms.notional;
    if (/coin/i.test(key)) return terms.requirement / asset.price;
    if (/mm|maint|margin/i.test(key)) return terms.requirement / inSettlement;
    throw new Error(`no rule for ${key} of kind ${vector.kind}`);
  });
}

function ratioOf(vector: Vector, given: Inputs, { asset, position, margin }: Case): number {
  const { unrealisedProfit, requirement } = positionAt(asset, position, asset.price);
  const inSettlement = asset.contract?.kind === 'inverse' ? asset.price : 1;
  const equity = margin + unrealisedProfit / inSettlement;
  const required = given.number('maintenanceMargin', 'mm') ?? requirement / inSettlement;
  const ratio = venues.okx.marginRatio({ equity, maintenance: required, closingFee: 0 });
  return /bitget|poloniex|bybit/i.test(vector.venue) ? 1 / ratio : ratio;
}

// ---- what is no contract

const hasLoanFields = (given: Inputs) => given.has('liab', 'liabilities', 'liability', 'quoteLiab', 'quoteLiabilities', 'QL');

function spotMargin(vector: Vector, given: Inputs): Record<string, unknown> {
  const { okx } = venues;
  const rate = rateOf(given) ?? 0;
  const feeRate = feeOf(given) ?? 0;
  const liabilities = Math.abs(given.number('liab', 'liabilities', 'liability') ?? 0);
  const assets = given.number('assets', 'asset', 'posAssets', 'size', 'quantity', 'pos') ?? 0;
  const quick = { quoteLiabilities: Math.abs(given.number('quoteLiab', 'quoteLiabilities', 'QL') ?? 0), quoteAssets: given.number('quoteAssets', 'quoteBal', 'QA') ?? 0, baseAssets: given.number('baseAssets', 'baseBal', 'BA') ?? 0, baseLiabilities: Math.abs(given.number('baseLiab', 'baseLiabilities', 'BL') ?? 0) };
  return each(vector, (key) => {
    if (/ratio/i.test(key)) return okx.spotMarginRatio({ assets, liabilities, rate, feeRate, price: markOf(given)! });
    return given.has('liab', 'liabilities', 'liability') ? okx.spotMarginLiquidationPrice({ assets, liabilities, rate, feeRate }) : okx.quickMarginLiquidationPrice({ ...quick, rate, feeRate });
  });
}

function adl(vector: Vector, given: Inputs): Record<string, unknown> {
  const queue = given.children('longs', 'shorts', 'positions', 'queue').map((row) => ({ account: row.text('account', 'id')!, quantity: row.number('quantity', 'size')!, score: row.number('score')! }));
  const size = given.number('liquidatedShortSize', 'liquidatedLongSize', 'liquidatedSize', 'size') ?? 0;
  const ranked = venues.bitmex.deleverage(queue, size);
  return each(vector, (key) => {
    if (/percentile/i.test(key)) return Object.fromEntries(ranked.map(({ account, percentile }) => [account, percentile]));
    if (/closed/i.test(key)) return Object.fromEntries(ranked.filter(({ closed }) => closed > 0).map(({ account, closed }) => [account, closed]));
    const unrealisedProfit = given.number('unrealizedPnl', 'unrealizedProfit', 'upnl', 'pnl') ?? 0;
    return venues.binance.deleveragingScore({ unrealisedProfit, walletBalance: given.number('walletBalance', 'balance') ?? 0, maintenance: given.number('maintenanceMargin', 'mm') ?? 0 });
  });
}
