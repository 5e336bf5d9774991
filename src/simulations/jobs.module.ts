import { type DynamicModule, Module } from '@nestjs/common';
import { DEFAULT_JOBS, type JobSettings } from '../config.js';

/** How simulations are queued and run in this process; set once, at boot. */
export class Jobs implements JobSettings {
  readonly redisUrl?: string;
  readonly threads = DEFAULT_JOBS.threads;
  readonly runningMax = DEFAULT_JOBS.runningMax;
  readonly queuedMax = DEFAULT_JOBS.queuedMax;
}

@Module({})
export class JobsModule {
  static with(settings: JobSettings): DynamicModule {
    return { module: JobsModule, global: true, providers: [{ provide: Jobs, useValue: Object.assign(new Jobs(), settings) }], exports: [Jobs] };
  }
}
