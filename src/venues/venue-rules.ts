import type { Issue } from '../api/errors.js';
import { issue, type Path } from '../api/rules.js';
import { contractIssues, tierIssues } from '../api/terms.js';
import type { Venue, VenueVersion } from './venue.js';

/** Contradictions inside a pack whose fields are each right, and numbers without a source. */
export function venueIssues({ versions }: Venue): Issue[] {
  return versions.flatMap((version, i) => [...periodIssues(versions, i), ...instrumentIssues(version, ['versions', i]), ...sourceIssues(version, ['versions', i])]);
}

/** The version whose dates hold the instant. */
export function versionAt({ versions }: Venue, instant: Date): VenueVersion | undefined {
  return versions.find(({ from, to }) => (from == null || from <= instant) && (to == null || instant < to));
}

function periodIssues(versions: readonly VenueVersion[], i: number): Issue[] {
  const { from, to } = versions[i]!;
  return [
    ...(from != null && to != null && from >= to ? [issue(['versions', i, 'to'], 'OUT_OF_RANGE', 'must be after from')] : []),
    ...(i > 0 && (from == null || from.getTime() !== versions[i - 1]!.to?.getTime()) ? [issue(['versions', i, 'from'], 'GAP', 'must be where the version before it ends')] : []),
  ];
}

function instrumentIssues({ contract, instruments }: VenueVersion, at: Path): Issue[] {
  return instruments.flatMap((instrument, i) => {
    const here = [...at, 'instruments', i];
    return [...tierIssues(instrument.tiers, [...here, 'tiers']), ...contractIssues({ contract: { ...contract, ...instrument.contract }, tiers: instrument.tiers }, here)];
  });
}

const DATES = ['from', 'to', 'asOf'];

/** Every number, choice and sentence has a source for itself or for what it is part of, and every source speaks of something. */
function sourceIssues({ sources, ...version }: VenueVersion, at: Path): Issue[] {
  const stated = [...leaves(version)];
  const isPart = (path: string, field: string) => path === field || path.startsWith(`${field}.`);
  return [
    ...stated.filter((path) => !sources.some(({ field }) => isPart(path, field))).map((path) => issue([...at, ...path.split('.')], 'MISSING', 'has no source')),
    ...sources.flatMap(({ field }, i) => (stated.some((path) => isPart(path, field)) ? [] : [issue([...at, 'sources', i, 'field'], 'NOT_FOUND', `${field} is not stated`)])),
  ];
}

function* leaves(value: object, at: readonly string[] = []): Generator<string> {
  for (const [key, inner] of Object.entries(value)) {
    if (inner == null || DATES.includes(key) || key === 'symbol') continue;
    const path = [...at, key];
    if (typeof inner === 'object' && !(inner instanceof Date)) yield* leaves(inner, path);
    else yield path.join('.');
  }
}
