import { createHash } from 'node:crypto';
import { jsonBytes, type JsonForm } from '../api/json-text.js';

/** JSON with the keys of every object in order and absent fields left out: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value));
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

/** The same as bytes, written in turns with all else. */
export function canonicalBytes(value: object): Promise<Uint8Array<ArrayBuffer>> {
  return jsonBytes(value, CANONICAL);
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

const CANONICAL: JsonForm = { stringify: canonicalJson, ordered: sortedKeys };

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const { toJSON } = value as { toJSON?: (key: string) => unknown };
  if (typeof toJSON === 'function') return sorted(toJSON.call(value, ''));
  const inOrder = sortedKeys(value) as Record<string, unknown>;
  for (const key of Object.keys(inOrder)) inOrder[key] = sorted(inOrder[key]);
  return inOrder;
}

function sortedKeys(value: object): object {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
