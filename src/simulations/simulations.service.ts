import { Injectable } from '@nestjs/common';
import { v7 as uuid } from 'uuid';
import { gzipSync } from 'node:zlib';
import { ApiError, notFound, refuseInconsistent } from '../api/errors.js';
import { isId } from '../api/fields.js';
import { type Page, pageOf, type PageRequest, type Row } from '../api/pages.js';
import { Database } from '../database/database.js';
import { ENGINE_VERSION } from '../engine/index.js';
import { canonicalJson, sha256 } from './canonical.js';
import { misfitsById } from './consistency.js';
import { Inputs } from './inputs.js';
import { SimulationQueue } from './queue.js';
import type { AccountOutcome, Round, Threshold } from './results.js';
import type { Simulation, SimulationInput } from './simulation.js';

@Injectable()
export class SimulationsService {
  constructor(
    private readonly database: Database,
    private readonly inputs: Inputs,
    private readonly queue: SimulationQueue,
  ) {}

  /** Copies the documents, accepts the simulation and queues it. */
  async start({ marketId, portfolioId, scenarioId, seed }: SimulationInput): Promise<Simulation> {
    const documents = await this.inputs.byId({ marketId, portfolioId, scenarioId });
    refuseInconsistent(misfitsById(documents));
    const content = canonicalJson(documents);
    const inputHash = sha256(content);
    const id = uuid();
    await this.database.$transaction([
      this.database.inputSnapshot.createMany({ data: { hash: inputHash, content: gzipSync(content) }, skipDuplicates: true }),
      this.database.simulation.create({ data: { id, marketId, portfolioId, scenarioId, seed, inputHash, engineVersion: ENGINE_VERSION } }),
    ]);
    await this.queue.add(id).catch(() => undefined); // accepted all the same: the runner's sweep queues it
    return this.read(id);
  }

  /** Throws NOT_FOUND. */
  async read(id: string): Promise<Simulation> {
    const found = isId(id) ? await this.database.simulation.findUnique({ where: { id }, omit: { attempt: true } }) : null;
    if (!found) throw notFound('simulation', id);
    return found;
  }

  async list({ limit, after }: PageRequest): Promise<Page<Simulation>> {
    return pageOf(await this.database.simulation.findMany({ where: { ...(after && { id: { lt: after } }) }, orderBy: { id: 'desc' }, take: limit + 1, omit: { attempt: true } }), limit);
  }

  /** Throws NOT_FOUND, or ALREADY_FINAL when there is nothing left to stop. */
  async cancel(id: string): Promise<Simulation> {
    const { count } = isId(id) ? await this.database.simulation.updateMany({ where: { id, state: { in: ['queued', 'running'] } }, data: { state: 'cancelled', finishedAt: new Date() } }) : { count: 0 };
    const simulation = await this.read(id);
    if (count === 0 && simulation.state !== 'cancelled') throw new ApiError('ALREADY_FINAL', `Simulation ${id} has ${simulation.state}.`);
    return simulation;
  }

  /** Answers the id; throws NOT_FOUND. The input goes with its last simulation. */
  async delete(id: string): Promise<string> {
    const { inputHash } = await this.read(id);
    await this.database.$transaction([this.database.simulation.deleteMany({ where: { id } }), this.database.inputSnapshot.deleteMany({ where: { hash: inputHash, simulations: { none: {} } } })]);
    return id;
  }

  async rounds(id: string, request: PageRequest): Promise<Page<Row<Round>>> {
    await this.read(id);
    return rows(await this.database.simulationRound.findMany(rowsOf(id, request)), request);
  }

  async accounts(id: string, request: PageRequest): Promise<Page<Row<AccountOutcome>>> {
    await this.read(id);
    return rows(await this.database.simulationAccount.findMany(rowsOf(id, request)), request);
  }

  async thresholds(id: string, request: PageRequest): Promise<Page<Row<Threshold>>> {
    await this.read(id);
    return rows(await this.database.simulationThreshold.findMany(rowsOf(id, request)), request);
  }
}

function rowsOf(simulationId: string, { limit, after, reference }: PageRequest) {
  return {
    where: { simulationId, ...(after && { ordinal: { gt: Number(after) } }), ...(reference !== undefined && { reference }) },
    orderBy: { ordinal: 'asc' },
    take: limit + 1,
  } as const;
}

function rows<T>(found: readonly { ordinal: number; body: T }[], { limit }: PageRequest): Page<Row<T>> {
  return pageOf(found.map(({ ordinal, body }) => ({ id: String(ordinal), body })), limit);
}
