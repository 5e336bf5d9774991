import { choice } from '../api/fields.js';

export const Cause = choice('Cause', 'Why a party had to act.', 'breachBeforeShock', 'shock', 'cascade', 'arbitrage');
export const ForcedAction = choice('ForcedAction', 'What a party had to do.', 'liquidation', 'loanCall', 'stopOrder', 'arbitrage');
