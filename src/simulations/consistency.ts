import { type Issue, ISSUES_MAX } from '../api/errors.js';
import { eachOf, issue, type Path } from '../api/rules.js';
import { contractIssues } from '../api/terms.js';
import type { Work } from '../api/turns.js';
import { MAX_LOTS } from '../engine/index.js';
import type { Asset, MarketInput } from '../markets/market.js';
import { missingLiquidity } from '../markets/market-rules.js';
import type { PortfolioInput } from '../portfolios/portfolio.js';
import type { ScenarioInput } from '../scenarios/scenario.js';
import { scenarioIssues } from '../scenarios/scenario-rules.js';

/** Documents that are each right and may still not fit each other. */
export interface Documents {
  readonly market: MarketInput;
  readonly portfolio: PortfolioInput;
  readonly scenario: ScenarioInput;
}

/** Lots of a stated size are whole to this part of a lot. */
const LOT_TOLERANCE = 1e-6;

/** What the engine cannot run: pointers start at `portfolio` and `scenario`. */
export function* misfits({ market, portfolio, scenario }: Documents): Work<Issue[]> {
  const assets = new Map(market.assets.map((asset) => [asset.symbol, asset]));
  return [...(yield* exchangeIssues(market, portfolio)), ...(yield* eachOf(holdings(portfolio, assets), holdingRule(assets))), ...thinningIssues(market, scenario), ...unpricedIssues(assets, scenario), ...contradictions(scenario)].slice(0, ISSUES_MAX);
}

/** The same for documents that were named by id: the pointer is the field with the id, the place inside stands in the message. */
export function* misfitsById(documents: Documents): Work<Issue[]> {
  return (yield* misfits(documents)).map(byId);
}

export function byId({ pointer: place, code, message }: Issue): Issue {
  const [, document, ...inside] = place.split('/');
  return { pointer: `/${document}Id`, code, message: `${inside.join('/')}: ${message}` };
}

interface Holding {
  readonly at: Path;
  readonly symbol: string;
  /** Units; null where the amount does not matter. */
  readonly units: number | null;
  readonly needsTiers: boolean;
  /** Coins of an inverse contract and of its margin are exact in the engine, whatever the lot. */
  readonly isExact?: boolean;
}

function* holdings({ accounts, loans, institutions }: PortfolioInput, assets: ReadonlyMap<string, Asset>): Generator<Holding> {
  const isInverse = (symbol: string) => assets.get(symbol)?.contract?.kind === 'inverse';
  const contracts = (symbol: string, amount: number, contractSize: number | null | undefined, entryPrice: number) => {
    const face = amount * (contractSize ?? assets.get(symbol)?.contractSize ?? 1);
    return { symbol, units: isInverse(symbol) ? face / entryPrice : face, needsTiers: true, isExact: isInverse(symbol) };
  };
  for (const [i, account] of accounts.entries()) {
    const at = ['portfolio', 'accounts', i] as const;
    for (const [k, { symbol, quantity }] of account.collateral.entries()) yield { at: [...at, 'collateral', k], symbol, units: quantity, needsTiers: false, isExact: isInverse(symbol) };
    for (const [k, { symbol, contracts: amount, contractSize, entryPrice }] of account.positions.entries()) yield { at: [...at, 'positions', k], ...contracts(symbol, amount, contractSize, entryPrice) };
    for (const [k, { symbol, amount, triggerPrice }] of account.stopOrders.entries()) yield { at: [...at, 'stopOrders', k], ...contracts(symbol, amount, null, triggerPrice) };
  }
  for (const [i, loan] of loans.entries()) {
    const at = ['portfolio', 'loans', i] as const;
    for (const [k, { symbol, quantity }] of loan.collateral.entries()) yield { at: [...at, 'collateral', k], symbol, units: quantity, needsTiers: false };
    for (const [k, { symbol }] of loan.debts.entries()) if (symbol != null) yield { at: [...at, 'debts', k], symbol, units: null, needsTiers: false };
  }
  for (const [i, { holdings: held }] of institutions.entries()) {
    for (const [k, { symbol, quantity }] of held.entries()) yield { at: ['portfolio', 'institutions', i, 'holdings', k], symbol, units: quantity, needsTiers: false };
  }
}

