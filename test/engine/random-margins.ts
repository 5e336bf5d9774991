import type { Asset, ContractRules, MarginAccount, MarginTier, Market, Position } from '../../src/engine/index.js';

/**
 * Random accounts of every margin mathematics: linear and inverse, on the mark or frozen, all tier families and units, stated (stale) amounts, fees of every basis,
 * isolated and cross, collateral with haircuts, long, short and both. And their health written from the definitions, in each contract's settlement money.
 */
export interface MarginWorld {
  readonly market: Market;
  readonly account: MarginAccount;
}

export type Random = () => number;

/** mulberry32: the same books on every machine. */
export function randomFrom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const between = (random: Random, min: number, max: number) => min + (max - min) * random();
const one = <T>(random: Random, items: readonly T[]): T => items[Math.floor(random() * items.length)];
const thousandths = (value: number) => Math.ceil(value * 1000) / 1000;

export function marginWorld(random: Random): MarginWorld {
  const assets = Array.from({ length: 1 + Math.floor(random() * 3) }, (_, a) => randomAsset(random, 'ABC'[a]));
  const marginMode = one(random, ['cross', 'isolated'] as const);
  const count = 1 + Math.floor(random() * 3);
  const positions = Array.from({ length: count }, () => randomPosition(random, one(random, assets)));
  // an isolated row is named by its symbol: one position each
  const distinct = positions.filter(({ symbol }, n) => positions.findIndex((other) => other.symbol === symbol) === n);
  const isCross = marginMode === 'cross';
  const worth = positions.reduce((sum, position) => sum + valueOf(assets, position), 0);
  const account: MarginAccount = isCross
    ? {
        reference: 'a',
        marginMode,
        balance: worth * between(random, 0, 0.6),
        collateral: random() < 0.6 ? [{ symbol: one(random, assets).symbol, quantity: thousandths(between(random, 0, 5)), haircut: one(random, [0, 0.1, 0.5]) }] : [],
        positions: positions.map(({ margin: _margin, ...rest }) => rest),
      }
    : { reference: 'a', marginMode, positions: distinct };
  return { market: { assets }, account };
}

function randomAsset(random: Random, symbol: string): Asset {
  const kind = one(random, ['linear', 'linear', 'inverse'] as const);
  const tierUnit = one(random, ['notional', 'coin', 'contracts'] as const);
  const tierFamily = one(random, ['marginal', 'marginal', 'flat', 'sizeLinear'] as const);
  const contract: ContractRules = {
    kind,
    tierUnit,
    tierFamily,
    requirementBasis: one(random, ['mark', 'mark', 'entry'] as const),
    rateSlope: tierFamily === 'sizeLinear' ? between(random, 0, 0.002) : null,
    feeRate: one(random, [0, 0.0005, 0.002]),
    feeBasis: one(random, ['mark', 'mark', 'entry', 'bankruptcy'] as const),
    closingFeeRate: one(random, [0, 0.0006]),
  };
  const edge = between(random, 1, 30) * (tierUnit === 'notional' ? 100 : 1);
  const first = between(random, 0.004, 0.05);
  const step = between(random, 0, 0.05);
  const isStale = random() < 0.15;
  const tiers: MarginTier[] = [0, 1, 2, 3].map((k) => ({ minNotional: k === 0 ? 0 : edge * 2 ** (k - 1), maxNotional: null, maintenanceMarginRate: first + step * k, maintenanceAmount: isStale ? k * edge * step * between(random, 0, 0.9) * (tierUnit === 'contracts' ? 0.5 : 1) : null }));
  const contractless = random() < 0.2;
  return { symbol, price: between(random, 50, 200), lotSize: one(random, [null, 0.001]), contractSize: kind === 'inverse' ? 10 : one(random, [1, 2]), tiers: random() < 0.05 ? [] : tiers, contract: contractless ? null : contract };
}

function randomPosition(random: Random, asset: Asset): Position {
  const isInverse = asset.contract?.kind === 'inverse';
  const entryPrice = asset.price * between(random, 0.9, 1.1);
  const contracts = isInverse ? Math.ceil(between(random, 0, 400)) : thousandths(between(random, 0, 60));
  const units = contracts * asset.contractSize!;
  const value = isInverse ? units / entryPrice : units * entryPrice;
  return { symbol: asset.symbol, side: one(random, ['long', 'short'] as const), contracts, entryPrice, margin: value * between(random, 0.1, 1.2), fixedFee: one(random, [null, value * 0.001]) };
}

function valueOf(assets: readonly Asset[], { symbol, contracts, entryPrice }: Position): number {
  const asset = assets.find((candidate) => candidate.symbol === symbol)!;
  return contracts * asset.contractSize! * (asset.contract?.kind === 'inverse' ? 1 : entryPrice);
}

// ---- the definitions

export type Prices = Readonly<Record<string, number>>;

