import pg from 'pg';
import { BASE, graphql, selection } from './doors.js';
import { run, service, type Service, start } from './process.js';

const MARKET = { name: 'm', assets: [{ symbol: 'X', price: 100, impact: { model: 'linear', lambda: 0.05 }, tiers: [{ minNotional: 0, maintenanceMarginRate: 0.05 }] }] };
const PORTFOLIO = { name: 'p', accounts: [{ reference: 'L', marginMode: 'cross', balance: 352, positions: [{ symbol: 'X', side: 'long', contracts: 40, entryPrice: 100 }] }] };
const SCENARIO = { name: 's', marketShock: -0.05 };

async function post(path: string, body: object, { base = BASE, ...headers }: { base?: string } & Record<string, string> = {}) {
  const response = await fetch(base + path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });
  return { status: response.status, headers: response.headers, json: (await response.json()) as Record<string, any> }; // eslint-disable-line @typescript-eslint/no-explicit-any
}

async function documents(base = BASE) {
  const [market, portfolio, scenario] = await Promise.all([post('/v1/markets', MARKET, { base }), post('/v1/portfolios', PORTFOLIO, { base }), post('/v1/scenarios', SCENARIO, { base })]);
  return { marketId: market.json.id as string, portfolioId: portfolio.json.id as string, scenarioId: scenario.json.id as string };
}

test('a simulation that is done in time is answered as done', async () => {
  const { status, headers, json } = await post('/v1/simulations', await documents(), { prefer: 'respond-async, wait=20' });
  expect([status, headers.get('preference-applied'), headers.get('location')]).toEqual([201, 'wait=20', `/v1/simulations/${json.id}`]);
  expect(json).toMatchObject({ state: 'succeeded', progress: 1, summary: { totals: { liquidatedByShock: 1 } }, resultHash: expect.stringMatching(/^[0-9a-f]{64}$/) });
  const read = await fetch(`${BASE}/v1/simulations/${json.id}`);
  expect(await read.json()).toEqual(json);
  expect(headers.get('etag')).toBe(read.headers.get('etag'));
});

test('the wait is bounded, and what is no wait is left alone', async () => {
  const ids = await documents();
  expect((await post('/v1/simulations', ids, { prefer: 'wait=999999' })).headers.get('preference-applied')).toBe('wait=60');
  for (const prefer of ['wait', 'wait=-1', 'wait=soon', 'return=minimal']) {
    const { status, headers, json } = await post('/v1/simulations', ids, { prefer });
    expect([status, headers.get('preference-applied'), json.state]).toEqual([202, null, 'queued']);
  }
});

test('who sends a key again waits for the one simulation', async () => {
  const ids = await documents();
  const headers = { 'idempotency-key': `wait-${ids.marketId}`, prefer: 'wait=20' };
  const replies = await Promise.all(Array.from({ length: 20 }, () => post('/v1/simulations', ids, headers)));
  expect(new Set(replies.map(({ status, json }) => `${status} ${JSON.stringify(json)}`)).size).toBe(1);
  expect(replies[0]).toMatchObject({ status: 201, json: { state: 'succeeded' } });
});

test('GraphQL waits as well, and refuses a time below 0', async () => {
  const ids = await documents();
  const begin = async (waitSeconds: number) => graphql(`mutation ($input: SimulationInput!, $waitSeconds: Int) { data: startSimulation(input: $input, waitSeconds: $waitSeconds) ${await selection('Simulation')} }`, JSON.stringify({ input: ids, waitSeconds }));
  expect((await begin(20)).data).toMatchObject({ state: 'succeeded', summary: { totals: { liquidatedByShock: 1 } } });
  expect(await begin(-1)).toMatchObject({ code: 'INVALID_INPUT', pointers: ['/waitSeconds'] });
});

