import type { Curve } from './impact.js';
import type { OrderBook } from './inputs.js';

/**
 * The walk along a book's levels, seen as a price curve (README eq. 8). Levels keep their relative distance from the mid, so after a
 * shock the whole book stands around the shocked price. What finds no level is beyond `capacity`, never extrapolated.
 */
export function bookCurve(book: OrderBook, shockedPrice: number, depthMultiplier: number): Curve {
  const scale = (2 * shockedPrice) / (book.bids[0][0] + book.asks[0][0]);
  const bids = ladder(book.bids, scale, depthMultiplier);
  const asks = ladder(book.asks, scale, depthMultiplier);
  return {
    price: (q) => (q > 0 ? bids.price(q) : q < 0 ? asks.price(-q) : shockedPrice),
    average(from, to) {
      const low = Math.min(from, to);
      const high = Math.max(from, to);
      const bought = low < 0 ? asks.proceeds(Math.max(0, -high), -low) : 0;
      const sold = high > 0 ? bids.proceeds(Math.max(0, low), high) : 0;
      return (bought + sold) / (high - low);
    },
    capacitySold: bids.size,
    capacityBought: asks.size,
    isBounded: () => false,
  };
}

/** One side: price of the last level touched, and money along a segment of the cumulative quantity. */
function ladder(levels: OrderBook['bids'], scale: number, depthMultiplier: number) {
  const prices = Float64Array.from(levels, ([price]) => price * scale);
  const ends = new Float64Array(levels.length);
  for (let k = 0, end = 0; k < ends.length; k++) ends[k] = end += levels[k][1] * depthMultiplier;
  const last = ends.length - 1;

  function levelAt(quantity: number): number {
    let low = 0;
    let high = last;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ends[middle] < quantity) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    size: ends[last],
    price: (quantity: number) => prices[levelAt(quantity)],
    proceeds(from: number, to: number): number {
      let money = 0;
      let done = from;
      for (let k = levelAt(from); done < to; k++) {
        const end = k < last ? Math.min(to, ends[k]) : to;
        money += (end - done) * prices[k];
        done = end;
      }
      return money;
    },
  };
}
