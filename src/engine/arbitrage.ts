import { pressure } from './cross-impact.js';
import { MAX_LOTS, toUnits } from './lots.js';
import { fillable, priceAt, rateOf, type Trading } from './trading.js';

/** What the arbitrageur sells on one line (negative = buys), and the mean price that he gets there. */
export interface Arbitrage {
  readonly line: number;
  readonly lots: number;
  readonly execution: number;
}

/** Halvings of the gap; a double has no more. */
const HALVINGS = 60;

/**
 * README eq. 27: leaves `1 - share` of the gap between the dearest and the cheapest listing of every asset. Listings above a band of that width are
 * sold down to its upper end, those below are bought up to its lower end, and the band lies where units sold are units bought, to the lot.
 * Where dear and cheap listings are infinitely deep nothing moves their prices and nothing is traded.
 */
export function arbitrageOf(trading: Trading, share: number): Arbitrage[] {
  const { book, cross, position } = trading;
  if (book.lines.length === book.assetCount) return [];
  const fall = cross && pressure(book, cross, position);
  const listed = Array.from({ length: book.assetCount }, (): number[] => []);
  book.lines.forEach(({ asset }, line) => listed[asset].push(line));
  return listed.flatMap((lines) => (lines.length > 1 ? closeGap(trading, lines, share, fall) : []));
}

function closeGap(trading: Trading, lines: readonly number[], share: number, fall: Float64Array | null): Arbitrage[] {
  const prices = lines.map((line) => trading.price[line]);
  const lowest = Math.min(...prices);
  const gap = Math.max(...prices) - lowest;
  const width = (1 - share) * gap;
  if (!(gap > width)) return [];
  const at = (level: number) => ({ sold: lines.map((line) => reach(trading, line, 1, level + width, fall)), bought: lines.map((line) => reach(trading, line, -1, level, fall)) });
  let low = lowest;
  let high = lowest + (gap - width);
  let [under, over] = [at(low), at(high)];
  for (let step = 0; step < HALVINGS; step++) {
    const level = (low + high) / 2;
    if (level <= low || level >= high) break;
    const here = at(level);
    const [sold, bought] = [total(here.sold), total(here.bought)];
    if (sold === Infinity && bought === Infinity) return [];
    if (sold >= bought) [low, under] = [level, here];
    else [high, over] = [level, here];
  }
  const volume = Math.max(total(over.sold), total(under.bought));
  if (!(volume > 0) || volume === Infinity) return [];
  const sold = shareOut(volume, over.sold, under.sold);
  const bought = shareOut(volume, under.bought, over.bought);
  return lines.flatMap((line, n) => {
    const lots = sold[n] - bought[n];
    return lots === 0 ? [] : [{ line, lots, execution: execution(trading, line, lots, fall) }];
  });
}

/** Most lots that can be sold with the last of them at `level` or above, or bought (sign -1) at `level` or below. */
function reach(trading: Trading, line: number, sign: 1 | -1, level: number, fall: Float64Array | null): number {
  const { position } = trading;
  if (sign * (trading.price[line] - level) <= 0) return 0;
  const rate = rateOf(trading, line);
  const isFair = (lots: number) => sign * (priceAt(trading, line, position[line] + sign * lots * rate, fall) - level) >= 0;
  const capacity = Math.abs(fillable(trading, line, sign * MAX_LOTS));
  if (capacity < 1 || !isFair(1)) return 0;
  if (isFair(capacity)) return capacity === MAX_LOTS ? Infinity : capacity;
  let fair = 1;
  let unfair = capacity;
  while (fair * 2 < unfair && isFair(fair * 2)) fair *= 2;
  unfair = Math.min(unfair, fair * 2);
  while (unfair - fair > 1) {
    const middle = Math.floor((fair + unfair) / 2);
    if (isFair(middle)) fair = middle;
    else unfair = middle;
  }
  return fair;
}

/** `volume` lots over the lines: at least `least` each and at most `most`, the rest to the first that can take it. */
function shareOut(volume: number, least: readonly number[], most: readonly number[]): number[] {
  let left = volume - total(least);
  return least.map((lots, n) => {
    const more = Math.min(left, Math.max(0, most[n] - lots));
    left -= more;
    return lots + more;
  });
}

function execution(trading: Trading, line: number, lots: number, fall: Float64Array | null): number {
  const { book, curves, position } = trading;
  const end = position[line] + lots * rateOf(trading, line);
  const own = curves[line].average(toUnits(book.lot[line], position[line]), toUnits(book.lot[line], end));
  return own - (fall ? fall[book.lines[line].asset] : 0);
}

function total(lots: readonly number[]): number {
  return lots.reduce((sum, each) => sum + each, 0);
}
