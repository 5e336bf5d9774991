import { Injectable, Logger } from '@nestjs/common';
import { v7 as uuid } from 'uuid';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { caller } from '../api/caller.js';
import { sha256InTurns } from '../api/digest.js';
import { ApiError } from '../api/errors.js';
import { insertRows } from '../database/bulk.js';
import { Database } from '../database/database.js';
import { effect } from '../database/effect.js';
import { ENGINE_VERSION } from '../engine/index.js';
import { canonicalBytes } from './canonical.js';
import type { Estimate } from './cost.js';
import { Jobs } from './jobs.module.js';
import { type PointRange } from './points.js';
import { SimulationQueue } from './queue.js';
import { Shards } from './shards.js';
import type { Simulation } from './simulation.js';
import type { Sweep } from './sweep.js';

const zip = promisify(gzip);
const RETRY_AFTER_SECONDS = 5;
/** What is no sweep is done in one part. */
const WHOLE: readonly PointRange[] = [{ firstPoint: 1, pointCount: 0 }];

/** What a simulation is of. */
export interface Asked {
  readonly marketId: string;
  readonly portfolioId: string;
  readonly scenarioId?: string | null;
  readonly seed: number;
  readonly sweep?: Sweep | null;
  readonly verifies?: string;
  /** Null of what was accepted before there were estimates. */
  readonly estimate: Estimate | null;
}

/** Where simulations come in: the row, its shards and its input in one transaction, then the workers are called. */
@Injectable()
export class Acceptance {
  private readonly log = new Logger('Acceptance');

  constructor(
    private readonly database: Database,
    private readonly jobs: Jobs,
    private readonly shards: Shards,
    private readonly queue: SimulationQueue,
  ) {}

  /** Copies the input; answers the simulation. Throws TOO_MANY_SIMULATIONS. */
  async acceptCopyOf(input: object, asked: Asked, parts: readonly PointRange[] = WHOLE): Promise<Simulation> {
    const content = await canonicalBytes(input);
    return this.accept(asked, { hash: await sha256InTurns(content), content: new Uint8Array(await zip(content)) }, parts);
  }

  /** The same for an input that is stored already. */
  async accept(asked: Asked, { hash, content }: { hash: string; content?: Uint8Array<ArrayBuffer> }, parts: readonly PointRange[] = WHOLE): Promise<Simulation> {
    const id = uuid();
    const { tenant } = caller();
    const { sweep, estimate, ...row } = asked;
    const accepted = await effect(this.database, async (write) => {
      if ((await this.shards.queued(write, tenant)) >= this.jobs.queuedMax) {
        throw new ApiError('TOO_MANY_SIMULATIONS', `${this.jobs.queuedMax} simulations are waiting already.`, [], { retryAfterSeconds: RETRY_AFTER_SECONDS });
      }
      if (content) await write.$executeRaw`INSERT INTO input_snapshots (hash, content) VALUES (${hash}, ${content}) ON CONFLICT (tenant, hash) DO UPDATE SET hash = excluded.hash`; // also the row that is there is held until the commit
      const simulation = await write.simulation.create({ data: { id, ...row, ...(sweep && { sweep }), ...(estimate && { estimate: { ...estimate } }), inputHash: hash, engineVersion: ENGINE_VERSION, shards: parts.length } });
      await insertRows(write, 'simulationShard', parts.map((part, i) => ({ simulationId: id, ordinal: i + 1, tenant, ...part, attempt: 0, leasedUntil: null })));
      return simulation;
    });
    void this.queue.wake(parts.length).catch((error: unknown) => this.log.warn(error)); // accepted all the same: workers look for themselves
    return accepted;
  }
}
