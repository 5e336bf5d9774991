import { Injectable } from '@nestjs/common';
import { type Issue, refuseInconsistent } from '../api/errors.js';
import { issue } from '../api/rules.js';
import { inTurns, type Work } from '../api/turns.js';
import { ScenarioInput } from '../scenarios/scenario.js';
import type { AskedUnderScenarioInput } from './asked.js';
import { byId, misfits } from './consistency.js';
import { Inputs, type RunDocuments } from './inputs.js';

const DOCUMENTS = ['market', 'portfolio', 'scenario'] as const;

@Injectable()
export class AskedDocuments {
  constructor(private readonly inputs: Inputs) {}

  /** Throws INCONSISTENT_INPUT with pointers into the body, or to the id of a stored document. */
  async read(asked: AskedUnderScenarioInput): Promise<RunDocuments> {
    refuseInconsistent([...choiceIssues(asked), ...(await inTurns(this.inputs.issues(asked)))]);
    const { market, marketId, portfolio, portfolioId, scenario, scenarioId } = asked;
    const found = await Promise.all([
      market ?? this.inputs.market(marketId!),
      portfolio ?? this.inputs.portfolio(portfolioId!),
      scenario ?? (scenarioId ? this.inputs.scenario(scenarioId) : Object.assign(new ScenarioInput(), { name: 'no shock' })),
    ]);
    const documents = await this.inputs.filled({ market: found[0], portfolio: found[1], scenario: found[2] }, { market, portfolio });
    refuseInconsistent(await inTurns(misfitsOf(documents, asked)));
    return documents;
  }
}

/** What does not fit together; pointers are into the body where the document is inline, and to its id where it is stored. */
export function* misfitsOf(documents: RunDocuments, { portfolio, scenario }: AskedUnderScenarioInput): Work<Issue[]> {
  const isInline = (place: string) => (place.startsWith('/portfolio') ? portfolio : scenario) != null;
  return (yield* misfits(documents)).map((each) => (isInline(each.pointer) ? each : byId(each)));
}

/** Each document once: inline or by id. */
function choiceIssues(asked: AskedUnderScenarioInput): Issue[] {
  return DOCUMENTS.flatMap((name) => {
    const given = [asked[name], asked[`${name}Id`]].filter((value) => value != null).length;
    if (given === 2) return [issue([`${name}Id`], 'FORBIDDEN', `is given twice: as ${name} and as ${name}Id`)];
    return given === 0 && name !== 'scenario' ? [issue([name], 'MISSING', `is missing: give ${name} or ${name}Id`)] : [];
  });
}
