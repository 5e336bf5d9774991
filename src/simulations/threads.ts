import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { clientGone } from '../api/client.js';
import { ApiError } from '../api/errors.js';
import { explained, type ExplainInput } from './explained.js';
import { Jobs } from './jobs.module.js';
import type { LiquidationPrices } from './liquidation-prices.js';
import type { OpenPosition, openPositions } from './open-positions.js';
import { type Packed, packed } from './packed.js';
import { type RunResult, side, type SideInput } from './run.js';
import { listed, NO_ROOM, type ShardInput, type ShardResult } from './run.thread.js';
import { Seats } from './seats.js';
import type { SoFar } from './so-far.js';

export type { ShardResult };

/** Questions of at most so many looks (see cost.ts) take some milliseconds and are not worth the trip to a thread. */
export const INLINE_WORK_MAX = 200_000;
/** All threads for questions but one end where nobody asks, and their memory comes back. */
const IDLE_MS = 30_000;
const FILE = new URL('./run.thread.js', import.meta.url).href;

interface Bounds {
  readonly name?: string;
  readonly signal: AbortSignal;
  readonly secondsMax: number;
  readonly transferList?: MessagePort[];
}

/** The model off the event loop, within bounds of time and memory: threads for simulations, and others for questions, which wait for no simulation. */
@Injectable()
export class Threads implements OnModuleDestroy {
  private readonly log = new Logger('Threads');
  private readonly jobs: Piscina;
  private readonly questions: Piscina;
  private readonly seats: Seats;

  constructor(private readonly limits: Jobs) {
    const { threads, questionThreads, questionsWaitingMax, questionWaitSecondsMax } = limits;
    this.jobs = this.pool({ minThreads: threads, maxThreads: threads });
    this.questions = this.pool({ minThreads: 1, maxThreads: questionThreads, idleTimeout: IDLE_MS });
    this.seats = new Seats({ seats: questionThreads, waitingMax: questionsWaitingMax, waitSecondsMax: questionWaitSecondsMax });
  }

  /** The signal ends the thread's work at once. Throws RUN_TIMEOUT, RUN_TOO_LARGE. */
  async runShard(input: ShardInput, signal: AbortSignal, onSoFar: (soFar: SoFar) => void): Promise<ShardResult> {
    const { port1: heard, port2: told } = new MessageChannel();
    heard.on('message', onSoFar);
    try {
      return await this.bounded<ShardInput, ShardResult>(this.jobs, { ...input, told }, { signal, secondsMax: this.limits.runSecondsMax, transferList: [told] });
    } finally {
      heard.close();
    }
  }

  /** The answers to all inputs, or none. Throws OVERLOADED, RUN_TIMEOUT, RUN_TOO_LARGE. */
  run(inputs: readonly SideInput[], work: number): Promise<Pick<RunResult, 'summary' | 'accounts' | 'thresholds'>[]> {
    return this.answers('answer', side, inputs, work);
  }

  async explain(input: ExplainInput, work: number): Promise<LiquidationPrices> {
    return (await this.answers('explain', explained, [input], work))[0]!;
  }

  async positions(input: Parameters<typeof openPositions>[0], work: number): Promise<OpenPosition[]> {
    return (await this.answers('positions', listed, [input], work))[0]!;
  }

  /** Little work here and now, more by the export of that name in threads. */
  private async answers<I extends object, O>(name: string, here: (input: I) => O, inputs: readonly I[], work: number): Promise<O[]> {
    if (work <= INLINE_WORK_MAX) return inputs.map(here);
    const failed = new AbortController();
    const gone = clientGone();
    const signal = gone ? AbortSignal.any([failed.signal, gone]) : failed.signal;
    try {
      const leave = await this.seats.take(signal);
      const bounds = { name, signal, secondsMax: this.limits.questionSecondsMax };
      return await Promise.all(inputs.map(async (input) => this.bounded<Packed, O>(this.questions, await packed(input), bounds))).finally(leave);
    } catch (error) {
      throw gone?.aborted ? new ApiError('TIMEOUT', 'The client went away before the answer.') : error;
    } finally {
      failed.abort(); // where one answer fails nobody waits for the others
    }
  }

  private async bounded<I, O>(pool: Piscina, input: I, { secondsMax, signal, ...options }: Bounds): Promise<O> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), secondsMax * 1000);
    try {
      return (await pool.run(input, { ...options, signal: AbortSignal.any([signal, late.signal]) })) as O;
    } catch (error) {
      if (signal.aborted) throw error;
      if (late.signal.aborted) throw new ApiError('RUN_TIMEOUT', `It was not done within ${secondsMax} s.`);
      if (isOutOfMemory(error)) throw new ApiError('RUN_TOO_LARGE', `It does not get along with ${this.limits.runMemoryMbMax} MB of memory.`);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  private pool(options: { readonly minThreads: number; readonly maxThreads: number; readonly idleTimeout?: number }): Piscina {
    const pool = new Piscina({ ...options, filename: FILE, resourceLimits: { maxOldGenerationSizeMb: this.limits.runMemoryMbMax } });
    return pool.on('error', (error: Error) => this.log.error(error.message)); // of a thread without work
  }

  /** Waits for the work at hand: a run that is cut off would be told as failed. */
  async onModuleDestroy(): Promise<void> {
    await Promise.all([this.jobs.close(), this.questions.close()]);
  }
}

/** V8 ends a thread at its bound; a text that would go beyond it is not begun. */
function isOutOfMemory(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string };
  return code === 'ERR_WORKER_OUT_OF_MEMORY' || message === NO_ROOM;
}
