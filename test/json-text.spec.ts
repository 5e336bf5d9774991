import fc from 'fast-check';
import { jsonBytes, jsonText } from '../src/api/json-text.js';
import { atOnce } from '../src/api/turns.js';
import { canonicalBytes, canonicalJson } from '../src/simulations/canonical.js';

const leaf = fc.oneof(fc.constantFrom<unknown>(null, undefined, true, -0, 1.5e300, NaN, new Date(0)), fc.string(), fc.double());
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('value'), { maxLength: 8 }), fc.dictionary(fc.oneof(fc.constantFrom('b', 'a', '10', '9'), fc.string()), tie('value'), { maxKeys: 6 })),
}));
const open = fc.oneof(fc.array(value), fc.dictionary(fc.string(), value));
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

/** How canonical JSON was written at first: hashes of stored results were made of it. */
function atFirst(given: unknown): string {
  return JSON.stringify(given, (_key, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

test('what is written in parts is what JSON.stringify writes', async () => {
  await fc.assert(fc.asyncProperty(open, async (given) => expect(text(await jsonBytes(given))).toBe(Buffer.from(JSON.stringify(given)).toString())), { numRuns: 1000, seed: 1 });
});

test('canonical JSON is the same whole, in parts, and as it was at first', async () => {
  await fc.assert(
    fc.asyncProperty(open, async (given) => {
      expect(canonicalJson(given)).toBe(atFirst(given));
      expect(text(await canonicalBytes(given))).toBe(Buffer.from(canonicalJson(given)).toString());
    }),
    { numRuns: 1000, seed: 2 },
  );
});

test('a long list of elements of every size is written whole', async () => {
  const list = Array.from({ length: 20_000 }, (_, i) => ({ i, text: 'é'.repeat(i % 50 === 0 ? 5000 : i % 7) }));
  expect(text(await jsonBytes({ list }))).toBe(JSON.stringify({ list }));
});

test('no part holds a whole long list, wherever it stands', () => {
  const levels = Array.from({ length: 10_000 }, (_, i) => [i, i / 7]);
  const elements = Array.from({ length: 200 }, (_, i) => ({ i, ...(i % 50 === 49 && { book: { bids: levels, asks: levels } }) }));
  const parts = atOnce(jsonText({ elements }));
  expect(parts.join('')).toBe(JSON.stringify({ elements }));
  expect(Math.max(...parts.map(({ length }) => length))).toBeLessThan(100_000);
});
