import { Injectable } from '@nestjs/common';
import { type Issue, refuseInconsistent } from '../api/errors.js';
import { issue } from '../api/rules.js';
import { marketIssues } from '../markets/market-rules.js';
import { portfolioIssues } from '../portfolios/portfolio-rules.js';
import { ScenarioInput } from '../scenarios/scenario.js';
import { scenarioIssues } from '../scenarios/scenario-rules.js';
import { accountsIn, changed } from './changes.js';
import { misfits, misfitsById } from './consistency.js';
import { Inputs, type RunDocuments } from './inputs.js';
import type { RunResult } from './run.js';
import { Threads } from './threads.js';
import { ROWS_MAX, type WhatIf, type WhatIfInput, type WhatIfSide } from './what-if.js';

const DOCUMENTS = ['market', 'portfolio', 'scenario'] as const;

type Given = Omit<WhatIfInput, 'changes'>;

/** The same engine and the same numbers as a stored simulation; nothing is written. */
@Injectable()
export class WhatIfService {
  constructor(
    private readonly inputs: Inputs,
    private readonly threads: Threads,
  ) {}

  async answer(input: WhatIfInput): Promise<WhatIf> {
    const documents = await this.documents(input);
    const { portfolio, issues } = changed(documents.portfolio, input.changes, documents.market);
    refuseInconsistent(issues);
    refuseInconsistent(misfitsOf({ ...documents, portfolio }, input));
    const [before, after] = await Promise.all([this.threads.run(documents), this.threads.run({ ...documents, portfolio })]);
    const shown = accountsIn(input.changes);
    return { before: side(before, shown), after: side(after, shown) };
  }

  /** The documents, each inline or by id; throws INCONSISTENT_INPUT when they contradict themselves or do not fit each other. */
  async documents(input: Given): Promise<RunDocuments> {
    refuseInconsistent([...choiceIssues(input), ...inlineIssues(input)]);
    const documents = await this.found(input);
    refuseInconsistent(misfitsOf(documents, input));
    return documents;
  }

  private async found({ market, marketId, portfolio, portfolioId, scenario, scenarioId }: Given): Promise<RunDocuments> {
    const found = await Promise.all([
      market ?? this.inputs.market(marketId!),
      portfolio ?? this.inputs.portfolio(portfolioId!),
      scenario ?? (scenarioId ? this.inputs.scenario(scenarioId) : Object.assign(new ScenarioInput(), { name: 'no shock' })),
    ]);
    return { market: found[0], portfolio: found[1], scenario: found[2] };
  }
}

/** Each document once: inline or by id. */
function choiceIssues(input: Given): Issue[] {
  return DOCUMENTS.flatMap((name) => {
    const given = [input[name], input[`${name}Id`]].filter((value) => value != null).length;
    if (given === 2) return [issue([`${name}Id`], 'FORBIDDEN', `is given twice: as ${name} and as ${name}Id`)];
    return given === 0 && name !== 'scenario' ? [issue([name], 'MISSING', `is missing: give ${name} or ${name}Id`)] : [];
  });
}

function inlineIssues({ market, portfolio, scenario }: Given): Issue[] {
  const below = (name: string, issues: readonly Issue[]) => issues.map((each) => ({ ...each, pointer: `/${name}${each.pointer}` }));
  return [
    ...(market ? below('market', marketIssues(market)) : []),
    ...(portfolio ? below('portfolio', portfolioIssues(portfolio)) : []),
    ...(scenario ? below('scenario', scenarioIssues(scenario)) : []),
  ];
}

/** Pointers are into the body where the document is inline, and to its id where it is stored. */
function misfitsOf(documents: RunDocuments, { portfolio, scenario }: Given): Issue[] {
  const isInline = (place: string) => (place.startsWith('/portfolio') ? portfolio : scenario) != null;
  const byId = misfitsById(documents);
  return misfits(documents).map((each, i) => (isInline(each.pointer) ? each : byId[i]!));
}

function side({ summary, accounts, thresholds }: RunResult, shown: ReadonlySet<string>): WhatIfSide {
  const names = shown.size > 0 ? shown : new Set(accounts.slice(0, ROWS_MAX).map(({ account }) => account));
  return { summary, accounts: accounts.filter(({ account }) => names.has(account)), thresholds: thresholds.filter(({ account }) => names.has(account)) };
}
