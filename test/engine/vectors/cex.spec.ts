import { answer } from './cex.js';
import { misses, type Vector } from './cex-vectors.js';
import { isPresent, vectorsOf } from './published.js';

const FILES = ['binance-usdm', 'binance-coinm', 'bybit', 'okx', 'deribit', 'bitmex', 'kucoin', 'bitget', 'gate', 'other-perp-venues'];

/** Listed with their reasons in docs/VECTORS.md. */
const NOT_REPRODUCED: readonly string[] = [];

/** Some files are nobody's here. */
const found = FILES.map((file) => [file, vectorsOf<Vector>(file)] as const).filter(([, vectors]) => vectors.length > 0);

if (!isPresent) describe.skip('numbers that centralised venues published: skipped, ../shared is not here', () => test('are read', () => expect(found).not.toEqual([])));

for (const [file, vectors] of found) {
  describe(`the published numbers of ${file}`, () => {
    for (const vector of vectors.filter(({ id }) => !NOT_REPRODUCED.includes(id))) test(vector.id, () => expect(misses(vector, answer(vector))).toEqual([]));
  });
}
