import { ApiError } from '../api/errors.js';
import type { Asset, MarketInput } from '../markets/market.js';
import type { PortfolioInput } from '../portfolios/portfolio.js';
import type { VenueVersion } from '../venues/venue.js';
import { versionAt } from '../venues/venue-rules.js';
import type { VenuesService } from '../venues/venues.service.js';
import type { RunDocuments } from './inputs.js';

/**
 * The documents with what they leave out taken from the rules of their venue that held at the market's instant, or hold now.
 * The market's venue is for its contracts, the portfolio's for its loans; where one names none, the other's counts for both.
 * What the documents say wins, field by field. Throws INCONSISTENT_INPUT for a time before the first rules of a pack.
 */
export function withVenueTerms<T extends Pick<RunDocuments, 'market' | 'portfolio'>>(documents: T, venues: VenuesService): T {
  const { market, portfolio } = documents;
  const instant = market.asOf ?? new Date();
  const versionOf = (id: string | null | undefined) => (id == null ? undefined : heldAt(id, instant, venues));
  const ofContracts = versionOf(market.venue ?? portfolio.venue);
  const ofLoans = versionOf(portfolio.venue ?? market.venue);
  return { ...documents, market: withContracts(market, ofContracts, instant), portfolio: withLoanTerms(portfolio, ofLoans) };
}

function heldAt(id: string, instant: Date, venues: VenuesService): VenueVersion {
  const version = versionAt(venues.read(id), instant);
  if (!version) throw new ApiError('INCONSISTENT_INPUT', `The pack of ${id} says nothing of ${instant.toISOString()}.`, [{ pointer: '/venue', code: 'NOT_FOUND', message: `has no rules for ${instant.toISOString()}` }]);
  return version;
}

function withContracts(market: MarketInput, version: VenueVersion | undefined, instant: Date): MarketInput {
  return { ...market, assets: market.assets.map((asset) => withContract(asset, version, instant)) };
}

function withContract(asset: Asset, version: VenueVersion | undefined, instant: Date): Asset {
  const published = version?.instruments.filter(({ symbol, asOf }) => symbol === asset.symbol && since(asOf) <= instant.getTime()).sort((a, b) => since(b.asOf) - since(a.asOf))[0];
  const contract = { ...stated(version?.contract), ...stated(published?.contract), ...stated(asset.contract) };
  return { ...asset, ...(Object.keys(contract).length > 0 && { contract }), tiers: asset.tiers.length > 0 ? asset.tiers : (published?.tiers ?? []) };
}

function since(asOf: Date | null | undefined): number {
  return asOf?.getTime() ?? -Infinity;
}

function withLoanTerms(portfolio: PortfolioInput, version: VenueVersion | undefined): PortfolioInput {
  const terms = stated(version?.loan);
  return Object.keys(terms).length === 0 ? portfolio : { ...portfolio, loans: portfolio.loans.map((loan) => ({ ...loan, ...terms, ...stated(loan) })) };
}

/** Without what is absent or null. */
function stated<T extends object>(terms: T | null | undefined): Partial<T> {
  return Object.fromEntries(Object.entries(terms ?? {}).filter(([, value]) => value != null)) as Partial<T>;
}
