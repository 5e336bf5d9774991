import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { BASE } from './doors.js';
import { ROOT } from './process.js';

const DATABASE = process.env.UNWIND_TEST_DATABASE_URL!;
const SCENARIO = { name: 'Fall', marketShock: -0.3 };
const MARKET = { name: 'm', assets: [{ symbol: 'X', price: 100, tiers: [{ minNotional: 0, maintenanceMarginRate: 0.05 }] }] };
const PORTFOLIO = { name: 'p', accounts: [{ reference: 'A', marginMode: 'cross', balance: 500, positions: [{ symbol: 'X', side: 'long', contracts: 10, entryPrice: 100 }] }] };

interface Reply {
  readonly status: number;
  readonly text: string;
  readonly json: any; // eslint-disable-line @typescript-eslint/no-explicit-any
  readonly headers: Headers;
}

async function post(path: string, body: unknown, key?: string): Promise<Reply> {
  const response = await fetch(BASE + path, { method: 'POST', headers: { 'content-type': 'application/json', ...(key !== undefined && { 'idempotency-key': key }) }, body: JSON.stringify(body) });
  const text = await response.text();
  return { status: response.status, text, json: JSON.parse(text), headers: response.headers };
}

/** Sends until the service has an answer: while the database is away, or the first request runs, there is none. */
async function postUntilAnswered(path: string, body: unknown, key: string): Promise<Reply> {
  for (;;) {
    const reply = await post(path, body, key);
    if (reply.status < 500 && reply.status !== 409) return reply;
    await new Promise((done) => setTimeout(done, 20));
  }
}

const mutate = (query: string, variables: object, key?: string) => post('/graphql', { query, variables }, key);

const sql = new pg.Pool({ connectionString: DATABASE });
afterAll(() => sql.end());

const count = async (table: string, reference: string) => Number((await sql.query(`SELECT count(*) FROM ${table} WHERE reference = $1`, [reference])).rows[0].count);
const named = async (table: string, name: string) => Number((await sql.query(`SELECT count(*) FROM ${table} WHERE name = $1`, [name])).rows[0].count);

test.each([
  ['/v1/scenarios', 'scenarios', SCENARIO],
  ['/v1/markets', 'markets', MARKET],
  ['/v1/portfolios', 'portfolios', PORTFOLIO],
])('POST %s sent again has one effect and the same answer', async (path, table, document) => {
  const [key, name] = [randomUUID(), `once-${randomUUID()}`];
  const first = await post(path, { ...document, name }, key);
  const second = await post(path, { ...document, name }, key);
  expect([first.status, second.status, second.text]).toEqual([201, 201, first.text]);
  for (const header of ['location', 'etag', 'content-type', 'content-length']) expect(second.headers.get(header)).toBe(first.headers.get(header));
  expect([first.headers.get('idempotency-replayed'), second.headers.get('idempotency-replayed')]).toEqual([null, 'true']);
  expect(await named(table, name)).toBe(1);
});

