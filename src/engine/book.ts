import { type Columns, type Finder, finder, isPegged, quoted } from './columns.js';
import type { Asset, Exchange, Institution, Loan, MarginAccount, Market, Oracle, Portfolio, Position, Scenario, StopOrder } from './inputs.js';
import { type LotSize, lotSize, MAX_LOTS, toLots, toUnits } from './lots.js';
import type { Contract } from './margin.js';
import { rulesOf, type TierTable, tierTable } from './tiers.js';

/**
 * A market and a portfolio as flat arrays: one row a party, one entry a holding (compressed sparse rows), quantities in whole lots.
 * Rows stand in the order of their references, so the order of the input does not matter. Nothing in it is changed after `prepare`.
 */
export interface Book extends Columns {
  /** Funds, fees and rules of loss of the exchanges, at least one; that of a market that states none has no name. */
  readonly lossRules: readonly Exchange[];
  readonly lot: readonly LotSize[];
  readonly tiers: readonly TierTable[];
  /** Line of each column. */
  readonly line: Uint16Array;
  /** Mark price of each column before the shock. */
  readonly price: Float64Array;

  readonly rows: readonly Row[];
  /** Row r holds the entries first[r] .. first[r + 1]. */
  readonly first: Uint32Array;
  /** Money that no price moves; entry values are folded in: `balance - sum(quantity * entryPrice)`. */
  readonly cash: Float64Array;
  /** Slack of the trigger: a margin account at health 0 goes, a loan at health 0 stays, to a relative TRIGGER_TOLERANCE. */
  readonly slack: Float64Array;
  /** Of an institution: what it holds beside its entries, currency, and `1 / leverageMax`, the equity that each unit of assets needs. 0 for other rows. */
  readonly held: Float64Array;
  readonly reserveRate: Float64Array;

  /** Column. */
  readonly asset: Uint16Array;
  readonly lots: Float64Array;
  /** Part of the entry's value that counts as collateral: 1, `1 - haircut`, the liquidation threshold, or an institution's `1 - 1 / leverageMax`. */
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
  /** Where it stands: index into `exchanges`; -1 where the market names none. */
  readonly exchange: number;
  readonly loan: LoanTerms | null;
  readonly institution: InstitutionTerms | null;
}

