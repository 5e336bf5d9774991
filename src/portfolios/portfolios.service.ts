import { Injectable } from '@nestjs/common';
import type { Issue } from '../api/errors.js';
import { insertRows } from '../database/bulk.js';
import { Database, type Transaction } from '../database/database.js';
import { Documents, type Find, wholeRow } from '../database/documents.js';
import { VenuesService } from '../venues/venues.service.js';
import type { Loan, MarginAccount, Portfolio, PortfolioInput, PortfolioSummary } from './portfolio.js';
import { portfolioIssues } from './portfolio-rules.js';

const ASCENDING = 'asc' as const;

@Injectable()
export class PortfoliosService extends Documents<PortfolioInput, Portfolio, PortfolioSummary> {
  constructor(
    database: Database,
    private readonly venues: VenuesService,
  ) {
    super(database, 'portfolio');
  }

  issues(portfolio: PortfolioInput): Issue[] {
    return [...portfolioIssues(portfolio), ...this.venues.unknown(portfolio)];
  }

  protected async findOne(from: Transaction, id: string): Promise<Portfolio | null> {
    const portfolio = await from.portfolio.findUnique({ where: { id }, omit: { accountCount: true, loanCount: true } });
    return portfolio && { ...portfolio, accounts: await findAccounts(from, id), loans: await findLoans(from, id) };
  }

  protected findPage(from: Transaction, query: Find): Promise<PortfolioSummary[]> {
    return from.portfolio.findMany(query);
  }

  protected async insert(write: Transaction, id: string, { accounts, loans, ...portfolio }: PortfolioInput): Promise<void> {
    await write.portfolio.create({ data: { id, ...portfolio, accountCount: accounts.length, loanCount: loans.length } });
    await insertAccounts(write, id, accounts);
    await insertLoans(write, id, loans);
  }

  protected async update(write: Transaction, id: string, { accounts, loans, ...portfolio }: PortfolioInput): Promise<void> {
    await write.portfolio.update({ where: { id }, data: { ...wholeRow(portfolio), accountCount: accounts.length, loanCount: loans.length } });
    await write.account.deleteMany({ where: { portfolioId: id } });
    await write.loan.deleteMany({ where: { portfolioId: id } });
    await insertAccounts(write, id, accounts);
    await insertLoans(write, id, loans);
  }

  protected erase(id: string): Promise<{ count: number }> {
    return this.database.portfolio.deleteMany({ where: { id } });
  }
}

async function insertAccounts(write: Transaction, portfolioId: string, accounts: readonly MarginAccount[]): Promise<void> {
  await insertRows(write, 'account', accounts.map(({ reference, marginMode, balance }, ordinal) => ({ portfolioId, ordinal, reference, marginMode, balance })));
  const children = <T>(list: (account: MarginAccount) => readonly T[]) => accounts.flatMap((account, accountOrdinal) => list(account).map((child, ordinal) => ({ portfolioId, accountOrdinal, ordinal, ...child })));
  await insertRows(write, 'collateral', children((account) => account.collateral));
  await insertRows(write, 'position', children((account) => account.positions));
  await insertRows(write, 'stopOrder', children((account) => account.stopOrders));
}

async function insertLoans(write: Transaction, portfolioId: string, loans: readonly Loan[]): Promise<void> {
  await insertRows(write, 'loan', loans.map(({ collateral: _collateral, debts: _debts, ...loan }, ordinal) => ({ portfolioId, ordinal, ...loan })));
  const children = <T>(list: (loan: Loan) => readonly T[]) => loans.flatMap((loan, loanOrdinal) => list(loan).map((child, ordinal) => ({ portfolioId, loanOrdinal, ordinal, ...child })));
  await insertRows(write, 'loanCollateral', children((loan) => loan.collateral));
  await insertRows(write, 'debt', children((loan) => loan.debts));
}

/** One statement a table: Prisma's `include` would name every account in the statement for its positions. */
async function findAccounts(from: Transaction, portfolioId: string): Promise<MarginAccount[]> {
  const ofAccounts = { where: { portfolioId }, orderBy: [{ accountOrdinal: ASCENDING }, { ordinal: ASCENDING }], omit: { accountOrdinal: false as const } };
  const accounts = await from.account.findMany({ where: { portfolioId }, orderBy: { ordinal: ASCENDING } });
  const collateral = byParent(await from.collateral.findMany(ofAccounts), 'accountOrdinal');
  const positions = byParent(await from.position.findMany(ofAccounts), 'accountOrdinal');
  const stopOrders = byParent(await from.stopOrder.findMany(ofAccounts), 'accountOrdinal');
  return accounts.map((account, i) => ({ ...account, collateral: collateral(i), positions: positions(i), stopOrders: stopOrders(i) }));
}

async function findLoans(from: Transaction, portfolioId: string): Promise<Loan[]> {
  const ofLoans = { where: { portfolioId }, orderBy: [{ loanOrdinal: ASCENDING }, { ordinal: ASCENDING }], omit: { loanOrdinal: false as const } };
  const loans = await from.loan.findMany({ where: { portfolioId }, orderBy: { ordinal: ASCENDING } });
  const collateral = byParent(await from.loanCollateral.findMany(ofLoans), 'loanOrdinal');
  const debts = byParent(await from.debt.findMany(ofLoans), 'loanOrdinal');
  return loans.map((loan, i) => ({ ...loan, collateral: collateral(i), debts: debts(i) }));
}

/** Children, freed of the key, by the ordinal of their parent. */
function byParent<K extends string, T extends Readonly<Record<K, number>>>(rows: readonly T[], key: K): (ordinal: number) => Omit<T, K>[] {
  const families: Omit<T, K>[][] = [];
  for (const { [key]: parent, ...child } of rows) (families[parent] ??= []).push(child);
  return (ordinal) => families[ordinal] ?? [];
}
