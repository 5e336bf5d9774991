import { Injectable } from '@nestjs/common';
import { type Issue, notFound } from '../api/errors.js';
import { type Page, pageOf, type PageRequest, type Row } from '../api/pages.js';
import { issue } from '../api/rules.js';
import type { Venue, VenueVersion } from './venue.js';
import { versionAt } from './venue-rules.js';

@Injectable()
export class VenuesService {
  constructor(private readonly packs: ReadonlyMap<string, Venue>) {}

  list({ limit, after }: PageRequest): Page<Row<Venue>> {
    const start = after === undefined ? 0 : Number(after) + 1;
    const rows = [...this.packs.values()].map((body, ordinal) => ({ id: String(ordinal), body }));
    return pageOf(rows.slice(start, start + limit + 1), limit);
  }

  /** Throws NOT_FOUND. */
  read(id: string): Venue {
    const found = this.packs.get(id);
    if (!found) throw notFound('venue', id);
    return found;
  }

  /** The rules that held at an instant; undefined where no pack has any. */
  versionAt(id: string, instant: Date): VenueVersion | undefined {
    const venue = this.packs.get(id);
    return venue && versionAt(venue, instant);
  }

  /** A document may name only a pack that is there. */
  unknown({ venue }: { readonly venue?: string | null }): Issue[] {
    return venue == null || this.packs.has(venue) ? [] : [issue(['venue'], 'NOT_FOUND', `is no rule pack: one of ${[...this.packs.keys()].join(', ')}`)];
  }
}