/** One row: an isolated position, or the account. */
export interface MarginParty {
  readonly symbol: string | null;
  readonly balance: number;
  readonly collateral: readonly { readonly symbol: string; readonly quantity: number; readonly haircut?: number }[];
  readonly positions: readonly Position[];
  readonly isIsolated: boolean;
}

export function marginParties({ market, account }: MarginWorld): MarginParty[] {
  if (account.marginMode === 'cross') return [{ symbol: null, balance: account.balance ?? 0, collateral: account.collateral ?? [], positions: account.positions ?? [], isIsolated: false }];
  return account.positions!.map((position) => {
    const isInverse = market.assets.find(({ symbol }) => symbol === position.symbol)!.contract?.kind === 'inverse';
    return { symbol: position.symbol, balance: isInverse ? 0 : position.margin!, collateral: isInverse ? [{ symbol: position.symbol, quantity: position.margin! }] : [], positions: [position], isIsolated: true };
  });
}

export function marginHealth(market: Market, party: MarginParty, prices: Prices): number {
  const collateral = party.collateral.reduce((sum, { symbol, quantity, haircut = 0 }) => sum + quantity * (1 - haircut) * prices[symbol], 0);
  return party.positions.reduce((sum, position) => {
    const asset = market.assets.find(({ symbol }) => symbol === position.symbol)!;
    const price = prices[position.symbol];
    const isInverse = asset.contract?.kind === 'inverse';
    return sum + (profitOf(asset, position, price) - requiredOf(asset, position, price, party.isIsolated)) * (isInverse ? price : 1);
  }, party.balance + collateral);
}

const units = (asset: Asset, { contracts }: Position) => contracts * (asset.contractSize ?? 1);
const signOf = ({ side }: Position) => (side === 'long' ? 1 : -1);
/** Settlement money: `Q * P`, or `S / P` coins. */
const worthAt = (asset: Asset, position: Position, price: number) => (asset.contract?.kind === 'inverse' ? units(asset, position) / price : units(asset, position) * price);

function profitOf(asset: Asset, position: Position, price: number): number {
  const size = units(asset, position);
  return signOf(position) * size * (asset.contract?.kind === 'inverse' ? 1 / position.entryPrice - 1 / price : price - position.entryPrice);
}

/** Settlement money. */
function requiredOf(asset: Asset, position: Position, price: number, isIsolated: boolean): number {
  const { kind = 'linear', requirementBasis = 'mark', tierFamily = 'marginal', feeRate, feeBasis = 'mark', rateSlope } = asset.contract ?? {};
  const basis = requirementBasis === 'mark' ? price : position.entryPrice;
  const worth = worthAt(asset, position, basis);
  const coins = kind === 'linear' ? units(asset, position) : worth;
  const unit = asset.contract?.tierUnit ?? (kind === 'linear' ? 'notional' : 'coin');
  const size = unit === 'contracts' ? position.contracts : unit === 'coin' ? coins : kind === 'linear' ? worth : units(asset, position);
  const bankruptcyPrice = () => {
    const atEntry = worthAt(asset, position, position.entryPrice);
    const margin = isIsolated ? position.margin! : 0;
    return kind === 'linear' ? Math.max(0, atEntry - signOf(position) * margin) : Math.max(0, atEntry + signOf(position) * margin);
  };
  const charged = feeBasis === 'mark' ? worthAt(asset, position, price) : feeBasis === 'entry' ? worthAt(asset, position, position.entryPrice) : bankruptcyPrice();
  const fees = (feeRate ?? 0) * charged + (position.fixedFee ?? 0);
  const tiers = asset.tiers ?? [];
  if (tiers.length === 0) return fees;
  if (tierFamily === 'sizeLinear') return (tiers[0].maintenanceMarginRate + (rateSlope ?? 0) * coins) * worth - (tiers[0].maintenanceAmount ?? 0) + fees;
  const tier = [...tiers].reverse().find(({ minNotional }, n) => size >= minNotional || n === tiers.length - 1)!;
  if (tier.maintenanceAmount != null) return tier.maintenanceMarginRate * worth - tier.maintenanceAmount + fees;
  if (tierFamily === 'flat') return tier.maintenanceMarginRate * worth + fees;
  const bracketed = tiers.reduce((sum, { minNotional, maintenanceMarginRate }, k) => sum + maintenanceMarginRate * Math.max(0, Math.min(size, tiers[k + 1]?.minNotional ?? Infinity) - minNotional), 0);
  return (bracketed * worth) / size + fees;
}

/** Prices of `symbol` at which the size of some position reaches a tier. */
export function boundaries(market: Market, { positions }: MarginParty, symbol: string): number[] {
  const asset = market.assets.find((candidate) => candidate.symbol === symbol)!;
  return positions.filter((position) => position.symbol === symbol).flatMap((position) => (asset.tiers ?? []).filter(({ minNotional }) => minNotional > 0).map(({ minNotional }) => (asset.contract?.kind === 'inverse' ? units(asset, position) / minNotional : minNotional / units(asset, position))));
}
