import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** A client that takes nothing of a file for this long is given up: the file holds a connection. */
export const READER_IDLE_MS = 60_000;

/** Writes the texts as fast as they are taken. Throws, with `out` destroyed, when nothing is taken for so long. */
export async function pour(texts: AsyncIterable<string>, out: Writable, idleMs = READER_IDLE_MS): Promise<void> {
  await pipeline(texts, (all) => inTime(all, idleMs, (late) => out.destroy(late)), out);
}

async function* inTime(texts: AsyncIterable<string>, idleMs: number, giveUp: (late: Error) => void): AsyncGenerator<string> {
  for await (const text of texts) {
    const timer = setTimeout(() => giveUp(new Error(`Nothing was taken for ${idleMs / 1000} s.`)), idleMs);
    try {
      yield text;
    } finally {
      clearTimeout(timer);
    }
  }
}
