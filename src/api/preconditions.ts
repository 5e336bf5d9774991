/** ETag, If-Match and If-None-Match (RFC 9110, 8.8.3 and 13.1), and their GraphQL twin, the argument ifMatch. */
import { type CallHandler, createParamDecorator, type ExecutionContext, Injectable, type NestInterceptor, type PipeTransform } from '@nestjs/common';
import { Args, Int } from '@nestjs/graphql';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createHash } from 'node:crypto';
import { map } from 'rxjs';
import { ApiError } from './errors.js';
import { VERSION_MAX } from './fields.js';

/** Versions of which the document must have one; absent: it may have any. */
export type Match = readonly number[] | undefined;

/** REST: what the header If-Match says. */
export const IfMatch = createParamDecorator((_data: unknown, context: ExecutionContext): Match => matchOf(context.switchToHttp().getRequest<FastifyRequest>().headers['if-match']));

/** GraphQL: the version that the document must still have. */
export function IfVersion(): ParameterDecorator {
  return Args('ifMatch', { type: () => Int, nullable: true, description: 'Version that the document must still have; otherwise PRECONDITION_FAILED.' }, new MatchOfVersion());
}

export function preconditionFailed(noun: string, id: string): ApiError {
  return new ApiError('PRECONDITION_FAILED', `The ${noun} ${id} has another version by now: read it again.`);
}

/** Gives the document its strong ETag; a reader that has it already gets 304. */
@Injectable()
export class EntityTag implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler) {
    const [request, reply] = [context.switchToHttp().getRequest<FastifyRequest>(), context.switchToHttp().getResponse<FastifyReply>()];
    return next.handle().pipe(
      map((document: { version?: number }) => {
        const tag = tagOf(document);
        void reply.header('etag', tag);
        const known = request.method === 'GET' ? request.headers['if-none-match'] : undefined;
        if (known === undefined || !(known.trim() === '*' || tags(known, 'If-None-Match').some((each) => each.replace(/^W\//, '') === tag))) return document;
        void reply.status(304);
        return undefined;
      }),
    );
  }
}

/** Documents that cannot be replaced have no version: their content is it. */
function tagOf(document: { version?: number }): string {
  return `"${document.version ?? createHash('sha256').update(JSON.stringify(document)).digest('base64url')}"`;
}

/** Strong comparison: weak tags and foreign ones match nothing. */
function matchOf(header: string | undefined): Match {
  if (header === undefined || header.trim() === '*') return undefined;
  const versions = tags(header, 'If-Match').map((tag) => Number(/^"(\d+)"$/.exec(tag)?.[1]));
  return versions.filter((version) => version <= VERSION_MAX);
}

function tags(header: string, name: string): string[] {
  const listed = header.split(',').map((tag) => tag.trim());
  if (listed.every((tag) => /^(W\/)?"[\x21\x23-\x7e]*"$/.test(tag))) return listed;
  throw new ApiError('INVALID_INPUT', `${name} must be * or a list of entity tags, each in double quotes.`);
}

class MatchOfVersion implements PipeTransform {
  transform(version: number | null | undefined): Match {
    return version == null ? undefined : [version];
  }
}
