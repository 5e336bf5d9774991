import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { asCaller } from '../src/api/caller.js';
import { Streams, STREAMS_MAX } from '../src/simulations/streams.js';
import { follow, type Followed, type StoredEvent } from './followed.js';
import { Fleet } from './fleet.js';
import { client, closedService, keyOf } from './keys.js';
import { service, type Service } from './process.js';

const FINAL = ['succeeded', 'failed', 'cancelled'];

let fleet: Fleet;
/** A second process of the same service. */
let other: Service;
const apis: Service[] = [];

beforeAll(async () => {
  fleet = await new Fleet().open();
  other = await api();
}, 60_000);
afterAll(async () => {
  await Promise.all(apis.map((each) => each.end()));
  await fleet.close();
});

async function api(): Promise<Service> {
  const started = await service({ DATABASE_URL: fleet.databaseUrl, UNWIND_WORKER: 'off', PORT: '0' });
  apis.push(started);
  return started;
}

const eventsOf = (address: string, id: string, after?: string): Promise<Followed> => follow(`${address}/v1/simulations/${id}/events`, after && { 'last-event-id': after });

/** A finished run of many rounds, or a sweep of many points in many parts. */
async function finished(kind: 'run' | 'sweep', workers = 1): Promise<string> {
  const ids = await fleet.store({ accounts: 40, shock: kind === 'run' ? -0.05 : -0.01 });
  const sweep = { shocks: { from: -0.01, to: -0.06, steps: 130 } };
  const { id } = await fleet.start(kind === 'run' ? ids : { ...ids, sweep });
  for (let i = 0; i < workers; i++) fleet.work();
  await fleet.final(id);
  await fleet.stopWorkers();
  return id;
}

describe.each(['run', 'sweep'] as const)('the events of a %s', (kind) => {
  let id: string;
  let all: StoredEvent[];
  beforeAll(async () => {
    id = await finished(kind, kind === 'sweep' ? 2 : 1);
    all = (await (await eventsOf(other.address, id)).rest()).events;
  }, 60_000);

  test('begin with the acceptance, end with the final state, and hold every row once', async () => {
    const changes = all.filter(({ event }) => event === 'change').map(({ data }) => data);
    expect(changes[0]).toMatchObject({ state: 'queued', progress: 0, shardsDone: 0 });
    expect(all.at(-1)).toMatchObject({ event: 'change', data: { state: 'succeeded', progress: 1 } });
    expect(changes.filter(({ state }) => FINAL.includes(state))).toHaveLength(1);
    const progress = changes.map((change) => change.progress);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    const [table, name] = kind === 'run' ? ['simulation_rounds', 'round'] : ['simulation_points', 'point'];
    const stored = await fleet.sql<{ body: object }>(`SELECT body FROM ${table} WHERE simulation_id = '${id}' ORDER BY ordinal`);
    const told = all.filter(({ event }) => event === name).map(({ data }) => data);
    expect(stored.length).toBeGreaterThanOrEqual(40);
    if (kind === 'sweep') told.sort((a, b) => a.point - b.point);
    expect(told).toEqual(stored.map(({ body }) => body));
    expect(new Set(all.map((event) => event.id)).size).toBe(all.length);
    if (kind === 'sweep') expect(changes.map(({ shardsDone }) => shardsDone)).toEqual(expect.arrayContaining([1, 2, 30, changes.at(-1)!.shards]));
  });

  test('go on after any of them with exactly those that are missing, at either process', async () => {
    for (const [i, { id: last }] of [...all.entries()].filter(([i]) => i % 7 === 0 || i > all.length - 4)) {
      const followed = await eventsOf(i % 2 ? other.address : fleet.address, id, last);
      if (i === all.length - 1) expect(followed.status).toBe(204);
      else expect((await followed.rest()).events).toEqual(all.slice(i + 1));
    }
  });

  test('go on when the reader is cut off again and again', async () => {
    const read: StoredEvent[] = [];
    for (let after: string | undefined; ; after = read.at(-1)?.id) {
      const followed = await eventsOf(fleet.address, id, after);
      if (followed.status === 204) break;
      read.push(...(await followed.take(5)));
      await followed.leave();
    }
    expect(read).toEqual(all);
  });
});

