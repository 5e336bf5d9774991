import { TEXT_MAX } from '../api/fields.js';
import type { Foreign } from './foreign.js';

export type InstrumentKind = 'spot' | 'linear' | 'inverse' | 'quanto' | 'option';

export interface Instrument {
  readonly kind: InstrumentKind;
  /** Currency that profit is paid in: the settle currency, for spot the quote. */
  readonly settle: string;
  /** Currency of its price: what an inverse contract is valued in. */
  readonly quote: string;
}

/** BASE/QUOTE, BASE/QUOTE:SETTLE, with the expiry and for options strike and C or P behind it. */
const SYMBOL = /^(?<base>[^\s\p{C}/:]+)\/(?<quote>[^\s\p{C}/:]+?)(?::(?<settle>[^\s\p{C}/:-]+)(?<expiry>-\d+)?(?<option>-[\d.]+-[CP])?)?$/u;

/** What a unified symbol speaks of; the market structure has the last word. Null when it is no unified symbol. */
export function instrument(symbol: string, market?: Foreign): Instrument | null {
  const { base, quote, settle, option } = (symbol.length <= TEXT_MAX && SYMBOL.exec(symbol)?.groups) || {};
  if (!base || !quote) return null;
  return { kind: kindOf(market) ?? spelled({ base, quote, settle, option }), settle: settle ?? quote, quote };
}

function kindOf(market: Foreign = {}): InstrumentKind | null {
  if (market['option'] === true) return 'option';
  if (market['inverse'] === true) return 'inverse';
  if (market['quanto'] === true) return 'quanto';
  return market['linear'] === true ? 'linear' : null;
}

function spelled({ base, quote, settle, option }: { base: string; quote: string; settle?: string; option?: string }): InstrumentKind {
  if (settle === undefined) return 'spot';
  if (option !== undefined) return 'option';
  if (settle === quote) return 'linear';
  return settle === base ? 'inverse' : 'quanto';
}

/** Why an instrument of this kind is left out; null when it is not. */
export const REFUSED: Readonly<Record<InstrumentKind, string | null>> = {
  spot: null,
  linear: null,
  inverse: null,
  quanto: 'is a quanto contract, settled in a third currency: only linear and inverse contracts are computed',
  option: 'is an option: only linear and inverse contracts are computed',
};
