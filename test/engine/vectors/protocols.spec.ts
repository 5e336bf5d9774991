import { dydxV4Vectors } from './dydx-v4.js';
import { driftVectors } from './drift.js';
import { gmxV2Vectors } from './gmx-v2.js';
import { hyperliquidVectors } from './hyperliquid.js';
import { type Adapter, mismatch, type Vector } from './protocol-vectors.js';
import { isPresent, vectorsOf } from './published.js';

/** Numbers that the protocols' own tests, documents and payloads publish, at the tolerance stated beside each. */
const PROTOCOLS: readonly (readonly [venue: string, adapter: Adapter])[] = [
  ['dydx-v4', dydxV4Vectors],
  ['drift', driftVectors],
  ['hyperliquid', hyperliquidVectors],
  ['gmx-v2', gmxV2Vectors],
];

/** Some files are nobody's here. */
const found = PROTOCOLS.map(([venue, adapter]) => ({ venue, adapter, vectors: vectorsOf<Vector>(venue) })).filter(({ vectors }) => vectors.length > 0);

if (!isPresent) describe.skip('numbers that protocols published: skipped, ../shared is not here', () => test('are read', () => expect(found).not.toEqual([])));

for (const { venue, adapter, vectors } of found) {
  describe(`${venue}: ${vectors.length} published numbers`, () => {
    test.each(vectors.map((vector) => [vector.id, vector] as const))('%s', (_, { kind, inputs, expected, tolerance }) => {
      const results = adapter[kind]?.(inputs);
      if (results === undefined) throw new Error(`no rule for ${kind}`);
      const failures = Object.entries(expected).map(([key, value]) => [key, mismatch(results[key], value, tolerance[key])] as const);
      expect(failures.filter(([, failure]) => failure !== null)).toEqual([]);
    });
  });
}
