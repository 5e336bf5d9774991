import { readFile } from 'node:fs/promises';
import { buildSchema, getNamedType, isInputObjectType, isNonNullType, isObjectType } from 'graphql';
import { graphql, rest } from './doors.js';

/** More elements than graphql-js is given in one go. */
const ACCOUNTS = 300;

const accounts = Array.from({ length: ACCOUNTS }, (_, i) => ({ reference: `A${i}`, marginMode: 'cross', balance: 10 + i, positions: [{ symbol: 'C', side: 'long', contracts: 1 + i, entryPrice: 100 }] }));
const book = { name: 'Large', accounts };
const contentOf = ({ id: _id, createdAt: _createdAt, updatedAt: _updatedAt, ...content }: Record<string, unknown>) => content;

/** The document as REST tells it. */
async function stored({ data }: { data?: { id: string } }): Promise<unknown> {
  return contentOf((await rest('GET', `/v1/portfolios/${data!.id}`)).data);
}

let expected: unknown;

beforeAll(async () => {
  expected = await stored(await rest('POST', '/v1/portfolios', JSON.stringify(book)));
});

test.each([
  ['as a variable', 'mutation ($input: PortfolioInput!) { data: createPortfolio(input: $input) { id } }', { input: book }],
  ['as a part of the input', 'mutation ($accounts: [MarginAccountInput!]!, $name: String!) { data: createPortfolio(input: { name: $name, accounts: $accounts }) { id } }', { accounts, name: 'Large' }],
  ['in a fragment', 'mutation ($input: PortfolioInput!) { ...F ... on Mutation { other: createPortfolio(input: $input) { name } } } fragment F on Mutation { data: createPortfolio(input: $input) { id } }', { input: book }],
  ['beside a small one', 'mutation ($small: PortfolioInput!, $input: PortfolioInput!) { other: createPortfolio(input: $small) { id } data: createPortfolio(input: $input) { id } }', { small: { name: 'Small' }, input: book }],
])('a large message %s is stored as through REST', async (_how, query, variables) => {
  expect(await stored(await graphql(query, JSON.stringify(variables)))).toEqual(expected);
});

test('small messages beside a large one are themselves', async () => {
  const query = 'mutation ($small: PortfolioInput!, $input: PortfolioInput!) { other: createPortfolio(input: $input) { id } data: createPortfolio(input: $small) { name accounts { reference } } }';
  const small = { name: 'Small', accounts: [{ ...accounts[7]!, reference: 'only' }] };
  expect((await graphql(query, JSON.stringify({ small, input: book }))).data).toEqual({ name: 'Small', accounts: [{ reference: 'only' }] });
});

test('a wrong variable beside a large message is what is told', async () => {
  const query = 'mutation ($id: ID!, $input: PortfolioInput!) { data: replacePortfolio(id: $id, input: $input) { id } }';
  expect(await graphql(query, JSON.stringify({ id: [], input: book }))).toMatchObject({ status: 400, code: 'INVALID_INPUT', pointers: expect.not.arrayContaining(['/accounts']) });
});

test('messages stand at fields of the root alone, and none may be left out', async () => {
  const schema = buildSchema(await readFile('schema.graphql', 'utf8'));
  const roots = [schema.getQueryType(), schema.getMutationType()];
  const fields = Object.values(schema.getTypeMap()).flatMap((type) => (isObjectType(type) ? Object.values(type.getFields()).map((field) => ({ type, field })) : []));
  const taking = fields.filter(({ field }) => field.args.some((argument) => isInputObjectType(getNamedType(argument.type))));
  expect(taking.length).toBeGreaterThan(9);
  for (const { type, field } of taking) {
    expect(roots).toContain(type);
    expect(field.args.filter((argument) => isInputObjectType(getNamedType(argument.type))).every((argument) => isNonNullType(argument.type))).toBe(true);
  }
});
