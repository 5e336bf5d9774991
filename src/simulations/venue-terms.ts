import { refuseInconsistent } from '../api/errors.js';
import { issue } from '../api/rules.js';
import type { ContractRules } from '../api/terms.js';
import { mapped, type Work } from '../api/turns.js';
import type { Asset, MarketInput } from '../markets/market.js';
import type { PortfolioInput } from '../portfolios/portfolio.js';
import type { VenueVersion } from '../venues/venue.js';
import type { VenuesService } from '../venues/venues.service.js';
import type { RunDocuments } from './inputs.js';

type Documents = Pick<RunDocuments, 'market' | 'portfolio'>;

/**
 * The documents with what they leave out taken from the rules of their venue that held at the market's instant, or hold now.
 * The market's venue is for its contracts, the portfolio's for its loans; where one names none, the other's counts for both.
 * What the documents say wins, field by field. Throws INCONSISTENT_INPUT where a pack has no rules for that time, with a pointer into the document when it is `inline`, else to its id.
 */
export function* withVenueTerms<T extends Documents>(documents: T, venues: VenuesService, inline: { readonly [K in keyof Documents]?: unknown } = {}): Work<T> {
  const { market, portfolio } = documents;
  const instant = market.asOf ?? new Date();
  const versionOf = (...named: readonly (keyof Documents)[]) => {
    const document = named.find((each) => documents[each].venue != null);
    if (document === undefined) return undefined;
    const version = venues.versionAt(documents[document].venue!, instant);
    if (!version) refuseInconsistent([issue(inline[document] == null ? [`${document}Id`] : [document, 'venue'], 'NOT_FOUND', `the pack ${documents[document].venue} has no rules for ${instant.toISOString()}`)]);
    return version;
  };
  return { ...documents, market: withContracts(market, versionOf('market', 'portfolio'), instant), portfolio: yield* withLoanTerms(portfolio, versionOf('portfolio', 'market')) };
}

function withContracts(market: MarketInput, version: VenueVersion | undefined, instant: Date): MarketInput {
  return { ...market, assets: market.assets.map((asset) => withContract(asset, version, instant)) };
}

function withContract(asset: Asset, version: VenueVersion | undefined, instant: Date): Asset {
  const published = version?.instruments.filter(({ symbol, asOf }) => symbol === asset.symbol && since(asOf) <= instant.getTime()).sort((a, b) => since(b.asOf) - since(a.asOf))[0];
  const tiers = asset.tiers.length > 0 ? asset.tiers : (published?.tiers ?? []);
  // an asset without tiers is not held as a contract
  const rules: ContractRules = tiers.length > 0 ? { ...stated(version?.contract), ...stated(published?.contract) } : {};
  // tiers and their unit come from one hand: CCXT's tiers of OKX are in currency, OKX's own in contracts
  if (asset.tiers.length > 0) delete rules.tierUnit;
  const contract = { ...rules, ...stated(asset.contract) };
  return { ...asset, ...((asset.contract != null || Object.keys(contract).length > 0) && { contract }), tiers };
}

function since(asOf: Date | null | undefined): number {
  return asOf?.getTime() ?? -Infinity;
}

function* withLoanTerms(portfolio: PortfolioInput, version: VenueVersion | undefined): Work<PortfolioInput> {
  const terms = stated(version?.loan);
  return Object.keys(terms).length === 0 ? portfolio : { ...portfolio, loans: yield* mapped(portfolio.loans, (loan) => ({ ...loan, ...terms, ...stated(loan) })) };
}

/** Without what is absent or null. */
function stated<T extends object>(terms: T | null | undefined): Partial<T> {
  return Object.fromEntries(Object.entries(terms ?? {}).filter(([, value]) => value != null)) as Partial<T>;
}
