import { spawnSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { asCaller } from '../src/api/caller.js';
import { toApiError } from '../src/api/error.filter.js';
import { Database } from '../src/database/database.js';
import { FILES_MAX, RawConnections, TENANT_FILES_MAX } from '../src/database/raw.js';
import { ChangesFeed } from '../src/simulations/changes-feed.js';
import { Fleet } from './fleet.js';

const fleet = new Fleet();
beforeAll(() => fleet.open(), 60_000);
afterAll(() => fleet.close(), 60_000);

describe('while a simulation is being written', () => {
  const slowly = (when: string) =>
    fleet.sql(`CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(2); RETURN NEW; END $$;
               CREATE TRIGGER slow BEFORE INSERT ON simulations FOR EACH ROW ${when} EXECUTE FUNCTION slow()`);
  const asleep = async () => {
    while ((await fleet.sql("SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'")).length === 0) await pause(20);
  };
  afterEach(() => fleet.sql('DROP FUNCTION slow CASCADE'));

  test('the last other one of the same input is deleted: both requests have their effect', async () => {
    const input = await fleet.store();
    const { id } = await fleet.start(input);
    await slowly('');
    const starting = fleet.fetch('POST', '/v1/simulations', input);
    await asleep();
    const deleted = await fleet.fetch('DELETE', `/v1/simulations/${id}`);
    const started = await starting;
    expect([started.status, deleted.status]).toEqual([202, 204]);
    const { inputHash } = (await started.json()) as { inputHash: string };
    expect(await fleet.sql(`SELECT hash FROM input_snapshots WHERE hash = '${inputHash}'`)).toHaveLength(1);
  }, 30_000);

  test('the one that it verifies is deleted: there is nothing to verify', async () => {
    const { id } = await fleet.start(await fleet.store());
    await fleet.sql(`UPDATE simulations SET state = 'succeeded' WHERE id = '${id}'`);
    await slowly('WHEN (NEW.verifies IS NOT NULL)');
    const verifying = fleet.fetch('POST', `/v1/simulations/${id}/verify`);
    await asleep();
    expect((await fleet.fetch('DELETE', `/v1/simulations/${id}`)).status).toBe(204);
    expect((await verifying).status).toBe(404);
  }, 30_000);
});

test('a stranger who watches a simulation first keeps nothing from its owner', async () => {
  const { id } = await fleet.start(await fleet.store());
  const database = new Database(fleet.databaseUrl);
  const feed = new ChangesFeed(database);
  const told: string[] = [];
  const watch = (tenant: string) => asCaller({ tenant }, () => feed.watch(id, ({ state }) => told.push(`${tenant} ${state}`)));
  const leave = watch('stranger');
  watch('local');
  leave();
  for (const end = Date.now() + 10_000; told.length === 0 && Date.now() < end; ) await pause(100);
  await feed.onModuleDestroy();
  await database.$disconnect();
  expect(told[0]).toBe('local queued');
}, 30_000);

const END = `import pg from 'pg'; const client = new pg.Client({ connectionString: process.argv[1] }); await client.connect();
  await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()'); await client.end();`;

test('connections that were lost unseen are made anew, however many', async () => {
  const raw = new RawConnections(fleet.databaseUrl);
  const all = () => Promise.allSettled(Array.from({ length: TENANT_FILES_MAX }, () => asCaller({ tenant: 'alpha' }, () => raw.transaction((client) => client.query('SELECT 1')))));
  await all();
  spawnSync(process.execPath, ['--input-type=module', '-e', END, fleet.databaseUrl]); // this process sees nothing of it until the next statement
  expect((await all()).map(({ status }) => status)).toContain('rejected');
  for (let rejected = true; rejected; rejected = (await all()).some(({ status }) => status === 'rejected')) await pause(500); // until the pulse is back
  await raw.onModuleDestroy();
}, 30_000);

test('one import or export more than there is room for, in all or of one tenant, is told when to come again', async () => {
  const raw = new RawConnections(fleet.databaseUrl);
  let end = () => {};
  const ended = new Promise<void>((done) => (end = done));
  const as = (tenant: string, work: () => Promise<void>) => asCaller({ tenant }, () => raw.transaction(work));
  const held = Array.from({ length: TENANT_FILES_MAX }, () => as('alpha', () => ended));
  await expect(as('alpha', async () => {})).rejects.toMatchObject({ code: 'TOO_MANY_STREAMS', status: 429, more: { retryAfterSeconds: 5 } });
  await as('beta', async () => {});
  held.push(...Array.from({ length: FILES_MAX - TENANT_FILES_MAX }, () => as('beta', () => ended)));
  await expect(as('gamma', async () => {})).rejects.toMatchObject({ code: 'UNAVAILABLE', status: 503, more: { retryAfterSeconds: 5 } });
  end();
  await Promise.all(held);
  await as('alpha', async () => {});
  await raw.onModuleDestroy();
}, 30_000);

test('a transaction that gets no connection is told to come again', async () => {
  const database = new Database(fleet.databaseUrl);
  const work = () => asCaller({ tenant: 'alpha' }, () => database.$transaction((from) => from.market.count()));
  await work();
  const taken = await asCaller({ tenant: 'alpha' }, () => Promise.all(Array.from({ length: 10 }, () => database.pool.connect())));
  const refused = await work().catch(toApiError);
  expect(refused).toMatchObject({ code: 'UNAVAILABLE', status: 503, more: { retryAfterSeconds: 1 } });
  taken.forEach((client) => client.release());
  expect(await work()).toEqual(expect.any(Number));
  await database.$disconnect();
}, 30_000);
