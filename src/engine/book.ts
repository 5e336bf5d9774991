import type { Asset, Loan, MarginAccount, Market, Portfolio, Position, Scenario } from './inputs.js';
import { type LotSize, lotSize, MAX_LOTS, toLots, toUnits } from './lots.js';
import type { Contract } from './margin.js';
import { rulesOf, type TierTable, tierTable } from './tiers.js';

/**
 * A market and a portfolio as flat arrays: one row a party, one entry a holding (compressed sparse rows), quantities in whole lots.
 * Rows stand in the order of their references, so the order of the input does not matter. Nothing in it is changed after `prepare`.
 */
export interface Book {
  readonly assets: readonly Asset[];
  readonly assetIndex: ReadonlyMap<string, number>;
  readonly lot: readonly LotSize[];
  readonly tiers: readonly TierTable[];
  /** Mark price of each asset before the shock. */
  readonly price: Float64Array;

  readonly rows: readonly Row[];
  /** Row r holds the entries first[r] .. first[r + 1]. */
  readonly first: Uint32Array;
  /** Money that no price moves; entry values are folded in: `balance - sum(quantity * entryPrice)`. */
  readonly cash: Float64Array;
  /** Slack of the trigger: a margin account at health 0 goes, a loan at health 0 stays, to a relative TRIGGER_TOLERANCE. */
  readonly slack: Float64Array;

  readonly asset: Uint16Array;
  readonly lots: Float64Array;
  /** Part of the entry's value that counts as collateral: 1, `1 - haircut`, or the liquidation threshold. */
  readonly weight: Float64Array;
  readonly kind: Uint8Array;
  /** Entry price of a contract, 0 for other entries. */
  readonly entryPrice: Float64Array;
  /** What only contracts with rules of their own need; empty where every contract is plain. */
  readonly special: Special;

  /** Stops in the order of their rows. */
  readonly stops: readonly Stop[];
}

/** Per entry. Coins of an inverse contract and of its margin are seldom whole lots: `scale` is exact units / whole lots' units. */
export interface Special {
  readonly scale: Float64Array;
  readonly contractsPerLot: Float64Array;
  readonly fixedPerLot: Float64Array;
}

/** What the arrays do not say of a row. */
export interface Row {
  readonly account: string;
  /** Isolated positions are rows of their own: the position's symbol. */
  readonly symbol: string | null;
  readonly loan: LoanTerms | null;
}

export interface LoanTerms {
  readonly closeFactor: number;
  readonly fullCloseHealthFactor: number | null;
  readonly fullCloseBelow: number;
  readonly minimumLeftover: number;
  readonly bonus: number;
  readonly dumpedShare: number;
}

export interface Stop {
  readonly row: number;
  readonly entry: number;
  /** Lots sold when triggered; negative = bought. */
  readonly lots: number;
  readonly triggerPrice: number;
  readonly reduceOnly: boolean;
}

/** Kinds of entry. */
export const CONTRACT = 0;
export const HOLDING = 1;
export const DEBT = 2;

/** Relative to the row's gross value before the shock: `(100 - 8.8) / 0.95` is 96.00000000000001 in binary. */
export const TRIGGER_TOLERANCE = 1e-12;

export const MAX_ASSETS = 65_535;

