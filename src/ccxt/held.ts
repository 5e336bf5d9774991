import type { Path } from '../api/rules.js';
import type { MarginMode, PositionSide } from '../portfolios/portfolio.js';
import { type Foreign, type Item, NO_SYMBOL, nonZero, numeric, text } from './foreign.js';
import { instrument, REFUSED } from './instrument.js';
import { marginStated } from './margin.js';
import type { Remarks } from './remarks.js';

/** A position as CCXT has it, understood. */
export interface Held {
  readonly at: Path;
  readonly symbol: string;
  readonly settle: string;
  /** Settled in coins: margin and profit are coins, contractSize is a face in currency. */
  readonly isInverse: boolean;
  readonly side: PositionSide;
  readonly contracts: number;
  readonly contractSize: number | null;
  readonly entryPrice: number;
  readonly marginMode: MarginMode;
  readonly unrealizedPnl: number;
  /** As told, with profit in it. */
  readonly collateral: number | null;
  /** Cash behind it without unrealised profit; null when nothing tells. */
  readonly margin: number | null;
}

export const EMPTY = 'empty';

/** The position, EMPTY for one of size zero, or null with the reason in the remarks. */
export function held({ at, value }: Item, markets: ReadonlyMap<string, Foreign>, defaultMode: MarginMode | null, remarks: Remarks): Held | typeof EMPTY | null {
  const refuse = (field: string, reason: string) => remarks.leaveOut([...at, field], reason);
  if (!value) return remarks.leaveOut(at, 'is not an object');
  const contracts = numeric(value['contracts']);
  if (contracts === 0) return EMPTY;
  const symbol = text(value['symbol']);
  const market = symbol === null ? undefined : markets.get(symbol);
  const contract = symbol === null ? null : instrument(symbol, market);
  if (!symbol || !contract) return refuse('symbol', NO_SYMBOL);
  const refused = contract.kind === 'spot' ? 'is a spot market: positions are in contracts' : REFUSED[contract.kind];
  if (refused) return refuse('symbol', refused);
  if (contracts === null || Number.isNaN(contracts)) return refuse('contracts', told(contracts));
  const side = sideOf(value, contracts, at, remarks);
  if (!side) return refuse('side', 'is neither long nor short');
  const entryPrice = nonZero(value['entryPrice']);
  if (entryPrice === null || !(entryPrice > 0)) return refuse('entryPrice', told(entryPrice));
  const contractSize = nonZero(value['contractSize']) ?? nonZero(market?.['contractSize']);
  if (contractSize !== null && !(contractSize > 0)) return refuse('contractSize', told(contractSize));
  const unrealizedPnl = numeric(value['unrealizedPnl']) ?? 0;
  if (Number.isNaN(unrealizedPnl)) return refuse('unrealizedPnl', told(NaN));
  const marginMode = modeOf(value) ?? defaultMode ?? 'cross';
  if (!modeOf(value) && !defaultMode) remarks.assume([...at, 'marginMode'], 'is not told: cross is taken; give marginMode for another default');
  if (contract.kind === 'inverse') remarks.assume([...at, 'symbol'], 'is inverse, with margin and profit in coins: so it is in a market whose asset says contract.kind inverse, as the converted one does');
  const size = { isInverse: contract.kind === 'inverse', contracts: Math.abs(contracts), contractSize, entryPrice };
  return { at, symbol, settle: contract.settle, side, ...size, marginMode, unrealizedPnl, collateral: numeric(value['collateral']), margin: marginStated(value, { at, marginMode, ...size }, remarks) };
}

function told(number: number | null): string {
  return number === null ? 'is not told' : 'is not a number in range';
}

const SIDES: Readonly<Record<string, PositionSide>> = { long: 'long', buy: 'long', short: 'short', sell: 'short' };

/** The side it names; without one the sign of the contracts. */
function sideOf(value: Foreign, contracts: number, at: Path, remarks: Remarks): PositionSide | null {
  const named = text(value['side'])?.toLowerCase();
  if (named !== undefined && named !== 'both' && named !== 'net') return SIDES[named] ?? null;
  const signed = contracts < 0 || (numeric(value['notional']) ?? 0) < 0 ? 'short' : 'long';
  remarks.assume([...at, 'side'], `is not told: ${signed} is taken from the sign of the size`);
  return signed;
}

/** marginMode, or what older versions of CCXT and venues without it say. */
function modeOf(value: Foreign): MarginMode | null {
  const named = (text(value['marginMode']) ?? text(value['marginType']))?.toLowerCase();
  if (named !== undefined) return named === 'isolated' ? 'isolated' : named.startsWith('cross') ? 'cross' : null;
  return typeof value['isolated'] === 'boolean' ? (value['isolated'] ? 'isolated' : 'cross') : null;
}
