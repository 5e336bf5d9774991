import type { AccountOutcome, AssetImpact, Round, Summary, Threshold, Totals } from '../simulations/results.js';

/** What a simulation answered, whole. */
export interface Answer {
  readonly summary: Summary;
  readonly rounds: readonly Pick<Round, 'round' | 'prices' | 'entryCount'>[];
  readonly accounts: readonly AccountOutcome[];
  readonly thresholds: readonly Threshold[];
  readonly currency: string;
}

const LIQUIDATED_SHOWN = 10;
const SURVIVORS_SHOWN = 5;

/** The answer as a risk manager reads it: plain text, aligned tables. */
export function answerText(answer: Answer): string {
  return [headline(answer), prices(answer), totals(answer), rounds(answer), liquidated(answer), survivors(answer)].join('\n\n');
}

function headline({ summary: { assets, totals }, currency }: Answer): string {
  const worst = assets.reduce((a, b) => ((b.amplification ?? Infinity) > (a.amplification ?? Infinity) ? b : a));
  const { exogenous, endogenous } = moves(worst);
  return [
    `The shock liquidates ${count(totals.liquidatedByShock)} of ${count(totals.accounts)} accounts; their forced selling liquidates ${count(totals.liquidatedByCascade)} more.`,
    `${worst.symbol} suffers most: ${percent(exogenous)} by the shock itself, ${percent(endogenous)} more by forced trading.`,
    `Forced trades of ${money(totals.valueSold + totals.valueBought)} ${currency} leave ${money(totals.badDebt)} ${currency} of bad debt.`,
  ].join('\n');
}

function prices({ summary: { assets } }: Answer): string {
  const head = ['', 'before', 'shocked', 'final', 'exogenous', 'endogenous', 'amplification', 'units sold', 'value sold', 'execution price'];
  const rows = assets.map((asset) => {
    const { exogenous, endogenous } = moves(asset);
    return [
      asset.symbol,
      ...[asset.priceBefore, asset.shockedPrice, asset.finalPrice].map(price),
      percent(exogenous),
      percent(endogenous),
      asset.amplification === null ? '-' : asset.amplification.toFixed(2),
      count(Math.round(asset.quantitySold)),
      money(asset.valueSold),
      price(asset.executionPrice),
    ];
  });
  return titled('How far prices go', table(head, rows));
}

function totals({ summary: { totals, assets }, currency }: Answer): string {
  const unfilled = assets.filter((asset) => asset.unfilled !== 0).map(({ symbol, unfilled }) => `${count(Math.round(Math.abs(unfilled)))} ${symbol}`);
  const rows: (readonly [string, string])[] = [
    ['liquidated by the shock', count(totals.liquidatedByShock)],
    ['liquidated by the cascade', count(totals.liquidatedByCascade)],
    ['in breach before the shock', count(totals.inBreachBefore)],
    ['stop orders triggered', count(totals.stopsTriggered)],
    [`sold by force, ${currency}`, money(totals.valueSold)],
    [`bought by force, ${currency}`, money(totals.valueBought)],
    [`bad debt, ${currency}`, money(totals.badDebt)],
    ['rounds', count(totals.rounds)],
    ['nobody has to act any more', totals.isFixedPoint ? 'yes' : 'no, the bound on rounds was reached'],
    ['the only equilibrium', certificate(totals)],
    ...(unfilled.length > 0 ? [['found no buyer or seller', unfilled.join(', ')] as const] : []),
  ];
  return titled('In total', table(null, rows));
}

function certificate({ isUnique, liquidatedAtWorst, uncertifiedBecause }: Totals): string {
  if (isUnique === null) return `not certified: ${UNCERTIFIED[uncertifiedBecause!]}`;
  return isUnique ? 'yes, certified' : `no, a worse one liquidates ${count(liquidatedAtWorst!)}`;
}

const UNCERTIFIED: Readonly<Record<NonNullable<Totals['uncertifiedBecause']>, string>> = {
  faults: 'a fault of a published model is reproduced',
  contractRules: "a venue's margin rules need not be monotone",
  partialCloseOut: 'slices may shrink as prices fall',
  iterations: 'the search for the others was too long',
  stopOrders: 'stop orders may push both ways',
  mixedExposure: 'forced trades may push both ways',
  recovery: 'prices that recover depend on the path',
  lag: 'late marks depend on the path',
  throughput: 'who waits depends on the path',
  volatilityThinning: 'depth that thins depends on the path',
  arbitrage: 'arbitrage depends on the path',
  negativeCrossImpact: 'a sale may raise another price',
  valueBasis: 'impact by value depends on the path',
  maxRounds: 'the bound on rounds was reached',
};