export function prepare(market: Market, portfolio: Portfolio): Book {
  const { assets } = market;
  assert(assets.length <= MAX_ASSETS, `more than ${MAX_ASSETS} assets`);
  const assetIndex = new Map(assets.map(({ symbol }, index) => [symbol, index]));
  const drafts = [...(portfolio.accounts ?? []).flatMap((account) => marginRows(account, market, assetIndex)), ...(portfolio.loans ?? []).map((loan) => loanRow(loan, assetIndex))];
  drafts.sort((a, b) => order(a.account, b.account) || order(a.symbol ?? '', b.symbol ?? ''));

  const entries = drafts.reduce((sum, draft) => sum + draft.entries.length, 0);
  const total = new Float64Array(assets.length);
  const hasFixedFees = new Uint8Array(assets.length);
  for (const draft of drafts) {
    for (const entry of draft.entries) {
      total[entry.asset] += Math.abs(entry.units);
      if (entry.fixed) hasFixedFees[entry.asset] = 1;
    }
    for (const stop of draft.stops) total[stop.asset] += Math.abs(stop.units);
  }
  const lot = assets.map((asset, index) => lotSize(asset.lotSize, total[index]));
  assets.forEach((asset, a) => assert(toLots(lot[a], total[a]) <= MAX_LOTS, `${asset.symbol}: more than ${MAX_LOTS} lots in total; state a larger lotSize`));

  const tiers = assets.map((asset, a) => tierTable(asset.tiers ?? [], asset.contract, hasFixedFees[a] === 1));
  const specials = tiers.every(({ isPlain }) => isPlain) ? 0 : entries;
  const book = {
    assets,
    assetIndex,
    lot,
    tiers,
    price: Float64Array.from(assets, (asset) => asset.price),
    rows: drafts.map(({ account, symbol, loan }) => ({ account, symbol, loan })),
    first: new Uint32Array(drafts.length + 1),
    cash: Float64Array.from(drafts, (draft) => draft.cash),
    slack: new Float64Array(drafts.length),
    asset: new Uint16Array(entries),
    lots: new Float64Array(entries),
    weight: new Float64Array(entries),
    kind: new Uint8Array(entries),
    entryPrice: new Float64Array(entries),
    special: { scale: new Float64Array(specials).fill(1), contractsPerLot: new Float64Array(specials), fixedPerLot: new Float64Array(specials) },
    stops: [] as Stop[],
  };
  let at = 0;
  drafts.forEach((draft, row) => {
    let gross = Math.abs(draft.balance);
    for (const entry of draft.entries) {
      const { asset, units, weight, kind } = entry;
      book.asset[at] = asset;
      book.lots[at] = toLots(lot[asset], units);
      book.weight[at] = weight;
      book.kind[at] = kind;
      book.entryPrice[at] = entry.entryPrice ?? 0;
      if (!tiers[asset].isPlain) specialise(book, at, entry);
      gross += Math.abs(units) * assets[asset].price;
      at++;
    }
    book.first[row + 1] = at;
    book.slack[row] = (draft.loan ? -1 : 1) * TRIGGER_TOLERANCE * gross;
    for (const stop of draft.stops) {
      book.stops.push({ row, entry: book.first[row] + stopped(draft.entries, stop), lots: toLots(lot[stop.asset], stop.units), triggerPrice: stop.triggerPrice, reduceOnly: stop.reduceOnly });
    }
  });
  return book;
}

/** What an entry of an asset with rules of its own carries beside its lots; a part of a lot of an inverse contract or its margin counts as one. */
function specialise({ lot, lots, weight, special }: Book, at: number, { asset, units, isExact, contracts = 0, fixed = 0 }: DraftEntry): void {
  if (isExact && units !== 0) {
    lots[at] ||= Math.sign(units);
    special.scale[at] = units / toUnits(lot[asset], lots[at]);
    weight[at] *= special.scale[at];
  }
  const whole = Math.abs(lots[at]);
  if (whole > 0) {
    special.contractsPerLot[at] = contracts / whole;
    special.fixedPerLot[at] = fixed / whole;
  }
}

/** Units behind one entry at its first lots, signed. */
export function units(book: Book, entry: number): number {
  const { scale } = book.special;
  const whole = toUnits(book.lot[book.asset[entry]], book.lots[entry]);
  return scale.length > 0 ? whole * scale[entry] : whole;
}

