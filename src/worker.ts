import { NestFactory } from '@nestjs/core';
import { parseConfig } from './config.js';
import { openDatabase } from './database/open.js';
import { onStop, runOrExit } from './process.js';
import { WorkerModule } from './worker.module.js';

/** A process that runs queued simulations; start as many as you like. */
await runOrExit(async () => {
  const database = await openDatabase(parseConfig(process.env));
  const app = await NestFactory.createApplicationContext(WorkerModule.with({ databaseUrl: database.url }), { logger: ['error', 'warn'], abortOnError: false });
  onStop(async () => {
    await app.close();
    await database.close();
  });
  console.log('Unwind worker takes simulations.');
});
