import { Injectable } from '@nestjs/common';
import { refuseInconsistent } from '../api/errors.js';
import { issue } from '../api/rules.js';
import { inTurns } from '../api/turns.js';
import type { AskedInput } from './asked.js';
import { AskedDocuments } from './asked.service.js';
import { explanationEstimate } from './cost.js';
import { type OpenPosition, positionCount } from './open-positions.js';
import { Threads } from './threads.js';

/** Positions in one answer; a larger portfolio is for a simulation. */
export const POSITIONS_SHOWN_MAX = 5000;

/** Where the positions of a portfolio stand in a market; nothing is stored. */
@Injectable()
export class PositionsService {
  constructor(
    private readonly asked: AskedDocuments,
    private readonly threads: Threads,
  ) {}

  /** Throws INCONSISTENT_INPUT when the documents do not fit each other, or hold more than POSITIONS_SHOWN_MAX positions. */
  async open(input: AskedInput): Promise<OpenPosition[]> {
    const { market, portfolio } = await this.asked.read(input);
    const isTooLarge = positionCount(portfolio.accounts) > POSITIONS_SHOWN_MAX;
    refuseInconsistent(isTooLarge ? [issue([input.portfolio ? 'portfolio' : 'portfolioId'], 'OUT_OF_RANGE', `has more than ${POSITIONS_SHOWN_MAX} positions: start a simulation and read its thresholds`)] : []);
    return this.threads.positions({ market, portfolio }, (await inTurns(explanationEstimate({ market, portfolio }))).work);
  }
}
