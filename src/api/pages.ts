import { type Type } from '@nestjs/common';
import { ArgsType, Field, Int, ObjectType } from '@nestjs/graphql';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { invalidInput } from './errors.js';
import { isId, isText, TEXT_MAX } from './fields.js';

export const PAGE_DEFAULT = 20;
export const PAGE_MAX = 100;
/** What a page holds at most, as stored text, unless it is a single element: large ones make shorter pages. */
export const PAGE_BYTES_MAX = 8 * 1024 * 1024;

const LIMIT = `it ends early, with one at least, where more would be above ${PAGE_BYTES_MAX / 2 ** 20} MB.`;

/** What a list is asked for, at either door; newest first. */
export interface PageRequest {
  readonly limit: number;
  /** Id of the last element of the page before. */
  readonly after?: string;
  readonly reference?: string;
}

export interface Page<T> {
  readonly items: T[];
  readonly nextCursor?: string;
}

/** Query of a REST list; strings, as an address has them. */
export class RowQuery {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: PAGE_MAX, default: PAGE_DEFAULT, description: `Most elements on the page; ${LIMIT}` })
  limit?: string;

  @ApiPropertyOptional({ type: 'string', description: 'nextCursor of the page before.' })
  cursor?: string;
}

/** Query of a REST list whose elements have a reference. */
export class PageQuery extends RowQuery {
  @ApiPropertyOptional({ type: 'string', maxLength: TEXT_MAX, description: 'Only what has this reference.' })
  reference?: string;
}

/** Arguments of a GraphQL list. */
@ArgsType()
export class RowArgs {
  @Field(() => Int, { defaultValue: PAGE_DEFAULT, description: `Most elements on the page, 1 to ${PAGE_MAX}; ${LIMIT}` })
  first: number;

  @Field(() => String, { nullable: true, description: 'endCursor of the page before.' })
  after?: string | null;
}

/** Arguments of a GraphQL list whose elements have a reference. */
@ArgsType()
export class PageArgs extends RowArgs {
  @Field(() => String, { nullable: true, description: 'Only what has this reference.' })
  reference?: string | null;
}

/** The same request from a REST query or GraphQL arguments; throws INVALID_INPUT naming the parameter. */
export function pageRequest(asked: PageQuery | PageArgs): PageRequest {
  return request(asked, isId);
}

/** The same for the rows of a document, which are counted: `after` is the number of the last row of the page before. */
export function rowRequest(asked: PageQuery | PageArgs): PageRequest {
  return request(asked, (text) => /^\d{1,9}$/.test(text));
}

/** The same for rows that two numbers count, `account.position`. */
export function pairRequest(asked: PageQuery | PageArgs): PageRequest {
  return request(asked, (text) => /^\d{1,9}\.\d{1,9}$/.test(text));
}

function request(asked: PageQuery | PageArgs, isCursor: (text: string) => boolean): PageRequest {
  const isGraphQL = 'first' in asked;
  const limit = Number(isGraphQL ? asked.first : (asked.limit ?? PAGE_DEFAULT));
  if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_MAX) {
    throw invalidInput([{ pointer: isGraphQL ? '/first' : '/limit', code: 'OUT_OF_RANGE', message: `must be a whole number from 1 to ${PAGE_MAX}` }]);
  }
  const cursor = isGraphQL ? asked.after : asked.cursor;
  const after = cursor == null ? undefined : Buffer.from(String(cursor), 'base64url').toString('latin1');
  if (after !== undefined && !isCursor(after)) throw invalidInput([{ pointer: isGraphQL ? '/after' : '/cursor', code: 'WRONG_TYPE', message: 'must be a cursor that a page gave' }]);
  const reference = asked.reference ?? undefined;
  if (reference !== undefined && !isText(reference)) throw invalidInput([{ pointer: '/reference', code: 'OUT_OF_RANGE', message: `must be text of 1 to ${TEXT_MAX} characters without control characters` }]);
  return { limit, ...(after && { after }), ...(reference !== undefined && { reference }) };
}

/** One page of rows that were asked for with one more than the limit. */
export function pageOf<T extends { id: string }>(rows: readonly T[], limit: number): Page<T> {
  return pageWith(rows.slice(0, limit), rows.length > limit);
}

/** The page of these, with more to come or not. */
export function pageWith<T extends { id: string }>(items: T[], isMore: boolean): Page<T> {
  return { items, ...(isMore && { nextCursor: cursorOf(items.at(-1)!) }) };
}

function cursorOf({ id }: { id: string }): string {
  return Buffer.from(id, 'latin1').toString('base64url');
}

/** A counted row of a document. */
export interface Row<T> {
  readonly id: string;
  readonly body: T;
}

/** A page of rows without their numbers. */
export function bodies<T>({ items, ...page }: Page<Row<T>>): Page<T> {
  return { ...page, items: items.map(({ body }) => body) };
}

/** REST: the class of a page of these. */
export function PageOf<T extends object>(Item: Type<T>): Type<Page<T>> {
  class ItemPage implements Page<T> {
    @ApiProperty({ type: () => Item, isArray: true })
    items: T[];

    @ApiPropertyOptional({ type: 'string', description: 'Absent on the last page.' })
    nextCursor?: string;
  }
  Object.defineProperty(ItemPage, 'name', { value: `${Item.name}Page` });
  return ItemPage;
}

@ObjectType()
class PageInfo {
  @Field(() => Boolean)
  hasNextPage: boolean;

  @Field(() => Boolean)
  hasPreviousPage: boolean;

  @Field(() => String, { nullable: true })
  startCursor?: string;

  @Field(() => String, { nullable: true })
  endCursor?: string;
}

interface Edge<T> {
  readonly cursor: string;
  readonly node: T;
}

export interface Connection<T> {
  readonly edges: Edge<T>[];
  readonly nodes: T[];
  readonly pageInfo: PageInfo;
}

/** GraphQL: the class of a Relay connection of these. */
export function ConnectionOf<T extends object>(Item: Type<T>): Type<Connection<T>> {
  @ObjectType(`${Item.name}Edge`)
  class ItemEdge implements Edge<T> {
    @Field(() => String)
    cursor: string;

    @Field(() => Item)
    node: T;
  }

  @ObjectType(`${Item.name}Connection`)
  class ItemConnection implements Connection<T> {
    @Field(() => [ItemEdge])
    edges: ItemEdge[];

    @Field(() => [Item])
    nodes: T[];

    @Field(() => PageInfo)
    pageInfo: PageInfo;
  }
  return ItemConnection;
}

/** A page in the shape of Relay. */
export function connection<T extends { id: string }>({ items, ...page }: Page<T>, args: RowArgs): Connection<T> {
  return rowConnection({ ...page, items: items.map((body) => ({ id: body.id, body })) }, args);
}

export function rowConnection<T>({ items, nextCursor }: Page<Row<T>>, { after }: RowArgs): Connection<T> {
  const edges = items.map((row) => ({ cursor: cursorOf(row), node: row.body }));
  const cursors = { startCursor: edges[0]?.cursor, endCursor: edges.at(-1)?.cursor };
  return { edges, nodes: edges.map(({ node }) => node), pageInfo: { hasNextPage: nextCursor !== undefined, hasPreviousPage: after != null, ...cursors } };
}
