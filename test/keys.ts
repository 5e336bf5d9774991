/** A service with authentication on the database of the tests, and what is needed to be a tenant of it. */
import { randomUUID } from 'node:crypto';
import { buildSchema, getNamedType, type GraphQLArgument, type GraphQLField, type GraphQLInputField, type GraphQLInputType, type GraphQLSchema, isEnumType, isInputObjectType, isLeafType, isListType, isNonNullType, isRequiredArgument, isRequiredInputField } from 'graphql';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT, run, service, type Service } from './process.js';

export const KEY_SECRET = 'what keys are stored under, in tests only';
export const DATABASE_URL = process.env.UNWIND_TEST_DATABASE_URL ?? '';
export const ALL_SCOPES = ['read', 'write', 'simulate', 'admin'] as const;

export function closedService(databaseUrl = DATABASE_URL): Promise<Service> {
  return service({ DATABASE_URL: databaseUrl, PORT: '0', UNWIND_AUTH: 'on', UNWIND_KEY_SECRET: KEY_SECRET, UNWIND_WORKER: 'off' });
}

/** From the command line, as the first key of a tenant is made. */
export async function keyOf(tenant: string, scopes: readonly string[] = ALL_SCOPES, databaseUrl = DATABASE_URL): Promise<string> {
  const { code, output } = await run('keys/issue.js', ['--tenant', tenant, '--scopes', scopes.join()], { DATABASE_URL: databaseUrl, UNWIND_KEY_SECRET: KEY_SECRET });
  expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(/unw_[\w-]{43}\n$/) });
  return output.trim().split('\n').at(-1)!;
}

export interface Reply {
  readonly status: number;
  readonly code?: string;
  /** The body as text. */
  readonly text: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
}

/** A client with this key, or without one. */
export function client(address: string, key?: string) {
  const headers = { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) };
  return {
    async rest(method: string, path: string, body?: unknown): Promise<Reply> {
      const { 'content-type': json, ...always } = { ...headers, ...(path.includes(':import') && { 'content-type': 'application/x-ndjson' }) };
      const sent: Record<string, string> = { ...always, ...(body !== undefined && { 'content-type': json }), ...(method === 'POST' && path !== '/v1/keys' && { 'idempotency-key': randomUUID() }) };
      const response = await fetch(address + path, { method, headers: sent, ...(body !== undefined && { body: JSON.stringify(body) }) });
      const text = await response.text();
      const answer = text.startsWith('{') ? JSON.parse(text) : undefined;
      return { status: response.status, code: answer?.code, text, body: answer };
    },
    async graphql(query: string, variables: object = {}): Promise<Reply> {
      const response = await fetch(`${address}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
      const text = await response.text();
      const body = JSON.parse(text);
      return { status: response.status, code: body.errors?.[0]?.extensions.code, text, body };
    },
  };
}

export type Client = ReturnType<typeof client>;

export interface RestOperation {
  readonly method: string;
  readonly path: string;
  readonly scope?: string;
  /** Ids of stored things that its body may name. */
  readonly idsInBody: readonly string[];
}

/** Every operation of openapi.json. */
export async function restOperations(): Promise<RestOperation[]> {
  const { paths, components } = JSON.parse(await readFile(join(ROOT, 'openapi.json'), 'utf8'));
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  return Object.entries<Record<string, any>>(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security, requestBody }]) => {
      const message = requestBody?.content['application/json']?.schema.$ref?.split('/').at(-1);
      const properties = Object.entries<{ format?: string }>((message && components.schemas[message].properties) ?? {});
      return { method: method.toUpperCase(), path, scope: security?.[0].key[0], idsInBody: properties.flatMap(([name, { format }]) => (format === 'uuid' ? [name] : [])) };
    }),
  );
}

export interface GraphqlOperation {
  readonly kind: 'query' | 'mutation';
  readonly name: string;
  readonly query: string;
  /** The least that its arguments take. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly idArguments: readonly string[];
  readonly idsInInput: readonly string[];
  readonly isList: boolean;
}

/** Every query and mutation of schema.graphql. */
export async function graphqlOperations(): Promise<GraphqlOperation[]> {
  const schema = buildSchema(await readFile(join(ROOT, 'schema.graphql'), 'utf8'));
  return (['query', 'mutation'] as const).flatMap((kind) => Object.values(rootOf(schema, kind).getFields()).map((field) => operation(kind, field)));
}

function rootOf(schema: GraphQLSchema, kind: 'query' | 'mutation') {
  return kind === 'query' ? schema.getQueryType()! : schema.getMutationType()!;
}

function operation(kind: 'query' | 'mutation', { name, args, type }: GraphQLField<unknown, unknown>): GraphqlOperation {
  const needed = args.filter((argument) => isRequiredArgument(argument));
  const declared = needed.map((argument) => `$${argument.name}: ${String(argument.type)}`).join();
  const passed = needed.map((argument) => `${argument.name}: $${argument.name}`).join();
  const isLeaf = isLeafType(getNamedType(type));
  const isList = String(getNamedType(type)).endsWith('Connection');
  const selection = isLeaf ? '' : isList ? '{ nodes { __typename } }' : '{ __typename }';
  const inputs = args.map((argument) => getNamedType(argument.type)).filter(isInputObjectType);
  return {
    kind,
    name,
    query: `${kind} ${declared && `(${declared})`} { ${name}${passed && `(${passed})`} ${selection} }`,
    variables: Object.fromEntries(needed.map((argument) => [argument.name, least(argument)])),
    idArguments: args.filter(isId).map((argument) => argument.name),
    idsInInput: inputs.flatMap((input) => Object.values(input.getFields()).filter(isId).map((field) => field.name)),
    isList,
  };
}

function isId({ type }: GraphQLArgument | GraphQLInputField): boolean {
  return getNamedType(type).name === 'ID';
}

function least({ type }: { type: GraphQLInputType }): unknown {
  const inner = isNonNullType(type) ? type.ofType : type;
  if (isListType(inner)) return [];
  if (isEnumType(inner)) return inner.getValues()[0]!.name;
  if (isInputObjectType(inner)) return Object.fromEntries(Object.values(inner.getFields()).filter(isRequiredInputField).map((field) => [field.name, least(field)]));
  return { ID: randomUUID(), String: 'x', Float: 1, Int: 1, Boolean: false, Instant: '2026-01-01T00:00:00Z', JSON: [] }[getNamedType(inner).name];
}
