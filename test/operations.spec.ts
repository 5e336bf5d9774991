import { randomUUID } from 'node:crypto';
import { BASE } from './doors.js';
import { service, type Service } from './process.js';

const own = (env: Record<string, string>) => service({ DATABASE_URL: process.env.UNWIND_TEST_DATABASE_URL!, PORT: '0', HOST: '127.0.0.1', UNWIND_WORKER: 'off', ...env });
const graphql = async (query: string, variables?: object) => {
  const response = await fetch(`${BASE}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query, variables }) });
  return { status: response.status, ...((await response.json()) as { errors?: { message: string; extensions: object }[] }) };
};
const aliases = (count: number) => `{ ${Array.from({ length: count }, (_, i) => `a${i}: venues(first: 1) { nodes { id } }`).join(' ')} }`;
const nested = (levels: number) => `{ __typename ${'... on Query { '.repeat(levels)}__typename${' }'.repeat(levels)} }`;

describe('a query that asks for too much is refused before anything is executed', () => {
  test.each([
    ['31 aliases', aliases(31), /Aliases limit of 30/],
    ['pages inside pages', '{ simulations(first: 100) { nodes { rounds(first: 100) { nodes { entries { account symbol action cause quantity } } } } } }', /may answer \d+ fields/],
    ['31 directives', `{ ${'__typename @include(if: true) '.repeat(31)} }`, /Directives limit of 30/],
    ['a size in a variable', '', /may answer \d+ fields/],
  ])('%s', async (what, query, message) => {
    const { status, errors } = what === 'a size in a variable'
      ? await graphql('query ($n: Int!) { simulations(first: $n) { nodes { rounds(first: $n) { nodes { entries { account symbol action cause quantity } } } } } }', { n: 100 })
      : await graphql(query);
    expect(status).toBe(400);
    expect(errors![0]).toMatchObject({ message: expect.stringMatching(message), extensions: { code: 'TOO_COMPLEX', status: 400 } });
  });

  test('what a dashboard asks passes: 30 aliases, fragments that repeat, an introspection', async () => {
    expect((await graphql(aliases(30))).errors).toBeUndefined();
    expect((await graphql(nested(10))).errors).toBeUndefined();
    expect((await graphql('{ __schema { types { name fields { name args { name type { name ofType { name ofType { name ofType { name } } } } } } } } }')).errors).toBeUndefined();
  });

  test('fragments in a circle are told as such', async () => {
    const { errors } = await graphql('{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }');
    expect(errors![0].message).toMatch(/within itself/);
  });
});

describe('a request can be followed', () => {
  let running: Service;
  beforeAll(async () => void (running = await own({ LOG_LEVEL: 'info' })), 60_000);
  afterAll(() => running.end());
  const lines = () => running.output().split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []));

  test('by the id it sent, in the answer and in one line of the log, without body, query or header', async () => {
    const id = `test-${randomUUID()}`;
    const answer = await fetch(`${running.address}/v1/markets?reference=secret-of-mine`, { headers: { 'x-request-id': id, authorization: 'Bearer never-logged' } });
    expect(answer.headers.get('x-request-id')).toBe(id);
    for (let tries = 0; tries < 50 && !lines().some(({ requestId }) => requestId === id); tries++) await new Promise((done) => setTimeout(done, 20));
    expect(lines().filter(({ requestId }) => requestId === id)).toEqual([expect.objectContaining({ method: 'GET', route: '/v1/markets', status: 200, tenant: 'local', msg: 'request' })]);
    expect(running.output()).not.toMatch(/secret-of-mine|never-logged/);
  });

  test.each([['none', undefined], ['one with a line feed in it', 'a b'], ['one that is too long', 'x'.repeat(129)]])('%s: it gets a new one', async (_, given) => {
    const answer = await fetch(`${running.address}/livez`, given === undefined ? {} : { headers: { 'x-request-id': given } });
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('in the metrics, by route and not by address', async () => {
    await fetch(`${running.address}/v1/markets/${randomUUID()}`);
    const text = await (await fetch(`${running.address}/metrics`)).text();
    expect(text).toMatch(/unwind_http_request_duration_seconds_count\{method="GET",route="\/v1\/markets\/:id",status="404"\} 1/);
    expect(text).toMatch(/nodejs_eventloop_lag_seconds/);
  });
});

describe('a caller that asks too often', () => {
  let running: Service;
  beforeAll(async () => void (running = await own({ UNWIND_RATE_LIMIT: '5' })), 60_000);
  afterAll(() => running.end());

  test('is told how much is left, then 429 and when to try again; probes are answered all the same', async () => {
    const answers = [];
    for (let n = 0; n < 7; n++) answers.push(await fetch(`${running.address}/v1/venues`));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429, 429]);
    expect(answers[0].headers.get('ratelimit-remaining')).toBe('4');
    expect(Number(answers[5].headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await answers[5].json()).toMatchObject({ status: 429, code: 'RATE_LIMITED' });
    expect((await fetch(`${running.address}/livez`)).status).toBe(200);
    expect((await fetch(`${running.address}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"query":"{__typename}"}' })).status).toBe(429);
  });
});

test('answers carry what browsers need to keep them apart', async () => {
  const { headers } = await fetch(`${BASE}/v1/venues`);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('content-security-policy')).toMatch(/default-src 'self'/);
});
