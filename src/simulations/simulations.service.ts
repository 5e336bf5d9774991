import { Injectable } from '@nestjs/common';
import { caller } from '../api/caller.js';
import { ApiError, notFound, refuseInconsistent } from '../api/errors.js';
import { isId } from '../api/fields.js';
import { type Page, type PageRequest, pageWith } from '../api/pages.js';
import { type Match, preconditionFailed } from '../api/preconditions.js';
import { inTurns } from '../api/turns.js';
import { Database, type Transaction } from '../database/database.js';
import { own, SNAPSHOT, which } from '../database/documents.js';
import { effect } from '../database/effect.js';
import { fitting } from '../database/fitting.js';
import { Acceptance } from './acceptance.js';
import { misfitsById } from './consistency.js';
import { estimate } from './cost.js';
import { CostLimits } from './cost-limits.js';
import { Inputs } from './inputs.js';
import { pointCount, shardsOf } from './points.js';
import type { Simulation, SimulationInput } from './simulation.js';
import type { Sweep } from './sweep.js';
import { refuseUnclear, sweepMisfits } from './sweep-rules.js';

@Injectable()
export class SimulationsService {
  constructor(
    private readonly database: Database,
    private readonly inputs: Inputs,
    private readonly acceptance: Acceptance,
    private readonly limits: CostLimits,
  ) {}

  /** Copies the documents, accepts the simulation and queues it. */
  async start(asked: SimulationInput): Promise<Simulation> {
    refuseUnclear(asked);
    return asked.sweep ? this.startSweep(asked, asked.sweep) : this.startOne(asked);
  }

  private async startOne({ marketId, portfolioId, scenarioId, seed }: SimulationInput): Promise<Simulation> {
    const documents = await this.inputs.byId({ marketId, portfolioId, scenarioId: scenarioId! });
    refuseInconsistent(await inTurns(misfitsById(documents)));
    const cost = this.limits.accept(await inTurns(estimate({ ...documents, scenarios: [documents.scenario] })), { documents: '/portfolioId' });
    return this.acceptance.acceptCopyOf(documents, { marketId, portfolioId, scenarioId, seed, estimate: cost });
  }

  private async startSweep({ marketId, portfolioId, scenarioId, seed }: SimulationInput, sweep: Sweep): Promise<Simulation> {
    const { shocks } = sweep;
    const documents = await this.inputs.sweptById({ marketId, portfolioId, scenarioId, scenarioIds: sweep.scenarioIds });
    refuseInconsistent(await inTurns(sweepMisfits(documents, sweep)));
    const input = { ...documents, ...(shocks && { shocks }) };
    const points = pointCount(input);
    const parts = shardsOf(points);
    const { pointCount: shardPoints } = parts[0]!;
    const cost = this.limits.accept(await inTurns(estimate(documents, { points, shardPoints })), { documents: '/portfolioId', points: shocks ? '/sweep/shocks/steps' : '/sweep/scenarioIds', shardPoints });
    return this.acceptance.acceptCopyOf(input, { marketId, portfolioId, scenarioId, seed, sweep, estimate: cost }, parts);
  }

  /** Throws NOT_FOUND. */
  async read(id: string): Promise<Simulation> {
    return found(this.database, id);
  }

  async list({ limit, after }: PageRequest): Promise<Page<Simulation>> {
    const where = { tenant: caller().tenant, ...(after && { id: { lt: after } }) };
    return this.database.$transaction(async (from) => {
      const { take, isMore } = await fitting(from, 'simulation', where, limit);
      return pageWith(await from.simulation.findMany({ where: { ...where, verifies: null }, orderBy: { id: 'desc' }, take }), isMore);
    }, SNAPSHOT);
  }

  /** Throws NOT_FOUND, or ALREADY_FINAL when there is nothing left to stop. */
  async cancel(id: string): Promise<Simulation> {
    return effect(this.database, async (write) => {
      const count = isId(id) ? await this.end(write, id) : 0;
      const simulation = await found(write, id);
      if (count === 0 && simulation.state !== 'cancelled') throw new ApiError('ALREADY_FINAL', `Simulation ${id} has ${simulation.state}.`);
      return simulation;
    });
  }

  /** No shard of it may be claimed, renewed or finished any more; how many simulations were ended, 0 or 1. */
  private async end(write: Transaction, id: string): Promise<number> {
    const { count } = await write.simulation.updateMany({ where: { ...own(id), state: { in: ['queued', 'running'] } }, data: { state: 'cancelled', finishedAt: new Date() } });
    if (count > 0) await write.simulationShard.deleteMany({ where: { simulationId: id } });
    return count;
  }

  /** Answers the id; throws NOT_FOUND and PRECONDITION_FAILED. The input goes with its last simulation. */
  async delete(id: string, match?: Match): Promise<string> {
    return effect(this.database, async (write) => {
      const { inputHash } = await found(write, id);
      const { count } = await write.simulation.deleteMany({ where: which(id, match) });
      if (count === 0) throw match ? preconditionFailed('simulation', id) : notFound('simulation', id);
      await write.$queryRaw`SELECT FROM input_snapshots WHERE tenant = ${caller().tenant} AND hash = ${inputHash} FOR UPDATE`; // whoever accepts the same input now comes before or after
      await write.inputSnapshot.deleteMany({ where: { tenant: caller().tenant, hash: inputHash, simulations: { none: {} } } });
      return id;
    });
  }
}

async function found(from: Transaction, id: string): Promise<Simulation> {
  const simulation = isId(id) ? await from.simulation.findFirst({ where: own(id) }) : null;
  if (!simulation) throw notFound('simulation', id);
  return simulation;
}
