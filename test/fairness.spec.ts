import { BACKENDS, CLOSED, Fleet } from './fleet.js';

const MANY = 200;

describe.each(BACKENDS)('turns of tenants on $backend', ({ env, describe: where }) => {
  where('with worker processes', () => {
    const fleet = new Fleet(env);
    beforeAll(async () => void (await fleet.open({ ...CLOSED, UNWIND_TENANT_QUEUED_MAX: String(MANY) })), 60_000);
    afterAll(() => fleet.close(), 60_000);
    afterEach(() => fleet.stopWorkers());

    test('who queues 200 does not keep another waiting: the single one starts among the first, and what is beyond the limit is refused with Retry-After', async () => {
      const [first, second] = [await fleet.tenant('first'), await fleet.tenant('second')];
      const ids = await first.store();
      const many = await Promise.all(Array.from({ length: MANY }, () => first.start(ids)));
      const refused = await first.fetch('POST', '/v1/simulations', ids);
      expect([refused.status, refused.headers.get('retry-after'), ((await refused.json()) as { code: string }).code]).toEqual([429, '5', 'TOO_MANY_SIMULATIONS']);
      const graphql = await first.call<{ errors: { extensions: { code: string } }[] }>('POST', '/graphql', { query: 'mutation ($input: SimulationInput!) { startSimulation(input: $input) { id } }', variables: { input: ids } });
      expect(graphql.errors[0]!.extensions.code).toBe('TOO_MANY_SIMULATIONS');

      const single = await second.start(await second.store());
      fleet.work({ UNWIND_THREADS: '1' });
      fleet.work({ UNWIND_THREADS: '1' });
      const { finishedAt } = await second.final(single.id);
      const before = await fleet.sql(`SELECT FROM simulations WHERE finished_at < '${finishedAt}'`);
      expect(before.length).toBeLessThan(6);
      for (const { id } of many) expect((await first.final(id)).state).toBe('succeeded');
    }, 180_000);

    test('three tenants with as much to do take turns, and none has more running than the limit', async () => {
      const tenants = await Promise.all([0, 1, 2].map((t) => fleet.tenant(`tenant-${t}`)));
      const started: { id: string; tenant: Fleet }[] = [];
      for (const tenant of tenants) {
        const ids = await tenant.store({ accounts: 300 });
        for (let n = 0; n < 6; n++) started.push({ id: (await tenant.start(ids)).id, tenant });
      }
      for (let n = 0; n < 2; n++) fleet.work({ UNWIND_THREADS: '3', UNWIND_TENANT_RUNNING_MAX: '1' });
      let most = 0;
      for (let left = 18; left > 0; ) {
        const [row] = await fleet.sql<{ most: number }>(`SELECT coalesce(max(n), 0)::int AS most FROM (SELECT count(*) AS n FROM simulation_shards WHERE leased_until > now() GROUP BY tenant) AS running`);
        most = Math.max(most, row!.most);
        left = (await fleet.sql(`SELECT FROM simulation_shards`)).length;
      }
      expect(most).toBe(1);
      const ended = await Promise.all(started.map(async ({ id, tenant }) => ({ tenant, at: Date.parse((await tenant.final(id)).startedAt) })));
      const order = ended.sort((a, b) => a.at - b.at).map(({ tenant }) => tenant);
      for (const each of tenants) expect(order.slice(0, 9).filter((tenant) => tenant === each).length).toBeGreaterThanOrEqual(2);
    }, 120_000);
  });
});
