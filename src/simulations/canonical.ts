import { createHash } from 'node:crypto';

/** JSON with the keys of every object in order and absent fields left out: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** SHA-256 of the canonical JSON of an object of lists, piece by piece: as one text it may be larger than all of its values. */
export function canonicalHash(lists: object): string {
  const hash = createHash('sha256');
  const members = Object.entries(lists).filter(([, value]) => value !== undefined).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [m, [name, value]] of members.entries()) {
    hash.update(`${m === 0 ? '{' : ','}${JSON.stringify(name)}:`);
    if (!Array.isArray(value)) hash.update(canonicalJson(value));
    else {
      for (const [n, item] of value.entries()) hash.update((n === 0 ? '[' : ',') + canonicalJson(item));
      hash.update(value.length === 0 ? '[]' : ']');
    }
  }
  return hash.update(members.length === 0 ? '{}' : '}').digest('hex');
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