/** An entry of kind CONTRACT at `lots` lots, as its requirement sees it. */
export function contractAt({ asset, lot, tiers, entryPrice, special }: Book, entry: number, lots: number): Contract {
  const a = asset[entry];
  const size = Math.abs(lots);
  const whole = toUnits(lot[a], size);
  // reading past the end of an empty typed array is slow
  if (special.scale.length === 0) return { table: tiers[a], coins: whole, entryPrice: entryPrice[entry], contracts: 0, fixed: 0 };
  return { table: tiers[a], coins: whole * special.scale[entry], entryPrice: entryPrice[entry], contracts: size * special.contractsPerLot[entry], fixed: size * special.fixedPerLot[entry] };
}

/** Prices per unit as prices per lot. */
export function lotValues(book: Book, price: Float64Array): Float64Array {
  return price.map((perUnit, a) => toUnits(book.lot[a], 1) * perUnit);
}

/** The scenario's relative move of each asset. */
export function shocksOf({ assets }: Book, { shocks, marketShock }: Pick<Scenario, 'shocks' | 'marketShock'>): Float64Array {
  const stated = new Map(shocks?.map(({ symbol, shock }) => [symbol, shock]));
  return Float64Array.from(assets, ({ symbol }) => stated.get(symbol) ?? marketShock ?? 0);
}

/** The row of an account, or of its isolated position in `symbol`; -1 if there is none. */
export function rowOf({ rows }: Book, account: string, symbol: string | null = null): number {
  return rows.findIndex((row) => row.account === account && row.symbol === symbol);
}

interface Draft extends Row {
  readonly balance: number;
  readonly cash: number;
  readonly entries: readonly DraftEntry[];
  readonly stops: readonly DraftStop[];
}

interface DraftEntry {
  readonly asset: number;
  readonly units: number;
  readonly weight: number;
  readonly kind: number;
  readonly entryPrice?: number;
  /** Contracts, and the fixed fee in settlement money, without sign. */
  readonly contracts?: number;
  readonly fixed?: number;
  /** Not rounded to whole lots: coins of an inverse contract. */
  readonly isExact?: boolean;
}

interface DraftStop {
  readonly asset: number;
  readonly units: number;
  readonly triggerPrice: number;
  readonly reduceOnly: boolean;
}

type AssetIndex = ReadonlyMap<string, number>;

function marginRows(account: MarginAccount, market: Market, index: AssetIndex): Draft[] {
  const positions = (account.positions ?? []).map((position) => draftPosition(position, market, index, account.marginMode === 'isolated'));
  const stops = (account.stopOrders ?? []).map((stop) => {
    const asset = find(index, stop.symbol);
    const face = stop.amount * (market.assets[asset].contractSize ?? 1);
    const reduced = positions.find(({ symbol, side }) => symbol === stop.symbol && (side === 'long') === (stop.side === 'sell'));
    const amount = isInverse(market.assets[asset]) ? face / (reduced?.entry.entryPrice ?? stop.triggerPrice) : face;
    return { asset, units: stop.side === 'sell' ? amount : -amount, triggerPrice: stop.triggerPrice, reduceOnly: stop.reduceOnly ?? false };
  });
  const shared = { account: account.reference, loan: null };

  if (account.marginMode === 'isolated') {
    return positions.map(({ symbol, side, margin, coinMargin, cost, entry }) => {
      const protects = side === 'long' ? 1 : -1;
      return { ...shared, symbol, balance: margin, cash: margin - cost, entries: [entry, ...coinMargin], stops: stops.filter((stop) => stop.asset === entry.asset && Math.sign(stop.units) === protects) };
    });
  }
  const balance = account.balance ?? 0;
  const collateral = (account.collateral ?? []).map(({ symbol, quantity, haircut = 0 }) => {
    const asset = find(index, symbol);
    return { asset, units: quantity, weight: 1 - haircut, kind: HOLDING, isExact: isInverse(market.assets[asset]) };
  });
  const contracts = positions.map(({ entry }) => entry);
  const opened = stops
    .filter(({ asset }, s) => contracts.every((entry) => entry.asset !== asset) && stops.findIndex((other) => other.asset === asset) === s)
    .map(({ asset, triggerPrice }) => ({ asset, units: 0, weight: 1, kind: CONTRACT, entryPrice: triggerPrice }));
  const entries = [...collateral, ...contracts, ...opened];
  const cash = positions.reduce((sum, { cost }) => sum - cost, balance);
  return entries.length > 0 || balance !== 0 ? [{ ...shared, symbol: null, balance, cash, entries, stops }] : [];
}

