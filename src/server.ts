import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { NestFactory } from '@nestjs/core';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { admit } from './api/admission.js';
import { buildBorder } from './api/border.js';
import { WAIT_SECONDS_MAX } from './api/prefer.js';
import { answerNoRequest } from './api/no-request.js';
import { sendInPieces } from './api/pieces.js';
import { answerError, toApiError } from './api/error.filter.js';
import { serveSubscriptions } from './api/subscriptions.js';
import { BODY_MS_MAX } from './api/body.js';
import { AppModule, type ServerOptions } from './app.module.js';
import { DEFAULT_JOBS, type JobSettings } from './config.js';
import { addDocs } from './docs/docs.js';
import { Credentials } from './keys/credentials.js';
import { NestLog, openLog, requestIdOf } from './operations/log.js';
import { operate } from './operations/operations.js';
import { Streams } from './simulations/streams.js';

const PARAM_LENGTH_MAX = 200;
const IDLE_TIMEOUT_MS = 60_000;
/** An answer that is waited for is no idleness: how much longer than the longest a connection may be silent. */
const ANSWER_MARGIN_MS = 5000;

/** A wait for a simulation, or a question with its wait for a thread. */
function longestAnswerMs({ questionSecondsMax, questionWaitSecondsMax }: JobSettings): number {
  return Math.max(WAIT_SECONDS_MAX, questionWaitSecondsMax + questionSecondsMax) * 1000;
}

/** The application behind both doors, ready to listen. */
export async function buildServer(options: ServerOptions & { readonly logLevel: string; readonly rateLimit: number }): Promise<NestFastifyApplication> {
  const log = openLog(options.logLevel);
  const adapter = new FastifyAdapter({
    routerOptions: { maxParamLength: PARAM_LENGTH_MAX },
    forceCloseConnections: 'idle',
    requestTimeout: BODY_MS_MAX,
    connectionTimeout: Math.max(IDLE_TIMEOUT_MS, longestAnswerMs(options.jobs ?? DEFAULT_JOBS) + ANSWER_MARGIN_MS),
    loggerInstance: log,
    logController: new fastify.LogController({ disableRequestLogging: true }),
    genReqId: requestIdOf,
    http: { requireHostHeader: false }, // the border refuses it, in the shape of every error
    clientErrorHandler: (error: NodeJS.ErrnoException, socket: Socket) => answerNoRequest(error, socket),
    // Addresses that cannot be decoded never reach a route.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => answerError(request, reply, toApiError(error)),
  });
  // Expectations other than 100-continue may be passed over (RFC 9110, 10.1.1); Node would answer 417 without a body.
  const server = adapter.getInstance().server;
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  await operate(adapter.getInstance(), { log, rateLimit: options.rateLimit });
  buildBorder(adapter.getInstance());
  sendInPieces(adapter.getInstance());
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(options), adapter, { bodyParser: false, logger: new NestLog(log), abortOnError: false });
  const credentials = app.get(Credentials, { strict: false });
  admit(adapter.getInstance(), (authorization) => credentials.callerOf(authorization));
  addDocs(app);
  await app.init();
  const letGo = serveSubscriptions(app.getHttpServer() as Server, { schema: app.get(GraphQLSchemaHost, { strict: false }).schema, callerOf: (authorization) => credentials.callerOf(authorization), rateLimit: options.rateLimit });
  app.get(Streams, { strict: false }).beforeEnd(letGo);
  return app;
}
