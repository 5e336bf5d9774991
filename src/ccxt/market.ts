import { ASSETS_MAX } from '../api/fields.js';
import { Impact, ImpactModel } from '../api/impact.js';
import type { Path } from '../api/rules.js';
import { mapped, type Work } from '../api/turns.js';
import { type Asset, TIERS_MAX } from '../markets/market.js';
import type { CcxtMarket, CcxtMarketInput } from './conversion.js';
import { bySymbol, type Foreign, foreign, grouped, type Item, items, type NamedItem, NO_SYMBOL, nonZero, numeric, text } from './foreign.js';
import { instrument, REFUSED } from './instrument.js';
import { orderBookOf } from './order-book.js';
import { Remarks } from './remarks.js';
import { hyperliquidTiers, type Tiers, tiersOf } from './tiers.js';

const CURRENCY_MAX = 20;
const DEFAULT_CURRENCY = 'USD';
/** The last millisecond that RFC 3339 can say. */
const TIME_MAX = 253_402_300_799_999;

type Named = ReadonlyMap<string, NamedItem>;

interface Sources {
  readonly markets: Named;
  readonly tickers: Named;
  readonly books: Named;
  readonly tiers: ReadonlyMap<string, readonly Item[]>;
}

/** Instruments of one exchange, each with the price, the book and the tiers that were posted of it. */
export function* marketOf({ name, symbols, markets, leverageTiers, orderBooks, tickers }: CcxtMarketInput): Work<CcxtMarket> {
  const remarks = new Remarks();
  const sources = { markets: yield* bySymbol(markets, ['markets'], remarks), tickers: yield* bySymbol(tickers, ['tickers'], remarks), books: yield* bySymbol(orderBooks, ['orderBooks'], remarks), tiers: yield* tiersBySymbol(leverageTiers, remarks) };
  const wanted = symbols ? [...new Set(symbols)] : candidates(sources);
  const found: Converted[] = [];
  for (const [i, symbol] of wanted.slice(0, ASSETS_MAX).entries()) {
    const asset = yield* assetOf(symbol, symbols ? ['symbols', symbols.indexOf(symbol)] : placeOf(symbol, sources, i), sources, remarks);
    if (asset) found.push(asset);
  }
  if (wanted.length > ASSETS_MAX) remarks.leaveOut(placeOf(wanted[ASSETS_MAX]!, sources, ASSETS_MAX), `and ${wanted.length - ASSETS_MAX - 1} more: a market has at most ${ASSETS_MAX} assets; give symbols`);
  if (found.length === 0) return { market: null, ...remarks.shown() };
  const currency = currencyOf(found.map(({ currency: each }) => each), remarks);
  const asOf = newest([...sources.books.values(), ...sources.tickers.values()]);
  return { market: { name, currency, ...(asOf && { asOf }), source: 'CCXT', assets: found.map(({ asset }) => asset) }, ...remarks.shown() };
}

/** What has a book or tiers; where nothing has, what has a price. */
function candidates({ books, tiers, tickers, markets }: Sources): string[] {
  const liquid = new Set([...books.keys(), ...tiers.keys()]);
  return [...(liquid.size > 0 ? liquid : new Set([...tickers.keys(), ...markets.keys()]))];
}

function placeOf(symbol: string, { books, tiers, tickers, markets }: Sources, i: number): Path {
  if (books.has(symbol)) return books.get(symbol)!.at;
  if (tiers.has(symbol)) return tiers.get(symbol)![0]?.at.slice(0, 2) ?? ['leverageTiers', symbol];
  return (tickers.get(symbol) ?? markets.get(symbol))?.at ?? ['symbols', i];
}

interface Converted {
  readonly asset: Asset;
  readonly currency: string;
}

