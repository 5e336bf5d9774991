import { invalidInput, type Issue, refuseInconsistent } from '../api/errors.js';
import { issue } from '../api/rules.js';
import type { Work } from '../api/turns.js';
import { misfitsById } from './consistency.js';
import type { SweptDocuments } from './inputs.js';
import type { SimulationInput } from './simulation.js';
import type { Sweep } from './sweep.js';

/** Throws where it does not say, once, what the scenarios are. */
export function refuseUnclear({ scenarioId, sweep }: SimulationInput): void {
  const [isListed, isGrid] = [sweep?.scenarioIds != null, sweep?.shocks != null];
  if (scenarioId == null && !isListed) throw invalidInput([issue(['scenarioId'], 'MISSING', 'is missing')]);
  refuseInconsistent([
    ...(scenarioId != null && isListed ? [issue(['scenarioId'], 'FORBIDDEN', 'is given besides sweep.scenarioIds')] : []),
    ...(isListed && isGrid ? [issue(['sweep', 'shocks'], 'FORBIDDEN', 'is given besides sweep.scenarioIds')] : []),
    ...(sweep && !isListed && !isGrid ? [issue(['sweep'], 'EMPTY', 'needs scenarioIds or shocks')] : []),
  ]);
}

/** What does not fit together; pointers are to the ids, and to the sweep. */
export function* sweepMisfits({ market, portfolio, scenarios }: SweptDocuments, { scenarioIds, shocks }: Sweep): Work<Issue[]> {
  const found: Issue[] = [];
  for (const [i, scenario] of scenarios.entries()) {
    const misfits = yield* misfitsById({ market, portfolio: i === 0 ? portfolio : { ...portfolio, accounts: [], loans: [], institutions: [] }, scenario });
    found.push(...misfits.map((each) => (scenarioIds && each.pointer === '/scenarioId' ? { ...each, pointer: `/sweep/scenarioIds/${i}` } : each)));
  }
  const isPriced = shocks?.symbol == null || market.assets.some(({ symbol }) => symbol === shocks.symbol);
  return isPriced ? found : [...found, issue(['sweep', 'shocks', 'symbol'], 'UNPRICED', `the market does not price ${shocks.symbol}`)];
}
