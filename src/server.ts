import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { buildBorder } from './api/border.js';
import { AppModule } from './app.module.js';
import { addDocs } from './docs/docs.js';

/** The application behind both doors, ready to listen. */
export async function buildServer({ databaseUrl }: { databaseUrl: string }): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({ routerOptions: { maxParamLength: 200 }, forceCloseConnections: 'idle' });
  buildBorder(adapter.getInstance());
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with({ databaseUrl }), adapter, { bodyParser: false, logger: ['error', 'warn'], abortOnError: false });
  await addDocs(app);
  await app.init();
  return app;
}
