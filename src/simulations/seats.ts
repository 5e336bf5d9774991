import { ApiError } from '../api/errors.js';
import { questions, refusals } from '../operations/metrics.js';

const RETRY_AFTER_SECONDS = 2;

export interface SeatLimits {
  readonly seats: number;
  readonly waitingMax: number;
  readonly waitSecondsMax: number;
}

/** A bounded number of seats, and a bounded queue before them: first come, first served. */
export class Seats {
  private taken = 0;
  private readonly waiting = new Set<() => void>();

  constructor(private readonly limits: SeatLimits) {}

  /** Once there is a seat: gives it back. Throws OVERLOADED where the queue is full or the wait too long, and the signal's reason. */
  async take(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.taken >= this.limits.seats) await this.turn(signal);
    else this.taken++;
    this.tell();
    return () => {
      const [next] = this.waiting;
      if (next) next();
      else this.taken--;
      this.tell();
    };
  }

  /** Resolves as soon as somebody leaves his seat to this one. */
  private turn(signal: AbortSignal): Promise<void> {
    const { waitingMax, waitSecondsMax } = this.limits;
    if (this.waiting.size >= waitingMax) throw overloaded(`${waitingMax} questions are waiting already.`);
    return new Promise((done, fail) => {
      const leave = (end: () => void) => {
        this.waiting.delete(seat);
        clearTimeout(late);
        signal.removeEventListener('abort', aborted);
        this.tell();
        end();
      };
      const seat = () => leave(done);
      const aborted = () => leave(() => fail(signal.reason as Error));
      const late = setTimeout(() => leave(() => fail(overloaded(`No thread was free for ${waitSecondsMax} s.`))), waitSecondsMax * 1000);
      signal.addEventListener('abort', aborted, { once: true });
      this.waiting.add(seat);
      this.tell();
    });
  }

  private tell(): void {
    questions.set({ state: 'running' }, this.taken);
    questions.set({ state: 'waiting' }, this.waiting.size);
  }
}

function overloaded(detail: string): ApiError {
  refusals.inc({ reason: 'questions' });
  return new ApiError('OVERLOADED', detail, [], { retryAfterSeconds: RETRY_AFTER_SECONDS });
}