test('events come as they happen, and a comment says how soon to come back', async () => {
  const { id } = await fleet.start(await fleet.store({ accounts: 5 }));
  const followed = await eventsOf(other.address, id);
  expect(followed.headers.get('content-type')).toBe('text/event-stream');
  expect(followed.headers.get('cache-control')).toBe('no-cache, no-transform');
  const [first] = await followed.take(1);
  expect(first).toMatchObject({ id: '1', event: 'change', data: { state: 'queued', progress: 0, shards: 1, shardsDone: 0 } });
  const began = Date.now();
  await fleet.call('POST', `/v1/simulations/${id}/cancel`);
  const { events, text } = await followed.rest();
  expect(events).toMatchObject([{ event: 'change', data: { state: 'cancelled' } }]);
  expect(Date.now() - began).toBeLessThan(900); // told, not polled for
  expect(text).toMatch(/^retry: \d+\n\n/);
});

test('a process that is killed is followed by another where it broke off, while the work goes on', async () => {
  const [victim, heir] = [await api(), await api()];
  const ids = await fleet.store({ accounts: 300, shock: -0.01 });
  const { id } = await fleet.start({ ...ids, sweep: { shocks: { from: -0.01, to: -0.06, steps: 200 } } });
  const followed = await eventsOf(victim.address, id);
  fleet.work();
  const before = await followed.take(25);
  await victim.end('SIGKILL');
  await followed.leave();
  const { events } = await (await eventsOf(heir.address, id, before.at(-1)!.id)).rest();
  await fleet.stopWorkers();
  expect(events.at(-1)!.data.state).toBe('succeeded');
  expect([...before, ...events]).toEqual((await (await eventsOf(other.address, id)).rest()).events);
}, 60_000);

test('a process that is told to stop ends its streams with a time to come back, and leaves them to be taken up', async () => {
  const stopping = await api();
  const { id } = await fleet.start(await fleet.store());
  const followed = await eventsOf(stopping.address, id);
  const [first] = await followed.take(1);
  const began = Date.now();
  await stopping.end();
  expect(Date.now() - began).toBeLessThan(5000);
  const { events, text } = await followed.rest();
  expect(events).toEqual([]);
  expect(text).toMatch(/retry: \d+\n\n$/);
  await fleet.call('POST', `/v1/simulations/${id}/cancel`);
  expect((await (await eventsOf(other.address, id, first!.id)).rest()).events).toMatchObject([{ data: { state: 'cancelled' } }]);
});

test('a lost connection to the database is waited for, and nothing is missing after it', async () => {
  const { id } = await fleet.start(await fleet.store());
  const followed = await eventsOf(other.address, id);
  await followed.take(1);
  await fleet.sql('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()');
  await fleet.sql(`UPDATE simulations SET state = 'cancelled', finished_at = now() WHERE id = '${id}'`);
  expect((await followed.rest()).events).toMatchObject([{ event: 'change', data: { state: 'cancelled' } }]);
});

test('a simulation that is deleted ends its stream', async () => {
  const { id } = await fleet.start(await fleet.store());
  const followed = await eventsOf(other.address, id);
  await followed.take(1);
  expect((await fleet.fetch('DELETE', `/v1/simulations/${id}`)).status).toBe(204);
  expect((await followed.rest()).events).toEqual([]);
  expect((await eventsOf(other.address, id)).status).toBe(404);
}, 40_000);

test('what cannot be followed is refused', async () => {
  const { id } = await fleet.start(await fleet.store());
  const problem = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(other.address + path, { headers });
    return [response.status, ((await response.json()) as { code: string }).code];
  };
  expect(await problem(`/v1/simulations/${randomUUID()}/events`)).toEqual([404, 'NOT_FOUND']);
  expect(await problem('/v1/simulations/no-id/events')).toEqual([404, 'NOT_FOUND']);
  for (const wrong of ['x', '-1', '1.', '1.2.3', '99999999999']) expect(await problem(`/v1/simulations/${id}/events`, { 'last-event-id': wrong })).toEqual([400, 'INVALID_INPUT']);
  expect(await problem(`/v1/simulations/${id}/events`, { accept: 'application/json' })).toEqual([406, 'NOT_ACCEPTABLE']);
});

test('a tenant has so many streams and no more, and one that is left makes room', async () => {
  const { id } = await fleet.start(await fleet.store());
  const open: Followed[] = [];
  for (let i = 0; i < 100; i++) open.push(await eventsOf(other.address, id));
  const refused = await fetch(`${other.address}/v1/simulations/${id}/events`);
  expect([refused.status, refused.headers.get('retry-after'), ((await refused.json()) as { code: string }).code]).toEqual([429, '5', 'TOO_MANY_STREAMS']);
  await open.pop()!.leave();
  for (let status = 429; status !== 200; await pause(20)) {
    const again = await eventsOf(other.address, id);
    status = again.status;
    if (status === 200) open.push(again);
    else await again.leave();
  }
  await Promise.all(open.map((each) => each.leave()));
}, 60_000);

