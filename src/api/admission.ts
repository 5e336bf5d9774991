import type { FastifyInstance, FastifyRequest } from 'fastify';
import { GRAPHQL_PATH } from './border.js';
import { asCaller, type Caller, NOBODY } from './caller.js';
import { forClient } from './client.js';
import { unauthenticated } from './scopes.js';

/** Where nobody gets in without a credential, whatever there is to find; elsewhere each operation says whether it is public. */
const CLOSED = ['/v1', GRAPHQL_PATH];

/** Every request has its caller before its body is read, and is answered as that caller. */
export function admit(instance: FastifyInstance, callerOf: (authorization?: string) => Promise<Caller>): void {
  const admitted = new WeakMap<FastifyRequest, Caller>();
  instance.addHook('onRequest', async (request) => {
    const who = await callerOf(request.headers.authorization);
    if (who === NOBODY && isClosed(request)) throw unauthenticated();
    admitted.set(request, who);
  });
  // The body comes in on the socket's own thread of events, which knows no caller.
  instance.addHook('preHandler', (request, reply, done) => asCaller(admitted.get(request) ?? NOBODY, () => forClient(reply, done)));
}

/** By the route that was found, since an address can be written in many ways, and by the address where none was. */
function isClosed({ routeOptions, url }: FastifyRequest): boolean {
  return [routeOptions.url, url.split('?', 1)[0]!].some((path) => CLOSED.some((closed) => path === closed || path?.startsWith(`${closed}/`)));
}