describe('a server without a worker', () => {
  const NAME = `unwind_wait_${process.pid}_${Date.now()}`;
  const server = process.env.UNWIND_TEST_DATABASE_URL!;
  const DATABASE_URL = Object.assign(new URL(server), { pathname: `/${NAME}` }).href;
  let api: Service;
  let sql: pg.Client;

  const onServer = async (statement: string) => {
    const client = new pg.Client({ connectionString: server });
    await client.connect();
    await client.query(statement);
    await client.end();
  };

  beforeAll(async () => {
    await onServer(`CREATE DATABASE ${NAME}`);
    expect(await run('database/migrate.js', [], { DATABASE_URL })).toMatchObject({ code: 0 });
    api = await service({ DATABASE_URL, UNWIND_WORKER: 'off', PORT: '0' });
    sql = new pg.Client({ connectionString: DATABASE_URL });
    await sql.connect();
  });
  afterAll(async () => {
    await sql.end();
    await api.end();
    await onServer(`DROP DATABASE ${NAME} WITH (FORCE)`);
  });

  const finish = (id: string) => sql.query(`UPDATE simulations SET state = 'cancelled', finished_at = now() WHERE id = $1`, [id]);
  const newest = async (marketId: string) => {
    for (;;) {
      const { rows } = await sql.query('SELECT id FROM simulations WHERE market_id = $1', [marketId]);
      if (rows[0]) return rows[0].id as string;
      await new Promise((done) => setTimeout(done, 10));
    }
  };
  const listeners = async () => (await sql.query(`SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query = 'LISTEN simulation_changes'`)).rows.map(({ pid }) => pid as number);

  test('answers 202 when the time is over', async () => {
    const began = Date.now();
    const { status, headers, json } = await post('/v1/simulations', await documents(api.address), { base: api.address, prefer: 'wait=1' });
    expect([status, json.state, headers.get('location'), headers.get('preference-applied')]).toEqual([202, 'queued', `/v1/simulations/${json.id}`, null]);
    expect(Date.now() - began).toBeGreaterThanOrEqual(990);
  });

  test('hears of the end at once, through one connection for all who wait', async () => {
    const all = await Promise.all(Array.from({ length: 30 }, () => documents(api.address)));
    const replies = all.map((ids) => post('/v1/simulations', ids, { base: api.address, prefer: 'wait=20' }));
    const ids = await Promise.all(all.map(({ marketId }) => newest(marketId)));
    while ((await listeners()).length === 0) await new Promise((done) => setTimeout(done, 10));
    expect(await listeners()).toHaveLength(1);
    const { rows } = await sql.query('SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()');
    expect(Number(rows[0].count)).toBeLessThan(30);
    const began = Date.now();
    for (const id of ids) await finish(id);
    expect((await Promise.all(replies)).map(({ status, json }) => [status, json.state])).toEqual(ids.map(() => [201, 'cancelled']));
    expect(Date.now() - began).toBeLessThan(3000);
  });

  test('hears of it too when its connection was lost', async () => {
    const ids = await documents(api.address);
    const reply = post('/v1/simulations', ids, { base: api.address, prefer: 'wait=20' });
    const id = await newest(ids.marketId);
    for (const pid of await listeners()) await sql.query('SELECT pg_terminate_backend($1)', [pid]);
    await finish(id);
    expect(await reply).toMatchObject({ status: 201, json: { id, state: 'cancelled' } });
    while ((await listeners()).length === 0) {
      const again = post('/v1/simulations', ids, { base: api.address, prefer: 'wait=1' });
      await again;
    }
  });

  test('answers what it accepted, also when the database goes away during the wait', async () => {
    const ids = await documents(api.address);
    const reply = post('/v1/simulations', ids, { base: api.address, prefer: 'wait=3' });
    const id = await newest(ids.marketId);
    await new Promise((done) => setTimeout(done, 500));
    await onServer(`ALTER DATABASE ${NAME} ALLOW_CONNECTIONS false`);
    try {
      await sql.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()');
      expect(await reply).toMatchObject({ status: 202, json: { id, state: 'queued' } });
      expect((await fetch(`${api.address}/v1/simulations/${id}`)).ok).toBe(false);
    } finally {
      await onServer(`ALTER DATABASE ${NAME} ALLOW_CONNECTIONS true`);
    }
  });

  test('that is told to stop lets all who wait go', async () => {
    const own = await service({ DATABASE_URL, UNWIND_WORKER: 'off', PORT: '0' });
    const ids = await documents(own.address);
    const reply = post('/v1/simulations', ids, { base: own.address, prefer: 'wait=60' });
    await newest(ids.marketId);
    await new Promise((done) => setTimeout(done, 200));
    const began = Date.now();
    await own.end();
    expect(Date.now() - began).toBeLessThan(10_000);
    expect((await reply).status).toBe(202);
  });

  test('and the jobs that a crash kept from the queue: workers find what was accepted within 15 s', async () => {
    const { json } = await post('/v1/simulations', await documents(api.address), { base: api.address });
    await sql.query('DELETE FROM bullmq.job');
    const worker = start('worker.js', [], { DATABASE_URL });
    try {
      const began = Date.now();
      for (;;) {
        const { rows } = await sql.query('SELECT state FROM simulations WHERE id = $1', [json.id]);
        if (rows[0].state === 'succeeded') break;
        await new Promise((done) => setTimeout(done, 100));
      }
      expect(Date.now() - began).toBeLessThan(15_000);
    } finally {
      worker.kill('SIGTERM');
    }
  }, 60_000);
});
