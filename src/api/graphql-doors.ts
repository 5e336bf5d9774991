/** GraphQL words, twins of those of doors.ts. */
import { applyDecorators, type Type, UseInterceptors } from '@nestjs/common';
import { Mutation } from '@nestjs/graphql';
import { IdempotencyKey } from './idempotency-key.js';

/** A mutation: with an Idempotency-Key it has its effect once. It is null where it failed, so that the others of the same request are told. */
export function Mutates(output: () => Type | object, description: string): MethodDecorator {
  return applyDecorators(Mutation(output as () => Type, { description, nullable: true }), UseInterceptors(IdempotencyKey));
}
