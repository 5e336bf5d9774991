import { answer } from './cex.js';
import { misses, VECTORS, vectorsOf } from './cex-vectors.js';

const FILES = ['binance-usdm', 'binance-coinm', 'bybit', 'okx', 'deribit', 'bitmex', 'kucoin', 'bitget', 'gate', 'other-perp-venues'];

/** Listed with their reasons in docs/VECTORS.md. */
const NOT_REPRODUCED: readonly string[] = [];

const found = FILES.map((file) => [file, vectorsOf(file)] as const).filter(([, vectors]) => vectors.length > 0);

(VECTORS === undefined ? describe.skip : describe)('numbers that centralised venues published, from ../shared/vectors', () => {
  describe.each(found)('%s', (_, vectors) => {
    test.each(vectors.filter(({ id }) => !NOT_REPRODUCED.includes(id)).map((vector) => [vector.id, vector] as const))('%s', (_id, vector) => {
      expect(misses(vector, answer(vector))).toEqual([]);
    });
  });

  if (found.length === 0) test('no vectors on this machine', () => undefined);
});
