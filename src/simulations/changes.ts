import type { Issue } from '../api/errors.js';
import { issue, type Path } from '../api/rules.js';
import { mapped, type Work } from '../api/turns.js';
import type { MarketInput } from '../markets/market.js';
import type { Institution } from '../portfolios/institution.js';
import type { Loan, MarginAccount, PortfolioInput, Position, PositionSide } from '../portfolios/portfolio.js';
import type { Changes, OrderChange, TransferChange } from './what-if.js';

const SIDE: Readonly<Record<OrderChange['side'], PositionSide>> = { buy: 'long', sell: 'short' };

/** The portfolio with orders filled and collateral moved, or what is wrong with that; nothing that was given is edited. */
export function* changed(portfolio: PortfolioInput, changes: Changes, market: MarketInput): Work<{ portfolio: PortfolioInput; issues: Issue[] }> {
  const touched = accountsIn(changes);
  const editable = <T extends { readonly reference: string }>(parties: readonly T[]) => mapped(parties, (party) => (touched.has(party.reference) ? structuredClone(party) : party));
  const accounts = yield* editable(portfolio.accounts);
  const loans = yield* editable(portfolio.loans);
  const institutions = yield* editable(portfolio.institutions);
  const account = new Map(accounts.map((each) => [each.reference, each]));
  const loan = new Map(loans.map((each) => [each.reference, each]));
  const institution = new Map(institutions.map((each) => [each.reference, each]));
  const asset = new Map(market.assets.map((each) => [each.symbol, each]));
  const issues: Issue[] = [];

  for (const [i, order] of changes.orders.entries()) {
    const at: Path = ['changes', 'orders', i];
    const target = account.get(order.account);
    const contract = asset.get(order.symbol);
    if (!target) issues.push(issue([...at, 'account'], 'NOT_FOUND', `the portfolio has no margin account ${order.account}`));
    else if (!contract) issues.push(issue([...at, 'symbol'], 'UNPRICED', `the market does not price ${order.symbol}`));
    else fill(target, order, { price: order.price ?? contract.price, contractSize: contract.contractSize, isInverse: contract.contract?.kind === 'inverse' });
    yield;
  }
  for (const [i, transfer] of changes.transfers.entries()) {
    const at: Path = ['changes', 'transfers', i];
    const target = account.get(transfer.account);
    const debtor = loan.get(transfer.account);
    const owner = institution.get(transfer.account);
    if (target) issues.push(...(target.marginMode === 'isolated' ? moveMargin(target, transfer, at) : moveCollateral(target, transfer, at)));
    else if (debtor) issues.push(...moveSecurity(debtor, transfer, at));
    else if (owner) issues.push(...moveAssets(owner, transfer, at));
    else issues.push(issue([...at, 'account'], 'NOT_FOUND', `the portfolio has no account, loan or institution ${transfer.account}`));
    yield;
  }
  return { portfolio: { ...portfolio, accounts, loans, institutions }, issues };
}

export function accountsIn({ orders, transfers }: Changes): Set<string> {
  return new Set([...orders, ...transfers].map(({ account }) => account));
}

interface Fill {
  readonly price: number;
  readonly contractSize: number;
  readonly isInverse: boolean;
}

/** Closes the opposite position first and realises its profit, then opens or adds at the average entry price: of an inverse contract the harmonic one. */
function fill(account: MarginAccount, { symbol, side, amount }: OrderChange, at: Fill): void {
  const opposite = account.positions.find((position) => position.symbol === symbol && position.side !== SIDE[side]);
  const closed = Math.min(amount, opposite?.contracts ?? 0);
  if (opposite && closed > 0) {
    realise(account, opposite, closed, at);
    if (opposite.fixedFee != null) opposite.fixedFee *= 1 - closed / opposite.contracts;
    opposite.contracts -= closed;
    if (opposite.contracts === 0) account.positions = account.positions.filter((position) => position !== opposite);
  }
  const opened = amount - closed;
  if (opened === 0) return;
  const same = account.positions.find((position) => position.symbol === symbol && position.side === SIDE[side]);
  if (same) {
    const total = same.contracts + opened;
    same.entryPrice = at.isInverse ? total / (same.contracts / same.entryPrice + opened / at.price) : (same.entryPrice * same.contracts + at.price * opened) / total;
    same.contracts = total;
  } else {
    // a turned isolated position keeps the margin of the one it replaces
    account.positions.push({ symbol, side: SIDE[side], contracts: opened, entryPrice: at.price, ...(account.marginMode === 'isolated' && { margin: opposite?.margin ?? 0 }) });
  }
}

