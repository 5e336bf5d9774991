/** Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): a request sent again has its effect once and the same answer. */
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor, SetMetadata } from '@nestjs/common';
import { type GqlContextType, GqlExecutionContext } from '@nestjs/graphql';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GraphQLResolveInfo } from 'graphql';
import { lastValueFrom, type Observable, of } from 'rxjs';
import { sha256InTurns } from './digest.js';
import { ApiError } from './errors.js';
import { jsonBytes } from './json-text.js';
import { UploadStream } from './body.js';

export const KEY_MAX = 255;

/** A request under its key. */
export interface Keyed {
  readonly key: string;
  /** Which effect of the request: the response name of a GraphQL mutation, empty at the REST door. */
  readonly part: string;
  /** SHA-256 of method, address and body; of an upload, once it has been read. */
  fingerprint(): Promise<string>;
}

export interface Answered {
  readonly answer: unknown;
  readonly isReplayed: boolean;
}

/** Where answers are kept under their keys. */
export abstract class Answers {
  /** Answers what `work` does, or what it answered before; throws IDEMPOTENCY_KEY_REUSED and IDEMPOTENCY_KEY_IN_USE. */
  abstract once(request: Keyed, work: () => Promise<unknown>): Promise<Answered>;
}

const SHOWN_ONCE = 'unwind:shown-once';

/** The answer holds a secret that is kept nowhere: under a key it is refused. */
export function ShownOnce(): MethodDecorator {
  return SetMetadata(SHOWN_ONCE, true);
}

@Injectable()
export class IdempotencyKey implements NestInterceptor {
  constructor(private readonly answers: Answers) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const { request, reply, part } = exchange(context);
    const key = keyOf(request);
    if (key === null) return next.handle();
    if (Reflect.getMetadata(SHOWN_ONCE, context.getHandler())) throw new ApiError('INVALID_INPUT', 'This answer is shown once and not kept: send it without Idempotency-Key.');
    const { answer, isReplayed } = await this.answers.once({ key, part, fingerprint: () => fingerprint(request) }, () => lastValueFrom(next.handle()));
    if (isReplayed) void reply.header('idempotency-replayed', 'true');
    return of(answer);
  }
}

/** The key, bare or as the structured string of the draft; null without one. */
function keyOf({ headers }: FastifyRequest): string | null {
  const sent = headers['idempotency-key'];
  if (sent === undefined) return null;
  const key = /^"(.*)"$/.exec(String(sent))?.[1] ?? String(sent);
  if (!/^[\x20-\x7e]+$/.test(key) || key.length > KEY_MAX) throw new ApiError('INVALID_INPUT', `Idempotency-Key must be 1 to ${KEY_MAX} printable ASCII characters.`);
  return key;
}

async function fingerprint({ method, url, body }: FastifyRequest): Promise<string> {
  const content = body instanceof UploadStream ? Buffer.from(await body.digest()) : typeof body === 'object' && body !== null ? await jsonBytes(body) : Buffer.from(String(JSON.stringify(body)));
  return sha256InTurns(Buffer.from(`${method} ${url}\n`), content);
}

/** Request and reply at either door. */
function exchange(context: ExecutionContext): { request: FastifyRequest; reply: FastifyReply; part: string } {
  if (context.getType<GqlContextType>() !== 'graphql') return { request: context.switchToHttp().getRequest(), reply: context.switchToHttp().getResponse(), part: '' };
  const graphql = GqlExecutionContext.create(context);
  const { req, reply } = graphql.getContext<{ req: FastifyRequest; reply: FastifyReply }>();
  return { request: req, reply, part: String(graphql.getInfo<GraphQLResolveInfo>().path.key) };
}
