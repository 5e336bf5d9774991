import type { FastifyInstance, FastifyRequest } from 'fastify';
import { rememberRoutes } from './allowed-methods.js';
import { ApiError, invalidInput } from './errors.js';
import { DEPTH_MAX, JsonError, parseJson } from './json.js';

export const BODY_BYTES_MAX = 16 * 1024 * 1024;
export const GRAPHQL_PATH = '/graphql';

/** What wraps an input in the body of a GraphQL request. */
const GRAPHQL_WRAPPING = /^\/variables\/input(?=\/|$)/;
const GRAPHQL_WRAPPING_LEVELS = 2;
const QUERY_DEPTH_MAX = 64;

/** What every request passes before it reaches a door: one JSON parser, bounded nesting, media types. */
export function buildBorder(instance: FastifyInstance): void {
  rememberRoutes(instance);
  instance.removeAllContentTypeParsers();
  instance.addContentTypeParser('application/json', { parseAs: 'string', bodyLimit: BODY_BYTES_MAX }, (request, body, done) => {
    try {
      done(null, bodyOf(request, body as string));
    } catch (error) {
      done(error as Error);
    }
  });
  instance.addHook('onRequest', async (request) => {
    if (pathOf(request).startsWith('/v1/') && !takesJson(request.headers.accept)) throw new ApiError('NOT_ACCEPTABLE', 'This address answers application/json.');
  });
  instance.addHook('preHandler', async (request) => {
    if (pathOf(request) !== GRAPHQL_PATH) return;
    const { query } = ((request.method === 'GET' ? request.query : request.body) ?? {}) as { query?: unknown };
    if (typeof query === 'string' && nestingOfQuery(query) > QUERY_DEPTH_MAX) {
      throw invalidInput([{ pointer: '', code: 'TOO_DEEP', message: `has a query nested deeper than ${QUERY_DEPTH_MAX} levels` }]);
    }
  });
}

function bodyOf(request: FastifyRequest, text: string): unknown {
  const isGraphQL = pathOf(request) === GRAPHQL_PATH;
  try {
    return parseJson(text, isGraphQL ? DEPTH_MAX + GRAPHQL_WRAPPING_LEVELS : DEPTH_MAX);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw invalidInput([{ ...error.issue, pointer: isGraphQL ? error.issue.pointer.replace(GRAPHQL_WRAPPING, '') : error.issue.pointer }]);
  }
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0]!;
}

function takesJson(accept = '*/*'): boolean {
  return accept.split(',').some((range) => /^\s*(\*\/\*|application\/(\*|json|problem\+json))\s*(;|$)/i.test(range));
}

/** Deepest nesting of brackets outside strings and comments; graphql-js parses by recursion and must not meet more. */
function nestingOfQuery(query: string): number {
  let [depth, deepest] = [0, 0];
  for (const [token] of query.matchAll(/"""[^]*?(?:"""|$)|"(?:\\.|[^"\\\n])*"?|#.*|[{[(]|[}\])]/g)) {
    if (/^[{[(]$/.test(token)) deepest = Math.max(deepest, ++depth);
    else if (/^[}\])]$/.test(token)) depth--;
  }
  return deepest;
}
