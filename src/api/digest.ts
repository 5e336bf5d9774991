import { createHash } from 'node:crypto';
import { giveWay } from './turns.js';

/** Bytes that are hashed in one go. */
const PIECE_BYTES = 512 * 1024;

/** SHA-256 in hexadecimal, in turns with all else. */
export async function sha256InTurns(...parts: readonly Uint8Array[]): Promise<string> {
  const hash = createHash('sha256');
  for (const part of parts) {
    for (let at = 0; at < part.length; at += PIECE_BYTES) {
      hash.update(part.subarray(at, at + PIECE_BYTES));
      await giveWay();
    }
  }
  return hash.digest('hex');
}
