import { Anything, Choice, Flag, Input, List, Numeric, Output, Price, Quantity, Text } from '../api/fields.js';
import { MarginMode, PositionSide } from '../portfolios/portfolio.js';
import { AskedInput } from '../simulations/asked.js';
import { POSITIONS_SHOWN_MAX } from '../simulations/positions.service.js';

@Input('Whose positions, at which prices: each document inline or by id.')
export class CcxtPositionsInput extends AskedInput {}

@Output('A position in the shape of CCXT, with the numbers of the engine. Money is in the settle currency: coins of an inverse contract. What the engine does not know is null.')
export class CcxtPosition {
  @Anything('account: its reference; reason: why there is no liquidation price; isInBreach: liquidatable at the mark.')
  info: object;

  @Text('Always null: positions have no id.', { nullable: true })
  id: string | null;

  @Text('Unified symbol.')
  symbol: string;

  @Numeric('Always null.', { nullable: true })
  timestamp: number | null;

  @Text('Always null.', { nullable: true })
  datetime: string | null;

  @Choice(MarginMode, 'What stands behind it.')
  marginMode: MarginMode;

  @Choice(PositionSide, 'Direction.')
  side: PositionSide;

  @Flag('The account holds the other side of the symbol too.')
  hedged: boolean;

  @Quantity('Contracts.', { above: 0 })
  contracts: number;

  @Quantity('Units in one contract; of an inverse contract its face in currency.', { above: 0 })
  contractSize: number;

  @Price('Average entry price.')
  entryPrice: number;

  @Price('Mark price.')
  markPrice: number;

  @Quantity('Value at the mark.')
  notional: number;

  @Numeric('Profit at the mark.')
  unrealizedPnl: number;

  @Numeric('Profit in percent of the margin; null when cross, for leverage is not known.', { nullable: true })
  percentage: number | null;

  @Numeric('What stands behind it with unrealised profit in it: margin and profit of the position when isolated, equity of the account when cross.')
  collateral: number;

  @Numeric('Margin without unrealised profit; null when cross.', { nullable: true })
  initialMargin: number | null;

  @Quantity('What this position requires.')
  maintenanceMargin: number;

  @Numeric('The same over the notional.', { nullable: true })
  maintenanceMarginPercentage: number | null;

  @Numeric('All that the collateral must cover over the collateral: liquidated at 1; null when nothing is left.', { nullable: true })
  marginRatio: number | null;

  @Price('Price at which it is liquidated, all others standing still; null when there is none.', { nullable: true })
  liquidationPrice: number | null;

  @Numeric('Always null: venues choose it, the engine does not need it.', { nullable: true })
  leverage: number | null;
}

@Output('Positions in the shape of CCXT.')
export class CcxtPositions {
  @List(() => CcxtPosition, POSITIONS_SHOWN_MAX, 'In the order of the portfolio.')
  positions: CcxtPosition[];
}
