import { BACKENDS, Fleet } from './fleet.js';

const MANY = 200;

describe.each(BACKENDS)('turns of tenants on $backend', ({ env, describe: where }) => {
  where('with worker processes', () => {
    const fleet = new Fleet(env);
    beforeAll(async () => void (await fleet.open({ UNWIND_TENANT_QUEUED_MAX: String(MANY) })), 60_000);
    afterAll(() => fleet.close(), 60_000);
    afterEach(() => fleet.stopWorkers());

    /** The tenant of what waits; with keys it is that of the credential. */
    const give = async (tenant: string, ids: readonly string[]) => {
      const list = ids.map((id) => `'${id}'`).join(', ');
      await fleet.sql(`UPDATE simulation_shards SET tenant = '${tenant}' WHERE simulation_id IN (${list})`);
    };

    test('who queues 200 does not keep another waiting: the single one starts among the first, and what is beyond the limit is refused with Retry-After', async () => {
      const ids = await fleet.store();
      const many = await Promise.all(Array.from({ length: MANY }, () => fleet.start(ids)));
      const refused = await fleet.fetch('POST', '/v1/simulations', ids);
      expect([refused.status, refused.headers.get('retry-after'), ((await refused.json()) as { code: string }).code]).toEqual([429, '5', 'TOO_MANY_SIMULATIONS']);
      const graphql = await fleet.call<{ errors: { extensions: { code: string } }[] }>('POST', '/graphql', { query: 'mutation ($input: SimulationInput!) { startSimulation(input: $input) { id } }', variables: { input: ids } });
      expect(graphql.errors[0]!.extensions.code).toBe('TOO_MANY_SIMULATIONS');

      await give('first', many.map(({ id }) => id));
      const single = await fleet.start(ids);
      await give('second', [single.id]);
      fleet.work({ UNWIND_THREADS: '1' });
      fleet.work({ UNWIND_THREADS: '1' });
      const { finishedAt } = await fleet.final(single.id);
      const before = await fleet.sql(`SELECT FROM simulations WHERE finished_at < '${finishedAt}'`);
      expect(before.length).toBeLessThan(6);
      for (const { id } of many) expect((await fleet.final(id)).state).toBe('succeeded');
    }, 180_000);

    test('three tenants with as much to do take turns, and none has more running than the limit', async () => {
      const ids = await fleet.store({ accounts: 300 });
      const started = await Promise.all(Array.from({ length: 18 }, () => fleet.start(ids)));
      for (const t of [0, 1, 2]) await give(`tenant-${t}`, started.slice(t * 6, t * 6 + 6).map(({ id }) => id));
      const tenantOf = new Map(started.map(({ id }, i) => [id, Math.floor(i / 6)]));
      for (let n = 0; n < 2; n++) fleet.work({ UNWIND_THREADS: '3', UNWIND_TENANT_RUNNING_MAX: '1' });
      let most = 0;
      for (let left = 18; left > 0; ) {
        const [row] = await fleet.sql<{ most: number }>(`SELECT coalesce(max(n), 0)::int AS most FROM (SELECT count(*) AS n FROM simulation_shards WHERE leased_until > now() GROUP BY tenant) AS running`);
        most = Math.max(most, row!.most);
        left = (await fleet.sql(`SELECT FROM simulation_shards`)).length;
      }
      expect(most).toBe(1);
      const order = (await Promise.all(started.map(({ id }) => fleet.final(id)))).sort((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt)).map(({ id }) => tenantOf.get(id));
      for (const t of [0, 1, 2]) expect(order.slice(0, 9).filter((tenant) => tenant === t).length).toBeGreaterThanOrEqual(2);
    }, 120_000);
  });
});
