import { Injectable } from '@nestjs/common';
import { refuseInconsistent } from '../api/errors.js';
import { inTurns } from '../api/turns.js';
import { AskedDocuments, misfitsOf } from './asked.service.js';
import { accountsIn, changed } from './changes.js';
import { Threads } from './threads.js';
import { ROWS_MAX, type WhatIf, type WhatIfInput } from './what-if.js';

/** The same engine and the same numbers as a stored simulation; nothing is written. */
@Injectable()
export class WhatIfService {
  constructor(
    private readonly asked: AskedDocuments,
    private readonly threads: Threads,
  ) {}

  async answer(input: WhatIfInput): Promise<WhatIf> {
    const documents = await this.asked.read(input);
    const { portfolio, issues } = changed(documents.portfolio, input.changes, documents.market);
    refuseInconsistent(issues);
    refuseInconsistent(await inTurns(misfitsOf({ ...documents, portfolio }, input)));
    const asked = { shown: [...accountsIn(input.changes)], limit: ROWS_MAX };
    const [before, after] = await Promise.all([this.threads.run({ ...documents, ...asked }), this.threads.run({ ...documents, portfolio, ...asked })]);
    return { before, after };
  }
}
