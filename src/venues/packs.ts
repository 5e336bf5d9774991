import { readdir } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { checked, validated } from '../api/validation.js';
import { Venue } from './venue.js';
import { venueIssues } from './venue-rules.js';

const FOLDER = new URL('./packs/', import.meta.url);
const SOURCE = /(?<!\.d)\.(js|ts)$/;

/** Every file of packs/, checked: `okx.ts` exports the `venue` with the id `okx`. Throws one readable list of what is wrong. */
export async function readPacks(): Promise<ReadonlyMap<string, Venue>> {
  const files = (await readdir(FOLDER)).filter((file) => SOURCE.test(file)).sort();
  const packs = await Promise.all(files.map(async (file) => ({ file, venue: ((await import(new URL(file, FOLDER).href)) as { venue?: unknown }).venue })));
  const wrong = packs.flatMap(({ file, venue }) => packIssues(basename(file, extname(file)), venue).map((each) => `packs/${file}: ${each}`));
  if (wrong.length > 0) throw new Error(`Venue packs are wrong:\n${wrong.join('\n')}`);
  return new Map(packs.map(({ venue }) => validated(Venue, venue)).map((venue) => [venue.id, venue]));
}

/** What is wrong with a pack in the file of this name. */
export function packIssues(name: string, raw: unknown): string[] {
  const fields = checked(Venue, raw).issues;
  if (fields.length > 0) return fields.map(({ pointer, message }) => `${pointer || 'export venue'} ${message}`);
  const venue = validated(Venue, raw);
  return [...(venue.id === name ? [] : [`/id must be ${name}, the name of the file`]), ...venueIssues(venue).map(({ pointer, message }) => `${pointer} ${message}`)];
}
