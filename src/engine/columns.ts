import type { Asset, Market, MarkPrice, Oracle } from './inputs.js';

/**
 * What the entries of a book point to. A LINE is an asset on one exchange: it has a last price, a curve and an order flow of its own. A COLUMN is
 * a line seen through a price: column l < lines is line l at its last price, further columns are marks and oracles. The primary line of asset a is
 * line a. So without exchanges and oracles columns, lines and assets are the same thing.
 */
export interface Columns {
  /** One a column; where a listing says something itself, with that in it. */
  readonly assets: readonly Asset[];
  readonly assetCount: number;
  readonly assetIndex: ReadonlyMap<string, number>;
  readonly exchanges: readonly string[];
  readonly lines: readonly Line[];
  readonly quotes: readonly Quote[];
}

export interface Line {
  readonly asset: number;
  /** -1 where the market names none. */
  readonly exchange: number;
  /** In indices. */
  readonly weight: number;
}

/** How a column is priced. */
export interface Quote {
  /** Where its entries trade. */
  readonly line: number;
  readonly rule: MarkPrice['rule'] | 'pegged';
  /** Rounds by which it is late. */
  readonly lag: number;
  /** pegged: the price; null: the price before the shock. */
  readonly price: number | null;
}

/** Gives a column to whoever asks for an asset, from the place where he stands; new columns are added as they are asked for. */
export interface Finder {
  readonly columns: Columns;
  /** Index of the exchange of that name, of the first one for none. */
  exchange(name: string | null | undefined): number;
  column(symbol: string, exchange: number, oracle?: Oracle | null): number;
}

export function finder(market: Market): Finder {
  const exchanges = (market.exchanges ?? []).map(({ name }) => name);
  const exchangeIndex = new Map(exchanges.map((name, index) => [name, index]));
  const exchange = (name: string | null | undefined) => (name == null ? Math.min(0, exchanges.length - 1) : known(exchangeIndex.get(name), 'the market has no exchange', name));
  const assets: Asset[] = [];
  const lines: Line[] = [];
  const lineOf = new Map<string, number>();
  const add = (asset: number, n: number) => {
    const stated = market.assets[asset];
    const listing = stated.listings?.[n];
    const line = { asset, exchange: exchange(listing?.exchange), weight: listing?.indexWeight ?? 1 };
    lineOf.set(`${asset} ${line.exchange}`, lines.length);
    lines.push(line);
    assets.push(listing ? { ...stated, price: listing.price ?? stated.price, impact: listing.impact ?? stated.impact, orderBook: listing.orderBook ?? stated.orderBook, pool: listing.pool ?? stated.pool, dailyVolume: listing.dailyVolume ?? stated.dailyVolume } : stated);
  };
  market.assets.forEach((_, asset) => add(asset, 0));
  market.assets.forEach(({ listings }, asset) => listings?.forEach((_, n) => n > 0 && add(asset, n)));
  const quotes: Quote[] = lines.map((_, line) => ({ line, rule: 'last', lag: 0, price: null }));
  const assetIndex = new Map(market.assets.map(({ symbol }, index) => [symbol, index]));
  const columnOf = new Map(quotes.map((quote, column) => [keyOf(quote), column]));

  return {
    columns: { assets, assetCount: market.assets.length, assetIndex, exchanges, lines, quotes },
    exchange,
    column(symbol, at, oracle) {
      const asset = known(assetIndex.get(symbol), 'the market does not price', symbol);
      if (lines.length === quotes.length && exchanges.length === 0 && !oracle) return asset;
      const line = lineOf.get(`${asset} ${at}`) ?? asset;
      const quote = quoteOf(line, market.exchanges?.[at]?.markPrice, oracle);
      const key = keyOf(quote);
      const column = columnOf.get(key) ?? quotes.push(quote) - 1;
      if (column === assets.length) {
        columnOf.set(key, column);
        assets.push(assets[line]);
      }
      return column;
    },
  };
}

/** The lag of an oracle comes on top of that of its exchange's mark. */
function quoteOf(line: number, mark: MarkPrice | null | undefined, oracle: Oracle | null | undefined): Quote {
  if (oracle?.rule === 'pegged') return { line, rule: oracle.price == null ? (mark?.rule ?? 'last') : 'pegged', lag: oracle.price == null ? Infinity : 0, price: oracle.price ?? null };
  return { line, rule: mark?.rule ?? 'last', lag: (mark?.lag ?? 0) + (oracle?.rule === 'lagged' ? (oracle.lag ?? 1) : 0), price: null };
}

function keyOf({ line, rule, lag, price }: Quote): string {
  return `${line} ${rule} ${lag} ${price}`;
}

/** Pegged: no price of the market ever reaches it. */
export function isPegged({ rule, lag }: Quote): boolean {
  return rule === 'pegged' || lag === Infinity;
}

/** What the rule of a column makes of the last prices, without its lag. */
export function quoted({ lines, quotes }: Pick<Columns, 'lines' | 'quotes'>, last: Float64Array, column: number): number {
  const { line, rule, price } = quotes[column];
  if (rule === 'pegged') return price!;
  if (rule === 'last') return last[line];
  return indexPrice(lines, last, lines[line].asset, rule);
}

/** Weighted median (half of the weight on each side; the middle of two where it falls between them) or mean of the last prices of all listings of an asset. */
export function indexPrice(lines: readonly Line[], last: Float64Array, asset: number, rule: 'indexMedian' | 'indexMean'): number {
  const listed: number[] = [];
  let total = 0;
  for (let l = 0; l < lines.length; l++) {
    if (lines[l].asset !== asset || lines[l].weight === 0) continue;
    listed.push(l);
    total += lines[l].weight;
  }
  if (listed.length === 0) return last[asset];
  if (rule === 'indexMean') {
    const from = last[listed[0]]; // differences from one of them: equal prices have their own mean, to the bit
    return from + listed.reduce((sum, l) => sum + lines[l].weight * (last[l] - from), 0) / total;
  }
  listed.sort((a, b) => last[a] - last[b] || a - b);
  let below = 0;
  for (let n = 0; ; n++) {
    below += lines[listed[n]].weight;
    if (2 * below === total) return (last[listed[n]] + last[listed[n + 1]]) / 2;
    if (2 * below > total || n === listed.length - 1) return last[listed[n]];
  }
}

function known<T>(value: T | undefined, message: string, name: string): T {
  if (value === undefined) throw new Error(`${message} ${name}`);
  return value;
}
