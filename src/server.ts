import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { buildBorder } from './api/border.js';
import { answerError, toApiError } from './api/error.filter.js';
import { AppModule, type ServerOptions } from './app.module.js';
import { addDocs } from './docs/docs.js';

const PARAM_LENGTH_MAX = 200;

/** The application behind both doors, ready to listen. */
export async function buildServer(options: ServerOptions): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    routerOptions: { maxParamLength: PARAM_LENGTH_MAX },
    forceCloseConnections: 'idle',
    // Addresses that cannot be decoded never reach a route.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => answerError(request, reply, toApiError(error)),
  });
  buildBorder(adapter.getInstance());
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(options), adapter, { bodyParser: false, logger: ['error', 'warn'], abortOnError: false });
  addDocs(app);
  await app.init();
  return app;
}
