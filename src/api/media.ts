/** Which media types an address gives and takes: said at the route, JSON unless said otherwise. */
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';

export const JSON_TYPE = 'application/json';
export const NDJSON_TYPE = 'application/x-ndjson';
export const CSV_TYPE = 'text/csv';
export const EVENT_TYPE = 'text/event-stream';
/** What a stream of lines can be. */
export const LINE_TYPES = [NDJSON_TYPE, CSV_TYPE] as const;

export type LineType = (typeof LINE_TYPES)[number];
export type MediaType = typeof JSON_TYPE | LineType;

/** Configuration of a route, given with @RouteConfig. */
export interface Media {
  /** The first one is the default. */
  readonly gives?: readonly (MediaType | typeof EVENT_TYPE)[];
  readonly takes?: readonly MediaType[];
}

const PROBLEM_TYPE = 'application/problem+json';
const GRAPHQL_TYPES = [JSON_TYPE, 'application/graphql-response+json', 'application/graphql+json'] as const;

export function mediaOf(request: FastifyRequest): Required<Media> {
  const { gives = [JSON_TYPE], takes = [JSON_TYPE] } = (request.routeOptions?.config ?? {}) as Media;
  return { gives, takes };
}

/** The type that the client likes best among those the address gives; undefined when it likes none. */
export function accepted(request: FastifyRequest): MediaType | undefined {
  const { gives } = mediaOf(request);
  const best = preferred(request, [...gives, PROBLEM_TYPE]);
  return (best === PROBLEM_TYPE ? gives[0] : best) as MediaType | undefined;
}

/** Asked before a mutation has its effect: Apollo would refuse after it. */
export function acceptsGraphQL(request: FastifyRequest): boolean {
  return preferred(request, GRAPHQL_TYPES) !== undefined;
}

function preferred(request: FastifyRequest, types: readonly string[]): string | undefined {
  return new Negotiator(request).mediaType(types.map((type) => type + CHARSET))?.slice(0, -CHARSET.length);
}

/** All that is answered is; a client may ask for it in so many words. */
const CHARSET = '; charset=utf-8';

/** Argument of a method: the media type to answer in. */
export const Accepted = createParamDecorator((_: unknown, context: ExecutionContext) => accepted(context.switchToHttp().getRequest<FastifyRequest>()));

/** Argument of a method: the body as it arrives, with its media type. */
export const UploadBody = createParamDecorator((_: unknown, context: ExecutionContext): Upload => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  return { type: typeOf(request) as LineType, bytes: request.body as Upload['bytes'] };
});

export interface Upload {
  readonly type: LineType;
  readonly bytes: AsyncIterable<Buffer>;
}

/** Media type of the body, without its parameters. */
export function typeOf(request: FastifyRequest): string {
  return (request.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();
}
