import { Injectable } from '@nestjs/common';
import { refuseInconsistent } from '../api/errors.js';
import { inTurns } from '../api/turns.js';
import { AskedDocuments, misfitsOf } from './asked.service.js';
import { accountsIn, changed } from './changes.js';
import { estimate } from './cost.js';
import { CostLimits } from './cost-limits.js';
import { Threads } from './threads.js';
import { ROWS_MAX, type WhatIf, type WhatIfInput } from './what-if.js';

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
    const { portfolio, issues } = await inTurns(changed(documents.portfolio, input.changes, documents.market));
    refuseInconsistent(issues);
    refuseInconsistent(await inTurns(misfitsOf({ ...documents, portfolio }, input)));
    const asked = { shown: [...accountsIn(input.changes)], limit: ROWS_MAX };
    const sides = [{ ...documents, ...asked }, { ...documents, portfolio, ...asked }];
    let work = 0;
    for (const side of sides) work += this.limits.accept(await inTurns(estimate({ ...side, scenarios: [side.scenario] })), { documents: input.portfolio ? '/portfolio' : '/portfolioId' }).work;
    const [before, after] = await this.threads.run(sides, work);
    return { before: before!, after: after! };
  }
}
