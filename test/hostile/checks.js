/** What every answer must be. Each check gives what is wrong, or null. */
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { GraphQLError, isEnumType, isLeafType, isListType, isNonNullType, Kind, parse } from 'graphql';

/** Codes that GraphQL servers give to what is no query of this schema; all others are those of the REST door. */
const QUERY_CODES = ['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'OPERATION_RESOLUTION_FAILURE', 'PERSISTED_QUERY_NOT_SUPPORTED', 'BAD_REQUEST'];
/** Codes that say that the service failed. */
const FAILURES = ['INTERNAL', 'UNAVAILABLE', 'INTERNAL_SERVER_ERROR'];
const SECRETS = /root:x:0:0|"devDependencies"|\bat [\w.<>]+ \(?(file|node):|PrismaClient|node_modules|prisma\.\w+\.\w+\(/;

export class Checks {
  constructor(openapi, schema) {
    this.openapi = openapi;
    this.schema = schema;
    this.codes = openapi.components.schemas.Problem.properties.code.enum;
    this.ajv = new Ajv({ strict: false, allErrors: false });
    addFormats(this.ajv);
    this.ajv.addSchema(openapi, 'openapi');
    this.validators = new Map();
  }

  /** Of one answer to a request; `overload` counts apart. */
  wrongIn(request, answer) {
    const { status, headers, body, isWhole } = answer;
    if (!isWhole) return status === 0 ? 'is no HTTP answer' : `is cut off after ${body.length} bytes`;
    const text = body.toString();
    if (SECRETS.test(text)) return 'tells what is inside the service';
    if (status === 503 && isOverload(answer)) return null;
    if (status >= 500) return `has status ${status}`;
    if (request.method === 'HEAD' || status === 304 || status === 204) return body.length === 0 ? null : 'has a body';
    const type = (headers.get('content-type') ?? '').split(';')[0];
    if (request.isGraphql && /^application\/(graphql-response\+)?json$/.test(type)) return this.wrongInGraphql(request, answer);
    if (status >= 400) return type === 'application/problem+json' ? this.wrongInProblem(status, text) : `has status ${status} as ${type || 'nothing'}`;
    if (!request.operation || request.kind.includes('+method') || request.kind.includes('+path')) return null;
    return this.wrongInResult(request.operation, status, type, text);
  }

  wrongInProblem(status, text) {
    const problem = parsed(text);
    const wrong = this.against('#/components/schemas/Problem', problem);
    if (wrong) return `is no problem: ${wrong}`;
    if (problem.status !== status) return `says status ${problem.status} in the body and ${status} in the head`;
    if (FAILURES.includes(problem.code)) return `has the code ${problem.code}`;
    const lost = problem.errors.find(({ pointer }) => !/^(\/([^~/]|~[01])*)*$/.test(pointer));
    return lost ? `has the pointer ${lost.pointer}` : null;
  }

  wrongInResult(operation, status, type, text) {
    const response = operation.responses[status];
    if (!response) return `has the status ${status}, which openapi.json does not say`;
    if (!response.content?.[type]) return `is ${type || 'untyped'}, which openapi.json does not say`;
    if (type !== 'application/json') return null;
    return this.against(response.content[type].schema.$ref ?? response.content[type].schema, parsed(text));
  }

  wrongInGraphql({ query, kind }, { status, body }) {
    const { value: answer, isJson } = tried(body.toString());
    if (!isJson || typeof answer !== 'object' || answer === null) return 'is no JSON object';
    const { data, errors } = answer;
    if (errors !== undefined && !(Array.isArray(errors) && errors.length > 0)) return 'has errors that are no list';
    for (const { message, extensions } of errors ?? []) {
      if (typeof message !== 'string') return 'has an error without message';
      if (!extensions || ![...this.codes, ...QUERY_CODES].includes(extensions.code)) return `has the code ${extensions?.code}: ${message}`;
      if (FAILURES.includes(extensions.code)) return `has the code ${extensions.code}: ${message}`;
    }
    if (!errors && (status !== 200 || data == null)) return `has status ${status} and neither data nor errors`;
    if (data == null || query === undefined || kind.includes('+')) return null;
    try {
      const document = parse(query);
      const operations = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
      return operations.length === 1 ? this.wrongInData(this.schema.getRootType(operations[0].operation), [operations[0].selectionSet], data, document, errors) : null;
    } catch (error) {
      return error instanceof GraphQLError ? 'has data for a query that is none' : String(error.stack);
    }
  }

  /** The values of a selection against their types. */
  wrongInData(type, sets, data, document, errors) {
    const fields = new Map();
    const collect = (set) => {
      for (const node of set.selections) {
        if (node.kind === Kind.FIELD) fields.set(node.alias?.value ?? node.name.value, [...(fields.get(node.alias?.value ?? node.name.value) ?? []), node]);
        else if (node.kind === Kind.INLINE_FRAGMENT) collect(node.selectionSet);
        else collect(document.definitions.find((each) => each.kind === Kind.FRAGMENT_DEFINITION && each.name.value === node.name.value).selectionSet);
      }
    };
    sets.forEach(collect);
    for (const [name, value] of Object.entries(data)) {
      const nodes = fields.get(name);
      if (!nodes) return `has ${type}.${name}, which was not asked for`;
      const field = nodes[0].name.value === '__typename' ? undefined : type.getFields()[nodes[0].name.value];
      if (!field) continue; // __typename and introspection
      const wrong = this.wrongInValue(field.type, nodes, value, document, errors);
      if (wrong) return `${type}.${name}: ${wrong}`;
    }
    return null;
  }

  wrongInValue(type, nodes, value, document, errors) {
    if (isNonNullType(type)) return value == null ? 'is null' : this.wrongInValue(type.ofType, nodes, value, document, errors);
    if (value == null) return null;
    if (isListType(type)) return Array.isArray(value) ? (value.map((item) => this.wrongInValue(type.ofType, nodes, item, document, errors)).find(Boolean) ?? null) : 'is no list';
    if (isEnumType(type)) return type.getValue(value) ? null : `is ${value}`;
    if (isLeafType(type)) {
      const right = { Int: Number.isInteger, Float: Number.isFinite, Boolean: (it) => typeof it === 'boolean', String: (it) => typeof it === 'string', ID: (it) => typeof it === 'string', Instant: (it) => !Number.isNaN(Date.parse(it)) }[type.name];
      return !right || right(value) ? null : `is ${JSON.stringify(value)} where ${type} belongs`;
    }
    return typeof value === 'object' ? this.wrongInData(type, nodes.map((node) => node.selectionSet), value, document, errors) : 'is no object';
  }

  against(schema, value) {
    const key = typeof schema === 'string' ? schema : JSON.stringify(schema);
    if (!this.validators.has(key)) this.validators.set(key, this.ajv.compile(typeof schema === 'string' ? { $ref: `openapi${schema}` } : JSON.parse(key.replaceAll('"#/', '"openapi#/'))));
    const validate = this.validators.get(key);
    return validate(value) ? null : this.ajv.errorsText(validate.errors, { dataVar: 'answer' });
  }
}

/** 503 that says so and when to come back. */
export function isOverload({ status, headers, body }) {
  const { value } = tried(body.toString());
  return status === 503 && headers.has('retry-after') && (value?.code === 'OVERLOADED' || value?.errors?.[0]?.extensions?.code === 'OVERLOADED');
}

function tried(text) {
  try {
    return { value: JSON.parse(text), isJson: true };
  } catch {
    return { value: undefined, isJson: false };
  }
}

function parsed(text) {
  return tried(text).value;
}
