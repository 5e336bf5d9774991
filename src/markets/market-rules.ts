import type { Issue } from '../api/errors.js';
import { type Impact, impactIssues, type ImpactModel } from '../api/impact.js';
import { issue, type Path, repeated } from '../api/rules.js';
import { contractIssues, tierIssues } from '../api/terms.js';
import type { Asset, MarketInput, OrderBook } from './market.js';

/** Contradictions inside a market whose fields are each right. */
export function marketIssues({ assets, venue }: MarketInput): Issue[] {
  return [
    ...repeated(assets.map((asset) => asset.symbol)).map((i) => issue(['assets', i, 'symbol'], 'DUPLICATE', 'is the symbol of another asset')),
    ...assets.flatMap((asset, i) => assetIssues(asset, ['assets', i])),
    // with a venue, its pack may say what a contract lacks: a run checks that once all is filled in
    ...(venue == null ? assets.flatMap((asset, i) => contractIssues(asset, ['assets', i])) : []),
  ];
}

function assetIssues(asset: Asset, at: Path): Issue[] {
  return [
    ...(asset.orderBook ? bookIssues(asset.orderBook, [...at, 'orderBook']) : []),
    ...tierIssues(asset.tiers, [...at, 'tiers']),
    ...impactIssues(asset.impact, [...at, 'impact']),
    ...missingLiquidity(asset.impact, asset).map((field) => issue([...at, field], 'MISSING', `is needed by the impact model ${asset.impact.model}`)),
  ];
}

/** What the model needs of the asset and the asset lacks. */
export function missingLiquidity(impact: Impact, asset: Asset): (keyof Asset)[] {
  const needed: Readonly<Record<ImpactModel, readonly (keyof Asset)[]>> = { none: [], linear: [], exponential: [], squareRoot: ['dailyVolume', 'dailyVolatility'], orderBook: ['orderBook'] };
  return needed[impact.model].filter((field) => asset[field] == null);
}

function bookIssues({ bids, asks }: OrderBook, at: Path): Issue[] {
  const empty = (['bids', 'asks'] as const).filter((side) => (side === 'bids' ? bids : asks).length === 0);
  if (empty.length > 0) return empty.map((side) => issue([...at, side], 'EMPTY', 'has no level'));
  const unsorted = [
    ...firstBreak(bids, (better, worse) => better[0]! > worse[0]!).map((i) => issue([...at, 'bids', i], 'UNSORTED', 'must be priced below the level before it')),
    ...firstBreak(asks, (better, worse) => better[0]! < worse[0]!).map((i) => issue([...at, 'asks', i], 'UNSORTED', 'must be priced above the level before it')),
  ];
  if (unsorted.length > 0) return unsorted;
  return bids[0]![0]! >= asks[0]![0]! ? [issue(at, 'CROSSED', `has its best bid ${bids[0]![0]} at or above its best ask ${asks[0]![0]}`)] : [];
}

/** Index of the first level that does not stand in the relation to the one before it. */
function firstBreak(levels: readonly number[][], isOrdered: (before: number[], after: number[]) => boolean): number[] {
  const i = levels.findIndex((level, index) => index > 0 && !isOrdered(levels[index - 1]!, level));
  return i === -1 ? [] : [i];
}