/** What is wrong with a holding, after those before it. */
function holdingRule(assets: ReadonlyMap<string, Asset>): (holding: Holding) => Issue[] {
  const lots = new Map<string, number>();
  return ({ at, symbol, units, needsTiers, isExact }) => {
    const asset = assets.get(symbol);
    if (!asset) return [issue([...at, 'symbol'], 'UNPRICED', `the market does not price ${symbol}`)];
    if (needsTiers && asset.tiers.length === 0) return [issue([...at, 'symbol'], 'MISSING', `the market has no margin tiers for ${symbol}`)];
    const lacking = needsTiers ? contractIssues(asset, []) : [];
    if (lacking.length > 0) return lacking.map(({ pointer, code, message }) => issue([...at, 'symbol'], code, `the market's ${symbol}${pointer} ${message}`));
    if (asset.lotSize == null || units === null) return [];
    const exact = units / asset.lotSize;
    if (!isExact && Math.abs(exact - Math.round(exact)) > LOT_TOLERANCE) return [issue(at, 'OUT_OF_RANGE', `${units} units are not a whole number of lots of ${asset.lotSize}`)];
    const total = (lots.get(symbol) ?? 0) + exact;
    lots.set(symbol, total);
    return total > MAX_LOTS ? [issue(at, 'OUT_OF_RANGE', `the portfolio holds more than ${MAX_LOTS} lots of ${symbol}; state a larger lotSize`)] : [];
  };
}

/** Parties that stand on an exchange which the market does not have. */
function* exchangeIssues({ exchanges }: MarketInput, { accounts, loans, institutions }: PortfolioInput): Work<Issue[]> {
  const names = new Set(exchanges?.map(({ name }) => name));
  const unknown = (kind: string, parties: readonly { readonly exchange?: string | null }[]) =>
    eachOf(parties, ({ exchange }, i) => (exchange == null || names.has(exchange) ? [] : [issue(['portfolio', kind, i, 'exchange'], 'NOT_FOUND', `the market has no exchange ${exchange}`)]));
  return [...(yield* unknown('accounts', accounts)), ...(yield* unknown('loans', loans)), ...(yield* unknown('institutions', institutions))];
}

/** Depth that thins with volatility is measured against a daily one. */
function thinningIssues({ assets }: MarketInput, { dynamics, impactOverrides }: Documents['scenario']): Issue[] {
  if (!dynamics?.volatilityThinning) return [];
  const models = new Map(impactOverrides.map(({ symbol, impact }) => [symbol, impact.model]));
  const lacking = assets.find(({ symbol, impact, listings, dailyVolatility }) => !dailyVolatility && [models.get(symbol) ?? impact.model, ...(models.has(symbol) ? [] : (listings ?? []).flatMap((listing) => listing.impact?.model ?? []))].some((model) => model !== 'none'));
  return lacking ? [issue(['scenario', 'dynamics', 'volatilityThinning'], 'MISSING', `needs the dailyVolatility of ${lacking.symbol}`)] : [];
}

function unpricedIssues(assets: ReadonlyMap<string, Asset>, { shocks, impactOverrides }: Documents['scenario']): Issue[] {
  return [
    ...shocks.flatMap(({ symbol }, i) => (assets.has(symbol) ? [] : [issue(['scenario', 'shocks', i, 'symbol'], 'UNPRICED', `the market does not price ${symbol}`)])),
    ...impactOverrides.flatMap(({ symbol, impact }, i) => {
      const at = ['scenario', 'impactOverrides', i] as const;
      const asset = assets.get(symbol);
      if (!asset) return [issue([...at, 'symbol'], 'UNPRICED', `the market does not price ${symbol}`)];
      return missingLiquidity(impact, asset).map((path) => issue([...at, 'impact', 'model'], 'MISSING', `${impact.model} needs the ${path.join('/')} of ${symbol}`));
    }),
  ];
}

/** Of a scenario that was stored before there were the rules that it breaks. */
function contradictions(scenario: ScenarioInput): Issue[] {
  return scenarioIssues(scenario).map((each) => ({ ...each, pointer: `/scenario${each.pointer}` }));
}
