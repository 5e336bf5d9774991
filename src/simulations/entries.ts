import { ArgsType, Field, Int } from '@nestjs/graphql';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { invalidInput } from '../api/errors.js';
import { PageArgs, PageQuery, type PageRequest, rowRequest } from '../api/pages.js';

/** A page of forced trades, of one round where it is named. */
export interface EntryRequest extends PageRequest {
  readonly round?: number;
}

export class EntryQuery extends PageQuery {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, description: 'Only this round.' })
  round?: string;
}

@ArgsType()
export class EntryArgs extends PageArgs {
  @Field(() => Int, { nullable: true, description: 'Only this round.' })
  round?: number | null;
}

/** The same request from either door; throws INVALID_INPUT naming the parameter. */
export function entryRequest(asked: EntryQuery | EntryArgs): EntryRequest {
  const request = rowRequest(asked);
  if (asked.round == null) return request;
  const round = Number(asked.round);
  if (!/^\d{1,9}$/.test(String(asked.round)) || round < 1) throw invalidInput([{ pointer: '/round', code: 'OUT_OF_RANGE', message: 'must be a whole number from 1' }]);
  return { ...request, round };
}
