/** REST words: verb, address, status, headers, scope and OpenAPI answer of a method in one line. */
import { applyDecorators, type CallHandler, Delete, type ExecutionContext, Get, HttpCode, Injectable, type NestInterceptor, Post, Put, type Type, UseInterceptors } from '@nestjs/common';
import { ApiAcceptedResponse, ApiCreatedResponse, ApiHeader, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiResponse } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { tap } from 'rxjs';
import { IdempotencyKey, KEY_MAX } from './idempotency-key.js';
import { type Page, PageOf } from './pages.js';
import { EntityTag } from './preconditions.js';
import { WAIT_SECONDS_MAX } from './prefer.js';
import { Needs } from './scopes.js';

export function Creates(output: Type, summary: string): MethodDecorator {
  return applyDecorators(Needs('write'), Post(), UseInterceptors(LocationHeader, EntityTag), Keyed(), ApiOperation({ summary }), ApiCreatedResponse({ type: output, headers: { ...located('Address of the new document.'), ...ETAG, ...REPLAYED } }));
}

/** A simulation is accepted at once and runs on its own; `waiting` answers it as done when it is done in the time that the client prefers. */
export function Starts(output: Type, summary: string, waiting?: Type<NestInterceptor>): MethodDecorator {
  const headers = { ...located('Where to read its state and its answer.'), ...ETAG, ...REPLAYED };
  const done = { type: output, description: 'It is done already, in the time of Prefer: wait.', headers: { ...headers, 'Preference-Applied': header('wait=N, the seconds that were granted.') } };
  const prefers = waiting ? [ApiHeader({ name: 'Prefer', required: false, description: `wait=N: answer once it is done, or after N seconds; at most ${WAIT_SECONDS_MAX}.`, schema: { type: 'string', example: 'wait=10' } }), ApiCreatedResponse(done)] : [];
  return applyDecorators(Needs('simulate'), Post(), HttpCode(202), UseInterceptors(...(waiting ? [EntityTag, waiting] : [EntityTag]), LocationHeader), Keyed(), ApiOperation({ summary }), ApiAcceptedResponse({ type: output, headers }), ...prefers);
}

/** An answer of the model that leaves nothing behind, or a change of a simulation's state. */
export function Acts(output: Type, summary: string, path = ''): MethodDecorator {
  return applyDecorators(Needs('simulate'), Post(path), HttpCode(200), Keyed(), ApiOperation({ summary }), ApiOkResponse({ type: output, headers: REPLAYED }));
}

export function Reads(output: Type, summary: string): MethodDecorator {
  const known = ApiHeader({ name: 'If-None-Match', required: false, description: 'ETags that the client has: 304 without a body when the document still has one of them.', schema: { type: 'string' } });
  return applyDecorators(Needs('read'), Get(':id'), UseInterceptors(EntityTag), known, ApiOperation({ summary }), ApiOkResponse({ type: output, headers: ETAG }), ApiResponse({ status: 304, description: 'The client has it already.' }));
}

export function Lists(output: Type, summary: string, path = ''): MethodDecorator {
  return applyDecorators(Needs('read'), Get(path), UseInterceptors(LinkHeader), ApiOperation({ summary }), ApiOkResponse({ type: PageOf(output), headers: { Link: header('The next page, rel="next".') } }));
}

export function Replaces(output: Type, summary: string): MethodDecorator {
  return applyDecorators(Needs('write'), Put(':id'), UseInterceptors(EntityTag), Matched(), ApiOperation({ summary }), ApiOkResponse({ type: output, headers: ETAG }));
}

export function Deletes(summary: string): MethodDecorator {
  return applyDecorators(Needs('write'), Delete(':id'), HttpCode(204), Matched(), ApiOperation({ summary }), ApiNoContentResponse());
}

/** A POST that may be sent again under its key. */
export function Keyed(): MethodDecorator {
  const description = 'Sent again with the same key and body, the request has its effect once and the same answer, for a day; another body: 422, the first one still running: 409.';
  return applyDecorators(UseInterceptors(IdempotencyKey), ApiHeader({ name: 'Idempotency-Key', required: false, description, schema: { type: 'string', minLength: 1, maxLength: KEY_MAX } }));
}

function Matched(): MethodDecorator {
  return ApiHeader({ name: 'If-Match', required: false, description: 'ETags of which the document must still have one, or *; otherwise 412.', schema: { type: 'string' } });
}

const ETAG = { ETag: header('State of the document, for If-Match and If-None-Match.') };
export const REPLAYED = { 'Idempotency-Replayed': header('true: the answer that was given before.') };

function located(description: string) {
  return { Location: header(description) };
}

function header(description: string) {
  return { schema: { type: 'string' }, description } as const;
}

@Injectable()
class LocationHeader implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler) {
    const { url, reply } = exchange(context);
    return next.handle().pipe(tap(({ id }: { id: string }) => void reply.header('location', `${url.pathname}/${id}`)));
  }
}

@Injectable()
export class LinkHeader implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler) {
    const { url, reply } = exchange(context);
    return next.handle().pipe(
      tap(({ nextCursor }: Page<unknown>) => {
        if (nextCursor === undefined) return;
        url.searchParams.set('cursor', nextCursor);
        void reply.header('link', `<${url.pathname}${url.search}>; rel="next"`);
      }),
    );
  }
}

function exchange(context: ExecutionContext): { url: URL; reply: FastifyReply } {
  const http = context.switchToHttp();
  return { url: new URL(http.getRequest<FastifyRequest>().url, 'http://unwind'), reply: http.getResponse<FastifyReply>() };
}
