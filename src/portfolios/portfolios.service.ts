import { Injectable } from '@nestjs/common';
import { ApiError, type Issue } from '../api/errors.js';
import { insertRows } from '../database/bulk.js';
import { Database, type Transaction } from '../database/database.js';
import { Documents, type Find, type Own, type Which, wholeRow } from '../database/documents.js';
import { VenuesService } from '../venues/venues.service.js';
import type { Institution } from './institution.js';
import { ACCOUNTS_MAX, DOCUMENT_POSITIONS_MAX, type Loan, type MarginAccount, type Portfolio, type PortfolioInput, type PortfolioSummary } from './portfolio.js';
import { portfolioIssues, positionCount } from './portfolio-rules.js';

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

  protected async findOne(from: Transaction, where: Own): Promise<Portfolio | null> {
    const { id } = where;
    const found = await from.portfolio.findUnique({ where });
    if (!found) return null;
    const { accountCount, positionCount, loanCount: _loanCount, institutionCount: _institutionCount, ...portfolio } = found;
    refuseTooLarge(id, accountCount, positionCount);
    return { ...portfolio, accounts: await findAccounts(from, id), loans: await findLoans(from, id), institutions: await findInstitutions(from, id) };
  }

  protected findPage(from: Transaction, query: Find): Promise<PortfolioSummary[]> {
    return from.portfolio.findMany(query);
  }

  protected async insert(write: Transaction, id: string, { accounts, loans, institutions, ...portfolio }: PortfolioInput): Promise<void> {
    await write.portfolio.create({ data: { id, ...portfolio, ...counts({ accounts, loans, institutions }) } });
    await insertAccounts(write, id, accounts);
    await insertLoans(write, id, loans);
    await insertInstitutions(write, id, institutions);
  }

  protected async update(write: Transaction, which: Which, { accounts, loans, institutions, ...portfolio }: PortfolioInput): Promise<void> {
    await write.portfolio.update({ where: which, data: { ...wholeRow(portfolio), ...counts({ accounts, loans, institutions }) } });
    await write.account.deleteMany({ where: { portfolioId: which.id } });
    await write.loan.deleteMany({ where: { portfolioId: which.id } });
    await write.institution.deleteMany({ where: { portfolioId: which.id } });
    await insertAccounts(write, which.id, accounts);
    await insertLoans(write, which.id, loans);
    await insertInstitutions(write, which.id, institutions);
  }

  protected erase(write: Transaction, where: Which): Promise<{ count: number }> {
    return write.portfolio.deleteMany({ where });
  }
}

function counts({ accounts, loans, institutions }: Pick<PortfolioInput, 'accounts' | 'loans' | 'institutions'>) {
  return { accountCount: accounts.length, positionCount: positionCount(accounts), loanCount: loans.length, institutionCount: institutions.length };
}

/** What was imported may be more than memory should hold at once. */
function refuseTooLarge(id: string, accounts: number, positions: number): void {
  if (accounts <= ACCOUNTS_MAX && positions <= DOCUMENT_POSITIONS_MAX) return;
  throw new ApiError('TOO_MANY_POSITIONS', `Portfolio ${id} holds ${positions} positions in ${accounts} accounts; as one document it is read up to ${DOCUMENT_POSITIONS_MAX} in ${ACCOUNTS_MAX}. Read its positions in pages, or export them.`);
}

async function insertAccounts(write: Transaction, portfolioId: string, accounts: readonly MarginAccount[]): Promise<void> {
  await insertRows(write, 'account', accounts.map(({ reference, marginMode, balance, exchange }, ordinal) => ({ portfolioId, ordinal, reference, marginMode, balance, exchange })));
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

async function insertInstitutions(write: Transaction, portfolioId: string, institutions: readonly Institution[]): Promise<void> {
  await insertRows(write, 'institution', institutions.map(({ holdings: _holdings, ...institution }, ordinal) => ({ portfolioId, ordinal, ...institution })));
  await insertRows(write, 'institutionHolding', institutions.flatMap(({ holdings }, institutionOrdinal) => holdings.map((holding, ordinal) => ({ portfolioId, institutionOrdinal, ordinal, ...holding }))));
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

async function findInstitutions(from: Transaction, portfolioId: string): Promise<Institution[]> {
  const institutions = await from.institution.findMany({ where: { portfolioId }, orderBy: { ordinal: ASCENDING } });
  const ofInstitutions = { where: { portfolioId }, orderBy: [{ institutionOrdinal: ASCENDING }, { ordinal: ASCENDING }], omit: { institutionOrdinal: false as const } };
  const holdings = byParent(await from.institutionHolding.findMany(ofInstitutions), 'institutionOrdinal');
  return institutions.map((institution, i) => ({ ...institution, holdings: holdings(i) }));
}

/** Children, freed of the key, by the ordinal of their parent. */
function byParent<K extends string, T extends Readonly<Record<K, number>>>(rows: readonly T[], key: K): (ordinal: number) => Omit<T, K>[] {
  const families: Omit<T, K>[][] = [];
  for (const { [key]: parent, ...child } of rows) (families[parent] ??= []).push(child);
  return (ordinal) => families[ordinal] ?? [];
}
