import type { Issue } from '../api/errors.js';
import { impactIssues } from '../api/impact.js';
import { issue, repeated } from '../api/rules.js';
import type { ScenarioInput } from './scenario.js';

const POLICY_OF = { targetMarginRatio: 'partial', firstFraction: 'staged', cooldown: 'staged' } as const;

/** Contradictions inside a scenario whose fields are each right. */
export function scenarioIssues({ shocks, closeOut, impactOverrides }: ScenarioInput): Issue[] {
  return [
    ...repeated(shocks.map(({ symbol }) => symbol)).map((i) => issue(['shocks', i, 'symbol'], 'DUPLICATE', 'is shocked before')),
    ...Object.entries(POLICY_OF).flatMap(([field, policy]) => (closeOut[field as keyof typeof POLICY_OF] != null && closeOut.policy !== policy ? [issue(['closeOut', field], 'FORBIDDEN', `is only for the policy ${policy}`)] : [])),
    ...repeated(impactOverrides.map(({ symbol }) => symbol)).map((i) => issue(['impactOverrides', i, 'symbol'], 'DUPLICATE', 'has an override before')),
    ...impactOverrides.flatMap(({ impact }, i) => impactIssues(impact, ['impactOverrides', i, 'impact'])),
  ];
}