/** Profit in settlement money: coins of an inverse contract are held as its own symbol, and what they cannot pay is borrowed as cash. */
function realise(account: MarginAccount, position: Position, contracts: number, { price, contractSize, isInverse }: Fill): void {
  const face = (position.side === 'long' ? 1 : -1) * contracts * (position.contractSize ?? contractSize);
  const profit = isInverse ? face * (1 / position.entryPrice - 1 / price) : face * (price - position.entryPrice);
  if (account.marginMode === 'isolated') position.margin = (position.margin ?? 0) + profit;
  else if (isInverse) settleCoins(account, position.symbol, profit, price);
  else account.balance += profit;
}

function settleCoins(account: MarginAccount, symbol: string, profit: number, price: number): void {
  let coins = account.collateral.find((each) => each.symbol === symbol);
  if (!coins) account.collateral.push((coins = { symbol, quantity: 0, haircut: 0 }));
  coins.quantity += profit;
  if (coins.quantity >= 0) return;
  account.balance += coins.quantity * price;
  coins.quantity = 0;
}

function moveMargin({ positions }: MarginAccount, { symbol, amount }: TransferChange, at: Path): Issue[] {
  const position = positions.find((each) => each.symbol === symbol);
  if (!position) return [issue([...at, 'symbol'], 'UNHELD', 'names no position of this isolated account')];
  position.margin = (position.margin ?? 0) + amount;
  return position.margin < 0 ? [tooMuch(at)] : [];
}

function moveCollateral(account: MarginAccount, { symbol, amount }: TransferChange, at: Path): Issue[] {
  if (symbol == null) account.balance += amount;
  else return moveUnits(account.collateral, symbol, amount, at, () => ({ symbol, quantity: 0, haircut: 0 }));
  return [];
}

function moveSecurity(loan: Loan, { symbol, amount }: TransferChange, at: Path): Issue[] {
  if (symbol != null) return moveUnits(loan.collateral, symbol, amount, at);
  const debt = loan.debts.find((each) => each.symbol == null);
  if (!debt) return [issue([...at, 'symbol'], 'UNHELD', 'the loan has no debt in the valuation currency to repay')];
  debt.quantity -= amount;
  return debt.quantity < 0 ? [tooMuch(at)] : [];
}

function moveAssets(institution: Institution, { symbol, amount }: TransferChange, at: Path): Issue[] {
  if (symbol != null) return moveUnits(institution.holdings, symbol, amount, at, () => ({ symbol, quantity: 0, isIlliquid: false }));
  institution.cash += amount;
  return institution.cash < 0 ? [tooMuch(at)] : [];
}

function moveUnits<T extends { symbol: string; quantity: number }>(held: T[], symbol: string, amount: number, at: Path, create?: () => T): Issue[] {
  let holding = held.find((each) => each.symbol === symbol);
  if (!holding && create) held.push((holding = create()));
  if (!holding) return [issue([...at, 'symbol'], 'UNHELD', 'holds no such asset')];
  holding.quantity += amount;
  return holding.quantity < 0 ? [tooMuch(at)] : [];
}

function tooMuch(at: Path): Issue {
  return issue([...at, 'amount'], 'OUT_OF_RANGE', 'takes out more than there is');
}
