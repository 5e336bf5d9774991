import type { Curve } from './impact.js';
import type { LiquidityPool, PoolRange } from './inputs.js';

/**
 * Automated market makers as price curves: one swap of the cumulative quantity against the pool as it stands at the shocked price. The fee is kept
 * from what goes in, so a seller's average is below the pool's prices and a buyer's above. What finds no reserve is beyond the capacity.
 */

/** Fraction of the shocked price, and its inverse on the way up, at which a constant-product pool counts as empty. */
const EMPTY_AT = 1e-9;

/** eq. 19: reserves x of the asset and y of currency with x * y constant (Uniswap v2), arbitraged to the shocked price: x = L / sqrt(P1), y = L sqrt(P1). */
export function constantProduct({ reserve, currencyReserve, fee = 0 }: LiquidityPool, shockedPrice: number, depthMultiplier: number): Curve {
  const root = Math.sqrt(shockedPrice);
  const liquidity = Math.sqrt(reserve! * currencyReserve!) * depthMultiplier;
  const x = liquidity / root;
  const y = liquidity * root;
  const kept = 1 - fee;
  /** Sold: y * kept * q / (x + kept * q). Bought: y * q / (kept * (x - q)). Per unit, over the part between a and b. */
  const mean = (a: number, b: number) => (a >= 0 ? ((y / (x + kept * a)) * kept * x) / (x + kept * b) : ((y / (x + a)) * x) / (x + b) / kept);
  return {
    price(q) {
      if (q === 0) return shockedPrice;
      return q > 0 ? (y / (x + kept * q)) * (x / (x + q)) : (y - mean(q, 0) * q) / (x + q);
    },
    average: split(mean),
    capacitySold: x / Math.sqrt(EMPTY_AT) - x,
    capacityBought: x - x * Math.sqrt(EMPTY_AT),
    isBounded: () => false,
  };
}

/** eq. 20: liquidity L between two prices (Uniswap v3): a sale of dq moves 1 / sqrt(P) by dq / L. Ranges stay where they are when the price is shocked. */
export function concentratedLiquidity({ ranges, fee = 0 }: LiquidityPool, shockedPrice: number, depthMultiplier: number): Curve {
  const start = Math.sqrt(shockedPrice);
  const stretches = stretchesOf(ranges!, depthMultiplier);
  const kept = 1 - fee;
  const down = path(start, stretches.filter(({ low }) => low < start).reverse().map(({ low, high, liquidity }) => ({ from: Math.min(high, start), to: low, liquidity })));
  const up = path(start, stretches.filter(({ high }) => high > start).map(({ low, high, liquidity }) => ({ from: Math.max(low, start), to: high, liquidity })));
  return {
    price: (q) => (q > 0 ? square(down.rootAt(kept * q)) : q < 0 ? square(up.rootAt(-q)) : shockedPrice),
    average: split((a, b) => (a >= 0 ? kept * down.mean(kept * a, kept * b) : up.mean(-b, -a) / kept)),
    capacitySold: down.capacity / kept,
    capacityBought: up.capacity,
    isBounded: () => false,
  };
}

/** A stretch of prices, as square roots, in which the liquidity is the same. */
interface Stretch {
  readonly low: number;
  readonly high: number;
  readonly liquidity: number;
}

/** Ranges may overlap: their liquidity adds up. */
function stretchesOf(ranges: readonly PoolRange[], depthMultiplier: number): Stretch[] {
  const edges = [...new Set(ranges.flatMap(({ priceLow, priceHigh }) => [priceLow, priceHigh]))].sort((a, b) => a - b);
  return edges.slice(1).flatMap((high, i) => {
    const low = edges[i];
    const liquidity = ranges.reduce((sum, range) => (range.priceLow <= low && range.priceHigh >= high ? sum + range.liquidity : sum), 0);
    return liquidity > 0 ? [{ low: Math.sqrt(low), high: Math.sqrt(high), liquidity: liquidity * depthMultiplier }] : [];
  });
}

/** Square roots of the prices where a leg begins and ends. */
interface Leg {
  readonly from: number;
  readonly to: number;
  readonly liquidity: number;
}

/** The way from `start` along the legs, nearest first; quantities in units of the asset that enter or leave the pool. */
function path(start: number, legs: readonly Leg[]) {
  const ends: number[] = [];
  for (const { from, to, liquidity } of legs) ends.push((ends.at(-1) ?? 0) + liquidity * Math.abs(1 / to - 1 / from));

  function legAt(quantity: number): number {
    let low = 0;
    let high = ends.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ends[middle] < quantity) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function rootIn(k: number, quantity: number): number {
    const { from, to, liquidity } = legs[k];
    const inside = quantity - (k > 0 ? ends[k - 1] : 0);
    return quantity >= ends[k] ? to : 1 / (1 / from + (Math.sign(from - to) * inside) / liquidity);
  }

  return {
    capacity: ends.at(-1) ?? 0,
    rootAt: (quantity: number) => (legs.length === 0 ? start : rootIn(legAt(quantity), quantity)),
    /** Inside one leg the mean price is the geometric mean of its ends. */
    mean(from: number, to: number): number {
      let money = 0;
      let done = from;
      for (let k = legAt(from); done < to; k++) {
        const stop = k < legs.length - 1 ? Math.min(to, ends[k]) : to;
        if (stop > done) money += (stop - done) * rootIn(k, done) * rootIn(k, stop);
        done = stop;
      }
      return money / (to - from);
    },
  };
}

/** The average over a segment that may pass through 0, of a `mean` that holds on either side of it. */
function split(mean: (a: number, b: number) => number): Curve['average'] {
  return (from, to) => {
    const a = Math.min(from, to);
    const b = Math.max(from, to);
    if (a >= 0 || b <= 0) return mean(a, b);
    return (mean(0, b) * b - mean(a, 0) * a) / (b - a);
  };
}

function square(root: number): number {
  return root * root;
}
