import { ASSETS_MAX, choice, Choice, Flag, Instant, List, Numeric, One, Part, Text, Whole } from '../api/fields.js';
import { ContractRules, LoanTerms, MarginTier, TIERS_MAX } from '../api/terms.js';

export const VERSIONS_MAX = 100;
export const SOURCES_MAX = 500;
const WORDS = { max: 1000, optional: true } as const;

export const VenueKind = choice('VenueKind', 'What a venue is.', 'exchange', 'protocol', 'broker');
export type VenueKind = keyof typeof VenueKind;

export const PriceRounding = choice('PriceRounding', 'How a venue shows a liquidation price: inward is up for a long and down for a short.', 'none', 'nearest', 'up', 'down', 'inward');
export type PriceRounding = keyof typeof PriceRounding;

@Part('Where the numbers and choices below a field come from.')
export class Source {
  @Text('Path of the field inside the version, such as contract.feeRate; everything below it is meant too.')
  field: string;

  @Text('Document, page or file.', { max: 500 })
  text: string;

  @Flag('Backed by a document or a published number; false: general knowledge that nothing here supports.')
  isVerified: boolean = true;
}

@Part('What a venue publishes of one instrument, at a date.')
export class Instrument {
  @Text('CCXT symbol.')
  symbol: string;

  @Instant('When these numbers were published or read; absent: all the time of the version.', { optional: true })
  asOf?: Date | null;

  @One(() => ContractRules, "Rules that differ from the version's, field by field.", { optional: true })
  contract?: ContractRules | null;

  @List(() => MarginTier, TIERS_MAX, 'Maintenance margin by size.', { min: 1 })
  tiers: MarginTier[];
}

@Part('How a liquidation price is shown; the exact one is what counts.')
export class ShownPrice {
  @Choice(PriceRounding, 'To whole ticks, unless none.')
  rounding: PriceRounding;

  @Numeric('Tick in currency, where it is one for all.', { above: 0, optional: true })
  tickSize?: number | null;

  @Whole('Ticks added to the price of an inverse contract.', { min: -100, max: 100, optional: true })
  inverseExtraTicks?: number | null;
}

@Part('Rules that held between two dates. What is absent is not known here.')
export class VenueVersion {
  @Instant('First instant; absent: not known, or always.', { optional: true })
  from?: Date | null;

  @Instant('First instant after it; absent: still.', { optional: true })
  to?: Date | null;

  @One(() => ContractRules, 'How the requirement of a contract is made.', { optional: true })
  contract?: ContractRules | null;

  @One(() => LoanTerms, 'How much of a loan is liquidated.', { optional: true })
  loan?: LoanTerms | null;

  @List(() => Instrument, ASSETS_MAX, 'Published tiers by symbol; of one symbol the latest that is not after the market.')
  instruments: Instrument[] = [];

  @One(() => ShownPrice, 'How a liquidation price is shown.', { optional: true })
  shown?: ShownPrice | null;

  @Text('What triggers a liquidation.', WORDS)
  trigger?: string | null;

  @Text('Whether and how a position is reduced before it is closed.', WORDS)
  partialLiquidation?: string | null;

  @Text('At which price, and by whom, the rest is closed.', WORDS)
  closeOut?: string | null;

  @Text('What a liquidation costs its account.', WORDS)
  liquidationFee?: string | null;

  @Text('Who pays when the close-out loses more than the margin.', WORDS)
  insuranceFund?: string | null;

  @Text('Who loses a winning position when nobody else pays, and at which price.', WORDS)
  adl?: string | null;

  @Text('What the rules above leave out.', WORDS)
  limits?: string | null;

  @List(() => Source, SOURCES_MAX, 'Beside every number and choice, where it comes from.', { min: 1 })
  sources: Source[];
}

@Part('Margin or lending rules of a venue, dated, with their sources.')
export class Venue {
  @Text('Own name, as a market or portfolio gives it.')
  id: string;

  @Text('Name for people.')
  name: string;

  @Choice(VenueKind, 'What it is.')
  kind: VenueKind;

  @List(() => VenueVersion, VERSIONS_MAX, 'Rules by date, the oldest first, without gaps.', { min: 1 })
  versions: VenueVersion[];
}
