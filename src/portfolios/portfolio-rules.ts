import type { Issue } from '../api/errors.js';
import { eachOf, issue, type Path, repeated, seenBefore } from '../api/rules.js';
import type { Work } from '../api/turns.js';
import type { Institution } from './institution.js';
import { DOCUMENT_POSITIONS_MAX, type MarginAccount, type MarginMode, type Oracle, type PortfolioInput, type PositionSide, type StopOrder } from './portfolio.js';

/** Contradictions inside a portfolio whose fields are each right. */
export function* portfolioIssues(portfolio: PortfolioInput): Work<Issue[]> {
  const { accounts, loans, institutions } = portfolio;
  const isRepeated = seenBefore();
  const tooMany = positionCount(accounts) > DOCUMENT_POSITIONS_MAX ? [issue(['accounts'], 'OUT_OF_RANGE', `hold more than ${DOCUMENT_POSITIONS_MAX} positions: import them`)] : [];
  return [
    ...tooMany,
    ...(yield* eachOf([...accounts, ...loans, ...institutions], ({ reference }, i) => (isRepeated(reference) ? [issue([...placeOf(portfolio, i), 'reference'], 'DUPLICATE', 'is the reference of another account, loan or institution')] : []))),
    ...(yield* eachOf(accounts, (account, i) => accountIssues(account, ['accounts', i]))),
    ...(yield* eachOf(institutions, (institution, i) => institutionIssues(institution, ['institutions', i]))),
    ...(yield* eachOf(loans, ({ collateral, debts }, i) => [...collateral.flatMap(({ oracle }, k) => oracleIssues(oracle, ['loans', i, 'collateral', k, 'oracle'])), ...debts.flatMap(({ oracle }, k) => oracleIssues(oracle, ['loans', i, 'debts', k, 'oracle']))])),
  ];
}

/** Of the i-th party. */
function placeOf({ accounts, loans }: PortfolioInput, i: number): Path {
  if (i < accounts.length) return ['accounts', i];
  return i < accounts.length + loans.length ? ['loans', i - accounts.length] : ['institutions', i - accounts.length - loans.length];
}

function institutionIssues({ leverageMax, leverageTarget, resolutionLeverage, holdings }: Institution, at: Path): Issue[] {
  return [
    ...(leverageTarget != null && leverageTarget > leverageMax ? [issue([...at, 'leverageTarget'], 'OUT_OF_RANGE', 'is larger than leverageMax')] : []),
    ...(resolutionLeverage != null && resolutionLeverage < leverageMax ? [issue([...at, 'resolutionLeverage'], 'OUT_OF_RANGE', 'is smaller than leverageMax')] : []),
    ...repeated(holdings.map(({ symbol, isIlliquid }) => `${symbol} ${isIlliquid}`)).map((i) => issue([...at, 'holdings', i, 'symbol'], 'DUPLICATE', 'is held by another holding of the institution')),
  ];
}

function oracleIssues(oracle: Oracle | null | undefined, at: Path): Issue[] {
  return [
    ...(oracle?.lag != null && oracle.rule !== 'lagged' ? [issue([...at, 'lag'], 'FORBIDDEN', 'is only for the rule lagged')] : []),
    ...(oracle?.price != null && oracle.rule !== 'pegged' ? [issue([...at, 'price'], 'FORBIDDEN', 'is only for the rule pegged')] : []),
  ];
}

/** Contradictions inside one line of a file of positions. */
export function lineIssues({ marginMode, balance, margin }: { readonly marginMode?: MarginMode; readonly balance?: number | null; readonly margin?: number | null }, holdsPosition: boolean): Issue[] {
  if (marginMode === 'cross') return margin == null ? [] : [issue(['margin'], 'FORBIDDEN', 'is only for isolated accounts')];
  return [
    ...(balance ? [issue(['balance'], 'FORBIDDEN', 'is only for cross accounts: the margin of the positions is all there is')] : []),
    ...(holdsPosition && margin == null ? [issue(['margin'], 'MISSING', 'is needed in an isolated account')] : []),
  ];
}

export function positionCount(accounts: readonly MarginAccount[]): number {
  return accounts.reduce((sum, { positions }) => sum + positions.length, 0);
}

function accountIssues(account: MarginAccount, at: Path): Issue[] {
  return [
    ...repeated(account.positions.map(({ symbol, side }) => `${side} ${symbol}`)).map((i) => issue([...at, 'positions', i, 'symbol'], 'DUPLICATE', `is held ${account.positions[i]!.side} by another position of the account`)),
    ...(account.marginMode === 'isolated' ? isolatedIssues(account, at) : crossIssues(account, at)),
  ];
}

function crossIssues({ positions }: MarginAccount, at: Path): Issue[] {
  return positions.flatMap(({ margin }, i) => (margin == null ? [] : [issue([...at, 'positions', i, 'margin'], 'FORBIDDEN', 'is only for isolated accounts')]));
}

function isolatedIssues({ balance, collateral, positions, stopOrders }: MarginAccount, at: Path): Issue[] {
  const held = new Set(positions.map(({ symbol }) => symbol));
  const reducible = new Set(positions.map(({ symbol, side }) => `${side} ${symbol}`));
  return [
    ...(balance === 0 ? [] : [issue([...at, 'balance'], 'FORBIDDEN', 'is only for cross accounts: the margin of the positions is all there is')]),
    ...(collateral.length === 0 ? [] : [issue([...at, 'collateral'], 'FORBIDDEN', 'is only for cross accounts: the margin of the positions is all there is')]),
    ...positions.flatMap(({ margin }, i) => (margin == null ? [issue([...at, 'positions', i, 'margin'], 'MISSING', 'is needed in an isolated account')] : [])),
    ...stopOrders.flatMap((stop, i) => {
      const here = (field: keyof StopOrder) => [...at, 'stopOrders', i, field];
      if (!held.has(stop.symbol)) return [issue(here('symbol'), 'UNHELD', 'is the symbol of no position of this isolated account')];
      return reducible.has(`${REDUCED_BY[stop.side]} ${stop.symbol}`) ? [] : [issue(here('side'), 'UNHELD', 'reduces no position of this isolated account')];
    }),
  ];
}

const REDUCED_BY: Readonly<Record<StopOrder['side'], PositionSide>> = { sell: 'long', buy: 'short' };
