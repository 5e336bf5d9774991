import type { Book } from './book.js';
import type { Cascade } from './cascade.js';
import { indexPrice } from './columns.js';
import { checkCross, type CrossImpactCheck } from './cross-impact.js';
import { toUnits } from './lots.js';
import { recoveredPrice } from './trading.js';

/** An asset on one exchange. Quantities in units, prices are last prices. */
export interface ListingImpact {
  readonly symbol: string;
  readonly exchange: string;
  readonly priceBefore: number;
  readonly shockedPrice: number;
  readonly finalPrice: number;
  readonly quantitySold: number;
  readonly quantityBought: number;
  /** Net, sold by arbitrage; negative = bought. */
  readonly quantityArbitraged: number;
  readonly unfilled: number;
  readonly isBounded: boolean;
}

/** How far the listings of one asset are apart. */
export interface Divergence {
  readonly symbol: string;
  /** Largest gap between two last prices, relative to their plain mean. */
  readonly gap: number;
}

/** The listings, in the order of the lines; none where the market names no exchange. */
export function listingImpacts(course: Cascade): ListingImpact[] {
  const { book, rounds, shockedPrice, finalPrice, trading } = course;
  if (book.exchanges.length === 0) return [];
  return book.lines.map(({ exchange }, l) => {
    const inAll = (lots: (round: Cascade['rounds'][number]) => number) => toUnits(book.lot[l], rounds.reduce((sum, round) => sum + lots(round), 0));
    return {
      symbol: book.assets[l].symbol,
      exchange: book.exchanges[exchange],
      priceBefore: book.price[l],
      shockedPrice: shockedPrice[l],
      finalPrice: finalPrice[l],
      quantitySold: inAll((round) => round.sold[l]),
      quantityBought: inAll((round) => round.bought[l]),
      quantityArbitraged: inAll((round) => round.arbitrage.reduce((sum, { line, lots }) => (line === l ? sum + lots : sum), 0)),
      unfilled: inAll((round) => round.unfilled[l]),
      isBounded: trading.curves[l].isBounded(toUnits(book.lot[l], trading.position[l])),
    };
  });
}

/** Of the assets with more than one listing. */
export function divergences({ assets, assetCount, lines }: Book, last: Float64Array): Divergence[] {
  if (lines.length === assetCount) return [];
  return assets.slice(0, assetCount).flatMap(({ symbol }, asset) => {
    const prices = lines.flatMap((line, l) => (line.asset === asset ? [last[l]] : []));
    if (prices.length < 2) return [];
    const mean = prices.reduce((sum, price) => sum + price, 0) / prices.length;
    return [{ symbol, gap: (Math.max(...prices) - Math.min(...prices)) / mean }];
  });
}

/** Lines of an asset, the primary one first. */
export function linesOf({ lines, assetCount }: Book, asset: number): number[] {
  return lines.length === assetCount ? [asset] : lines.flatMap((line, l) => (line.asset === asset ? [l] : []));
}

/** THE price of an asset: of its only listing, or the mean of all last prices by index weight. */
export function assetPrice({ lines, assetCount }: Book, last: Float64Array, asset: number): number {
  return lines.length === assetCount ? last[asset] : indexPrice(lines, last, asset, 'indexMean');
}

/** Lowest and highest price of an asset from the shock to the end, and what is still to recover of its final price. */
export function courseOf({ book, rounds, shockedPrice, finalPrice, trading }: Cascade, asset: number): { lowestPrice: number; highestPrice: number; displacementLeft: number } {
  const seen = [shockedPrice, finalPrice, ...rounds.flatMap(({ before, after }) => [before, after])].map((last) => assetPrice(book, last, asset));
  let displacementLeft = 0;
  if (trading.dynamics.recovery) {
    const recovered = finalPrice.slice();
    for (const l of linesOf(book, asset)) recovered[l] = recoveredPrice(trading, l);
    displacementLeft = assetPrice(book, finalPrice, asset) - assetPrice(book, recovered, asset);
  }
  return { lowestPrice: seen.reduce((low, price) => Math.min(low, price)), highestPrice: seen.reduce((high, price) => Math.max(high, price)), displacementLeft };
}

/** Null without cross-impact. An own curve that is not linear counts with its mean slope over all that the book holds of the asset. */
export function crossImpactCheck({ book, trading, shockedPrice }: Cascade): CrossImpactCheck | null {
  const { cross, curves, impact, depth } = trading;
  if (!cross) return null;
  const held = new Float64Array(book.lines.length);
  for (let k = 0; k < book.asset.length; k++) held[book.line[book.asset[k]]] += Math.abs(book.lots[k]);
  const slopes = Float64Array.from({ length: book.assetCount }, (_, asset) => {
    const { model, lambda } = impact[asset];
    if (model === 'linear') return (lambda ?? 0) / depth;
    const units = toUnits(book.lot[asset], held[asset]);
    return units > 0 ? (shockedPrice[asset] - curves[asset].price(units)) / units : 0;
  });
  return checkCross(book, cross, slopes);
}
