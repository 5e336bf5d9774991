import { Injectable } from '@nestjs/common';
import { caller } from '../api/caller.js';
import { ApiError } from '../api/errors.js';

/** Streams of one tenant at one time, of both doors, in one process. */
export const STREAMS_MAX = 100;
const RETRY_AFTER_SECONDS = 5;

export interface Opening {
  /** Aborted when the stream is closed, by whoever, or the service stops. */
  readonly signal: AbortSignal;
  close(): void;
}

/** The streams that are open. */
@Injectable()
export class Streams {
  private readonly openings = new Map<string, Set<Opening>>();
  private readonly endings: (() => void)[] = [];

  /** Throws TOO_MANY_STREAMS. */
  open(): Opening {
    const { tenant } = caller();
    const own = this.openings.get(tenant) ?? new Set<Opening>();
    if (own.size >= STREAMS_MAX) throw new ApiError('TOO_MANY_STREAMS', `${STREAMS_MAX} streams are open already: close one first.`, [], { retryAfterSeconds: RETRY_AFTER_SECONDS });
    const end = new AbortController();
    const opening = {
      signal: end.signal,
      close: () => {
        if (end.signal.aborted) return;
        own.delete(opening);
        if (own.size === 0) this.openings.delete(tenant);
        end.abort();
      },
    };
    this.openings.set(tenant, own.add(opening));
    return opening;
  }

  /** Called before the streams end with the service. */
  beforeEnd(ending: () => void): void {
    this.endings.push(ending);
  }

  end(): void {
    for (const ending of this.endings) ending();
    for (const own of [...this.openings.values()]) for (const opening of [...own]) opening.close();
  }
}