function* assetOf(symbol: string, at: Path, { markets, tickers, books, tiers }: Sources, remarks: Remarks): Work<Converted | null> {
  const market = markets.get(symbol);
  const known = instrument(symbol, market?.value);
  const refused = known ? REFUSED[known.kind] : NO_SYMBOL;
  if (!known || refused) return remarks.leaveOut(at, refused ?? NO_SYMBOL);
  const contractSize = known.kind === 'spot' ? 1 : contractSizeOf(market, at, remarks);
  if (contractSize === null) return null;
  const posted = books.get(symbol);
  const isInverse = known.kind === 'inverse';
  const orderBook = posted ? yield* orderBookOf(posted.value, posted.at, (level) => (isInverse ? contractSize / level : contractSize), remarks) : null;
  const ticker = tickers.get(symbol);
  const price = priceOf(ticker, orderBook && (orderBook.bids[0]![0]! + orderBook.asks[0]![0]!) / 2, at, remarks);
  if (price === null) return remarks.leaveOut(at, 'has no price: post its ticker or its book');
  const dailyVolume = nonZero(ticker?.value['baseVolume']);
  const { tiers: told, rules } = known.kind === 'spot' ? { tiers: [], rules: {} } : tiersFor(tiers.get(symbol), market, { isInverse, at }, remarks);
  const contract = { ...(isInverse && { kind: 'inverse' as const }), ...rules };
  const asset: Asset = {
    symbol,
    price,
    contractSize,
    ...(dailyVolume !== null && dailyVolume > 0 && { dailyVolume }),
    impact: Object.assign(new Impact(), { model: orderBook ? ImpactModel.orderBook : ImpactModel.none }),
    ...(orderBook && { orderBook }),
    ...(Object.keys(contract).length > 0 && { contract }),
    tiers: told,
  };
  return { asset, currency: isInverse ? known.quote : known.settle };
}

function tiersFor(posted: readonly Item[] | undefined, market: NamedItem | undefined, { isInverse, at }: { readonly isInverse: boolean; readonly at: Path }, remarks: Remarks): Tiers {
  if (posted?.length) return tiersOf(posted, isInverse, remarks);
  const told = market ? hyperliquidTiers(market.value, market.at, remarks) : [];
  if (told.length === 0) remarks.leaveOut(at, 'has no leverage tiers: positions in it cannot be simulated before they are given');
  return { tiers: told, rules: {} };
}

function contractSizeOf(market: NamedItem | undefined, at: Path, remarks: Remarks): number | null {
  const told = nonZero(market?.value['contractSize']);
  if (told !== null && told > 0) return told;
  if (told !== null) return remarks.leaveOut([...market!.at, 'contractSize'], 'is not a number in range');
  remarks.assume(market ? [...market.at, 'contractSize'] : at, 'is not told: a contract is taken as one unit');
  return 1;
}

/** The mark; without it the last trade, and then the middle of the book. */
function priceOf(ticker: NamedItem | undefined, middle: number | null, at: Path, remarks: Remarks): number | null {
  const isPrice = (value: number | null): value is number => value !== null && value > 0;
  const { markPrice, last, close, info } = ticker?.value ?? {};
  const mark = nonZero(markPrice) ?? nonZero(foreign(info)?.['markPrice']);
  if (isPrice(mark)) return mark;
  const trade = nonZero(last) ?? nonZero(close);
  if (isPrice(trade)) remarks.assume([...ticker!.at, 'last'], 'is taken as the mark price, which is not told');
  else if (middle !== null) remarks.assume(at, 'gives the mark price as the middle of its book, for no ticker tells it');
  return isPrice(trade) ? trade : middle;
}

/** A list of tiers that name their symbols, or lists of tiers by symbol. */
function* tiersBySymbol(posted: unknown, remarks: Remarks): Work<Map<string, readonly Item[]>> {
  if (!Array.isArray(posted)) return new Map(yield* mapped(Object.entries(foreign(posted) ?? {}), ([symbol, rows]) => [symbol, items(Array.isArray(rows) ? rows.slice(0, TIERS_MAX + 1) : rows, ['leverageTiers', symbol])] as const));
  const symbolOf = ({ value }: Item) => text(value?.['symbol']) ?? '';
  const all = items(posted, ['leverageTiers']);
  for (const tier of all) {
    if (!symbolOf(tier)) remarks.leaveOut(tier.at, NO_SYMBOL);
    yield;
  }
  return grouped(all.filter(symbolOf), symbolOf);
}

function currencyOf(currencies: readonly string[], remarks: Remarks): string {
  const all = [...new Set(currencies)];
  if (all.length === 1 && all[0]!.length <= CURRENCY_MAX) return all[0]!;
  remarks.assume([], `prices are in ${all.join(', ')}: each is taken as one ${DEFAULT_CURRENCY}`);
  return DEFAULT_CURRENCY;
}

function newest(dated: readonly { readonly value: Foreign }[]): Date | null {
  const times = dated.map(({ value }) => numeric(value['timestamp']) ?? 0).filter((time) => time > 0 && time <= TIME_MAX);
  return times.length > 0 ? new Date(times.reduce((latest, time) => Math.max(latest, time))) : null;
}
