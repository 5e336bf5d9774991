import type { AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Config, ConfigError, parseConfig } from './config.js';
import { startEmbeddedPostgres } from './database/embedded.js';
import { migrate } from './database/migrate.js';
import { buildServer } from './server.js';

const PORTS_TRIED = 20;
const SHUTDOWN_TIMEOUT_MS = 30_000;

try {
  await run(parseConfig(process.env));
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exit(1);
}

async function run(config: Config): Promise<void> {
  const embedded = config.databaseUrl ? null : await startEmbeddedPostgres(config.dataDir);
  let app: NestFastifyApplication | undefined;
  let isStopping = false;
  const stop = async (signal: string) => {
    if (isStopping) return;
    isStopping = true;
    console.log(`${signal}: stopping.`);
    setTimeout(() => process.exit(1), SHUTDOWN_TIMEOUT_MS).unref();
    await app?.close().catch((error: unknown) => console.error(error));
    await embedded?.stop();
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(signal));

  const databaseUrl = embedded?.url ?? config.databaseUrl!;
  if (embedded) await migrate(databaseUrl);
  app = await buildServer({ databaseUrl });
  const port = await listen(app, config);
  const address = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`;
  console.log(`Unwind listens on ${address}\n  REST docs         ${address}/docs\n  GraphQL explorer  ${address}/graphiql`);
  if (embedded) console.log(`  PostgreSQL data   ${embedded.dataDir}`);
}

/** The port asked for, or the next free one when none was asked for; answers which. */
async function listen(app: NestFastifyApplication, { host, port, portIsFixed }: Config): Promise<number> {
  for (let tried = 0; ; tried++) {
    try {
      await app.listen(port + tried, host);
      return (app.getHttpServer().address() as AddressInfo).port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      if (portIsFixed) throw new ConfigError([`PORT=${port} is taken on ${host} by another program. Stop it, or leave PORT out to take the next free one.`]);
      if (tried === PORTS_TRIED) throw new ConfigError([`No port from ${port} to ${port + tried} is free on ${host}; choose one with PORT.`]);
    }
  }
}
