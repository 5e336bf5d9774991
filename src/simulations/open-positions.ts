import { prepare, standings, thresholds } from '../engine/index.js';
import type { MarketInput } from '../markets/market.js';
import type { MarginAccount, MarginMode, PortfolioInput, Position } from '../portfolios/portfolio.js';

/** One position at the marks. Money is settlement money, coins of an inverse contract; profit of a short positive when the price has fallen. */
export interface OpenPosition {
  readonly account: string;
  readonly marginMode: MarginMode;
  readonly position: Position;
  readonly contractSize: number;
  readonly markPrice: number;
  /** Value at the mark. */
  readonly notional: number;
  readonly unrealizedPnl: number;
  /** Requirement of this position alone. */
  readonly requirement: number;
  /** What stands behind it, unrealised profit included, and what all that it backs requires: of the position itself when isolated, of the account when cross. */
  readonly equity: number;
  readonly requiredInAll: number;
  readonly liquidationPrice: number | null;
  /** Why there is none, on the side that hurts. */
  readonly reason: string | null;
  readonly isInBreach: boolean;
}

/** Every position of a portfolio that is a lot or more, in its order, with the numbers of the engine. The documents fit each other. */
export function* openPositions({ market, portfolio }: { readonly market: MarketInput; readonly portfolio: PortfolioInput }): Generator<OpenPosition> {
  const book = prepare(market, portfolio);
  const modes = new Map(portfolio.accounts.map(({ reference, marginMode }) => [reference, marginMode]));
  const standing = new Map(Array.from(standings(book), (each) => [key(each.account, each.symbol, each.quantity > 0), each]));
  // rows of an isolated account have one position each; the threshold of a cross account is that of both sides of a symbol
  const threshold = new Map(Array.from(thresholds(book), (each) => [key(each.account, each.symbol, modes.get(each.account) === 'isolated' ? each.exposure > 0 : null), each]));
  const assets = new Map(market.assets.map((asset) => [asset.symbol, asset]));

  for (const account of portfolio.accounts) {
    for (const position of account.positions) {
      const isLong = position.side === 'long';
      const { price: markPrice, contractSize: unit, contract } = assets.get(position.symbol)!;
      const isInverse = contract?.kind === 'inverse';
      const contractSize = position.contractSize ?? unit;
      const stands = standing.get(key(account.reference, position.symbol, isLong));
      const falls = threshold.get(key(account.reference, position.symbol, account.marginMode === 'isolated' ? isLong : null));
      if (!stands || !falls) continue;
      const face = position.contracts * contractSize;
      const profit = isInverse ? face * (1 / position.entryPrice - 1 / markPrice) : face * (markPrice - position.entryPrice);
      // coins behind a cross account have one price, whichever contract of theirs is asked
      const held = account.marginMode === 'cross' ? account.collateral.map(({ symbol }) => assets.get(symbol)!).find((asset) => asset.contract?.kind === 'inverse' && coinOf(asset.symbol) === coinOf(position.symbol)) : null;
      const coinPrice = isInverse ? (held?.price ?? markPrice) : 1;
      yield {
        account: account.reference,
        marginMode: account.marginMode,
        position,
        contractSize,
        markPrice,
        notional: isInverse ? face / markPrice : face * markPrice,
        unrealizedPnl: isLong ? profit : -profit,
        requirement: stands.requirement / (isInverse ? markPrice : 1),
        equity: stands.rowEquity / coinPrice,
        requiredInAll: stands.rowRequirement / coinPrice,
        liquidationPrice: falls.liquidationPrice,
        reason: falls.exposure >= 0 ? falls.reasonBelow : falls.reasonAbove,
        isInBreach: falls.isInBreach,
      };
    }
  }
}

export function positionCount(accounts: readonly MarginAccount[]): number {
  return accounts.reduce((sum, { positions }) => sum + positions.length, 0);
}

function coinOf(symbol: string): string {
  return symbol.split('/', 1)[0]!;
}

function key(account: string, symbol: string, isLong: boolean | null): string {
  return JSON.stringify([account, symbol, isLong]);
}
