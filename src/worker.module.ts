import { type DynamicModule, Module } from '@nestjs/common';
import { DatabaseModule } from './database/database.js';
import { RunnerModule } from './simulations/runner.module.js';

/** The server minus the doors. */
@Module({})
export class WorkerModule {
  static with({ databaseUrl }: { databaseUrl: string }): DynamicModule {
    return { module: WorkerModule, imports: [DatabaseModule.at(databaseUrl), RunnerModule] };
  }
}
