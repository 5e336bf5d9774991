import { HeaderMap } from '@apollo/server';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { GqlContextType } from '@nestjs/graphql';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError } from 'graphql';
import { allowedMethods } from './allowed-methods.js';
import { ApiError, type ErrorCode, ERRORS, issuesOf, problem } from './errors.js';

const logger = new Logger('Errors');
const PROBLEM = 'application/problem+json; charset=utf-8';
/** Whoever meets a database that is away may come again after so long. */
const AWAY_RETRY_SECONDS = 1;

/** The one place where an error gets its shape: problem+json for REST, extensions for GraphQL. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  catch(thrown: unknown, host: ArgumentsHost): GraphQLError | void {
    const error = toApiError(thrown);
    if (host.getType<GqlContextType>() === 'graphql') return toGraphQLError(error);
    const [request, reply] = [host.switchToHttp().getRequest<FastifyRequest>(), host.switchToHttp().getResponse<FastifyReply>()];
    answerError(request, reply, error);
  }
}

export function answerError(request: FastifyRequest, reply: FastifyReply, error: ApiError): void {
  // Fastify would cut the connection, and a client still sending would see that instead of the answer; Node reads the rest away.
  if (error.code === 'TOO_LARGE') void reply.removeHeader('connection');
  const { retryAfterSeconds } = error.more;
  if (retryAfterSeconds !== undefined) void reply.header('retry-after', retryAfterSeconds);
  const path = request.url.split('?', 1)[0]!;
  if (error.code === 'UNAUTHENTICATED') void reply.header('www-authenticate', `Bearer realm="unwind"${request.headers.authorization ? ', error="invalid_token"' : ''}`);
  if (path === '/graphql') {
    const { message, extensions } = toGraphQLError(error);
    const { http: _http, ...shown } = extensions;
    void reply.status(error.status).send({ errors: [{ message, extensions: shown }] });
    return;
  }
  const allowed = error.code === 'NOT_FOUND' ? allowedMethods(request) : [];
  if (allowed.length > 0) {
    void reply.header('allow', allowed.join(', '));
    error = new ApiError('METHOD_NOT_ALLOWED', `${path} takes ${allowed.join(', ')}, not ${request.method}.`);
  }
  void reply.status(error.status).type(PROBLEM).send(JSON.stringify(problem(error, path)));
}

export function toGraphQLError(error: ApiError): GraphQLError {
  return new GraphQLError(error.message, { extensions: { code: error.code, status: error.status, ...issuesOf(error), http: { status: error.status, headers: headersOf(error) } } });
}

function headersOf({ more: { retryAfterSeconds } }: ApiError): HeaderMap {
  return new HeaderMap(retryAfterSeconds === undefined ? [] : [['retry-after', String(retryAfterSeconds)]]);
}

/** Any thrown thing as one of the table; what nobody foresaw is logged here and answered without its details. */
export function toApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  const { code, meta, name } = thrown as { code?: unknown; meta?: { modelName?: string }; name?: string };
  if (code === 'P2002') return new ApiError('REFERENCE_TAKEN', `Another ${meta?.modelName?.toLowerCase() ?? 'document'} has this reference.`, [{ pointer: '/reference', code: 'DUPLICATE', message: 'is taken' }]);
  if (isFull(code, (thrown as Error).message)) {
    logger.error((thrown as Error).message.trim().split('\n').at(-1));
    return new ApiError('STORAGE_FULL', 'The database has no room left on its disk; nothing of this request was stored. Free some space and send it again.');
  }
  if (isConnectionFailure(code, name) || isConnectionLoss((thrown as Error).message)) {
    logger.warn((thrown as Error).message.trim().split('\n').at(-1));
    return new ApiError('UNAVAILABLE', 'The database does not answer.', [], { retryAfterSeconds: AWAY_RETRY_SECONDS });
  }
  const status = thrown instanceof HttpException ? thrown.getStatus() : Number((thrown as { statusCode?: number }).statusCode);
  const known = (Object.keys(ERRORS) as ErrorCode[]).find((candidate) => ERRORS[candidate].status === status);
  if (known && status < 500) return new ApiError(known, (thrown as Error).message);
  if (status >= 400 && status < 500) return new ApiError('INVALID_INPUT', (thrown as Error).message);
  logger.error(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
  return new ApiError('INTERNAL', 'Something failed on our side; the log of the service says what.');
}

/** 53100, as PostgreSQL says it or inside the words of Prisma. */
function isFull(code: unknown, message: string | undefined): boolean {
  return code === '53100' || /\b53100\b|No space left on device/.test(message ?? '');
}

/** A connection that breaks in the middle has no code at all, or one inside the words of Prisma (class 08, and 57P01 to 57P03). */
function isConnectionLoss(message: string | undefined): boolean {
  return /Code: `(08\w{3}|57P0[123])`|^Connection terminated|not queryable$|connection error/.test(message ?? '');
}

function isConnectionFailure(code: unknown, name: string | undefined): boolean {
  return name === 'PrismaClientInitializationError' || ['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2037', 'ECONNREFUSED', '57P01', '57P03'].includes(String(code));
}
