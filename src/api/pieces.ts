import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { giveWay } from './turns.js';

/** Bytes that are handed to the socket in one go. */
const PIECE_BYTES = 256 * 1024;

/** Large answers go out piece by piece, in turns with all else: the kernel would take megabytes in one go. */
export function sendInPieces(instance: FastifyInstance): void {
  instance.addHook('onSend', async (_request, reply, answer) => {
    if (!Buffer.isBuffer(answer) || answer.length <= PIECE_BYTES) return answer;
    void reply.header('content-length', answer.length);
    return Readable.from(pieces(answer), { objectMode: false });
  });
}

async function* pieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    yield bytes.subarray(at, at + PIECE_BYTES);
    await giveWay();
  }
}
