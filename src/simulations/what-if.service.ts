import { Injectable } from '@nestjs/common';
import { refuseInconsistent } from '../api/errors.js';
import { AskedDocuments, misfitsOf } from './asked.service.js';
import { accountsIn, changed } from './changes.js';
import { estimate } from './cost.js';
import { CostLimits } from './cost-limits.js';
import type { RunResult } from './run.js';
import { Threads } from './threads.js';
import { ROWS_MAX, type WhatIf, type WhatIfInput, type WhatIfSide } from './what-if.js';

/** The same engine and the same numbers as a stored simulation; nothing is written. */
@Injectable()
export class WhatIfService {
  constructor(
    private readonly asked: AskedDocuments,
    private readonly threads: Threads,
    private readonly limits: CostLimits,
  ) {}

  async answer(input: WhatIfInput): Promise<WhatIf> {
    const documents = await this.asked.read(input);
    const { portfolio, issues } = changed(documents.portfolio, input.changes, documents.market);
    refuseInconsistent(issues);
    refuseInconsistent(misfitsOf({ ...documents, portfolio }, input));
    const sides = [documents, { ...documents, portfolio }];
    const costs = sides.map((side) => this.limits.accept(estimate({ ...side, scenarios: [side.scenario] }), { documents: input.portfolio ? '/portfolio' : '/portfolioId' }));
    const [before, after] = await this.threads.run(sides, costs[0]!.work + costs[1]!.work);
    const shown = accountsIn(input.changes);
    return { before: side(before!, shown), after: side(after!, shown) };
  }
}

function side({ summary, accounts, thresholds }: RunResult, shown: ReadonlySet<string>): WhatIfSide {
  const names = shown.size > 0 ? shown : new Set(accounts.slice(0, ROWS_MAX).map(({ account }) => account));
  return { summary, accounts: accounts.filter(({ account }) => names.has(account)), thresholds: thresholds.filter(({ account }) => names.has(account)) };
}
