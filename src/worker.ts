import { NestFactory } from '@nestjs/core';
import { parseConfig } from './config.js';
import { Database } from './database/database.js';
import { openDatabase } from './database/open.js';
import { NestLog, openLog } from './operations/log.js';
import { openProbes } from './operations/probes.js';
import { onStop, runOrExit } from './process.js';
import { WorkerModule } from './worker.module.js';

/** A process that runs queued simulations; start as many as you like. With a PORT it answers probes there. */
await runOrExit(async () => {
  const config = parseConfig(process.env);
  const database = await openDatabase(config);
  const app = await NestFactory.createApplicationContext(WorkerModule.with({ databaseUrl: database.url, jobs: config.jobs }), { logger: new NestLog(openLog(config.logLevel)), abortOnError: false });
  const probes = config.portIsFixed ? openProbes(config, () => app.get(Database, { strict: false }).$queryRaw`SELECT 1`) : null;
  onStop(async () => {
    probes?.close();
    await app.close();
    await database.close();
  });
  console.log('Unwind worker takes simulations.');
});
