import { averageDecay, exp, log } from './exp.js';
import type { Asset, Impact } from './inputs.js';
import { bookCurve } from './order-book.js';
import { concentratedLiquidity, constantProduct } from './pools.js';

/**
 * Price of one asset as a function of the cumulative net quantity sold, units; negative = bought (README eq. 4-8, 19-21).
 * Never the quantity of a round: n equal rounds of a square-root law would overstate it by sqrt(n).
 */
export interface Curve {
  /** Mark after `quantity` has been sold, currency per unit. */
  price(quantity: number): number;
  /** Execution price (VWAP along the curve) of the part of the quantity between `from` and `to`, which differ. */
  average(from: number, to: number): number;
  /** Largest cumulative quantity that finds a counterparty, units. */
  readonly capacitySold: number;
  readonly capacityBought: number;
  /** The curve's floor or ceiling holds at `quantity`. */
  isBounded(quantity: number): boolean;
}

/** Fraction of the shocked price that no curve goes below; its inverse bounds the way up. */
export const DEFAULT_FLOOR = { linear: 0.01, squareRoot: 0.01, exponential: 1e-9, contSchaanning: 0.5 } as const;

/** Curve of `asset` from `shockedPrice` on, with its depth times `depthMultiplier`. */
export function impactCurve(asset: Asset, impact: Impact, shockedPrice: number, depthMultiplier: number): Curve {
  switch (impact.model) {
    case 'none':
      return constant(shockedPrice);
    case 'linear':
      return linear(shockedPrice, (impact.lambda ?? 0) / depthMultiplier, impact.floor ?? DEFAULT_FLOOR.linear);
    case 'exponential':
      return exponential(shockedPrice, (impact.depth ?? Infinity) * depthMultiplier, impact.floor ?? DEFAULT_FLOOR.exponential);
    case 'squareRoot': {
      const volume = (asset.dailyVolume ?? Infinity) * depthMultiplier;
      const slope = ((impact.coefficient ?? 1) * (asset.dailyVolatility ?? 0)) / Math.sqrt(volume);
      return squareRoot(shockedPrice, slope, impact.floor ?? DEFAULT_FLOOR.squareRoot);
    }
    case 'contSchaanning':
      return contSchaanning(shockedPrice, contSchaanningDepth(asset, impact) * depthMultiplier, impact.floor ?? DEFAULT_FLOOR.contSchaanning);
    case 'constantProduct':
      if (asset.pool?.reserve == null || asset.pool.currencyReserve == null) throw new Error(`${asset.symbol}: constant-product impact without reserves`);
      return constantProduct(asset.pool, shockedPrice, depthMultiplier);
    case 'concentratedLiquidity':
      if (!asset.pool?.ranges?.length) throw new Error(`${asset.symbol}: concentrated-liquidity impact without ranges`);
      return concentratedLiquidity(asset.pool, shockedPrice, depthMultiplier);
    case 'orderBook':
      if (!asset.orderBook) throw new Error(`${asset.symbol}: order-book impact without an order book`);
      return bookCurve(asset.orderBook, shockedPrice, depthMultiplier);
  }
}

function constant(price: number): Curve {
  return { ...UNLIMITED, price: () => price, average: () => price, isBounded: () => false };
}

/** eq. 5: P1 - lambda * Q (Kyle 1985). */
function linear(start: number, lambda: number, floor: number): Curve {
  return bounded(start, floor, {
    price: (q) => start - lambda * q,
    average: (a, b) => start - (lambda * (a + b)) / 2,
    floorAt: (start * (1 - floor)) / lambda,
    ceilingAt: (start * (1 - 1 / floor)) / lambda,
  });
}

/** eq. 6: P1 * exp(-Q / depth) (Cifuentes, Ferrucci, Shin 2005). */
function exponential(start: number, depth: number, floor: number): Curve {
  return bounded(start, floor, {
    price: (q) => start * exp(-q / depth),
    average: (a, b) => start * exp(-a / depth) * averageDecay((b - a) / depth),
    floorAt: -log(floor) * depth,
    ceilingAt: log(floor) * depth,
  });
}

