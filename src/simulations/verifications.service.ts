import { Injectable } from '@nestjs/common';
import { caller } from '../api/caller.js';
import { ApiError, notFound } from '../api/errors.js';
import { Database } from '../database/database.js';
import { alone } from '../database/effect.js';
import { Acceptance } from './acceptance.js';
import { CostLimits } from './cost-limits.js';
import { pointCount, shardsOf } from './points.js';
import type { Simulation } from './simulation.js';
import { SimulationsService } from './simulations.service.js';
import type { Verification } from './verification.js';
import { Waiting } from './waiting.js';

/** How long an answer waits for the run; after that it says how far the run is. */
const WAIT_SECONDS = 10;

@Injectable()
export class VerificationsService {
  constructor(
    private readonly database: Database,
    private readonly simulations: SimulationsService,
    private readonly acceptance: Acceptance,
    private readonly limits: CostLimits,
    private readonly waiting: Waiting,
  ) {}

  /** Runs the simulation again from its snapshot, or joins the run that is at it. Throws NOT_FOUND, NO_RESULT, TOO_COSTLY, TOO_MANY_SIMULATIONS. */
  async verify(id: string): Promise<Verification> {
    const simulation = await this.simulations.read(id);
    if (simulation.state !== 'succeeded') throw new ApiError('NO_RESULT', `Simulation ${id} is ${simulation.state}.`);
    const underWay = await this.database.simulation.findFirst({ where: { tenant: caller().tenant, verifies: id, state: { in: ['queued', 'running'] } }, select: { id: true } });
    const runId = underWay?.id ?? (await this.again(simulation));
    return verification(simulation, (await this.waiting.final(runId, WAIT_SECONDS)) ?? (await this.simulations.read(runId)));
  }

  private async again({ id, marketId, portfolioId, scenarioId, seed, sweep, inputHash, estimate }: Simulation): Promise<string> {
    if (estimate) this.limits.accept(estimate, { documents: '' });
    const asked = { marketId, portfolioId, scenarioId, seed, sweep, estimate, verifies: id };
    const points = sweep && pointCount({ scenarios: sweep.scenarioIds ?? [], shocks: sweep.shocks });
    const { id: runId } = await alone(() => this.acceptance.accept(asked, { hash: inputHash }, points ? shardsOf(points) : undefined)).catch((error: { code?: string }) => {
      throw error.code === 'P2003' ? notFound('simulation', id) : error; // it was deleted meanwhile
    });
    return runId;
  }
}

function verification({ id, resultHash, engineVersion }: Simulation, run: Simulation): Verification {
  return {
    simulationId: id,
    runId: run.id,
    state: run.state,
    progress: run.progress,
    matches: run.resultHash === null ? null : run.resultHash === resultHash,
    resultHash: resultHash!,
    recomputedHash: run.resultHash,
    engineVersion,
    recomputedWith: run.engineVersion,
    isSameEngine: run.engineVersion === engineVersion,
    error: run.error,
  };
}
