import type { Issue } from '../api/errors.js';
import { impactIssues } from '../api/impact.js';
import { issue, repeated } from '../api/rules.js';
import { ROUNDS_ONLY } from '../engine/index.js';
import type { ScenarioInput } from './scenario.js';

const POLICY_OF = { targetMarginRatio: 'partial', firstFraction: 'staged', cooldown: 'staged' } as const;

/** Contradictions inside a scenario whose fields are each right. */
export function scenarioIssues({ shocks, closeOut, impactOverrides, dynamics }: ScenarioInput): Issue[] {
  return [
    ...repeated(shocks.map(({ symbol }) => symbol)).map((i) => issue(['shocks', i, 'symbol'], 'DUPLICATE', 'is shocked before')),
    ...Object.entries(POLICY_OF).flatMap(([field, policy]) => (closeOut[field as keyof typeof POLICY_OF] != null && closeOut.policy !== policy ? [issue(['closeOut', field], 'FORBIDDEN', `is only for the policy ${policy}`)] : [])),
    ...roundsOnlyIssues({ closeOut, dynamics }),
    ...(dynamics?.executionShare != null && dynamics.execution != null ? [issue(['dynamics', 'execution'], 'FORBIDDEN', 'is said by executionShare')] : []),
    ...repeated(impactOverrides.map(({ symbol }) => symbol)).map((i) => issue(['impactOverrides', i, 'symbol'], 'DUPLICATE', 'has an override before')),
    ...impactOverrides.flatMap(({ impact }, i) => impactIssues(impact, ['impactOverrides', i, 'impact'])),
  ];
}

/** What a clearing without rounds would ignore. */
function roundsOnlyIssues({ closeOut, dynamics }: Pick<ScenarioInput, 'closeOut' | 'dynamics'>): Issue[] {
  if (dynamics?.clearing !== 'equilibrium') return [];
  const stated = [...ROUNDS_ONLY.filter((field) => dynamics[field] != null).map((field) => ['dynamics', field]), ...(closeOut.cooldown != null ? [['closeOut', 'cooldown']] : [])];
  return stated.map((path) => issue(path, 'FORBIDDEN', 'is only for the clearing rounds'));
}
