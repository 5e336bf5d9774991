import { type DynamicModule, Module } from '@nestjs/common';
import { Answers } from '../api/idempotency-key.js';
import { Database } from './database.js';
import { KeptAnswers } from './kept-answers.js';
import { RawConnections } from './raw.js';

/** What every part may ask for. */
@Module({})
export class DatabaseModule {
  static at(url: string): DynamicModule {
    const providers = [
      { provide: Database, useFactory: () => new Database(url) },
      { provide: RawConnections, useFactory: () => new RawConnections(url) },
      { provide: Answers, useClass: KeptAnswers },
    ];
    return { module: DatabaseModule, global: true, providers, exports: [Database, RawConnections, Answers] };
  }
}
