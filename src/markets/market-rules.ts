import type { Issue } from '../api/errors.js';
import { type Impact, impactIssues, type ImpactModel } from '../api/impact.js';
import { eachOf, issue, type Path, repeated, seenBefore } from '../api/rules.js';
import { contractIssues, tierIssues } from '../api/terms.js';
import type { Work } from '../api/turns.js';
import type { CrossImpact, Deleveraging, Exchange } from './exchange.js';
import type { Asset, LiquidityPool, MarketInput, OrderBook } from './market.js';

/** Contradictions inside a market whose fields are each right. */
export function* marketIssues({ assets, venue, exchanges, crossImpact }: MarketInput): Work<Issue[]> {
  return [
    ...(yield* exchangeIssues(assets, exchanges ?? [])),
    ...(exchanges ?? []).flatMap(({ deleveraging }, i) => deleveragingIssues(deleveraging, ['exchanges', i, 'deleveraging'])),
    ...(yield* crossImpactIssues(assets, crossImpact ?? [])),
    ...repeated(assets.map((asset) => asset.symbol)).map((i) => issue(['assets', i, 'symbol'], 'DUPLICATE', 'is the symbol of another asset')),
    ...(yield* eachOf(assets, (asset, i) => assetIssues(asset, ['assets', i]))),
    // with a venue, its pack may say what a contract lacks: a run checks that once all is filled in
    ...(venue == null ? yield* eachOf(assets, (asset, i) => contractIssues(asset, ['assets', i])) : []),
  ];
}

function assetIssues(asset: Asset, at: Path): Issue[] {
  return [
    ...(asset.orderBook ? bookIssues(asset.orderBook, [...at, 'orderBook']) : []),
    ...(asset.pool ? poolIssues(asset.pool, [...at, 'pool']) : []),
    ...tierIssues(asset.tiers, [...at, 'tiers']),
    ...impactIssues(asset.impact, [...at, 'impact']),
    ...listingIssues(asset, at),
    ...missingLiquidity(asset.impact, asset).map((path) => issue([...at, ...path], 'MISSING', `is needed by the impact model ${asset.impact.model}`)),
  ];
}

/** Exchanges named twice, and listings on none or twice on one. */
function* exchangeIssues(assets: readonly Asset[], exchanges: readonly Exchange[]): Work<Issue[]> {
  const names = new Set(exchanges.map(({ name }) => name));
  return [
    ...repeated(exchanges.map(({ name }) => name)).map((i) => issue(['exchanges', i, 'name'], 'DUPLICATE', 'is the name of another exchange')),
    ...(yield* eachOf(assets, ({ listings }, i) => (listings ?? []).flatMap(({ exchange }, k) => (names.has(exchange) ? [] : [issue(['assets', i, 'listings', k, 'exchange'], 'NOT_FOUND', 'is no exchange of the market')])))),
    ...(yield* eachOf(assets, ({ listings }, i) => repeated((listings ?? []).map(({ exchange }) => exchange)).map((k) => issue(['assets', i, 'listings', k, 'exchange'], 'DUPLICATE', 'lists the asset before')))),
  ];
}

function* crossImpactIssues(assets: readonly Asset[], pairs: readonly CrossImpact[]): Work<Issue[]> {
  const symbols = new Set(assets.map(({ symbol }) => symbol));
  const isRepeated = seenBefore();
  const unpriced = (field: 'symbol' | 'soldSymbol') => eachOf(pairs, (pair, i) => (symbols.has(pair[field]) ? [] : [issue(['crossImpact', i, field], 'UNPRICED', `the market does not price ${pair[field]}`)]));
  return [
    ...(yield* unpriced('symbol')),
    ...(yield* unpriced('soldSymbol')),
    ...(yield* eachOf(pairs, ({ symbol, soldSymbol }, i) => (isRepeated(JSON.stringify([symbol, soldSymbol])) ? [issue(['crossImpact', i], 'DUPLICATE', 'is a pair that stands before')] : []))),
  ];
}

/** A listing's own numbers, and what its impact needs of them or of the asset. */
function listingIssues(asset: Asset, at: Path): Issue[] {
  return (asset.listings ?? []).flatMap((listing, k) => {
    const here = [...at, 'listings', k];
    const impact = listing.impact ?? asset.impact;
    const whole = { ...asset, orderBook: listing.orderBook ?? asset.orderBook, pool: listing.pool ?? asset.pool, dailyVolume: listing.dailyVolume ?? asset.dailyVolume };
    return [
      ...(listing.orderBook ? bookIssues(listing.orderBook, [...here, 'orderBook']) : []),
      ...(listing.pool ? poolIssues(listing.pool, [...here, 'pool']) : []),
      ...(listing.impact ? impactIssues(listing.impact, [...here, 'impact']) : []),
      ...(listing.impact ? missingLiquidity(impact, whole).map((path) => issue([...here, 'impact', 'model'], 'MISSING', `${impact.model} needs ${path.join('.')} of the listing or the asset`)) : []),
    ];
  });
}

/** What the model needs of the asset and the asset lacks, as paths into it. */
export function missingLiquidity(impact: Impact, { dailyVolume, dailyVolatility, orderBook, pool }: Asset): Path[] {
  const volumes: [Path, unknown][] = [[['dailyVolume'], dailyVolume], [['dailyVolatility'], dailyVolatility]];
  const needed: Readonly<Record<ImpactModel, [Path, unknown][]>> = {
    none: [],
    linear: [],
    exponential: [],
    squareRoot: volumes,
    contSchaanning: impact.depth == null ? volumes : [],
    orderBook: [[['orderBook'], orderBook]],
    constantProduct: [[['pool', 'reserve'], pool?.reserve], [['pool', 'currencyReserve'], pool?.currencyReserve]],
    concentratedLiquidity: [[['pool', 'ranges'], pool?.ranges[0]]],
  };
  return needed[impact.model].filter(([, value]) => value == null).map(([path]) => path);
}

/** What says how deleveraging works where there is none, or at which price where nothing is closed. */
function deleveragingIssues(stated: Deleveraging | null | undefined, at: Path): Issue[] {
  if (stated?.policy === 'none' && stated.method != null) return [issue([...at, 'method'], 'FORBIDDEN', 'is for policies other than none')];
  return stated?.price != null && stated.method !== 'contracts' ? [issue([...at, 'price'], 'FORBIDDEN', 'is for the method contracts')] : [];
}

function poolIssues({ ranges }: LiquidityPool, at: Path): Issue[] {
  return ranges.flatMap(({ priceLow, priceHigh }, i) => (priceLow < priceHigh ? [] : [issue([...at, 'ranges', i, 'priceHigh'], 'OUT_OF_RANGE', 'must be above priceLow')]));
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
