/** REST words: verb, address, status, headers and OpenAPI answer of a method in one line. */
import { applyDecorators, type CallHandler, Delete, type ExecutionContext, Get, HttpCode, Injectable, type NestInterceptor, Post, Put, type Type, UseInterceptors } from '@nestjs/common';
import { ApiAcceptedResponse, ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { tap } from 'rxjs';
import { type Page, PageOf } from './pages.js';

export function Creates(output: Type, summary: string): MethodDecorator {
  return applyDecorators(Post(), UseInterceptors(LocationHeader), ApiOperation({ summary }), ApiCreatedResponse({ type: output, headers: { Location: { schema: { type: 'string' }, description: 'Address of the new document.' } } }));
}

/** A simulation is accepted at once and runs on its own. */
export function Starts(output: Type, summary: string): MethodDecorator {
  return applyDecorators(Post(), HttpCode(202), UseInterceptors(LocationHeader), ApiOperation({ summary }), ApiAcceptedResponse({ type: output, headers: { Location: { schema: { type: 'string' }, description: 'Where to read its state and its answer.' } } }));
}

/** An answer that leaves nothing behind, or a change of state. */
export function Acts(output: Type, summary: string, path = ''): MethodDecorator {
  return applyDecorators(Post(path), HttpCode(200), ApiOperation({ summary }), ApiOkResponse({ type: output }));
}

export function Reads(output: Type, summary: string): MethodDecorator {
  return applyDecorators(Get(':id'), ApiOperation({ summary }), ApiOkResponse({ type: output }));
}

export function Lists(output: Type, summary: string, path = ''): MethodDecorator {
  return applyDecorators(Get(path), UseInterceptors(LinkHeader), ApiOperation({ summary }), ApiOkResponse({ type: PageOf(output), headers: { Link: { schema: { type: 'string' }, description: 'The next page, rel="next".' } } }));
}

export function Replaces(output: Type, summary: string): MethodDecorator {
  return applyDecorators(Put(':id'), ApiOperation({ summary }), ApiOkResponse({ type: output }));
}

export function Deletes(summary: string): MethodDecorator {
  return applyDecorators(Delete(':id'), HttpCode(204), ApiOperation({ summary }), ApiNoContentResponse());
}

@Injectable()
class LocationHeader implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler) {
    const { url, reply } = exchange(context);
    return next.handle().pipe(tap(({ id }: { id: string }) => void reply.header('location', `${url.pathname}/${id}`)));
  }
}

@Injectable()
class LinkHeader implements NestInterceptor {
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
