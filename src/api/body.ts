import type { FastifyRequest } from 'fastify';
import { createHash } from 'node:crypto';
import { ApiError } from './errors.js';

/** Bytes of one upload; a position takes about 100. */
export const UPLOAD_BYTES_MAX = 1024 ** 3;
/** A client that sends nothing for this long is given up. */
export const BODY_IDLE_MS = 30_000;
/** And so is one that is not done by then. */
export const BODY_MS_MAX = 10 * 60_000;
/** How long the rest of a refused upload is read away, so that its sender gets to see the answer. */
const DRAIN_MS = 5000;

/** The body as it arrives, read once. */
export class UploadStream implements AsyncIterable<Buffer> {
  private readonly hash = createHash('sha256');
  private readonly chunks: AsyncIterator<Buffer>;
  private digested?: string;

  constructor(request: FastifyRequest) {
    this.chunks = bodyChunks(request, UPLOAD_BYTES_MAX);
  }

  [Symbol.asyncIterator](): AsyncIterator<Buffer> {
    return {
      next: async () => {
        const next = await this.chunks.next();
        if (!next.done) this.hash.update(next.value);
        return next;
      },
      return: async () => (await this.chunks.return?.()) ?? { done: true, value: undefined },
    };
  }

  /** SHA-256 of the whole body; what nobody has read yet is read away. */
  async digest(): Promise<string> {
    if (this.digested === undefined) for await (const _ of this);
    return (this.digested ??= this.hash.digest('hex'));
  }
}

/** A body no faster than it is asked for, bounded in bytes and time. Throws TOO_LARGE, TIMEOUT, or INVALID_INPUT when the client breaks off. */
export async function* bodyChunks({ raw, headers }: FastifyRequest, bytesMax: number): AsyncGenerator<Buffer> {
  if (Number(headers['content-length'] ?? 0) > bytesMax) throw tooLarge(bytesMax);
  const chunks = raw.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
  const end = Date.now() + BODY_MS_MAX;
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await within(Math.min(BODY_IDLE_MS, end - Date.now()), chunks.next().catch(brokenOff));
      if (done) return;
      if ((bytes += value.length) > bytesMax) throw tooLarge(bytesMax);
      yield value;
    }
  } finally {
    raw.on('error', () => undefined);
    if (!raw.complete && !raw.destroyed) {
      raw.resume();
      setTimeout(() => void (raw.complete || raw.destroy()), DRAIN_MS).unref();
    }
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, fail) => (timer = setTimeout(() => fail(new ApiError('TIMEOUT', 'The body stalls: nothing of it came for a while.')), Math.max(ms, 0))));
  return Promise.race([work, timeout]).finally(() => clearTimeout(timer));
}

function brokenOff(): never {
  throw new ApiError('INVALID_INPUT', 'The body breaks off before its end.');
}

function tooLarge(bytesMax: number): ApiError {
  return new ApiError('TOO_LARGE', `The body is larger than ${bytesMax} bytes.`);
}
