import { Injectable } from '@nestjs/common';
import { inTurns } from '../api/turns.js';
import type { OpenPosition } from '../simulations/open-positions.js';
import { PositionsService } from '../simulations/positions.service.js';
import type { CcxtMarket, CcxtMarketInput, CcxtPortfolio, CcxtPortfolioInput } from './conversion.js';
import { marketOf } from './market.js';
import { portfolioOf } from './portfolio.js';
import type { CcxtPosition, CcxtPositions, CcxtPositionsInput } from './position.js';

/** CCXT in and out; nothing is stored. */
@Injectable()
export class CcxtService {
  constructor(private readonly opened: PositionsService) {}

  portfolio(input: CcxtPortfolioInput): Promise<CcxtPortfolio> {
    return inTurns(portfolioOf(input));
  }

  market(input: CcxtMarketInput): Promise<CcxtMarket> {
    return inTurns(marketOf(input));
  }

  async positions(input: CcxtPositionsInput): Promise<CcxtPositions> {
    const open = await this.opened.open(input);
    const held = new Set(open.map(({ account, position }) => sideOf(account, position.symbol, position.side)));
    return { positions: open.map((each) => shaped(each, held)) };
  }
}

function shaped({ account, marginMode, position, contractSize, markPrice, notional, unrealizedPnl, requirement, equity, requiredInAll, liquidationPrice, reason, isInBreach }: OpenPosition, held: ReadonlySet<string>): CcxtPosition {
  const { symbol, side, contracts, entryPrice } = position;
  const margin = marginMode === 'isolated' ? (position.margin ?? 0) : null;
  return {
    info: { account, reason, isInBreach },
    id: null,
    symbol,
    timestamp: null,
    datetime: null,
    marginMode,
    side,
    hedged: held.has(sideOf(account, symbol, side === 'long' ? 'short' : 'long')),
    contracts,
    contractSize,
    entryPrice,
    markPrice,
    notional,
    unrealizedPnl,
    percentage: margin ? finite((unrealizedPnl / margin) * 100) : null,
    collateral: equity,
    initialMargin: margin,
    maintenanceMargin: requirement,
    maintenanceMarginPercentage: finite(requirement / notional),
    marginRatio: equity > 0 ? finite(requiredInAll / equity) : null,
    liquidationPrice,
    leverage: null,
  };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function sideOf(account: string, symbol: string, side: string): string {
  return JSON.stringify([account, symbol, side]);
}
