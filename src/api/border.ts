import type { FastifyInstance, FastifyRequest } from 'fastify';
import { rememberRoutes } from './allowed-methods.js';
import { ApiError, invalidInput } from './errors.js';
import { DEPTH_MAX, JsonError, parseJsonInTurns } from './json.js';
import { jsonBytes } from './json-text.js';
import { accepted, acceptsGraphQL, JSON_TYPE, LINE_TYPES, type MediaType, mediaOf, typeOf } from './media.js';
import { bodyChunks, UploadStream } from './body.js';

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
  instance.addContentTypeParser('application/json', (request: FastifyRequest) => bodyOf(request));
  instance.addContentTypeParser([...LINE_TYPES], (request, _payload, done) => done(null, mediaOf(request).takes.includes(typeOf(request) as MediaType) ? new UploadStream(request) : undefined));
  instance.addHook('onRequest', async (request) => {
    if (request.headers.host === undefined && request.raw.httpVersion === '1.1') throw new ApiError('INVALID_INPUT', 'The header Host is missing (RFC 9112, 3.2).');
    if (request.headers.host !== undefined && !URL.canParse(`http://${request.headers.host}`)) throw new ApiError('INVALID_INPUT', 'The header Host names no host.'); // Apollo makes a URL of it
    const { gives, takes } = mediaOf(request);
    const isAccepted = pathOf(request) === GRAPHQL_PATH ? acceptsGraphQL(request) : !pathOf(request).startsWith('/v1/') || accepted(request);
    if (!isAccepted) throw new ApiError('NOT_ACCEPTABLE', `This address answers ${gives.join(', ')}.`);
    const isKnown = [JSON_TYPE, ...LINE_TYPES].includes(typeOf(request)); // all others are refused for want of a parser
    const hasBody = request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
    if (hasBody && isKnown && !takes.includes(typeOf(request) as MediaType)) throw new ApiError('UNSUPPORTED_MEDIA_TYPE', `This address takes ${takes.join(', ')}.`);
    if (hasBody && request.headers['content-encoding'] !== undefined) throw new ApiError('UNSUPPORTED_MEDIA_TYPE', 'Bodies are taken without Content-Encoding.');
  });
  // Answers are written in turns, large or small.
  instance.addHook('preSerialization', async (_request, reply, answer) => {
    if (typeof answer !== 'object' || answer === null) return answer;
    const bytes = Buffer.from((await jsonBytes(answer)).buffer);
    void reply.serializer(() => bytes as never);
    return answer;
  });
  instance.addHook('preHandler', async (request) => {
    if (pathOf(request) !== GRAPHQL_PATH) return;
    const { query } = ((request.method === 'GET' ? request.query : request.body) ?? {}) as { query?: unknown };
    if (typeof query === 'string') refuseNested(query);
  });
}

/** Throws INVALID_INPUT before graphql-js would parse it. */
export function refuseNested(query: string): void {
  if (nestingOfQuery(query) > QUERY_DEPTH_MAX) throw invalidInput([{ pointer: '', code: 'TOO_DEEP', message: `has a query nested deeper than ${QUERY_DEPTH_MAX} levels` }]);
}

async function bodyOf(request: FastifyRequest): Promise<unknown> {
  const isGraphQL = pathOf(request) === GRAPHQL_PATH;
  try {
    return await parseJsonInTurns(bodyChunks(request, BODY_BYTES_MAX), isGraphQL ? DEPTH_MAX + GRAPHQL_WRAPPING_LEVELS : DEPTH_MAX);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw invalidInput([{ ...error.issue, pointer: isGraphQL ? error.issue.pointer.replace(GRAPHQL_WRAPPING, '') : error.issue.pointer }]);
  }
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0]!;
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
