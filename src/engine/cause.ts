import type { Cascade } from './cascade.js';

/** Why a party had to act: it was in breach before the shock, the shocked prices alone were enough, or others' forced trades were needed. */
export const CAUSES = ['breachBeforeShock', 'shock', 'cascade'] as const;
export type Cause = (typeof CAUSES)[number];

/** Of the n-th trade of the ledger. A stop order has no breach. */
export function causeOf({ wasInBreach, ledger }: Pick<Cascade, 'wasInBreach' | 'ledger'>, n: number): Cause {
  return cause(wasInBreach[ledger.row[n]] === 1 && ledger.action[n] !== 'stopOrder', ledger.isDirect[n]);
}

export function cause(wasInBreach: boolean, isDirect: boolean): Cause {
  return wasInBreach ? 'breachBeforeShock' : isDirect ? 'shock' : 'cascade';
}
