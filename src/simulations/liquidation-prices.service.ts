import { Injectable } from '@nestjs/common';
import { type Issue, refuseInconsistent } from '../api/errors.js';
import { issue } from '../api/rules.js';
import { inTurns } from '../api/turns.js';
import { AskedDocuments } from './asked.service.js';
import { explanationEstimate } from './cost.js';
import { CostLimits } from './cost-limits.js';
import type { RunDocuments } from './inputs.js';
import { type FrontierInput, type LiquidationPrices, type LiquidationPricesInput, PRICES_MAX } from './liquidation-prices.js';
import { Threads } from './threads.js';

/** Standalone thresholds with their terms; nothing is written. */
@Injectable()
export class LiquidationPricesService {
  constructor(
    private readonly asked: AskedDocuments,
    private readonly threads: Threads,
    private readonly limits: CostLimits,
  ) {}

  async answer(input: LiquidationPricesInput): Promise<LiquidationPrices> {
    const documents = await this.asked.read(input);
    refuseInconsistent([...accountIssues(documents, input), ...(input.frontier ? frontierIssues(documents, input.frontier) : [])]);
    const { account, frontier } = input;
    const { work } = this.limits.accept(await inTurns(explanationEstimate(documents, frontier ? [frontier.x.symbol, frontier.y.symbol] : [])), { documents: input.portfolio ? '/portfolio' : '/portfolioId' });
    return this.threads.explain({ ...documents, account, frontier, limit: PRICES_MAX }, work);
  }
}

function accountIssues({ portfolio }: RunDocuments, { account }: LiquidationPricesInput): Issue[] {
  return account == null || partyOf(portfolio, account) ? [] : [issue(['account'], 'NOT_FOUND', `the portfolio has no account, loan or institution ${account}`)];
}

function frontierIssues({ market, portfolio }: RunDocuments, { account, position, x, y }: FrontierInput): Issue[] {
  const party = partyOf(portfolio, account);
  const isIsolated = party !== undefined && 'marginMode' in party && party.marginMode === 'isolated';
  const isHeld = party !== undefined && 'positions' in party && party.positions.some(({ symbol }) => symbol === position);
  const axes = [['x', x], ['y', y]] as const;
  return [
    ...(party ? [] : [issue(['frontier', 'account'], 'NOT_FOUND', `the portfolio has no account, loan or institution ${account}`)]),
    ...(isIsolated && !isHeld ? [issue(['frontier', 'position'], 'UNHELD', 'must name a position of this isolated account')] : []),
    ...(!isIsolated && position != null ? [issue(['frontier', 'position'], 'FORBIDDEN', 'is only for isolated accounts')] : []),
    ...axes.flatMap(([name, { symbol, from, to }]) => [
      ...(market.assets.some((asset) => asset.symbol === symbol) ? [] : [issue(['frontier', name, 'symbol'], 'UNPRICED', `the market does not price ${symbol}`)]),
      ...(from < to ? [] : [issue(['frontier', name, 'to'], 'OUT_OF_RANGE', 'must be above from')]),
    ]),
    ...(x.symbol === y.symbol ? [issue(['frontier', 'y', 'symbol'], 'DUPLICATE', 'is the other axis too')] : []),
  ];
}

function partyOf({ accounts, loans, institutions }: RunDocuments['portfolio'], reference: string) {
  return [...accounts, ...loans, ...institutions].find((each) => each.reference === reference);
}
