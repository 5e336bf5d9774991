import type { Issue } from '../api/errors.js';
import { issue, type Path, repeated } from '../api/rules.js';
import type { MarginAccount, PortfolioInput, PositionSide, StopOrder } from './portfolio.js';

/** Contradictions inside a portfolio whose fields are each right. */
export function portfolioIssues({ accounts, loans }: PortfolioInput): Issue[] {
  const places: Path[] = [...accounts.map((_, i) => ['accounts', i]), ...loans.map((_, i) => ['loans', i])];
  return [
    ...repeated([...accounts, ...loans].map((party) => party.reference)).map((i) => issue([...places[i]!, 'reference'], 'DUPLICATE', 'is the reference of another account or loan')),
    ...accounts.flatMap((account, i) => accountIssues(account, ['accounts', i])),
  ];
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
