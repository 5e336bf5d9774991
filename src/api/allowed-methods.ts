import type { FastifyInstance, FastifyRequest, HTTPMethods } from 'fastify';

interface Route {
  readonly methods: readonly HTTPMethods[];
  readonly pattern: RegExp;
}

const routes = new WeakMap<object, Route[]>();

/** Remembers every route as it is added, so that a wrong method at a right address can be told from a wrong address. */
export function rememberRoutes(instance: FastifyInstance): void {
  const known: Route[] = [];
  routes.set(instance.server, known);
  instance.addHook('onRoute', ({ method, url }) => {
    const pattern = new RegExp(`^${url.replaceAll(/[.+?^$()|[\]\\]/g, '\\$&').replaceAll(/::|:\w+/g, (part) => (part === '::' ? ':' : '[^/]+')).replaceAll('*', '.*')}$`);
    known.push({ methods: [method].flat() as HTTPMethods[], pattern });
  });
}

/** The methods that the address of the request takes; empty when its own is among them or nothing is there. */
export function allowedMethods(request: FastifyRequest): HTTPMethods[] {
  const path = request.url.split('?', 1)[0]!;
  const matching = (routes.get(request.server.server) ?? []).filter((route) => route.pattern.test(path));
  const methods = [...new Set(matching.flatMap((route) => route.methods))];
  return methods.includes(request.method as HTTPMethods) ? [] : methods.sort();
}
