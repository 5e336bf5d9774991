import { Module } from '@nestjs/common';
import { ComputeModule } from './compute.module.js';
import { SimulationRunner } from './runner.js';

/** What takes simulations from the queue: in the server itself, and in every worker process. */
@Module({ imports: [ComputeModule], providers: [SimulationRunner] })
export class RunnerModule {}
