import { ASSETS_MAX, choice, Choice, List, Numeric, Output, Text } from '../api/fields.js';
import { type AccountAttribution as AccountPart, type AssetAttribution as AssetPart, type CauseAttribution as CausePart, type MechanismAttribution as MechanismPart, type SourceAttribution as SourcePart, TOP_ACCOUNTS } from '../engine/index.js';
import { Cause, ForcedAction } from './causes.js';

/** Moves are currency per unit, negative = down. */

export const MarketMechanism = choice('MarketMechanism', 'What moves prices beside forced trades: arbitrage between exchanges, and recovery.', 'arbitrage', 'recovery');

const CAUSES_MAX = 100;

@Output('The part of a move that one kind of forced trade made.')
export class CauseAttribution implements CausePart {
  @Choice(ForcedAction, 'What the parties had to do.')
  action: CausePart['action'];

  @Choice(Cause, 'Why.')
  cause: CausePart['cause'];

  @Numeric('Its part of the move.')
  move: number;
}

@Output('The part of a move that forced trades in one asset made.')
export class SourceAttribution implements SourcePart {
  @Text('Symbol of the asset that was traded.')
  symbol: string;

  @Numeric('Its part of the move.')
  move: number;
}

@Output('The part of a move that the market made by itself.')
export class MechanismAttribution implements MechanismPart {
  @Choice(MarketMechanism, 'What moved it.')
  mechanism: MechanismPart['mechanism'];

  @Numeric('Its part of the move.')
  move: number;
}

@Output("One party's part of the endogenous move of one asset.")
export class AccountAttribution implements AccountPart {
  @Text('Reference of the account or loan.')
  account: string;

  @Text('Symbol of the position where it is isolated.', { nullable: true })
  position: string | null;

  @Text('Symbol of the asset that it moved.')
  symbol: string;

  @Numeric('Its part of the move; negative = pushed it down.')
  move: number;

  @Numeric("move / the asset's endogenous move; null where that is 0.", { nullable: true })
  share: number | null;
}

@Output('Who moved the price of one asset. Every list adds up to `move` together with the mechanisms; accounts with otherAccounts.')
export class AssetAttribution implements AssetPart {
  @Text('Symbol of the asset.')
  symbol: string;

  @Numeric('The endogenous move.')
  move: number;

  @List(() => CauseAttribution, CAUSES_MAX, 'By what had to be done, and why.')
  causes: CauseAttribution[];

  @List(() => SourceAttribution, ASSETS_MAX, 'By the asset that was traded.')
  sources: SourceAttribution[];

  @List(() => MechanismAttribution, CAUSES_MAX, 'What the price did without forced trades.')
  mechanisms: MechanismAttribution[];

  @List(() => AccountAttribution, TOP_ACCOUNTS, `The ${TOP_ACCOUNTS} parties with the largest parts; all are in the simulation's attributions.`)
  accounts: AccountAttribution[];

  @Numeric('The sum of all others.')
  otherAccounts: number;
}
