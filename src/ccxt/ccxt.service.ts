import { Injectable } from '@nestjs/common';
import { refuseInconsistent } from '../api/errors.js';
import { issue } from '../api/rules.js';
import { type OpenPosition, openPositions, positionCount } from '../simulations/open-positions.js';
import { WhatIfService } from '../simulations/what-if.service.js';
import type { CcxtMarket, CcxtMarketInput, CcxtPortfolio, CcxtPortfolioInput } from './conversion.js';
import { marketOf } from './market.js';
import { portfolioOf } from './portfolio.js';
import { type CcxtPosition, type CcxtPositions, type CcxtPositionsInput, POSITIONS_SHOWN_MAX } from './position.js';

/** CCXT in and out; nothing is stored. */
@Injectable()
export class CcxtService {
  constructor(private readonly whatIf: WhatIfService) {}

  portfolio(input: CcxtPortfolioInput): CcxtPortfolio {
    return portfolioOf(input);
  }

  market(input: CcxtMarketInput): CcxtMarket {
    return marketOf(input);
  }

  async positions(input: CcxtPositionsInput): Promise<CcxtPositions> {
    const { market, portfolio } = await this.whatIf.documents(input);
    const isTooLarge = positionCount(portfolio.accounts) > POSITIONS_SHOWN_MAX;
    refuseInconsistent(isTooLarge ? [issue([input.portfolio ? 'portfolio' : 'portfolioId'], 'OUT_OF_RANGE', `has more than ${POSITIONS_SHOWN_MAX} positions: start a simulation and read its thresholds`)] : []);
    const held = new Set(portfolio.accounts.flatMap(({ reference, positions }) => positions.map(({ symbol, side }) => sideOf(reference, symbol, side))));
    return { positions: Array.from(openPositions(market, portfolio), (each) => shaped(each, held)) };
  }
}

function shaped({ account, marginMode, position, contractSize, markPrice, unrealizedPnl, requirement, equity, requiredInAll, liquidationPrice, reason, isInBreach }: OpenPosition, held: ReadonlySet<string>): CcxtPosition {
  const { symbol, side, contracts, entryPrice } = position;
  const notional = contracts * contractSize * markPrice;
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
