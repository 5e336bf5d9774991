import { Injectable } from '@nestjs/common';
import { caller } from '../api/caller.js';
import { ApiError, notFound, refuseInconsistent } from '../api/errors.js';
import { isId } from '../api/fields.js';
import { type Page, pageOf, type PageRequest, type Row } from '../api/pages.js';
import { type Match, preconditionFailed } from '../api/preconditions.js';
import { inTurns } from '../api/turns.js';
import { Database, type Transaction } from '../database/database.js';
import { own, which } from '../database/documents.js';
import { effect } from '../database/effect.js';
import { Acceptance } from './acceptance.js';
import { misfitsById } from './consistency.js';
import { estimate } from './cost.js';
import { CostLimits } from './cost-limits.js';
import type { AccountAttribution } from './attributions.js';
import type { EntryRequest } from './entries.js';
import { Inputs } from './inputs.js';
import { pointCount, shardsOf } from './points.js';
import type { AccountOutcome, LedgerEntry, Round, Threshold } from './results.js';
import type { Simulation, SimulationInput } from './simulation.js';
import type { Sweep, SweepPoint } from './sweep.js';
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
    return pageOf(await this.database.simulation.findMany({ where: { tenant: caller().tenant, verifies: null, ...(after && { id: { lt: after } }) }, orderBy: { id: 'desc' }, take: limit + 1 }), limit);
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
      await write.inputSnapshot.deleteMany({ where: { tenant: caller().tenant, hash: inputHash, simulations: { none: {} } } });
      return id;
    });
  }

  async rounds(id: string, request: PageRequest): Promise<Page<Row<Round>>> {
    await this.read(id);
    return rows(await this.database.simulationRound.findMany(rowsOf(id, request)), request);
  }

  /** Every forced trade, by round. */
  async entries(id: string, { round, ...request }: EntryRequest): Promise<Page<Row<LedgerEntry>>> {
    await this.read(id);
    const { where, ...page } = rowsOf(id, request);
    return rows(await this.database.simulationEntry.findMany({ where: { ...where, ...(round !== undefined && { round }) }, ...page }), request);
  }

  async attributions(id: string, request: PageRequest): Promise<Page<Row<AccountAttribution>>> {
    await this.read(id);
    return rows(await this.database.simulationAttribution.findMany(rowsOf(id, request)), request);
  }

  async accounts(id: string, request: PageRequest): Promise<Page<Row<AccountOutcome>>> {
    await this.read(id);
    return rows(await this.database.simulationAccount.findMany(rowsOf(id, request)), request);
  }

  async points(id: string, request: PageRequest): Promise<Page<Row<SweepPoint>>> {
    await this.read(id);
    return rows(await this.database.simulationPoint.findMany(rowsOf(id, request)), request);
  }

  async thresholds(id: string, request: PageRequest): Promise<Page<Row<Threshold>>> {
    await this.read(id);
    return rows(await this.database.simulationThreshold.findMany(rowsOf(id, request)), request);
  }
}

async function found(from: Transaction, id: string): Promise<Simulation> {
  const simulation = isId(id) ? await from.simulation.findFirst({ where: own(id) }) : null;
  if (!simulation) throw notFound('simulation', id);
  return simulation;
}

function rowsOf(simulationId: string, { limit, after, reference }: PageRequest) {
  return {
    where: { tenant: caller().tenant, simulationId, ...(after && { ordinal: { gt: Number(after) } }), ...(reference !== undefined && { reference }) },
    orderBy: { ordinal: 'asc' },
    take: limit + 1,
  } as const;
}

function rows<T>(found: readonly { ordinal: number; body: T }[], { limit }: PageRequest): Page<Row<T>> {
  return pageOf(found.map(({ ordinal, body }) => ({ id: String(ordinal), body })), limit);
}
