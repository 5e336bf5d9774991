import { once } from 'node:events';
import pg from 'pg';
import { run, type Service, service, start } from './process.js';

/** A server that leaves simulations to others, and two worker processes, on a database of their own: what docker-compose.yml starts. */
const NAME = `workers_${process.pid}`;
const server = process.env.UNWIND_TEST_DATABASE_URL!;
const DATABASE_URL = Object.assign(new URL(server), { pathname: `/${NAME}` }).href;
let api: Service;
const workers: ReturnType<typeof start>[] = [];

const onServer = async (sql: string, connectionString = server) => {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query(sql);
  await client.end();
};
const call = async (method: string, path: string, body?: object) => {
  const response = await fetch(api.address + path, { method, ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }) });
  return (await response.json()) as { id: string; state: string; resultHash: string; items: { state: string }[] };
};
const startSimulation = async (accounts = 1) => {
  const market = await call('POST', '/v1/markets', { name: 'm', assets: [{ symbol: 'X', price: 100, impact: { model: 'linear', lambda: 0.05 }, tiers: [{ minNotional: 0, maintenanceMarginRate: 0.05 }] }] });
  const portfolio = await call('POST', '/v1/portfolios', { name: 'p', accounts: Array.from({ length: accounts }, (_, k) => ({ reference: `L${k}`, marginMode: 'cross', balance: 352, positions: [{ symbol: 'X', side: 'long', contracts: 40, entryPrice: 100 }] })) });
  const scenario = await call('POST', '/v1/scenarios', { name: 's', marketShock: -0.05 });
  return call('POST', '/v1/simulations', { marketId: market.id, portfolioId: portfolio.id, scenarioId: scenario.id });
};
const final = async (id: string) => {
  for (;;) {
    const simulation = await call('GET', `/v1/simulations/${id}`);
    if (!['queued', 'running'].includes(simulation.state)) return simulation;
    await new Promise((done) => setTimeout(done, 100));
  }
};

const stopWorkers = async () => {
  for (const worker of workers.splice(0)) {
    worker.kill('SIGTERM');
    await once(worker, 'exit');
  }
};

beforeAll(async () => {
  await onServer(`CREATE DATABASE ${NAME}`);
  expect(await run('database/migrate.js', [], { DATABASE_URL })).toMatchObject({ code: 0 });
  api = await service({ DATABASE_URL, UNWIND_WORKER: 'off', PORT: '0' });
});
afterAll(async () => {
  await api.end();
  await stopWorkers();
  await onServer(`DROP DATABASE ${NAME} WITH (FORCE)`);
});

test('a server without a worker accepts simulations, lets them be cancelled, and workers that come later run the rest, with the same bytes', async () => {
  const [first, cancelled, second] = [await startSimulation(), await startSimulation(), await startSimulation()];
  expect((await call('POST', `/v1/simulations/${cancelled.id}/cancel`)).state).toBe('cancelled');
  expect((await call('GET', `/v1/simulations/${first.id}`)).state).toBe('queued');

  workers.push(start('worker.js', [], { DATABASE_URL }), start('worker.js', [], { DATABASE_URL }));
  const [one, two] = [await final(first.id), await final(second.id)];
  expect([one.state, two.state]).toEqual(['succeeded', 'succeeded']);
  expect(one.resultHash).toBe(two.resultHash);
  expect((await call('GET', `/v1/simulations/${cancelled.id}`)).state).toBe('cancelled');
});

test('a worker that is told to stop in the middle ends what it has begun, and another one does the rest: nothing fails', async () => {
  await stopWorkers();
  const ids = (await Promise.all(Array.from({ length: 4 }, () => startSimulation(3000)))).map(({ id }) => id);
  const states = async () => Promise.all(ids.map(async (id) => (await call('GET', `/v1/simulations/${id}`)).state));
  const first = start('worker.js', [], { DATABASE_URL });
  while ((await states()).every((state) => state === 'queued')) await new Promise((done) => setTimeout(done, 5));
  first.kill('SIGTERM');
  await once(first, 'exit');
  expect((await states()).filter((state) => !['queued', 'succeeded'].includes(state))).toEqual([]);

  workers.push(start('worker.js', [], { DATABASE_URL }));
  expect((await Promise.all(ids.map(final))).map(({ state }) => state)).toEqual(ids.map(() => 'succeeded'));
});

test('an accepted simulation whose job got lost is queued again', async () => {
  await stopWorkers();
  const { id } = await startSimulation();
  await onServer('DELETE FROM bullmq.job', DATABASE_URL);
  workers.push(start('worker.js', [], { DATABASE_URL }));
  expect((await final(id)).state).toBe('succeeded');
}, 60_000);