test('100 requests at once with one key: one document, 100 equal answers', async () => {
  const [key, name] = [randomUUID(), `crowd-${randomUUID()}`];
  const replies = await Promise.all(Array.from({ length: 100 }, () => post('/v1/scenarios', { ...SCENARIO, name }, key)));
  expect(new Set(replies.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  expect(replies[0]!.status).toBe(201);
  expect(replies.filter(({ headers }) => headers.get('idempotency-replayed') === null)).toHaveLength(1);
  expect(await named('scenarios', name)).toBe(1);
});

test('100 starts at once with one key: one simulation', async () => {
  const [market, portfolio, scenario] = await Promise.all([post('/v1/markets', MARKET), post('/v1/portfolios', PORTFOLIO), post('/v1/scenarios', SCENARIO)]);
  const input = { marketId: market.json.id, portfolioId: portfolio.json.id, scenarioId: scenario.json.id };
  const key = randomUUID();
  const replies = await Promise.all(Array.from({ length: 100 }, () => post('/v1/simulations', input, key)));
  expect(new Set(replies.map(({ status, text, headers }) => `${status} ${headers.get('location')} ${text}`)).size).toBe(1);
  expect(replies[0]!.json).toMatchObject({ state: 'queued', ...input });
  expect((await sql.query('SELECT id FROM simulations WHERE market_id = $1', [input.marketId])).rows).toEqual([{ id: replies[0]!.json.id }]);
});

test('an answer outlives what it was about', async () => {
  const key = randomUUID();
  const [market, portfolio, scenario] = await Promise.all([post('/v1/markets', MARKET), post('/v1/portfolios', PORTFOLIO), post('/v1/scenarios', SCENARIO)]);
  const input = { marketId: market.json.id, portfolioId: portfolio.json.id, scenarioId: scenario.json.id };
  const first = await post('/v1/simulations', input, key);
  await fetch(`${BASE}/v1/scenarios/${input.scenarioId}`, { method: 'DELETE' });
  expect((await post('/v1/simulations', input, key)).text).toBe(first.text);
  expect((await post('/v1/simulations', input)).status).toBe(422);
});

test('connections killed in the middle of transactions leave one effect and one answer', async () => {
  const references = Array.from({ length: 8 }, () => `killed-${randomUUID()}`);
  let isOver = false;
  let kills = 0;
  const killer = (async () => {
    while (!isOver) {
      const { rowCount } = await sql.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL AND query NOT LIKE '%bullmq%'`);
      kills += rowCount ?? 0;
      await new Promise((done) => setTimeout(done, Math.random() * 400));
    }
  })();
  // large enough to be caught in the middle
  const document = (reference: string) => ({ ...PORTFOLIO, reference, accounts: Array.from({ length: 200 }, (_, i) => ({ ...PORTFOLIO.accounts[0], reference: `A${i}` })) });
  try {
    for (const reference of references) {
      const key = randomUUID();
      const replies = await Promise.all(Array.from({ length: 5 }, () => postUntilAnswered('/v1/portfolios', document(reference), key)));
      expect(new Set(replies.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
      expect(replies[0]!.status).toBe(201);
    }
  } finally {
    isOver = true;
    await killer;
  }
  expect(kills).toBeGreaterThan(0);
  expect(await Promise.all(references.map((reference) => count('portfolios', reference)))).toEqual(references.map(() => 1));
}, 120_000);

test('a key that another process holds is in use: 409 with the time to come again, and free when that process dies', async () => {
  const [key, name] = [randomUUID(), `held-${randomUUID()}`];
  const other = new pg.Client({ connectionString: DATABASE });
  other.on('error', () => undefined);
  await other.connect();
  await other.query('BEGIN');
  await other.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`idempotency ${JSON.stringify(['local', key])}`]);
  const { rows } = await other.query('SELECT pg_backend_pid() AS pid');
  const refused = await post('/v1/scenarios', { ...SCENARIO, name }, key);
  expect([refused.status, refused.json.code, refused.headers.get('retry-after')]).toEqual([409, 'IDEMPOTENCY_KEY_IN_USE', '1']);
  expect(await named('scenarios', name)).toBe(0);
  await sql.query('SELECT pg_terminate_backend($1)', [rows[0].pid]);
  expect((await post('/v1/scenarios', { ...SCENARIO, name }, key)).status).toBe(201);
});

test('a key with another body, or at another address, is refused', async () => {
  const key = randomUUID();
  await post('/v1/scenarios', SCENARIO, key);
  for (const [path, body] of [['/v1/scenarios', { ...SCENARIO, marketShock: -0.2 }], ['/v1/markets', SCENARIO], ['/v1/markets', MARKET]] as const) {
    expect((await post(path, body, key)).json).toMatchObject({ status: 422, code: 'IDEMPOTENCY_KEY_REUSED' });
  }
});

test('a refused request leaves its key free', async () => {
  const [key, reference] = [randomUUID(), `taken-${randomUUID()}`];
  expect((await post('/v1/scenarios', { name: '' }, key)).status).toBe(400);
  expect((await post('/v1/scenarios', { ...SCENARIO, shocks: [{ symbol: 'A', shock: 0 }, { symbol: 'A', shock: 0 }] }, key)).status).toBe(422);
  const { json } = await post('/v1/scenarios', { ...SCENARIO, reference });
  expect((await post('/v1/scenarios', { ...SCENARIO, reference }, key)).json.code).toBe('REFERENCE_TAKEN');
  await fetch(`${BASE}/v1/scenarios/${json.id}`, { method: 'DELETE' });
  expect((await post('/v1/scenarios', { ...SCENARIO, reference }, key)).status).toBe(201);
});

test.each(['', '   ', 'x'.repeat(256), 'k\u00e9y'])('the key %p is refused', async (key) => {
  expect((await post('/v1/scenarios', SCENARIO, key)).json).toMatchObject({ status: 400, code: 'INVALID_INPUT', detail: expect.stringContaining('Idempotency-Key') });
});

test('a key in quotes, as the draft writes it, is the same key', async () => {
  const key = 'x'.repeat(219) + randomUUID();
  expect((await post('/v1/scenarios', SCENARIO, `"${key}"`)).text).toBe((await post('/v1/scenarios', SCENARIO, key)).text);
});

test('questions without effect keep their answer, and too large ones are answered again', async () => {
  const scenario = (await post('/v1/scenarios', { ...SCENARIO, marketShock: -0.01 })).json;
  const small = { market: MARKET, portfolio: PORTFOLIO, scenarioId: scenario.id };
  const large = { ...small, portfolio: { name: 'p', accounts: Array.from({ length: 900 }, (_, i) => ({ ...PORTFOLIO.accounts[0], reference: `A${i}` })) } };
  const [one, two] = [randomUUID(), randomUUID()];
  const [kept, made] = [await post('/v1/what-if', small, one), await post('/v1/what-if', large, two)];
  expect(made.text.length).toBeGreaterThan(1024 * 1024);
  const [again, madeAgain] = [await post('/v1/what-if', small, one), await post('/v1/what-if', large, two)];
  expect([again.text === kept.text, again.headers.get('idempotency-replayed')]).toEqual([true, 'true']);
  expect([madeAgain.text === made.text, madeAgain.headers.get('idempotency-replayed')]).toEqual([true, null]);
  expect((await post('/v1/what-if', small, two)).json.code).toBe('IDEMPOTENCY_KEY_REUSED');
});

test('a cancelled simulation is answered as cancelled again', async () => {
  const [market, portfolio, scenario] = await Promise.all([post('/v1/markets', MARKET), post('/v1/portfolios', PORTFOLIO), post('/v1/scenarios', SCENARIO)]);
  const { json } = await post('/v1/simulations', { marketId: market.json.id, portfolioId: portfolio.json.id, scenarioId: scenario.json.id });
  const key = randomUUID();
  const first = await post(`/v1/simulations/${json.id}/cancel`, {}, key);
  if (first.status === 200) expect((await post(`/v1/simulations/${json.id}/cancel`, {}, key)).text).toBe(first.text);
  else expect(first.json.code).toBe('ALREADY_FINAL');
});

test('keys are forgotten after a day', async () => {
  const key = randomUUID();
  await post('/v1/scenarios', SCENARIO, key);
  await sql.query(`UPDATE idempotency_keys SET created_at = now() - interval '24 hours 1 second' WHERE key = $1`, [key]);
  expect((await post('/v1/scenarios', { ...SCENARIO, name: 'Other' }, key)).status).toBe(201);
  await sql.query(`UPDATE idempotency_keys SET created_at = now() - interval '24 hours 1 second' WHERE key = $1`, [key]);
  for (;;) {
    const { rowCount } = await sql.query('SELECT 1 FROM idempotency_keys WHERE key = $1', [key]);
    if (rowCount === 0) break;
    await new Promise((done) => setTimeout(done, 200));
  }
});

describe('GraphQL mutations', () => {
  const CREATE = 'mutation ($input: ScenarioInput!) { createScenario(input: $input) { id version createdAt } }';

  test('have one effect under a key, and the same answer', async () => {
    const [key, name] = [randomUUID(), `graph-${randomUUID()}`];
    const replies = await Promise.all(Array.from({ length: 50 }, () => mutate(CREATE, { input: { ...SCENARIO, name } }, key)));
    expect(new Set(replies.map(({ text }) => text)).size).toBe(1);
    expect(replies[0]!.json.data.createScenario.createdAt).toMatch(/Z$/);
    expect(replies.filter(({ headers }) => headers.get('idempotency-replayed') === 'true')).toHaveLength(49);
    expect(await named('scenarios', name)).toBe(1);
  });

  test('of one request have an effect each', async () => {
    const [key, name] = [randomUUID(), `graph-${randomUUID()}`];
    const query = 'mutation ($input: ScenarioInput!) { a: createScenario(input: $input) { id } b: createScenario(input: $input) { id } }';
    const first = await mutate(query, { input: { ...SCENARIO, name } }, key);
    expect(first.json.data.a.id).not.toBe(first.json.data.b.id);
    expect((await mutate(query, { input: { ...SCENARIO, name } }, key)).text).toBe(first.text);
    expect(await named('scenarios', name)).toBe(2);
  });

  test('with a deleted document answer as before', async () => {
    const { json } = await post('/v1/scenarios', SCENARIO);
    const key = randomUUID();
    const remove = () => mutate('mutation ($id: ID!) { deleteScenario(id: $id) }', { id: json.id }, key);
    const first = await remove();
    expect(first.json).toEqual({ data: { deleteScenario: json.id } });
    expect((await remove()).text).toBe(first.text);
  });

  test('refuse a key of another request, also one of the REST door', async () => {
    const key = randomUUID();
    await post('/v1/scenarios', SCENARIO, key);
    expect((await mutate(CREATE, { input: SCENARIO }, key)).json.errors[0].extensions).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED', status: 422 });
  });
});

test('every POST and every mutation takes a key', async () => {
  const openapi = JSON.parse(await readFile(join(ROOT, 'openapi.json'), 'utf8')) as { paths: Record<string, { post?: { parameters?: { name: string }[] } }> };
  const posts = Object.entries(openapi.paths).filter(([, { post: operation }]) => operation);
  expect(posts.filter(([, { post: operation }]) => !operation!.parameters?.some(({ name }) => name === 'Idempotency-Key')).map(([path]) => path)).toEqual([]);
  const files = (await readdir(join(ROOT, 'src'), { recursive: true })).filter((file) => file.endsWith('.resolver.ts'));
  const sources = await Promise.all(files.map((file) => readFile(join(ROOT, 'src', file), 'utf8')));
  expect(files.filter((_, i) => sources[i]!.includes('@Mutation('))).toEqual([]);
});
