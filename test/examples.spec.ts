/** `UNWIND_EXAMPLES=record` writes the answers into examples/api instead of comparing them (npm run examples). */
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describedAnswer, operationOf, type Paths } from '../src/docs/examples.js';
import { asRecorded, Cast, type Exchange, exchanges, pretty, send } from './examples.js';
import { Fleet } from './fleet.js';
import { KEY_SECRET } from './keys.js';
import { ROOT, run } from './process.js';

const RECORDS = process.env.UNWIND_EXAMPLES === 'record';
const all = exchanges();
const fleet = new Fleet({ UNWIND_AUTH: 'on', UNWIND_KEY_SECRET: KEY_SECRET });
const cast = new Cast();
let document: { paths: Paths; components: { schemas: Record<string, object> } };
let valid: Ajv2020;
let key: string;
let address: string;

beforeAll(async () => {
  document = JSON.parse(await readFile(join(ROOT, 'openapi.json'), 'utf8'));
  valid = closed(document);
  await fleet.open();
  address = fleet.address;
  const { output } = await run('keys/issue.js', ['--tenant', 'acme', '--scopes', 'admin,read,write,simulate'], { DATABASE_URL: fleet.databaseUrl, UNWIND_KEY_SECRET: KEY_SECRET });
  key = output.trim().split('\n').at(-1)!;
}, 60_000);
afterAll(() => fleet.close());

test('openapi.json is OpenAPI 3.1', async () => {
  const result = await new Validator().validate(structuredClone(document) as unknown as Record<string, unknown>);
  expect(result.errors).toBeUndefined();
  expect(result.valid).toBe(true);
});

test('every operation has an example of its success, and no two have one title', () => {
  const shown = new Set(all.filter(({ response }) => response.status < 300).map((exchange) => operationOf(document.paths, exchange).operation.operationId));
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId));
  expect(operations.filter((operation) => !shown.has(operation))).toEqual([]);
  const titles = all.map((exchange) => `${operationOf(document.paths, exchange).operation.operationId} ${exchange.title}`);
  expect(titles.filter((title, i) => titles.indexOf(title) !== i)).toEqual([]);
});

describe('the examples, sent one after the other', () => {
  test.each(all.map((exchange) => [exchange.request, exchange.title, exchange] as const))('%s: %s', async (_request, _title, exchange) => {
    const { body, headers = {}, response: shown } = exchange;
    if (headers.Prefer && fleet.workers.length === 0) fleet.work(); // until somebody waits, what is accepted stays queued
    const { operation } = operationOf(document.paths, exchange);
    const { type, ...real } = await send(address, key, cast, exchange);
    const differences = cast.differences(shown, real);
    if (RECORDS) Object.assign(exchange, { response: asRecorded(shown, cast.asShown(real)) });
    else expect(differences).toEqual([]);

    const described = describedAnswer(operation, exchange);
    expect(operation.responses).toHaveProperty([described.key]);
    if (real.body !== undefined) {
      expect(type).toBe(described.type);
      const at = ['responses', described.key, 'content', type, 'schema'];
      expect(faults(operation, at, real.body)).toEqual([]);
      expect(faults(operation, at, exchange.response.body)).toEqual([]);
    }
    if (body !== undefined && real.status < 300) expect(faults(operation, ['requestBody', 'content', headers['Content-Type'] ?? 'application/json', 'schema'], body)).toEqual([]);
  });

  if (RECORDS) afterAll(record);
});

async function record() {
  const folder = join(ROOT, 'examples/api');
  let next = 0;
  for (const name of (await readdir(folder)).filter((file) => file.endsWith('.json')).sort()) {
    const { length } = JSON.parse(await readFile(join(folder, name), 'utf8')) as Exchange[];
    await writeFile(join(folder, name), `${pretty(all.slice(next, next + length))}\n`);
    next += length;
  }
}

/** The document's schemas, in which objects have no property that they do not name. */
function closed(openapi: typeof document): Ajv2020 {
  const schemas = structuredClone(openapi);
  for (const schema of Object.values(schemas.components.schemas)) if ('properties' in schema && !('allOf' in schema)) Object.assign(schema, { additionalProperties: false });
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  return ajv.addSchema(schemas, 'openapi');
}

function faults({ operationId }: { operationId: string }, path: string[], value: unknown): string[] {
  const [template, methods] = Object.entries(document.paths).find(([, each]) => Object.values(each).some((operation) => operation.operationId === operationId))!;
  const method = Object.keys(methods).find((name) => methods[name]!.operationId === operationId)!;
  const pointer = ['paths', template, method, ...path].map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
  const validate = valid.getSchema(`openapi#/${pointer}`) as ValidateFunction;
  if (validate(value)) return [];
  return validate.errors!.map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`);
}
