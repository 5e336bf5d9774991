import { type DynamicModule, Module } from '@nestjs/common';
import { DEFAULT_JOBS, type JobSettings } from '../config.js';

/** How simulations are queued and run in this process; set once, at boot. */
export class Jobs implements JobSettings {
  readonly redisUrl?: string;
  readonly threads = DEFAULT_JOBS.threads;
  readonly runningMax = DEFAULT_JOBS.runningMax;
  readonly queuedMax = DEFAULT_JOBS.queuedMax;
  readonly runSecondsMax = DEFAULT_JOBS.runSecondsMax;
  readonly sweepSecondsMax = DEFAULT_JOBS.sweepSecondsMax;
  readonly runMemoryMbMax = DEFAULT_JOBS.runMemoryMbMax;
  readonly questionThreads = DEFAULT_JOBS.questionThreads;
  readonly questionsWaitingMax = DEFAULT_JOBS.questionsWaitingMax;
  readonly questionWaitSecondsMax = DEFAULT_JOBS.questionWaitSecondsMax;
  readonly questionSecondsMax = DEFAULT_JOBS.questionSecondsMax;
}

@Module({})
export class JobsModule {
  static with(settings: JobSettings): DynamicModule {
    return { module: JobsModule, global: true, providers: [{ provide: Jobs, useValue: Object.assign(new Jobs(), settings) }], exports: [Jobs] };
  }
}
