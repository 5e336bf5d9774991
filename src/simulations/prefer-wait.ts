import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { type GqlContextType, GqlExecutionContext } from '@nestjs/graphql';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { concatMap } from 'rxjs';
import { askedWait, preferredWait } from '../api/prefer.js';
import type { Simulation } from './simulation.js';
import { Waiting } from './waiting.js';

/** Answers a started simulation as done when it is done in the time that the client grants: 201 instead of 202. */
@Injectable()
export class PreferWait implements NestInterceptor {
  constructor(private readonly waiting: Waiting) {}

  intercept(context: ExecutionContext, next: CallHandler<Simulation>) {
    const isGraphQL = context.getType<GqlContextType>() === 'graphql';
    const seconds = isGraphQL ? askedWait(GqlExecutionContext.create(context).getArgs<{ waitSeconds?: number | null }>().waitSeconds) : preferredWait(context.switchToHttp().getRequest<FastifyRequest>().headers.prefer);
    if (seconds === null) return next.handle();
    return next.handle().pipe(
      concatMap(async (accepted) => {
        const final = await this.waiting.final(accepted.id, seconds).catch(() => null); // accepted it is, whatever comes between
        const { reply } = isGraphQL ? GqlExecutionContext.create(context).getContext<{ reply: FastifyReply }>() : { reply: context.switchToHttp().getResponse<FastifyReply>() };
        if (this.waiting.isOver) void reply.header('connection', 'close'); // it would hold the stop up
        if (final && !isGraphQL) void reply.status(201).header('preference-applied', `wait=${seconds}`);
        return final ?? accepted;
      }),
    );
  }
}
