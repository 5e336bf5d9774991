import { type AssetAttribution, attributions } from './attribution.js';
import { type Cascade, tradedValues } from './cascade.js';
import type { CrossImpactCheck } from './cross-impact.js';
import { type EquilibriumReport, equilibriumReport } from './equilibrium-report.js';
import { equilibria, type Uncertified } from './equilibrium.js';
import type { Dynamics } from './inputs.js';
import { assetPrice, courseOf, crossImpactCheck, type ListingImpact, listingImpacts, linesOf } from './listings.js';
import { toUnits } from './lots.js';
import type { ExchangeLosses } from './losses.js';
import { waterfall } from './waterfall.js';

/** The answer in units and money. Moves are in currency per unit, negative = down; quantities in units. */
export interface Summary {
  readonly assets: readonly AssetImpact[];
  /** Each asset on each exchange; none where the market names no exchange. */
  readonly listings: readonly ListingImpact[];
  readonly totals: Totals;
  /** Who bore the losses, in the order of the market. */
  readonly exchanges: readonly ExchangeLosses[];
  /** Null where `Totals.uncertifiedBecause` says why. */
  readonly equilibrium: EquilibriumReport | null;
  /** Who moved each price; one an asset. */
  readonly attribution: readonly AssetAttribution[];
  /** Null without cross-impact. */
  readonly crossImpact: CrossImpactCheck | null;
  readonly convention: Convention;
}

/** Prices of an asset with several listings are means by index weight, quantities sums over them. */
export interface AssetImpact {
  readonly symbol: string;
  readonly priceBefore: number;
  readonly shockedPrice: number;
  readonly finalPrice: number;
  /** Of the whole course from the shock on: a price that recovers ends above its lowest. */
  readonly lowestPrice: number;
  readonly highestPrice: number;
  /** finalPrice less where it would be once the temporary part is gone; 0 without recovery. */
  readonly displacementLeft: number;
  /** shockedPrice - priceBefore. */
  readonly exogenousMove: number;
  /** finalPrice - shockedPrice: what forced trading adds. */
  readonly endogenousMove: number;
  /** (finalPrice - priceBefore) / (shockedPrice - priceBefore), 1 when nothing is forced; null when the shock is 0 and the price moves all the same. */
  readonly amplification: number | null;
  readonly quantitySold: number;
  readonly quantityBought: number;
  readonly valueSold: number;
  readonly valueBought: number;
  /** Mean price of all forced trades, null without any. */
  readonly executionPrice: number | null;
  /** Net quantity that found no order-book level (negative = not bought). */
  readonly unfilled: number;
  /** finalPrice at the worst equilibrium; null where the search for one is not exact (`Totals.uncertifiedBecause`). */
  readonly worstPrice: number | null;
  /** The impact curve's floor or ceiling was reached. */
  readonly isBounded: boolean;
  readonly lotSize: number;
}

export interface Totals {
  readonly accounts: number;
  /** In breach before the shock; not counted as victims of it. */
  readonly inBreachBefore: number;
  /** Closed or called in round 1, by the shock alone, and later, by others' forced selling. */
  readonly liquidatedByShock: number;
  readonly liquidatedByCascade: number;
  readonly stopsTriggered: number;
  readonly valueSold: number;
  readonly valueBought: number;
  /** Negative equity left in closed accounts plus debt left without collateral. */
  readonly badDebt: number;
  readonly rounds: number;
  /** Nobody acts at the final prices; false: the bound on rounds was reached first. */
  readonly isFixedPoint: boolean;
  /** The certificate: true, no other equilibrium exists on this side of the shocked prices; false, a worse one does; null, nothing can be said and `uncertifiedBecause` says why. */
  readonly isUnique: boolean | null;
  readonly liquidatedAtWorst: number | null;
  readonly uncertifiedBecause: Uncertified | null;
}

/** The rules that the numbers depend on, by name. */
export const CONVENTION = {
  rounds: 'synchronous',
  impact: 'cumulative',
  execution: 'averageAlongCurve',
  fills: 'proRata',
  ties: 'accountReference',
  fullClose: 'positionsAndCollateral',
  marginTrigger: 'healthAtOrBelowZero',
  loanTrigger: 'healthFactorBelowOne',
  losses: 'sharedAfterTheRounds',
} as const;

