import { Injectable } from '@nestjs/common';
import { ApiError } from '../api/errors.js';
import type { Estimate } from './cost.js';
import { Jobs } from './jobs.module.js';

/** JSON pointers to what would have to be less. */
export interface Reducible {
  readonly documents: string;
  /** Of a sweep, and points of its largest shard. */
  readonly points?: string;
  readonly shardPoints?: number;
}

/** What is too dear is refused before anything is stored or run. */
@Injectable()
export class CostLimits {
  constructor(private readonly jobs: Jobs) {}

  /** The estimate itself. Throws TOO_COSTLY. */
  accept(estimate: Estimate, { documents, points, shardPoints = 1 }: Reducible): Estimate {
    const { runSecondsMax, sweepSecondsMax, runMemoryMbMax } = this.jobs;
    const megabytes = Math.ceil(estimate.bytes / 2 ** 20);
    const isPointTooDear = estimate.shardSeconds / Math.max(1, shardPoints) > runSecondsMax;
    if (megabytes > runMemoryMbMax) throw tooCostly(documents, `may take ${megabytes} MB of memory, more than UNWIND_RUN_MEMORY_MB_MAX=${runMemoryMbMax}`);
    if (estimate.shardSeconds > runSecondsMax) throw tooCostly((!isPointTooDear && points) || documents, `may take ${Math.ceil(estimate.shardSeconds)} s${points ? ' a shard' : ''}, more than UNWIND_RUN_SECONDS_MAX=${runSecondsMax}`);
    if (points && estimate.seconds > sweepSecondsMax) throw tooCostly(points, `may take ${Math.ceil(estimate.seconds)} s in all, more than UNWIND_SWEEP_SECONDS_MAX=${sweepSecondsMax}`);
    return estimate;
  }
}

function tooCostly(pointer: string, message: string): ApiError {
  return new ApiError('TOO_COSTLY', `${pointer || 'The run'}: ${message}.`, [{ pointer, code: 'OUT_OF_RANGE', message }]);
}
