/** What a file of packs/ is written with. */
import type { Instrument, Source, Venue, VenueVersion } from './venue.js';

type PackSource = Omit<Source, 'isVerified'> & Partial<Pick<Source, 'isVerified'>>;
type PackVersion = Omit<VenueVersion, 'instruments' | 'sources'> & { readonly instruments?: Instrument[]; readonly sources: PackSource[] };

export type Pack = Omit<Venue, 'versions'> & { readonly versions: PackVersion[] };

/** One source of several fields. */
export function cited(text: string, ...fields: string[]): PackSource[] {
  return fields.map((field) => ({ field, text }));
}

/** General knowledge that no document here supports. */
export function unverified(text: string, ...fields: string[]): PackSource[] {
  return fields.map((field) => ({ field, text, isVerified: false }));
}
