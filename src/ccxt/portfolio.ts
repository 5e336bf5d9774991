import { isPlainObject, NUMBER_MAX } from '../api/fields.js';
import { mapped, type Work } from '../api/turns.js';
import { type MarginAccount, POSITIONS_MAX, type Position } from '../portfolios/portfolio.js';
import { crossCash, nameOtherCoins, type Stated, statedCash } from './balance.js';
import type { CcxtPortfolio, CcxtPortfolioInput } from './conversion.js';
import { bySymbol, type Foreign, grouped, items } from './foreign.js';
import { EMPTY, type Held, held } from './held.js';
import { Remarks } from './remarks.js';

/** Positions and balance of one exchange account: a cross account for each settle currency, and one of the isolated positions. */
export function* portfolioOf({ name, account, positions, balance, markets, marginMode }: CcxtPortfolioInput): Work<CcxtPortfolio> {
  const remarks = new Remarks();
  const known = new Map([...(yield* bySymbol(markets, ['markets'], remarks))].map(([symbol, { value }]) => [symbol, value]));
  const read = yield* mapped(items(positions, ['positions']), (item) => held(item, known, marginMode ?? null, remarks));
  const open = ofOneValuation(yield* withoutTwins(read.filter((each) => each !== null && each !== EMPTY), remarks), remarks);
  const isolated = open.filter((each) => each.marginMode === 'isolated');
  const cross = grouped(open.filter((each) => each.marginMode === 'cross'), ({ settle }) => settle);
  const isOneCurrency = cross.size === 1;
  if (!isOneCurrency && cross.size > 0) remarks.assume(['positions'], `cross positions settle in ${[...cross.keys()].join(', ')}: each currency is an account of its own, none backs the other`);

  const wallet = isPlainObject(balance) ? (balance as Foreign) : null;
  const stated = wallet && (yield* statedCash(wallet));
  const accounts = [
    ...(yield* mapped(cross, ([currency, group]) => crossAccount(isOneCurrency ? account : `${account} ${currency}`, { currency, group, isolated, wallet, stated }, remarks))),
    ...isolatedAccounts(`${account} isolated`, isolated, remarks),
  ];
  if (wallet) yield* nameOtherCoins(wallet, new Set(cross.keys()), remarks);
  return { portfolio: { name, accounts, loans: [], institutions: [] }, emptyPositions: read.filter((each) => each === EMPTY).length, ...remarks.shown() };
}

/** Of one symbol an account holds at most one long and one short. */
function* withoutTwins(all: readonly Held[], remarks: Remarks): Work<Held[]> {
  const first = new Map<string, Held>();
  const count = { cross: 0, isolated: 0 };
  for (const each of all) {
    const { at, symbol, side, marginMode } = each;
    const key = `${marginMode} ${side} ${symbol}`;
    if (first.has(key)) remarks.leaveOut(at, `is a second ${side} of ${symbol}: convert each exchange account by itself`);
    else if (count[marginMode] === POSITIONS_MAX) remarks.leaveOut(at, `is beyond the ${POSITIONS_MAX} positions of an account`);
    else {
      count[marginMode]++;
      first.set(key, each);
    }
    yield;
  }
  return [...first.values()];
}

/** Cross positions of one currency are settled in it or valued in it as a coin, not both: the linear ones of a coin that backs inverse ones are left out. */
function ofOneValuation(all: readonly Held[], remarks: Remarks): Held[] {
  const coins = new Set(all.filter(({ isInverse, marginMode }) => isInverse && marginMode === 'cross').map(({ settle }) => settle));
  return all.filter(({ at, isInverse, marginMode, settle }) => isInverse || marginMode === 'isolated' || !coins.has(settle) || remarks.leaveOut(at, `is linear in ${settle}, which backs inverse positions and is valued as a coin: convert it by itself`));
}

interface CrossGroup {
  readonly currency: string;
  readonly group: readonly Held[];
  readonly isolated: readonly Held[];
  readonly wallet: Foreign | null;
  readonly stated: Stated | null;
}

function crossAccount(reference: string, { currency, group, isolated, wallet, stated }: CrossGroup, remarks: Remarks): MarginAccount {
  const isolatedMargin = isolated.filter(({ settle }) => settle === currency).reduce((sum, { margin }) => sum + Math.max(margin ?? 0, 0), 0);
  const unrealizedPnl = group.reduce((sum, each) => sum + each.unrealizedPnl, 0);
  const cash = wallet && stated ? crossCash(wallet, stated, { currency, unrealizedPnl, isolatedMargin }, remarks) : null;
  const balance = cash ?? marginInUse(currency, group, remarks);
  const coin = group[0]!.isInverse ? coinOf(currency, group, remarks) : null;
  const isInRange = Math.abs(balance) <= NUMBER_MAX && (coin === null || balance >= 0);
  if (!isInRange) remarks.leaveOut(['balance', 'total', currency], `is not a number in range: the account has no ${coin === null ? 'cash' : 'coins'}`);
  const cashOrCoins = isInRange ? balance : 0;
  const backing = coin === null ? { balance: cashOrCoins, collateral: [] } : { balance: 0, collateral: cashOrCoins > 0 ? [{ symbol: coin, quantity: cashOrCoins, haircut: 0 }] : [] };
  return { reference, marginMode: 'cross', ...backing, positions: group.map(positionOf), stopOrders: [] };
}

/** The asset that the settle coin is worth as much as: the perpetual where there is one. */
function coinOf(currency: string, group: readonly Held[], remarks: Remarks): string {
  const { symbol } = group.find((each) => each.symbol.endsWith(`:${currency}`)) ?? group[0]!;
  if (group.length > 1) remarks.assume(['balance', 'total', currency], `is held as coins at the price of ${symbol}: no other contract of the account moves their value`);
  return symbol;
}

/** What stands in for the balance when it is not posted: the account's collateral where each position tells the same, else the margin in use. */
function marginInUse(currency: string, group: readonly Held[], remarks: Remarks): number {
  const [first] = group;
  if (group.length > 1 && first!.collateral && group.every(({ collateral }) => collateral === first!.collateral)) {
    remarks.assume(['balance'], `tells no ${currency}: the cross positions tell one collateral, taken as that of the account with all unrealised profit in it`);
    return group.reduce((sum, { unrealizedPnl }) => sum - unrealizedPnl, first!.collateral);
  }
  remarks.assume(['balance'], `tells no ${currency}: the margin of the cross positions is taken, which leaves out what is free`);
  for (const { at, margin } of group) if (margin === null) remarks.leaveOut([...at, 'collateral'], 'is not told and there is no balance: the cash of its cross account is too low; post the balance');
  return group.reduce((sum, { margin }) => sum + (margin ?? 0), 0);
}

function isolatedAccounts(reference: string, isolated: readonly Held[], remarks: Remarks): MarginAccount[] {
  const positions = isolated.flatMap((each) => {
    if (each.margin !== null && each.margin >= 0 && each.margin <= NUMBER_MAX) return [{ ...positionOf(each), margin: each.margin }];
    remarks.leaveOut([...each.at, 'collateral'], each.margin === null ? 'is not told, nor is the initial margin or the leverage: an isolated position needs its margin' : 'gives a margin that is below 0 or out of range');
    return [];
  });
  return positions.length > 0 ? [{ reference, marginMode: 'isolated', balance: 0, collateral: [], positions, stopOrders: [] }] : [];
}

function positionOf({ symbol, side, contracts, contractSize, entryPrice }: Held): Position {
  return { symbol, side, contracts, ...(contractSize !== null && { contractSize }), entryPrice };
}
