import { readdirSync, readFileSync } from 'node:fs';
import type { OpenAPIObject } from '@nestjs/swagger';
import { JSON_TYPE } from '../api/media.js';

/** A request and its answer, as `examples/api/` tells them; test/examples.spec.ts sends them all, in the order of the files. */
export interface Exchange {
  readonly title: string;
  /** Method and address. */
  readonly request: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or the text of a file. */
  readonly body?: unknown;
  readonly response: Shown;
}

export interface Shown {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export const EXAMPLES = new URL('../../examples/api/', import.meta.url);
const PROBLEM_TYPE = 'application/problem+json';

interface Parameter {
  readonly name: string;
  readonly in: string;
  schema?: object;
  example?: string;
}

interface Media {
  examples?: Record<string, { value: unknown }>;
}

interface Described {
  readonly content?: Record<string, Media>;
  readonly headers?: Record<string, { example?: string }>;
}

export interface Operation {
  readonly operationId: string;
  readonly parameters?: Parameter[];
  readonly requestBody?: Described;
  readonly responses: Record<string, Described>;
}

export type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

export function exchanges(): Exchange[] {
  const files = readdirSync(EXAMPLES).filter((name) => name.endsWith('.json'));
  return files.sort().flatMap((name) => JSON.parse(readFileSync(new URL(name, EXAMPLES), 'utf8')) as Exchange[]);
}

/** The operation that an exchange asks, and what stands where the address has its parameters. */
export function operationOf(paths: Paths, { request }: Exchange): { readonly operation: Operation; readonly given: Readonly<Record<string, string>> } {
  const [method, address] = request.split(' ') as [string, string];
  const { pathname, searchParams } = new URL(address, 'http://unwind');
  for (const [template, methods] of Object.entries(paths)) {
    const inPath = new RegExp(`^${template.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/:]+)')}$`).exec(pathname);
    const operation = methods[method.toLowerCase()];
    if (inPath && operation) return { operation, given: { ...inPath.groups, ...Object.fromEntries(searchParams) } };
  }
  throw new Error(`${request} is no operation.`);
}

/** Where OpenAPI describes this answer: at its status, or among the errors. */
export function describedAnswer(operation: Operation, { headers, response }: Exchange): { readonly key: string; readonly type: string } {
  const isError = response.status >= 400;
  return { key: isError ? 'default' : String(response.status), type: isError ? PROBLEM_TYPE : (headers?.Accept ?? JSON_TYPE) };
}

/** The exchanges as examples of parameters, bodies and answers. */
export function addExamples(document: OpenAPIObject): void {
  const paths = document.paths as unknown as Paths;
  for (const exchange of exchanges()) {
    const { title, headers = {}, body, response } = exchange;
    const { operation, given } = operationOf(paths, exchange);
    for (const parameter of operation.parameters ?? []) showParameter(parameter, parameter.in === 'header' ? headers[parameter.name] : given[parameter.name]);
    if (body !== undefined) show(operation.requestBody?.content?.[headers['Content-Type'] ?? JSON_TYPE], title, body);
    const { key, type } = describedAnswer(operation, exchange);
    const answer = operation.responses[key];
    if (response.body !== undefined) show(answer?.content?.[type], title, response.body);
    for (const [name, value] of Object.entries(response.headers ?? {})) if (answer?.headers?.[name]) answer.headers[name].example ??= value;
  }
}

/** What is optional is shown and not filled in: a page that tries an operation sends `example` and not `schema.examples`. */
function showParameter(parameter: Parameter, value: string | undefined): void {
  if (value === undefined) return;
  if (parameter.in === 'path') parameter.example ??= value;
  else parameter.schema = { examples: [value], ...parameter.schema };
}

function show(media: Media | undefined, title: string, value: unknown): void {
  if (media) (media.examples ??= {})[title] = { value };
}
