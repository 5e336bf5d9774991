import type { INestApplication } from '@nestjs/common';
import { STATUS_CODES } from 'node:http';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { ERRORS } from '../api/errors.js';
import { messageClasses } from '../api/fields.js';
import { SCOPE_EXTENSION } from '../api/scopes.js';
import { addExamples } from './examples.js';

const SECURITY = 'key';

/** In the order of a first visit. */
const TAGS = {
  markets: 'Prices, liquidity and margin rules at an instant.',
  portfolios: 'Margin accounts and loans, and their positions as files.',
  scenarios: 'Shocks, and the rules of what follows.',
  simulations: 'The cascade of a market, a portfolio and a scenario, run by workers and kept.',
  'what-if': 'The same engine, answered at once; nothing is stored.',
  ccxt: 'What CCXT answers, turned into markets and portfolios and back; nothing is stored.',
  venues: 'Margin and lending rules of venues, dated, with their sources.',
  keys: 'API keys of the tenant, where the service runs with authentication.',
};

interface Property {
  readonly default?: unknown;
  readonly nullable?: boolean;
  readonly type?: string;
  readonly allOf?: readonly object[];
}

type Schema = { properties?: Record<string, Property>; required?: string[] };

/** OpenAPI 3.1 of the REST door. */
export function openApi(app: INestApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('Unwind')
    .setDescription('Liquidation cascades: who is liquidated at which price, how far prices go, and what the liquidations themselves add. Every error is application/problem+json.')
    .setVersion('1')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .setOpenAPIVersion('3.1.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'unw_', description: 'An API key; needed where the service runs with authentication. The scope that each operation asks of it stands there.' }, SECURITY)
    .addServer('/', 'This service');
  for (const [tag, description] of Object.entries(TAGS)) builder.addTag(tag, description);
  const config = builder.build();
  const document = SwaggerModule.createDocument(app, config, { operationIdFactory: (controller, method) => `${controller[0]!.toLowerCase()}${controller.slice(1).replace(/Controller$/, '')}_${method}` });
  fillDefaults(document.components!.schemas as Record<string, Schema>);
  sayNullAs31(document.components!.schemas as Record<string, Schema>);
  nameAnswers(document);
  addProblems(document);
  addScopes(document);
  addExamples(document);
  return document;
}

/** Initialisers of the classes are the defaults: said here, and such fields are not required. */
function fillDefaults(schemas: Record<string, Schema>): void {
  for (const type of messageClasses()) {
    const schema = schemas[type.name];
    if (!schema?.properties) continue;
    const defaults = Object.entries(new type()).filter(([, value]) => value !== undefined);
    for (const [field, value] of defaults) if (schema.properties[field]) schema.properties[field] = { ...schema.properties[field], default: value };
    schema.required = schema.required?.filter((field) => !defaults.some(([name]) => name === field));
  }
}

/** OpenAPI 3.1 has no `nullable`: null is a type. */
function sayNullAs31(schemas: Record<string, Schema>): void {
  for (const { properties = {} } of Object.values(schemas)) {
    for (const [name, { nullable, type, allOf, ...rest }] of Object.entries(properties)) {
      if (!nullable) continue;
      properties[name] = (type ? { type: [type, 'null'], ...rest } : { oneOf: [...(allOf ?? []), { type: 'null' }], ...rest }) as object;
    }
  }
}

/** An answer that nothing else is to be said of has the words of its status. */
function nameAnswers(document: OpenAPIObject): void {
  for (const path of Object.values(document.paths)) {
    for (const { responses = {} } of Object.values(path as Record<string, { responses?: Record<string, { description: string }> }>)) {
      for (const [status, answer] of Object.entries(responses)) answer.description ||= `${STATUS_CODES[status]}.`;
    }
  }
}

function addProblems(document: OpenAPIObject): void {
  const issue = { type: 'object', required: ['pointer', 'code', 'message'], properties: { pointer: { type: 'string', description: 'JSON pointer into the input.' }, code: { type: 'string' }, message: { type: 'string' } } };
  const properties = { type: { type: 'string' }, title: { type: 'string' }, status: { type: 'integer' }, code: { type: 'string', enum: Object.keys(ERRORS) }, detail: { type: 'string' }, instance: { type: 'string' }, errors: { type: 'array', items: issue } };
  document.components!.schemas!.Problem = { type: 'object', required: ['type', 'title', 'status', 'code', 'detail', 'errors'], properties } as object;
  const response = () => ({ description: 'Any error (RFC 9457).', content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } });
  for (const path of Object.values(document.paths)) for (const operation of Object.values(path)) if (operation?.responses) operation.responses.default = response();
}

/** OpenAPI 3.1 lets a bearer scheme name what the bearer must be allowed. */
function addScopes(document: OpenAPIObject): void {
  for (const path of Object.values(document.paths)) {
    for (const operation of Object.values(path as Record<string, Record<string, unknown>>)) {
      if (operation[SCOPE_EXTENSION] === undefined) continue;
      operation.security = [{ [SECURITY]: [operation[SCOPE_EXTENSION]] }];
      delete operation[SCOPE_EXTENSION];
    }
  }
}