export type Convention = { readonly [K in keyof typeof CONVENTION]: string };
const EXECUTIONS = { average: CONVENTION.execution, midpoint: 'midpointOfBeforeAndAfter', after: 'priceAfter', share: 'shareOfTheMove' } as const;

/** `onIteration` looks on while equilibria are searched. */
export function summary(course: Cascade, onIteration?: () => void): Summary {
  const { book, rounds, ledger, closedIn, wasInBreach } = course;
  const traded = tradedValues(course);
  const found = equilibria(course, onIteration);
  const certified = typeof found === 'string' ? null : found;
  const assets = Array.from({ length: book.assetCount }, (_, a) => ({ ...assetImpact(course, a), worstPrice: certified ? assetPrice(book, certified.worst.price, a) : null }));
  const count = (matches: (row: number) => boolean) => book.rows.reduce((sum, _, row) => sum + Number(matches(row)), 0);
  const { deficit, exchanges } = waterfall(course);
  return {
    assets,
    listings: listingImpacts(course),
    totals: {
      accounts: book.rows.length,
      inBreachBefore: count((row) => wasInBreach[row] === 1),
      liquidatedByShock: count((row) => !wasInBreach[row] && closedIn[row] > 0 && course.isDirect[row] === 1),
      liquidatedByCascade: count((row) => !wasInBreach[row] && closedIn[row] > 0 && course.isDirect[row] === 0),
      stopsTriggered: ledger.action.filter((action) => action === 'stopOrder').length,
      valueSold: total(traded.sold),
      valueBought: total(traded.bought),
      badDebt: total(deficit),
      rounds: rounds.length,
      isFixedPoint: course.isFixedPoint,
      isUnique: certified?.isUnique ?? null,
      liquidatedAtWorst: certified ? count((row) => certified.worst.isLiquidated[row] === 1) : null,
      uncertifiedBecause: typeof found === 'string' ? found : null,
    },
    exchanges,
    equilibrium: certified && equilibriumReport(book, certified),
    attribution: attributions(course),
    crossImpact: crossImpactCheck(course),
    convention: conventionOf(course.scenario.dynamics ?? {}),
  };
}

function conventionOf({ clearing, execution, executionShare, order }: Dynamics): Convention {
  if (clearing === 'equilibrium') return { ...CONVENTION, rounds: 'none', execution: 'clearingPrice' };
  return { ...CONVENTION, execution: EXECUTIONS[executionShare != null ? 'share' : (execution ?? 'average')], fills: order == null || order === 'together' ? CONVENTION.fills : order };
}

function assetImpact(course: Cascade, a: number): Omit<AssetImpact, 'worstPrice'> {
  const { book, rounds, trading } = course;
  const lot = book.lot[a];
  const lines = linesOf(book, a);
  let sold = 0;
  let bought = 0;
  let unfilled = 0;
  let valueSold = 0;
  let valueBought = 0;
  for (const round of rounds) {
    for (const l of lines) {
      unfilled += round.unfilled[l];
      if (round.sold[l] + round.bought[l] === 0) continue;
      sold += round.sold[l];
      bought += round.bought[l];
      valueSold += round.valueSold[l];
      valueBought += round.valueBought[l];
    }
  }
  const priceBefore = assetPrice(book, book.price, a);
  const shockedPrice = assetPrice(book, course.shockedPrice, a);
  const finalPrice = assetPrice(book, course.finalPrice, a);
  const exogenousMove = shockedPrice - priceBefore;
  const endogenousMove = finalPrice - shockedPrice;
  return {
    symbol: book.assets[a].symbol,
    priceBefore,
    shockedPrice,
    finalPrice,
    ...courseOf(course, a),
    exogenousMove,
    endogenousMove,
    amplification: endogenousMove === 0 ? 1 : exogenousMove === 0 ? null : (finalPrice - priceBefore) / exogenousMove,
    quantitySold: toUnits(lot, sold),
    quantityBought: toUnits(lot, bought),
    valueSold,
    valueBought,
    executionPrice: sold + bought > 0 ? (valueSold + valueBought) / toUnits(lot, sold + bought) : null,
    unfilled: toUnits(lot, unfilled),
    isBounded: lines.some((l) => trading.curves[l].isBounded(toUnits(lot, trading.position[l]))),
    lotSize: lot.size,
  };
}

function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