/** eq. 7: P1 * (1 - Y * sigma * sqrt(Q / V)), `slope` = Y sigma / sqrt(V) (Toth et al. 2011). */
function squareRoot(start: number, slope: number, floor: number): Curve {
  const area = (a: number, b: number) => (2 * (b - a) * (a + Math.sqrt(a * b) + b)) / (3 * (Math.sqrt(a) + Math.sqrt(b)));
  const toFloor = (1 - floor) / slope;
  const toCeiling = (1 / floor - 1) / slope;
  return bounded(start, floor, {
    price: (q) => start * (1 - slope * Math.sign(q) * Math.sqrt(Math.abs(q))),
    average(a, b) {
      const sold = b > 0 ? area(Math.max(0, a), b) : 0;
      const bought = a < 0 ? area(Math.max(0, -b), -a) : 0;
      return start * (1 - (slope * (sold - bought)) / (b - a));
    },
    floorAt: toFloor * toFloor,
    ceilingAt: -toCeiling * toCeiling,
  });
}

/** Coefficient c and days of a Cont-Schaanning depth that does not say them: their calibration. */
export const CONT_SCHAANNING = { coefficient: 0.4, horizon: 20 } as const;

/** delta = (1 - floor) * c * V / sigma * sqrt(horizon), units (Cont, Schaanning 2017). */
function contSchaanningDepth({ dailyVolume, dailyVolatility }: Asset, { depth, coefficient, horizon, floor }: Impact): number {
  if (depth != null) return depth;
  const marketDepth = ((coefficient ?? CONT_SCHAANNING.coefficient) * (dailyVolume ?? Infinity) * Math.sqrt(horizon ?? CONT_SCHAANNING.horizon)) / (dailyVolatility ?? 0);
  return (1 - (floor ?? DEFAULT_FLOOR.contSchaanning)) * marketDepth;
}

/** eq. 21: P1 * (1 - (1 - B) * (1 - exp(-Q / delta))), B the floor that the price approaches. */
function contSchaanning(start: number, delta: number, floor: number): Curve {
  const lowest = start * floor;
  return bounded(start, floor, {
    price: (q) => start - (start - lowest) * (1 - exp(-q / delta)),
    average: (a, b) => lowest + (start - lowest) * exp(-a / delta) * averageDecay((b - a) / delta),
    floorAt: Infinity,
    ceilingAt: -delta * log(1 + 1 / floor),
  });
}

const UNLIMITED = { capacitySold: Infinity, capacityBought: Infinity };

interface Law {
  price(quantity: number): number;
  /** Mean price between `a < b`. */
  average(a: number, b: number): number;
  readonly floorAt: number;
  readonly ceilingAt: number;
}

/** A law that stays at `start * floor` once it got there, and at `start / floor` on the way up. */
function bounded(start: number, floor: number, law: Law): Curve {
  const lowest = start * floor;
  const highest = start / floor;
  const { floorAt, ceilingAt } = law;
  return {
    ...UNLIMITED,
    price: (q) => (q >= floorAt ? lowest : q <= ceilingAt ? highest : law.price(q)),
    average(from, to) {
      const a = Math.min(from, to);
      const b = Math.max(from, to);
      const low = Math.min(Math.max(a, ceilingAt), floorAt);
      const high = Math.max(Math.min(b, floorAt), ceilingAt);
      if (low === a && high === b) return law.average(a, b);
      const inside = high > low ? (high - low) * law.average(low, high) : 0;
      return (Math.max(0, Math.min(b, ceilingAt) - a) * highest + inside + Math.max(0, b - Math.max(a, floorAt)) * lowest) / (b - a);
    },
    isBounded: (q) => q >= floorAt || q <= ceilingAt,
  };
}
