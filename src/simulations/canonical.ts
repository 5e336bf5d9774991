import { createHash } from 'node:crypto';

/** JSON with the keys of every object in order and absent fields left out: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
