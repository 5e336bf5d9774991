import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import underPressure from '@fastify/under-pressure';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { caller } from '../api/caller.js';
import { ApiError } from '../api/errors.js';
import { asRequest } from './log.js';
import { refusals, registry, requestSeconds } from './metrics.js';

/** Above these the service answers 503 until it has caught up. */
export const EVENT_LOOP_DELAY_MAX_MS = 2000;
const RETRY_AFTER_S = 1;
/** What the start itself cost the event loop is no overload. */
const START_GRACE_MS = 10_000;

/** Probes and pages are answered however busy the service is. */
const ALWAYS_ANSWERED = ['/livez', '/readyz', '/metrics'];

const RATE_WINDOW = '1 minute';

const CONTENT_SECURITY = { defaultSrc: ["'self'"], scriptSrc: ["'self'", "'unsafe-inline'"], styleSrc: ["'self'", "'unsafe-inline'"], imgSrc: ["'self'", 'data:'], connectSrc: ["'self'", 'ws:', 'wss:'], upgradeInsecureRequests: null };

export interface OperationsOptions {
  readonly log: Logger;
  /** Requests a minute of one caller. */
  readonly rateLimit: number;
}

/** What wraps every request whatever it asks: its id, its line in the log, its time in the metrics, headers, and the refusals that keep the service alive. */
export async function operate(instance: FastifyInstance, options: OperationsOptions): Promise<void> {
  instance.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    asRequest(request.id, done);
  });
  instance.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    const { method, id } = request;
    const status = reply.statusCode;
    requestSeconds.observe({ method, route, status }, reply.elapsedTime / 1000);
    if (!ALWAYS_ANSWERED.includes(route)) asRequest(id, () => options.log[status >= 500 ? 'error' : 'info']({ method, route, status, ms: Math.round(reply.elapsedTime * 10) / 10 }, 'request'));
  });
  await instance.register(helmet, { contentSecurityPolicy: { directives: CONTENT_SECURITY }, strictTransportSecurity: false });
  let startedAt = Infinity;
  instance.addHook('onListen', async () => void (startedAt = performance.now()));
  await instance.register(underPressure, {
    maxEventLoopDelay: EVENT_LOOP_DELAY_MAX_MS,
    pressureHandler(request, reply) {
      if (isAlwaysAnswered(request) || performance.now() < startedAt + START_GRACE_MS) return;
      refusals.inc({ reason: 'overload' });
      void reply.header('retry-after', RETRY_AFTER_S);
      throw new ApiError('OVERLOADED', 'The service is busy; try again.');
    },
  });
  await instance.register(rateLimit, {
    max: options.rateLimit,
    timeWindow: RATE_WINDOW,
    hook: 'preHandler',
    enableDraftSpec: true,
    keyGenerator: ({ ip }) => `${caller().tenant} ${ip}`,
    allowList: isAlwaysAnswered,
    errorResponseBuilder(_request, { max, after }) {
      refusals.inc({ reason: 'rate' });
      return new ApiError('RATE_LIMITED', `More than ${max} requests a minute; try again in ${after}.`);
    },
  });
  instance.get('/metrics', async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));
}

function isAlwaysAnswered({ url }: FastifyRequest): boolean {
  return ALWAYS_ANSWERED.includes(url.split('?', 1)[0]!);
}
