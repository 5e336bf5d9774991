import { type DynamicModule, Module } from '@nestjs/common';
import type { JobSettings } from './config.js';
import { DatabaseModule } from './database/database.module.js';
import { JobsModule } from './simulations/jobs.module.js';
import { RunnerModule } from './simulations/runner.module.js';

/** The server minus the doors. */
@Module({})
export class WorkerModule {
  static with({ databaseUrl, jobs }: { databaseUrl: string; jobs: JobSettings }): DynamicModule {
    return { module: WorkerModule, imports: [DatabaseModule.at(databaseUrl), JobsModule.with(jobs), RunnerModule] };
  }
}
