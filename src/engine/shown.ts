import type { PositionSide } from './inputs.js';

/**
 * How a venue shows a threshold: `up` to the next tick, `inward` = up for a long and down for a short (towards the safe side),
 * `nearest`, or `none`. The exact number stays beside it.
 */
export type Rounding = 'none' | 'nearest' | 'up' | 'down' | 'inward';

export interface Display {
  readonly rounding: Rounding;
  readonly tickSize?: number | null;
  /** Ticks added afterwards: OKX adds one to inverse prices. */
  readonly extraTicks?: number;
}

/** Relative: a quotient this near to a whole tick is one, or binary fractions would be rounded up by a tick. */
const WHOLE_TICK_TOLERANCE = 1e-12;

/** The threshold as the venue prints it. */
export function shownPrice(price: number | null, side: PositionSide, { rounding, tickSize, extraTicks = 0 }: Display): number | null {
  if (price === null || tickSize == null) return price;
  if (rounding === 'none') return extraTicks === 0 ? price : price + extraTicks * tickSize;
  const ticks = price / tickSize;
  const nearest = Math.round(ticks);
  const isWhole = Math.abs(ticks - nearest) <= WHOLE_TICK_TOLERANCE * Math.abs(ticks);
  const isUp = rounding === 'up' || (rounding === 'inward' && side === 'long');
  const whole = rounding === 'nearest' || isWhole ? nearest : isUp ? Math.ceil(ticks) : Math.floor(ticks);
  return decimal(whole + extraTicks, tickSize);
}

/** `ticks * tickSize` as the decimal that was meant. */
function decimal(ticks: number, tickSize: number): number {
  const perUnit = Math.round(1 / tickSize);
  return perUnit >= 1 && 1 / perUnit === tickSize ? ticks / perUnit : ticks * tickSize;
}

/** What venues print for "no liquidation price", beside an empty field, 0 and negative numbers. */
export const PRICE_SENTINELS: Readonly<Record<string, readonly number[]>> = {
  kucoin: [1_000_000],
  bitmex: [100_000_000],
  bybit: [0.0001],
};

/** A printed price, or null where the venue means none. `venue` is the first word of its name or of its rule pack. */
export function printedPrice(printed: number | string | null | undefined, venue = ''): number | null {
  const price = printed == null || printed === '' ? NaN : Number(printed);
  const sentinels = PRICE_SENTINELS[venue.toLowerCase().split(/[^a-z0-9]/)[0]] ?? [];
  return price > 0 && Number.isFinite(price) && !sentinels.includes(price) ? price : null;
}