export interface InstitutionTerms {
  readonly leverageTarget: number;
  /** Infinity: only without equity. */
  readonly resolutionLeverage: number;
  readonly isLinear: boolean;
  /** What it holds beside its entries and cannot pay with. */
  readonly otherAssets: number;
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
/** An institution's holding that has a price and no market. */
export const ILLIQUID = 3;

/** Relative to the row's gross value before the shock: `(100 - 8.8) / 0.95` is 96.00000000000001 in binary. */
export const TRIGGER_TOLERANCE = 1e-12;

export const MAX_ASSETS = 65_535;

export function prepare(market: Market, portfolio: Portfolio): Book {
  const found = finder(market);
  const place = placesOf(found);
  const drafts = [
    ...(portfolio.accounts ?? []).flatMap((account) => marginRows(account, place(account.exchange))),
    ...(portfolio.loans ?? []).map((loan) => loanRow(loan, place(loan.exchange))),
    ...(portfolio.institutions ?? []).map((institution) => institutionRow(institution, place(institution.exchange))),
  ];
  const { columns } = found;
  const { assets, assetCount, assetIndex, exchanges, lines, quotes } = columns;
  assert(assets.length <= MAX_ASSETS, `more than ${MAX_ASSETS} assets, listings and views of their prices`);
  drafts.sort(({ row: a }, { row: b }) => order(a.account, b.account) || order(a.symbol ?? '', b.symbol ?? ''));

  const entries = drafts.reduce((sum, draft) => sum + draft.entries.length, 0);
  const assetOf = quotes.map(({ line }) => lines[line].asset);
  const total = new Float64Array(assets.length);
  const hasFixedFees = new Uint8Array(assets.length);
  for (const draft of drafts) {
    for (const entry of draft.entries) {
      total[assetOf[entry.asset]] += Math.abs(entry.units);
      if (entry.fixed) hasFixedFees[assetOf[entry.asset]] = 1;
    }
    for (const stop of draft.stops) total[assetOf[stop.asset]] += Math.abs(stop.units);
  }
  const lot = assets.map((asset, column) => lotSize(asset.lotSize, total[assetOf[column]]));
  market.assets.forEach((asset, a) => assert(toLots(lot[a], total[a]) <= MAX_LOTS, `${asset.symbol}: more than ${MAX_LOTS} lots in total; state a larger lotSize`));

  const tiers = assets.map((asset, a) => tierTable(asset.tiers ?? [], asset.contract, hasFixedFees[assetOf[a]] === 1));
  const specials = tiers.every(({ isPlain }) => isPlain) ? 0 : entries;
  const last = Float64Array.from(lines, (_, line) => assets[line].price);
  const book = {
    assets,
    assetCount,
    assetIndex,
    exchanges,
    lines,
    quotes,
    lossRules: market.exchanges?.length ? market.exchanges : [{ name: '' }],
    lot,
    tiers,
    line: Uint16Array.from(quotes, ({ line }) => line),
    price: Float64Array.from(quotes, (_, column) => quoted(columns, last, column)),
    rows: drafts.map(({ row }) => row),
    first: new Uint32Array(drafts.length + 1),
    cash: new Float64Array(drafts.length),
    slack: new Float64Array(drafts.length),
    held: new Float64Array(drafts.length),
    reserveRate: new Float64Array(drafts.length),
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
    const { loan, institution } = draft.row;
    book.cash[row] = draft.cash;
    book.held[row] = draft.held ?? 0;
    book.reserveRate[row] = draft.reserveRate ?? 0;
    let gross = Math.abs(draft.balance) + 2 * book.held[row];
    for (const entry of draft.entries) {
      const { asset, units, weight, kind } = entry;
      book.asset[at] = asset;
      book.lots[at] = toLots(lot[asset], units);
      book.weight[at] = weight;
      book.kind[at] = kind;
      book.entryPrice[at] = entry.entryPrice ?? 0;
      if (!tiers[asset].isPlain) specialise(book, at, entry);
      gross += Math.abs(units) * book.price[asset];
      at++;
    }
    book.first[row + 1] = at;
    book.slack[row] = (loan || institution ? -1 : 1) * TRIGGER_TOLERANCE * gross;
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

/** The scenario's relative move of each column; a pegged price stands. */
export function shocksOf({ assets, quotes }: Book, { shocks, marketShock }: Pick<Scenario, 'shocks' | 'marketShock'>): Float64Array {
  const stated = new Map(shocks?.map(({ symbol, shock }) => [symbol, shock]));
  return Float64Array.from(assets, ({ symbol }, column) => (isPegged(quotes[column]) ? 0 : (stated.get(symbol) ?? marketShock ?? 0)));
}

/** The row of an account, or of its isolated position in `symbol`; -1 if there is none. */
export function rowOf({ rows }: Book, account: string, symbol: string | null = null): number {
  return rows.findIndex((row) => row.account === account && row.symbol === symbol);
}

interface Draft {
  readonly row: Row;
  readonly balance: number;
  readonly cash: number;
  readonly entries: readonly DraftEntry[];
  readonly stops: readonly DraftStop[];
  readonly held?: number;
  readonly reserveRate?: number;
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

interface DraftContract extends DraftEntry {
  /** What the cash is charged with: the entry value, or the face of an inverse contract. */
  readonly cost: number;
}

interface DraftStop {
  readonly asset: number;
  readonly units: number;
  readonly triggerPrice: number;
  readonly reduceOnly: boolean;
}

/** Where a party stands: the columns that it reads and trades there. */
interface Place {
  readonly exchange: number;
  /** By column. */
  readonly assets: readonly Asset[];
  column(symbol: string, oracle?: Oracle | null): number;
}

/** The place that a party names, one object for all who stand there. */
function placesOf(found: Finder): (name: string | null | undefined) => Place {
  const places = new Map<number, Place>();
  return (name) => {
    const exchange = found.exchange(name);
    const place = places.get(exchange) ?? { exchange, assets: found.columns.assets, column: (symbol: string, oracle?: Oracle | null) => found.column(symbol, exchange, oracle) };
    places.set(exchange, place);
    return place;
  };
}

const NO_STOPS: readonly DraftStop[] = [];

function marginRows({ reference, marginMode, positions, stopOrders, collateral, balance }: MarginAccount, place: Place): Draft[] {
  const contracts = (positions ?? []).map((position) => contractOf(position, place, marginMode === 'isolated'));
  const stops = stopOrders?.length ? stopOrders.map((stop) => stopOf(stop, positions ?? [], place)) : NO_STOPS;
  if (marginMode === 'isolated') return contracts.map((contract, n) => isolatedRow(reference, positions![n], contract, stops, place));

  const entries: DraftEntry[] = (collateral ?? []).map(({ symbol, quantity, haircut = 0 }) => {
    const asset = place.column(symbol);
    return { asset, units: quantity, weight: 1 - haircut, kind: HOLDING, isExact: isInverse(place.assets[asset]) };
  });
  let cash = balance ?? 0;
  for (const contract of contracts) {
    entries.push(contract);
    cash -= contract.cost;
  }
  for (const { asset, triggerPrice } of stops) {
    if (entries.some((entry) => entry.asset === asset && entry.kind === CONTRACT)) continue;
    entries.push({ asset, units: 0, weight: 1, kind: CONTRACT, entryPrice: triggerPrice });
  }
  return entries.length > 0 || balance ? [{ row: marginRow(reference, null, place), balance: balance ?? 0, cash, entries, stops }] : [];
}

/** Its coins, where the margin is coins, are an entry of their own. */
function isolatedRow(account: string, { symbol, side, margin }: Position, contract: DraftContract, stops: readonly DraftStop[], place: Place): Draft {
  const { asset, isExact, cost } = contract;
  const protects = side === 'long' ? 1 : -1;
  const balance = isExact ? 0 : (margin ?? 0);
  const entries = isExact && margin ? [contract, { asset, units: margin, weight: 1, kind: HOLDING, isExact }] : [contract];
  return { row: marginRow(account, symbol, place), balance, cash: balance - cost, entries, stops: stops.filter((stop) => stop.asset === asset && Math.sign(stop.units) === protects) };
}

function marginRow(account: string, symbol: string | null, { exchange }: Place): Row {
  return { account, symbol, exchange, loan: null, institution: null };
}

function stopOf({ symbol, side, amount, triggerPrice, reduceOnly }: StopOrder, positions: readonly Position[], { column, assets }: Place): DraftStop {
  const asset = column(symbol);
  const face = amount * (assets[asset].contractSize ?? 1);
  const reduced = positions.find((position) => position.symbol === symbol && (position.side === 'long') === (side === 'sell'));
  const units = isInverse(assets[asset]) ? face / (reduced?.entryPrice ?? triggerPrice) : face;
  return { asset, units: side === 'sell' ? units : -units, triggerPrice, reduceOnly: reduceOnly ?? false };
}

/** README eq. 16: an inverse contract of face S is `S / entryPrice` coins less S of currency, and its isolated margin a holding of coins. */
function contractOf(position: Position, { column, assets }: Place, isIsolated: boolean): DraftContract {
  const { symbol, side, entryPrice, contracts } = position;
  const asset = column(symbol);
  const { kind, feeRate, feeBasis } = rulesOf(assets[asset].contract);
  const contractSize = position.contractSize ?? assets[asset].contractSize ?? 1;
  const sign = side === 'long' ? 1 : -1;
  const face = sign * contracts * contractSize;
  const isExact = kind === 'inverse';
  const units = isExact ? face / entryPrice : face;
  const cost = isExact ? face : face * entryPrice;
  const margin = position.margin ?? 0;
  const atBankruptcy = Math.abs(isExact ? units : cost) + (isIsolated ? (isExact ? sign : -sign) * margin : 0);
  const fixed = (position.fixedFee ?? 0) + (feeBasis === 'bankruptcy' ? feeRate * Math.max(0, atBankruptcy) : 0);
  return { asset, units, weight: 1, kind: CONTRACT, entryPrice, contracts, fixed, isExact, cost };
}

function isInverse({ contract }: Asset): boolean {
  return rulesOf(contract).kind === 'inverse';
}

function loanRow(loan: Loan, { column, exchange }: Place): Draft {
  const collateral = loan.collateral.map(({ symbol, quantity, liquidationThreshold, oracle }) => ({ asset: column(symbol, oracle), units: quantity, weight: liquidationThreshold, kind: HOLDING }));
  const debts = loan.debts.filter(({ symbol }) => symbol != null).map(({ symbol, quantity, oracle }) => ({ asset: column(symbol as string, oracle), units: -quantity, weight: 1, kind: DEBT }));
  const cashDebt = loan.debts.reduce((sum, { symbol, quantity }) => (symbol == null ? sum + quantity : sum), 0);
  const terms = {
    closeFactor: loan.closeFactor ?? 1,
    fullCloseHealthFactor: loan.fullCloseHealthFactor ?? null,
    fullCloseBelow: loan.fullCloseBelow ?? 0,
    minimumLeftover: loan.minimumLeftover ?? 0,
    bonus: loan.liquidationBonus ?? 0,
    dumpedShare: loan.dumpedShare ?? 1,
  };
  const row = { account: loan.reference, symbol: null, exchange, loan: terms, institution: null };
  return { row, balance: -cashDebt, cash: -cashDebt, entries: [...collateral, ...debts], stops: NO_STOPS };
}

/** README eq. 29: `equity - assets / leverageMax`, with the part of each holding in its weight and that of everything else in the reserve. */
function institutionRow({ reference, holdings, otherAssets = 0, cash = 0, liabilities, leverageMax, leverageTarget, resolutionLeverage, rule }: Institution, { column, exchange }: Place): Draft {
  const entries = holdings.map(({ symbol, quantity, isIlliquid }) => ({ asset: column(symbol), units: quantity, weight: 1 - 1 / leverageMax, kind: isIlliquid ? ILLIQUID : HOLDING }));
  const held = otherAssets + cash;
  const terms = { leverageTarget: leverageTarget ?? leverageMax, resolutionLeverage: resolutionLeverage ?? Infinity, isLinear: rule === 'linear', otherAssets };
  const row = { account: reference, symbol: null, exchange, loan: null, institution: terms };
  return { row, balance: held - liabilities, cash: held - liabilities, entries, stops: NO_STOPS, held, reserveRate: 1 / leverageMax };
}

/** The entry a stop acts on: in hedge mode the side that it reduces. */
function stopped(entries: readonly DraftEntry[], stop: DraftStop): number {
  const contract = (entry: DraftEntry) => entry.asset === stop.asset && entry.kind === CONTRACT;
  const reduced = entries.findIndex((entry) => contract(entry) && Math.sign(entry.units) === Math.sign(stop.units));
  return reduced >= 0 ? reduced : entries.findIndex(contract);
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function assert(condition: boolean, message: string): void {
  if (!condition) throw new Error(message);
}
