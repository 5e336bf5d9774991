import { connect } from 'node:net';
import { BASE, rest } from './doors.js';

const MARKET = JSON.stringify({ name: 'x', assets: [{ symbol: 'A', price: 1 }] });
const JSON_TYPE = { 'content-type': 'application/json' };
const ask = (path: string, init: RequestInit = {}) => fetch(BASE + path, init);

test('creating answers 201 and the address of the document', async () => {
  const response = await ask('/v1/markets', { method: 'POST', headers: JSON_TYPE, body: MARKET });
  expect(response.status).toBe(201);
  const { id } = (await response.json()) as { id: string };
  expect(response.headers.get('location')).toBe(`/v1/markets/${id}`);
  expect((await ask(`/v1/markets/${id}`, { method: 'DELETE' })).status).toBe(204);
});

test('a page names the next one in its Link header', async () => {
  for (let i = 0; i < 2; i++) await rest('POST', '/v1/markets', MARKET);
  const response = await ask('/v1/markets?limit=1');
  const { nextCursor } = (await response.json()) as { nextCursor: string };
  expect(response.headers.get('link')).toBe(`</v1/markets?limit=1&cursor=${nextCursor}>; rel="next"`);
});

test.each([
  ['nothing there',         '/v1/nothing', { method: 'GET' },                                                                    404, 'NOT_FOUND'],
  ['a method it lacks',     '/v1/markets', { method: 'PATCH', headers: JSON_TYPE, body: '{}' },                                  405, 'METHOD_NOT_ALLOWED'],
  ['a list put away',       '/v1/markets', { method: 'DELETE' },                                                                 405, 'METHOD_NOT_ALLOWED'],
  ['only XML wanted',       '/v1/markets', { method: 'GET', headers: { accept: 'application/xml' } },                            406, 'NOT_ACCEPTABLE'],
  ['a form',                '/v1/markets', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: MARKET },          415, 'UNSUPPORTED_MEDIA_TYPE'],
  ['no body',               '/v1/markets', { method: 'POST' },                                                                   400, 'INVALID_INPUT'],
  ['an empty body',         '/v1/markets', { method: 'POST', headers: JSON_TYPE, body: '' },                                     400, 'INVALID_INPUT'],
  ['an empty file',         '/v1/markets', { method: 'POST', headers: { 'content-type': 'text/csv' }, body: '' },                400, 'INVALID_INPUT'],
  ['a broken address',      '/v1/markets/%E0%A4%A', { method: 'GET' },                                                           400, 'INVALID_INPUT'],
] as const)('a wrong request is told as a problem: %s', async (_what, path, init, status, code) => {
  const response = await ask(path, init);
  const problem = (await response.json()) as Record<string, unknown>;
  expect(response.headers.get('content-type')).toMatch('application/problem+json');
  expect(problem).toMatchObject({ type: 'about:blank', title: expect.any(String), status, code, detail: expect.any(String), errors: expect.any(Array) });
  expect(response.status).toBe(status);
  expect(JSON.stringify(problem)).not.toMatch(/node_modules|at .*:\d+:\d+/);
});

test('GraphQL refuses simple requests of foreign pages and batches', async () => {
  const simple = await ask('/graphql?query={__typename}', { headers: { accept: '*/*' } });
  expect(simple.status).toBe(400);
  const batch = await ask('/graphql', { method: 'POST', headers: JSON_TYPE, body: '[{"query":"{__typename}"},{"query":"{__typename}"}]' });
  expect(batch.status).toBe(400);
});

test.each(['/docs', '/graphiql'])('%s loads nothing from other hosts', async (path) => {
  const page = await (await ask(path)).text();
  const loaded = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => new URL(address!, `${BASE}${path}`));
  expect(loaded.length).toBeGreaterThan(2);
  for (const address of loaded.filter(({ protocol }) => protocol !== 'data:')) {
    expect(address.origin).toBe(new URL(BASE).origin);
    expect((await fetch(address)).status).toBe(200);
  }
});

test('the service says that it lives and is ready', async () => {
  expect((await ask('/livez')).status).toBe(200);
  expect((await ask('/readyz')).status).toBe(200);
});

test.each(['/graphql', '/v1/markets'])('a Host that names no host is refused at %s', async (path) => {
  const { port, hostname } = new URL(BASE);
  for (const host of ['', 'a b', '[']) {
    const answer = await new Promise<string>((done, fail) => {
      let text = '';
      const socket = connect(Number(port), hostname, () => socket.write(`POST ${path} HTTP/1.1\r\nHost:${host}\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`));
      socket.on('data', (chunk) => (text += chunk.toString())).on('end', () => done(text)).on('error', fail);
    });
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(answer).toContain('Host');
  }
});

test('a mutation whose answer would not be accepted has no effect', async () => {
  const name = `unwanted ${process.pid}`;
  const reference = `unwanted-${process.pid}`;
  const mutation = JSON.stringify({ query: 'mutation ($input: MarketInput!) { createMarket(input: $input) { __typename } }', variables: { input: { name, reference, assets: [{ symbol: 'A', price: 1 }] } } });
  const post = (path: string, body: string, accept: string) => ask(path, { method: 'POST', headers: { ...JSON_TYPE, accept }, body });
  for (const accept of ['text/html', 'application/xml']) {
    expect((await post('/graphql', mutation, accept)).status).toBe(406);
    expect((await post('/v1/markets', JSON.stringify({ name, reference, assets: [{ symbol: 'A', price: 1 }] }), accept)).status).toBe(406);
  }
  expect((await rest('GET', `/v1/markets?reference=${reference}`)).data.items).toEqual([]);
  expect((await post('/graphql', mutation, 'application/graphql-response+json; charset=utf-8')).status).toBe(200);
  expect((await post('/v1/markets', MARKET, 'application/json; charset=utf-8')).status).toBe(201);
});

test('of several mutations in one request, those that were done are told, and those that failed', async () => {
  const market = (reference: string) => ({ name: 'm', reference, assets: [{ symbol: 'A', price: 1 }] });
  const [first, second] = [`first-${process.pid}`, `second-${process.pid}`];
  const query = 'mutation ($a: MarketInput!, $b: MarketInput!, $c: MarketInput!) { a: createMarket(input: $a) { id } b: createMarket(input: $b) { id } c: createMarket(input: $c) { id } }';
  const response = await ask('/graphql', { method: 'POST', headers: JSON_TYPE, body: JSON.stringify({ query, variables: { a: market(first), b: market(first), c: market(second) } }) });
  const { data, errors } = (await response.json()) as { data: Record<string, { id: string } | null>; errors: { path: string[]; extensions: { code: string } }[] };
  expect(errors.map(({ path, extensions }) => [path, extensions.code])).toEqual([[['b'], 'REFERENCE_TAKEN']]);
  expect(data.b).toBeNull();
  for (const [part, reference] of [['a', first], ['c', second]] as const) expect((await rest('GET', `/v1/markets?reference=${reference}`)).data.items).toMatchObject([{ id: data[part]!.id }]);
});