test('a stream that is closed twice makes room once', () => {
  asCaller({ tenant: 'alpha' }, () => {
    const streams = new Streams();
    const [left, last] = [streams.open(), () => streams.open()];
    left.close();
    const open = streams.open();
    left.close(); // its reader was at the end, and leaves
    for (let i = 1; i < STREAMS_MAX; i++) last();
    expect(last).toThrow(/close one first/);
    streams.end();
    expect(open.signal.aborted).toBe(true);
  });
});

test('streams that are left leave nothing behind', async () => {
  const { id } = await fleet.start(await fleet.store());
  for (let round = 0; round < 3; round++) {
    const open = await Promise.all(Array.from({ length: 60 }, () => eventsOf(other.address, id)));
    expect(open.map(({ status }) => status)).toEqual(open.map(() => 200));
    await Promise.all(open.map((each) => each.leave()));
    await pause(200);
  }
});

test('a reader that stands still fills no memory', async () => {
  const own = await api();
  const { id } = await fleet.start(await fleet.store());
  await fleet.sql(`UPDATE simulations SET state = 'running' WHERE id = '${id}'`);
  // 120 MB of rounds
  await fleet.sql(`INSERT INTO simulation_rounds (simulation_id, tenant, ordinal, body) SELECT '${id}', 'local', n, json_build_object('round', n, 'prices', '[]'::json, 'entryCount', 0, 'entries', '[]'::json, 'filling', repeat('x', 200000)) FROM generate_series(1, 600) n`);
  await fleet.sql(`UPDATE simulations SET state = 'succeeded' WHERE id = '${id}'`);
  const rss = async () => Number(/^process_resident_memory_bytes (\S+)/m.exec(await (await fetch(`${own.address}/metrics`)).text())![1]) / 2 ** 20;
  const sqlOf = async () => Number((await fleet.sql<{ count: string }>(`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()`))[0]!.count);
  const before = await rss();
  const still = await Promise.all(Array.from({ length: 10 }, () => eventsOf(own.address, id)));
  await pause(3000);
  expect(await rss()).toBeLessThan(before + 400); // all of it would be 1200 MB; much of this is not collected yet
  expect(await sqlOf()).toBe(0); // nor does it hold a transaction open
  const { events } = await still[0]!.rest();
  expect(events.filter(({ event }) => event === 'round').map(({ data }) => data.round)).toEqual(Array.from({ length: 600 }, (_, i) => i + 1));
  await Promise.all(still.slice(1).map((each) => each.leave()));
}, 60_000);

test("another tenant's simulation is a missing one, and a stream needs a key that may read", async () => {
  const closed = await closedService();
  try {
    const [owner, stranger, writer] = await Promise.all([keyOf(`own-${process.pid}`), keyOf(`strange-${process.pid}`), keyOf(`own-${process.pid}`, ['write'])]);
    const { rest } = client(closed.address, owner);
    const { market, portfolio } = (await import('./fleet.js')).chain(1);
    const [marketId, portfolioId, scenarioId] = await Promise.all([rest('POST', '/v1/markets', market), rest('POST', '/v1/portfolios', portfolio), rest('POST', '/v1/scenarios', { name: 's' })]);
    const { body } = await rest('POST', '/v1/simulations', { marketId: marketId.body.id, portfolioId: portfolioId.body.id, scenarioId: scenarioId.body.id });
    const as = (key?: string) => follow(`${closed.address}/v1/simulations/${body.id}/events`, key ? { authorization: `Bearer ${key}` } : {});
    const own = await as(owner);
    expect((await own.take(1))[0]).toMatchObject({ data: { state: 'queued' } });
    await own.leave();
    expect([(await as(stranger)).status, (await as(writer)).status, (await as()).status]).toEqual([404, 403, 401]);
  } finally {
    await closed.end();
  }
}, 60_000);

test('every move is written down once, under the version that it made', async () => {
  const id = await finished('run');
  const client = new pg.Client({ connectionString: fleet.databaseUrl });
  await client.connect();
  const { rows } = await client.query('SELECT change.version, change.state, simulation.version AS last FROM simulation_changes change JOIN simulations simulation ON simulation.id = simulation_id WHERE simulation_id = $1 ORDER BY 1', [id]);
  await client.end();
  expect(rows.at(-1)).toMatchObject({ state: 'succeeded', version: rows[0].last });
  expect(rows.map(({ state }) => state)).toEqual(['queued', ...rows.slice(2).map(() => 'running'), 'succeeded']);
});
