/** Hostile requests to every query and mutation of schema.graphql. */
import { getNamedType, getNullableType, isEnumType, isInputObjectType, isLeafType, isListType, isNonNullType } from 'graphql';
import { mutated, spoiltText } from './bodies.js';
import { HEADERS, IDS, jsonOf, METHODS, TEXTS, hostileValue, Raw } from './values.js';
import { Chance } from './random.js';

const rep = (count, of) => Array.from({ length: count }, (_, i) => of(i)).join(' ');

/** Whole documents that are bombs, whatever the operation. */
export const BOMBS = [
  (chance) => `{ ${rep(chance.pick([31, 500, 1600]), (i) => `a${i}: markets { nodes { id } }`)} }`,
  (chance) => `{ markets { nodes { ${'id '.repeat(chance.pick([1000, 9900]))} } } }`,
  (chance) => `{ ${'markets { nodes { id name } } '.repeat(chance.pick([50, 1000]))} }`,
  (chance) => `{ ${rep(chance.pick([50, 1200]), (i) => `x: market(id: "${i}") { id }`)} }`,
  (chance) => `{ markets { nodes { ${rep(chance.pick([100, 2400]), (i) => `x: ${i % 2 ? 'id' : 'name'}`)} } } }`,
  (chance) => `{ ${'...F '.repeat(chance.pick([20, 3000]))} } fragment F on Query { markets { nodes { id } } }`,
  () => '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }',
  () => '{ ...A } fragment A on Query { ...A }',
  (chance) => `{ markets { nodes { ...A } } } fragment A on Market { assets { symbol } ...B } fragment B on Market { name ...${chance.pick(['A', 'B', 'C'])} }`,
  (chance) => {
    const levels = chance.pick([5, 14, 40, 800]);
    return `{ ...F0 } ${rep(levels, (i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`)} fragment F${levels} on Query { __typename }`;
  },
  (chance) => {
    const levels = chance.pick([5, 12, 30]);
    return `{ markets { nodes { ...F0 } } } ${rep(levels, (i) => `fragment F${i} on Market { a${i}: id ...F${i + 1} ... on Market { ...F${i + 1} } }`)} fragment F${levels} on Market { name }`;
  },
  (chance) => `{ ${rep(chance.pick([50, 400]), (i) => `...F${i}`)} } ${rep(400, (i) => `fragment F${i} on Query { markets { nodes { id x: name } } }`)}`,
  (chance) => `{ ${rep(chance.pick([20, 150]), (i) => `...F${i}`)} } ${rep(150, (i) => `fragment F${i} on Query { ${rep(8, (j) => `...F${(i + j + 1) % 150 > i ? (i + j + 1) % 150 : 149}`)} }`)}`,
  (chance) => `{ __typename ${'@include(if: true) '.repeat(chance.pick([1, 31, 1500]))} }`,
  (chance) => `{ __typename ${rep(chance.pick([5, 2000]), (i) => `@d${i}`)} }`,
  () => 'query @skip(if: true) { __typename @include @skip(if: "x") }',
  (chance) => `{ __schema { types { fields { type { ${'fields { type { '.repeat(chance.pick([2, 5, 14]))} name ${'} }'.repeat(0)} } } } } }`,
  (chance) => { const n = chance.pick([1, 3, 6, 20]); return `{ __schema { types { ${'fields { type { '.repeat(n)} name ${'} } '.repeat(n)} } } }`; },
  (chance) => { const n = chance.pick([1, 4, 14, 60, 3000]); return `{ __type(name: "Market") { ${'ofType { '.repeat(n)} name ${'} '.repeat(n)} } }`; },
  (chance) => `{ ${rep(chance.pick([10, 30, 400]), (i) => `s${i}: __schema { types { name fields { name args { name } type { name } } } }`)} }`,
  (chance) => '{'.repeat(chance.pick([10, 65, 9000])),
  (chance) => { const n = chance.pick([10, 60, 65, 4000]); return `{ markets(after: ${'['.repeat(n)}${']'.repeat(n)}) { nodes { id } } }`; },
  (chance) => { const n = chance.pick([10, 30, 65, 2000]); return `mutation { createMarket(input: ${'{ a: '.repeat(n)} 1 ${'}'.repeat(n)}) { id } }`; },
  (chance) => { const n = chance.pick([10, 65, 3000]); return `query ($a: ${'['.repeat(n)}Int${']'.repeat(n)}) { __typename }`; },
  (chance) => `query (${rep(chance.pick([10, 2000]), (i) => `$v${i}: Int = ${i}`)}) { __typename }`,
  (chance) => `query ($v: ${'Strin'.repeat(chance.pick([1, 10_000]))}) { __typename }`,
  (chance) => `{ ${rep(chance.pick([101, 4900]), (i) => `unknown${i}`)} }`,
  (chance) => `{ ${'marketz'.repeat(chance.pick([1, 5000]))} }`,
  (chance) => `{ markets(${rep(chance.pick([2, 2000]), (i) => `a${i}: 1`)}) { nodes { id } } }`,
  (chance) => `{ markets(first: ${chance.pick(['1e400', '99999999999999999999', '-1', '0', '101', '2147483648', '1.5', '"1"', 'null', '[1]', 'A', '$x'])}) { nodes { id } } }`,
  () => '{ markets(first: 1, first: 2) { nodes { id } } }',
  (chance) => `{ market(id: ${JSON.stringify(chance.pick(TEXTS))}) { id } }`,
  (chance) => `{ market(id: """${'\\"""'.repeat(chance.pick([1, 5000]))}""") { id } }`,
  (chance) => `${'#'.repeat(chance.pick([1, 500_000]))}\n{ __typename }`,
  (chance) => `${','.repeat(chance.pick([1, 500_000]))}{ __typename }`,
  (chance) => `{ __typename } ${'"'.repeat(chance.pick([1, 3, 5, 100_001]))}`,
  () => 'query A { __typename } query A { __typename }',
  () => 'query A { __typename } query B { __typename }',
  (chance) => rep(chance.pick([2, 1500]), (i) => `query Q${i} { __typename }`),
  () => 'subscription { __typename }',
  () => 'subscription { a b }',
  () => 'mutation { __typename }',
  () => 'type Query { x: Int } extend type Market { x: Int }',
  () => '{ __proto__ constructor toString }',
  () => '{ __proto__: __typename constructor: __typename toString: __typename }',
  () => 'fragment __proto__ on Query { __typename } { ...__proto__ }',
  () => 'query ($__proto__: Int) { __typename }',
  () => '{ ...F } fragment F on Market { id }',
  () => '{ ...F }',
  () => 'fragment F on Query { __typename }',
  () => '',
  () => ' ',
  () => '\u0000',
  () => '\ufeff{ __typename }',
  () => '{ __typename \ud800 }',
  (chance) => chance.bytes(200).toString('latin1'),
];

const CONNECTION_PARTS = ['nodes', 'edges', 'pageInfo'];

export class GraphqlAttack {
  constructor(schema, documents, { idOf, idToDeleteOf, keyOf }) {
    Object.assign(this, { schema, documents, idOf, idToDeleteOf, keyOf });
    this.fields = [['query', schema.getQueryType()], ['mutation', schema.getMutationType()]].flatMap(([kind, type]) => Object.values(type.getFields()).map((field) => ({ kind, field })));
  }

  request(seed, i) {
    const chance = new Chance(seed, 2, i);
    const headers = [...this.keyOf(chance), ['content-type', 'application/json']];
    const request = { method: 'POST', target: '/graphql', headers, isGraphql: true, kind: 'field', name: '' };
    const message = chance.is(0.18) ? this.bomb(request, chance) : this.operation(request, chance, this.fields[i % this.fields.length]);
    request.query = message.query;
    if (chance.is(0.05)) this.spoilMessage(request, message, chance);
    const text = jsonOf(message);
    request.body = chance.is(0.05) ? spoiltText(text, chance) : Buffer.from(chance.is(0.01) ? `[${text},${text}]` : text);
    if (request.body.toString() !== text) [request.query, request.kind] = [undefined, `${request.kind}+text`];
    if (chance.is(0.15)) this.spoilHeaders(request, chance);
    if (chance.is(0.03)) this.toGet(request, message, chance);
    if (chance.is(0.02)) [request.method, request.kind] = [chance.pick(METHODS), `${request.kind}+method`];
    return request;
  }

  bomb(request, chance) {
    const number = chance.below(BOMBS.length);
    request.kind = `bomb ${number}`;
    return { query: BOMBS[number](chance), ...(chance.is(0.2) && { variables: hostileValue(chance) }) };
  }

  /** A query or mutation with valid arguments, then spoilt in its variables or in its literals. */
  operation(request, chance, { kind, field }) {
    request.name = field.name;
    const given = field.args.filter(({ type, defaultValue }) => (isNonNullType(type) && defaultValue === undefined) || chance.is(0.5));
    const variables = Object.fromEntries(given.map(({ name, type }) => [name, this.argument(field.name, name, type, chance)]));
    const selection = this.selection(field.type, chance, 0);
    const isSpoilt = chance.is(0.9);
    if (chance.is(0.3)) {
      const literals = given.map(({ name, type }) => `${name}: ${literalOf(isSpoilt && chance.is(0.7) ? mutated({ v: variables[name] }, chance)?.v : variables[name], type)}`).join();
      request.kind = 'literal';
      return { query: `${kind} { ${field.name}${literals && `(${literals})`} ${selection} }` };
    }
    const declared = given.map(({ name, type }) => `$${name}: ${type}`).join();
    const passed = given.map(({ name }) => `${name}: $${name}`).join();
    const directive = chance.is(0.05) ? chance.pick(['@include(if: false)', '@skip(if: true)', '@deprecated', '@x', '@include(if: $x)']) : '';
    return { query: `${kind} ${declared && `(${declared})`} { ${field.name}${passed && `(${passed})`} ${directive} ${selection} }`, variables: isSpoilt ? mutated(variables, chance) : variables };
  }

  argument(operation, name, type, chance) {
    const inner = getNullableType(type);
    if (isInputObjectType(inner)) return this.documents.schemas[inner.name] ? this.documents.named(inner.name, chance) : this.input(inner, chance);
    if (isListType(inner)) return [this.argument(operation, name, inner.ofType, chance)];
    if (isEnumType(inner)) return chance.pick(inner.getValues()).name;
    if (inner.name === 'ID') return chance.is(0.1) ? chance.pick(IDS) : /^(delete|revoke|cancel)/.test(operation) ? this.idToDeleteOf(operation, chance) : this.idOf(name === 'id' ? operation : name, chance);
    return { Int: chance.pick([1, 20, 100, 0, -1, 101, 2 ** 31 - 1]), Float: 1, Boolean: true }[inner.name] ?? chance.pick(['x', chance.pick(TEXTS), chance.uuid()]);
  }

  input(type, chance) {
    return Object.fromEntries(Object.values(type.getFields()).filter((field) => isNonNullType(field.type) || chance.is(0.4)).map((field) => [field.name, this.argument(type.name, field.name, field.type, chance)]));
  }

  /** Some of the fields, `id` and `secret` among them. */
  selection(type, chance, depth) {
    const named = getNamedType(type);
    if (isLeafType(named)) return '';
    const fields = Object.values(named.getFields()).filter((field) => field.args.every((argument) => !isNonNullType(argument.type) || argument.defaultValue !== undefined));
    const chosen = fields.filter((field) => field.name === 'id' || field.name === 'secret' || (isLeafType(getNamedType(field.type)) ? chance.is(0.6) : depth < 4 && chance.is(CONNECTION_PARTS.includes(field.name) ? 0.8 : 0.4)));
    return `{ __typename ${chosen.map((field) => `${field.name} ${this.selection(field.type, chance, depth + 1)}`).join(' ')} }`;
  }

  spoilMessage(request, message, chance) {
    const part = chance.pick(['query', 'variables', 'operationName', 'extensions', 'x', '__proto__', 'id']);
    if (part === 'query' || part === 'operationName') request.query = undefined;
    message[part === '__proto__' ? 'constructor' : part] = chance.pick([hostileValue(chance), { persistedQuery: { version: 1, sha256Hash: 'x' } }, 'x', null, 1, new Raw('{"__proto__":{"x":1}}')]);
    request.kind += '+message';
  }

  spoilHeaders(request, chance) {
    const [name, values] = chance.pick(HEADERS);
    request.headers = request.headers.filter(([other]) => other !== name);
    request.headers.push([name, chance.pick(values)]);
    request.kind += '+header';
  }

  toGet(request, message, chance) {
    const value = (part) => encodeURIComponent(typeof part === 'string' ? part.toWellFormed?.() ?? part.replaceAll(/[\ud800-\udfff]/g, '?') : jsonOf(part).replaceAll(/[\ud800-\udfff]/g, '?'));
    request.method = 'GET';
    request.body = null;
    request.target = `/graphql?${Object.entries(message).map(([name, part]) => `${name}=${value(part)}`).join('&')}`.slice(0, 14_000) + chance.pick(['', '&query=x', '&variables=%', '&__proto__=1', '&extensions={}']);
    request.query = undefined;
    if (chance.is(0.7)) request.headers.push(['apollo-require-preflight', '1']);
    request.kind += '+get';
  }
}

/** A value as GraphQL writes it in a query. */
function literalOf(value, type) {
  const inner = type && getNullableType(type);
  if (value instanceof Raw) return value.text;
  if (Array.isArray(value)) return `[${value.map((item) => literalOf(item, isListType(inner) ? inner.ofType : undefined)).join()}]`;
  if (value?.pairs) return `{${value.pairs.map(([key, part]) => `${key}: ${literalOf(part, fieldType(inner, key))}`).join()}}`;
  if (typeof value === 'object' && value !== null) return `{${Object.entries(value).map(([key, part]) => `${key}: ${literalOf(part, fieldType(inner, key))}`).join()}}`;
  if (typeof value === 'string' && isEnumType(inner)) return value;
  return JSON.stringify(value) ?? 'null';
}

function fieldType(type, name) {
  return isInputObjectType(type) ? type.getFields()[name]?.type : undefined;
}
