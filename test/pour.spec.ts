import { PassThrough } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { pour } from '../src/database/pour.js';

const IDLE_MS = 200;

/** More than a stream holds by itself; says when it is let go. */
function source(texts = 50) {
  const fate = { isOver: false };
  async function* all() {
    try {
      for (let i = 0; i < texts; i++) yield 'x'.repeat(16 * 1024);
    } finally {
      fate.isOver = true;
    }
  }
  return { all: all(), fate };
}

test('a reader that takes nothing is given up, and what fed it is let go', async () => {
  const { all, fate } = source();
  const out = new PassThrough();
  out.once('readable', () => void out.read(1));
  const error = new Promise<Error>((done) => out.once('error', done));
  await expect(pour(all, out, IDLE_MS)).rejects.toThrow('Nothing was taken for 0.2 s.');
  expect((await error).message).toBe('Nothing was taken for 0.2 s.');
  expect([out.destroyed, fate.isOver]).toEqual([true, true]);
});

test('a slow reader gets all of it, however long that takes in all', async () => {
  const { all } = source(8);
  const out = new PassThrough();
  const [from, poured] = [Date.now(), pour(all, out, IDLE_MS)];
  let chars = 0;
  for await (const part of out) {
    chars += (part as Buffer).length;
    await pause(IDLE_MS / 3);
  }
  await poured;
  expect(chars).toBe(8 * 16 * 1024);
  expect(Date.now() - from).toBeGreaterThan(IDLE_MS);
});
