import { dydxV4Vectors } from './dydx-v4.js';
import { driftVectors } from './drift.js';
import { gmxV2Vectors } from './gmx-v2.js';
import { hyperliquidVectors } from './hyperliquid.js';
import { type Adapter, mismatch, type Vector } from './protocol-vectors.js';
import { vectorsOf } from './published.js';

/** Numbers that the protocols' own tests, documents and payloads publish, at the tolerance stated beside each. */
const PROTOCOLS: readonly (readonly [venue: string, adapter: Adapter])[] = [
  ['dydx-v4', dydxV4Vectors],
  ['drift', driftVectors],
  ['hyperliquid', hyperliquidVectors],
  ['gmx-v2', gmxV2Vectors],
];

for (const [venue, adapter] of PROTOCOLS) {
  const vectors = vectorsOf<Vector>(venue);
  if (vectors.length === 0) {
    describe.skip(`${venue}: no ../shared/vectors/${venue}.json beside the project`, () => test('is not there', () => {}));
    continue;
  }
  describe(`${venue}: ${vectors.length} published numbers`, () => {
    test.each(vectors.map((vector) => [vector.id, vector] as const))('%s', (_, { kind, inputs, expected, tolerance }) => {
      const results = adapter[kind]?.(inputs);
      if (results === undefined) throw new Error(`no rule for ${kind}`);
      const failures = Object.entries(expected).map(([key, value]) => [key, mismatch(results[key], value, tolerance[key])] as const);
      expect(failures.filter(([, failure]) => failure !== null)).toEqual([]);
    });
  });
}
