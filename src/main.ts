import { type AddressInfo, createServer } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { type Config, ConfigError, parseConfig } from './config.js';
import { openDatabase } from './database/open.js';
import { lastCall, onStop, runOrExit } from './process.js';
import { buildServer } from './server.js';

const PORTS_TRIED = 20;

await runOrExit(() => run(parseConfig(process.env, { listens: true })));

async function run(config: Config): Promise<void> {
  const database = await openDatabase(config);
  let app: NestFastifyApplication | null = null;
  onStop(async () => {
    if (app) await lastCall();
    await app?.close();
    await database.close();
  });
  app = await buildServer({ databaseUrl: database.url, runsSimulations: config.runsSimulations, keySecret: config.isOpen ? null : config.keySecret, jobs: config.jobs, logLevel: config.logLevel, rateLimit: config.rateLimit });
  const port = await listen(app, config);
  const address = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`;
  console.log(`Unwind listens on ${address}\n  REST docs         ${address}/docs\n  GraphQL explorer  ${address}/graphiql`);
  if (database.dataDir) console.log(`  PostgreSQL data   ${database.dataDir}`);
}

/** The port asked for, or the next free one when none was asked for; answers which. */
async function listen(app: NestFastifyApplication, { host, port, portIsFixed }: Config): Promise<number> {
  for (let tried = 0; tried <= PORTS_TRIED; tried++) {
    try {
      if (await isFree(host, port + tried)) {
        await (app.getHttpAdapter().getInstance() as FastifyInstance).listen({ port: port + tried, host }); // Nest's own `listen` logs a busy port as an error
        return (app.getHttpServer().address() as AddressInfo).port;
      }
    } catch (error) {
      // Another program was faster.
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
    if (portIsFixed) throw new ConfigError([`PORT=${port} is taken on ${host} by another program. Stop it, or leave PORT out to take the next free one.`]);
  }
  throw new ConfigError([`No port from ${port} to ${port + PORTS_TRIED} is free on ${host}; choose one with PORT.`]);
}

/** Asked beforehand, since Nest logs a failure to listen as an error. */
function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((done) => {
    const probe = createServer().once('error', (error: NodeJS.ErrnoException) => done(error.code !== 'EADDRINUSE'));
    probe.listen(port, host, () => probe.close(() => done(true)));
  });
}
