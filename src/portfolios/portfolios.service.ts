import { Injectable } from '@nestjs/common';
import { ApiError, type Issue } from '../api/errors.js';
import { type Page, pageOf } from '../api/pages.js';
import type { Work } from '../api/turns.js';
import { insertRows, partsOf, whole } from '../database/bulk.js';
import { Database, type Transaction } from '../database/database.js';
import { Documents, type Find, type Own, type Which, wholeRow } from '../database/documents.js';
import { VenuesService } from '../venues/venues.service.js';
import type { Institution } from './institution.js';
import { ACCOUNTS_MAX, DOCUMENT_POSITIONS_MAX, type Loan, type MarginAccount, type Portfolio, type PortfolioInput, type PortfolioSummary } from './portfolio.js';
import { portfolioIssues, positionCount } from './portfolio-rules.js';

@Injectable()
export class PortfoliosService extends Documents<PortfolioInput, Portfolio, PortfolioSummary> {
  constructor(
    database: Database,
    private readonly venues: VenuesService,
  ) {
    super(database, 'portfolio');
  }

  *issues(portfolio: PortfolioInput): Work<Issue[]> {
    return [...(yield* portfolioIssues(portfolio)), ...this.venues.unknown(portfolio)];
  }

  protected async findOne(from: Transaction, where: Own): Promise<Portfolio | null> {
    const { id } = where;
    const found = await from.portfolio.findUnique({ where });
    if (!found) return null;
    const { accountCount, positionCount, loanCount: _loanCount, institutionCount: _institutionCount, ...portfolio } = found;
    refuseTooLarge(id, accountCount, positionCount);
    return { ...portfolio, accounts: await findAccounts(from, id), loans: await findLoans(from, id), institutions: await findInstitutions(from, id) };
  }

  protected async findPage(from: Transaction, { limit, ...query }: Find): Promise<Page<PortfolioSummary>> {
    return pageOf(await from.portfolio.findMany({ ...query, take: limit + 1 }), limit);
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
  const children = <T>(list: (account: MarginAccount) => readonly T[]) => childRows(accounts, list, (accountOrdinal, ordinal, child) => ({ portfolioId, accountOrdinal, ordinal, ...child }));
  await insertRows(write, 'collateral', children((account) => account.collateral));
  await insertRows(write, 'position', children((account) => account.positions));
  await insertRows(write, 'stopOrder', children((account) => account.stopOrders));
}

async function insertLoans(write: Transaction, portfolioId: string, loans: readonly Loan[]): Promise<void> {
  await insertRows(write, 'loan', loans.map(({ collateral: _collateral, debts: _debts, ...loan }, ordinal) => ({ portfolioId, ordinal, ...loan })));
  const children = <T>(list: (loan: Loan) => readonly T[]) => childRows(loans, list, (loanOrdinal, ordinal, child) => ({ portfolioId, loanOrdinal, ordinal, ...child }));
  await insertRows(write, 'loanCollateral', children((loan) => loan.collateral));
  await insertRows(write, 'debt', children((loan) => loan.debts));
}

async function insertInstitutions(write: Transaction, portfolioId: string, institutions: readonly Institution[]): Promise<void> {
  await insertRows(write, 'institution', institutions.map(({ holdings: _holdings, ...institution }, ordinal) => ({ portfolioId, ordinal, ...institution })));
  await insertRows(write, 'institutionHolding', childRows(institutions, ({ holdings }) => holdings, (institutionOrdinal, ordinal, holding) => ({ portfolioId, institutionOrdinal, ordinal, ...holding })));
}

function* childRows<P, T, R>(parents: readonly P[], list: (parent: P) => readonly T[], row: (parentOrdinal: number, ordinal: number, child: T) => R): Generator<R> {
  for (const [parentOrdinal, parent] of parents.entries()) for (const [ordinal, child] of list(parent).entries()) yield row(parentOrdinal, ordinal, child);
}

async function findAccounts(from: Transaction, portfolioId: string): Promise<MarginAccount[]> {
  const accounts = await whole(partsOf(from, 'account', portfolioId), ({ ordinal: _ordinal, ...account }) => ({ ...account, collateral: [], positions: [], stopOrders: [] }) as unknown as MarginAccount);
  for (const list of ['collateral', 'position', 'stopOrder'] as const) {
    const named = list === 'collateral' ? list : (`${list}s` as const);
    await whole(partsOf(from, list, portfolioId), ({ accountOrdinal, ordinal: _ordinal, ...child }) => accounts[accountOrdinal]![named].push(child as never));
  }
  return accounts;
}

async function findLoans(from: Transaction, portfolioId: string): Promise<Loan[]> {
  const loans = await whole(partsOf(from, 'loan', portfolioId), ({ ordinal: _ordinal, ...loan }) => ({ ...loan, collateral: [], debts: [] }) as unknown as Loan);
  await whole(partsOf(from, 'loanCollateral', portfolioId), ({ loanOrdinal, ordinal: _ordinal, ...child }) => loans[loanOrdinal]!.collateral.push(child as never));
  await whole(partsOf(from, 'debt', portfolioId), ({ loanOrdinal, ordinal: _ordinal, ...child }) => loans[loanOrdinal]!.debts.push(child as never));
  return loans;
}

async function findInstitutions(from: Transaction, portfolioId: string): Promise<Institution[]> {
  const institutions = await whole(partsOf(from, 'institution', portfolioId), ({ ordinal: _ordinal, ...institution }) => ({ ...institution, holdings: [] }) as unknown as Institution);
  await whole(partsOf(from, 'institutionHolding', portfolioId), ({ institutionOrdinal, ordinal: _ordinal, ...child }) => institutions[institutionOrdinal]!.holdings.push(child as never));
  return institutions;
}
