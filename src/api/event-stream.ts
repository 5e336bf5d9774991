/** Server-sent events (HTML, 9.2): a stream of events as the answer of a GET, which a client takes up again where it broke off. */
import { Readable } from 'node:stream';
import { applyDecorators, type CallHandler, createParamDecorator, type ExecutionContext, Get, Header, Injectable, type NestInterceptor, StreamableFile, type Type, UseInterceptors } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiExtraModels, ApiHeader, ApiOkResponse, ApiOperation, ApiProduces, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map } from 'rxjs';
import { EVENT_TYPE, type Media } from './media.js';
import { Needs } from './scopes.js';

/** So often a line goes out even when nothing happens, so that nobody between takes the connection for dead. */
const HEARTBEAT_MS = 15_000;
/** When a client that lost the stream comes back. */
const RETRY_MS = 1000;
/** Then the client is let go and comes back with its key, which may be revoked by now. */
const STREAM_MAX_MS = 10 * 60_000;
const BUFFER_BYTES = 16_384;

/** An event: its id, and what it is under its name. */
type Events = AsyncIterableIterator<{ readonly id: string }, void> & { readonly isOver: boolean; return(): Promise<unknown> };

/** A GET that streams events of the class; each property besides the id is a name of an event. */
export function StreamsEvents(event: Type, names: Readonly<Record<string, Type>>, summary: string, path: string): MethodDecorator {
  const words = Object.entries(names).map(([name, type]) => `${name} with a ${type.name} (${getSchemaPath(type)})`);
  const schema = { type: 'string', description: `Events ${words.join(', ')} as their JSON data. The stream ends with the final state.` } as const;
  const resume = ApiHeader({ name: 'Last-Event-ID', required: false, description: 'Id of the last event that the client has: the stream goes on after it.', schema: { type: 'string' } });
  const over = ApiResponse({ status: 204, description: 'Last-Event-ID is the last event of all: do not come back.' });
  const headers = [Header('cache-control', 'no-cache, no-transform'), Header('x-accel-buffering', 'no')];
  return applyDecorators(Needs('read'), Get(path), ...headers, RouteConfig({ gives: [EVENT_TYPE] } satisfies Media), UseInterceptors(EventStream), ApiOperation({ summary }), ApiExtraModels(event, ...Object.values(names)), ApiProduces(EVENT_TYPE), resume, ApiOkResponse({ schema }), over);
}

/** Argument of a method: the event after which the stream goes on. */
export const LastEventId = createParamDecorator((_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<FastifyRequest>().headers['last-event-id']);

@Injectable()
class EventStream implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler<Events>) {
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(
      map((events) => {
        if (events.isOver) return void reply.status(204);
        void reply.header('connection', 'close'); // an idle connection would hold a stop up
        const stream = Readable.from(textOf(events), { objectMode: false, highWaterMark: BUFFER_BYTES });
        const end = setTimeout(() => void events.return(), STREAM_MAX_MS).unref();
        stream.once('close', () => (clearTimeout(end), void events.return()));
        return new StreamableFile(stream, { type: EVENT_TYPE });
      }),
    );
  }
}

/** Made as it is taken: who reads slowly makes nobody keep anything. */
async function* textOf(events: Events): AsyncGenerator<string, void> {
  yield `retry: ${RETRY_MS}\n\n`;
  let next = events.next();
  for (;;) {
    const result = await sooner(next, HEARTBEAT_MS);
    if (!result) yield ': still here\n\n';
    else if (result.done) break;
    else {
      yield textOfEvent(result.value);
      next = events.next();
    }
  }
  yield `retry: ${RETRY_MS}\n\n`;
}

/** JSON has no line breaks of its own. */
function textOfEvent({ id, ...named }: { readonly id: string }): string {
  return Object.entries(named).map(([name, data]) => `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`).join('');
}

/** Null when it takes longer. */
async function sooner<T>(coming: Promise<T>, ms: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => (timer = setTimeout(resolve, ms, null)));
  return Promise.race([coming, late]).finally(() => clearTimeout(timer));
}