/** README eq. 16: an inverse contract of face S is `S / entryPrice` coins less S of currency, and its isolated margin a holding of coins. */
function draftPosition(position: Position, market: Market, index: AssetIndex, isIsolated: boolean) {
  const { symbol, side, entryPrice } = position;
  const asset = find(index, symbol);
  const { kind, feeRate, feeBasis } = rulesOf(market.assets[asset].contract);
  const contractSize = position.contractSize ?? market.assets[asset].contractSize ?? 1;
  const sign = side === 'long' ? 1 : -1;
  const face = sign * position.contracts * contractSize;
  const isCoin = kind === 'inverse';
  const units = isCoin ? face / entryPrice : face;
  const cost = isCoin ? face : face * entryPrice;
  const margin = position.margin ?? 0;
  const atBankruptcy = Math.abs(isCoin ? units : cost) + (isIsolated ? (isCoin ? sign : -sign) * margin : 0);
  const fixed = (position.fixedFee ?? 0) + (feeBasis === 'bankruptcy' ? feeRate * Math.max(0, atBankruptcy) : 0);
  const entry = { asset, units, weight: 1, kind: CONTRACT, entryPrice, contracts: position.contracts, fixed, isExact: isCoin };
  const coinMargin = isCoin && margin !== 0 ? [{ asset, units: margin, weight: 1, kind: HOLDING, isExact: true }] : [];
  return { symbol, side, margin: isCoin ? 0 : margin, coinMargin, cost, entry };
}

function isInverse({ contract }: Asset): boolean {
  return rulesOf(contract).kind === 'inverse';
}

function loanRow(loan: Loan, index: AssetIndex): Draft {
  const collateral = loan.collateral.map(({ symbol, quantity, liquidationThreshold }) => ({ asset: find(index, symbol), units: quantity, weight: liquidationThreshold, kind: HOLDING }));
  const debts = loan.debts.filter(({ symbol }) => symbol != null).map(({ symbol, quantity }) => ({ asset: find(index, symbol as string), units: -quantity, weight: 1, kind: DEBT }));
  const cashDebt = loan.debts.reduce((sum, { symbol, quantity }) => (symbol == null ? sum + quantity : sum), 0);
  const terms = {
    closeFactor: loan.closeFactor ?? 1,
    fullCloseHealthFactor: loan.fullCloseHealthFactor ?? null,
    fullCloseBelow: loan.fullCloseBelow ?? 0,
    minimumLeftover: loan.minimumLeftover ?? 0,
    bonus: loan.liquidationBonus ?? 0,
    dumpedShare: loan.dumpedShare ?? 1,
  };
  return { account: loan.reference, symbol: null, loan: terms, balance: -cashDebt, cash: -cashDebt, entries: [...collateral, ...debts], stops: [] };
}

/** The entry a stop acts on: in hedge mode the side that it reduces. */
function stopped(entries: readonly DraftEntry[], stop: DraftStop): number {
  const contract = (entry: DraftEntry) => entry.asset === stop.asset && entry.kind === CONTRACT;
  const reduced = entries.findIndex((entry) => contract(entry) && Math.sign(entry.units) === Math.sign(stop.units));
  return reduced >= 0 ? reduced : entries.findIndex(contract);
}

function find(index: AssetIndex, symbol: string): number {
  const asset = index.get(symbol);
  assert(asset !== undefined, `the market does not price ${symbol}`);
  return asset as number;
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function assert(condition: boolean, message: string): void {
  if (!condition) throw new Error(message);
}