function rounds({ rounds: all, summary: { assets } }: Answer): string {
  const symbols = assets.map(({ symbol }) => symbol);
  const rows = all.map(({ round, prices: traded, entryCount }) => [
    String(round),
    count(entryCount),
    ...symbols.map((symbol) => {
      const entry = traded.find((candidate) => candidate.symbol === symbol);
      return entry ? `${price(entry.priceBefore)} -> ${price(entry.priceAfter)}` : '-';
    }),
  ]);
  return titled('Round by round', rows.length > 0 ? table(['round', 'trades', ...symbols], rows) : '  Nobody has to act.');
}

function liquidated({ accounts, thresholds, currency }: Answer): string {
  const felled = accounts.filter(({ round }) => round !== null).sort((a, b) => traded(b) - traded(a));
  const rows = felled.slice(0, LIQUIDATED_SHOWN).map((account) => {
    const [nearest] = ownThresholds(account, thresholds);
    return [
      account.account,
      nearest?.symbol ?? '-',
      price(nearest?.liquidationPrice ?? null),
      nearest?.distance == null ? '-' : percent(nearest.distance),
      String(account.round),
      account.cause === 'breachBeforeShock' ? 'in breach before' : account.cause!,
      money(traded(account)),
      money(account.equityBefore - account.equityAfter),
      money(account.badDebt),
    ];
  });
  const title = `Who is liquidated, at which price: the ${rows.length} largest of ${count(felled.length)} (${currency})`;
  const note = '  (where that price alone must go, all others unmoved; of an account with several contracts, the nearest)';
  return titled(title, `${table(['account', 'contract', 'liquidation price', 'distance', 'round', 'cause', 'forced trade', 'loss', 'bad debt'], rows)}\n${note}`);
}

/** Ranked by margin ratio (health factor of a loan) at the end. */
function survivors({ accounts, thresholds, summary }: Answer): string {
  const final = new Map(summary.assets.map(({ symbol, finalPrice }) => [symbol, finalPrice]));
  const alive = accounts.filter(({ round, healthFactorAfter }) => round === null && healthFactorAfter !== null).sort((a, b) => a.healthFactorAfter! - b.healthFactorAfter!);
  const rows = alive.slice(0, SURVIVORS_SHOWN).map((account) => {
    const own = ownThresholds(account, thresholds);
    const contracts = own.length === 1 ? own[0]!.symbol : `${own.length} contracts`;
    const liquidationPrice = own.length === 1 ? own[0]!.liquidationPrice : null;
    const end = own.length === 1 ? final.get(own[0]!.symbol)! : null;
    return [account.account, contracts, price(liquidationPrice), price(end), liquidationPrice === null ? '-' : percent(liquidationPrice / end! - 1), account.healthFactorAfter!.toFixed(2)];
  });
  return titled('Who comes closest and survives', table(['account', 'contract', 'liquidation price', 'final price', 'room left', 'margin ratio'], rows));
}

/** The standalone thresholds of a party, one for each asset of a cross account, the nearest to its mark first. */
function ownThresholds({ account, symbol }: AccountOutcome, thresholds: readonly Threshold[]): Threshold[] {
  const away = ({ distance }: Threshold) => (distance === null ? Infinity : Math.abs(distance));
  return thresholds.filter((threshold) => threshold.account === account && (symbol === null || threshold.symbol === symbol)).sort((a, b) => away(a) - away(b));
}

function traded({ valueSold, valueBought }: AccountOutcome): number {
  return valueSold + valueBought;
}

/** As fractions of the price before the shock. */
function moves({ exogenousMove, endogenousMove, priceBefore }: AssetImpact): { exogenous: number; endogenous: number } {
  return { exogenous: exogenousMove / priceBefore, endogenous: endogenousMove / priceBefore };
}

function titled(title: string, body: string): string {
  return `${title}\n${body}`;
}

/** First column to the left, the others to the right. */
function table(head: readonly string[] | null, rows: readonly (readonly string[])[]): string {
  const lines = head ? [head, ...rows] : rows;
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const format = (line: readonly string[]) => `  ${line.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('  ')}`.trimEnd();
  return lines.map(format).join('\n');
}

function price(value: number | null): string {
  if (value === null) return '-';
  return grouped(value, value >= 1000 ? 0 : value >= 1 ? 2 : 6);
}

function money(value: number): string {
  return Math.abs(value) >= 1e6 ? `${grouped(value / 1e6, 2)} m` : grouped(value, 0);
}

function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(1)} %`;
}

function count(value: number): string {
  return grouped(value, 0);
}

function grouped(value: number, digits: number): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
