import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { BACKENDS, Fleet } from './fleet.js';

const BACK_AT_WORK_MS = 15_000;
const CANCELLED_MS = 1000;

describe.each(BACKENDS)('the queue on $backend', ({ env, describe: where }) => {
  where('with worker processes', () => {
    const fleet = new Fleet(env);
    beforeAll(async () => void (await fleet.open()), 60_000);
    afterAll(() => fleet.close(), 60_000);
    afterEach(() => fleet.stopWorkers('SIGKILL'));

    const grid = async (accounts: number, steps: number) => {
      const { scenarioId, ...ids } = await fleet.store({ accounts });
      return fleet.start({ ...ids, scenarioId, sweep: { shocks: { from: -0.05, to: -0.06, steps } } });
    };

    /** A new worker claims what a dead one had, in time. */
    const takenAgain = async (id: string) => {
      const from = Date.now();
      fleet.work();
      while ((await fleet.sql(`SELECT FROM simulation_shards WHERE simulation_id = '${id}' AND attempt >= 2`)).length === 0) {
        expect(Date.now() - from).toBeLessThan(BACK_AT_WORK_MS);
        await pause(20);
      }
    };

    test('a server without a worker accepts simulations, lets them be cancelled, and workers that come later run the rest, with the same bytes', async () => {
      const ids = await fleet.store();
      const [first, cancelled, second] = [await fleet.start(ids), await fleet.start(ids), await fleet.start(ids)];
      expect((await fleet.call('POST', `/v1/simulations/${cancelled.id}/cancel`)).state).toBe('cancelled');
      expect((await fleet.read(first.id)).state).toBe('queued');

      fleet.work();
      fleet.work();
      const [one, two] = [await fleet.final(first.id), await fleet.final(second.id)];
      expect([one.state, two.state]).toEqual(['succeeded', 'succeeded']);
      expect(one.resultHash).toBe(two.resultHash);
      expect((await fleet.read(cancelled.id)).state).toBe('cancelled');
    });

    test('a worker that is told to stop in the middle ends what it has begun, and another one does the rest: nothing fails', async () => {
      const documents = await fleet.store({ accounts: 3000 });
      const ids = (await Promise.all(Array.from({ length: 4 }, () => fleet.start(documents)))).map(({ id }) => id);
      const states = async () => Promise.all(ids.map(async (id) => (await fleet.read(id)).state));
      const first = fleet.work();
      while ((await states()).every((state) => state === 'queued')) await pause(5);
      first.kill('SIGTERM');
      await once(first, 'exit');
      expect((await states()).filter((state) => !['queued', 'succeeded'].includes(state))).toEqual([]);

      fleet.work();
      expect((await Promise.all(ids.map((id) => fleet.final(id)))).map(({ state }) => state)).toEqual(ids.map(() => 'succeeded'));
    }, 120_000);

    test('a run that was given back however often is done, and one that took five workers down is given up', async () => {
      const ids = await fleet.store();
      const [givenBack, deadly] = [await fleet.start(ids), await fleet.start(ids)];
      await fleet.sql(`UPDATE simulation_shards SET attempt = 50, losses = 4 WHERE simulation_id = '${givenBack.id}'`);
      await fleet.sql(`UPDATE simulation_shards SET attempt = 5, losses = 4, leased_until = now() - interval '1 second' WHERE simulation_id = '${deadly.id}'`);
      fleet.work();
      expect((await fleet.final(givenBack.id)).state).toBe('succeeded');
      expect(await fleet.final(deadly.id)).toMatchObject({ state: 'failed', error: { code: 'INTERNAL', detail: '5 workers were lost while they ran it.' } });
    }, 60_000);

    test('accepted simulations are run although every job got lost, before a worker comes and while one is at work', async () => {
      const ids = await fleet.store();
      const before = await fleet.start(ids);
      await fleet.forgetCalls();
      fleet.work();
      expect((await fleet.final(before.id)).state).toBe('succeeded');
      await fleet.forgetCalls();
      const after = await Promise.all(Array.from({ length: 20 }, () => fleet.start(ids)));
      await fleet.forgetCalls();
      for (const { id } of after) expect((await fleet.final(id)).state).toBe('succeeded');
    }, 120_000);

    test('of a worker killed in the middle of a sweep, another one takes over what is not done within 15 s, and the bytes are those of an undisturbed run', async () => {
      const { id } = await grid(1000, 48);
      const first = fleet.work({ UNWIND_THREADS: '2' });
      await fleet.until(id, ({ shardsDone }) => shardsDone >= 3);
      first.kill('SIGKILL');
      await once(first, 'exit');
      const written = () => fleet.sql<{ ordinal: number; xmin: string }>(`SELECT ordinal, xmin::text FROM simulation_points WHERE simulation_id = '${id}' ORDER BY ordinal`);
      const done = await written();
      expect((await fleet.read(id)).state).toBe('running');
      const orphans = (await fleet.sql(`SELECT ordinal FROM simulation_shards WHERE simulation_id = '${id}' AND leased_until > now()`)).length;
      expect(orphans).toBeGreaterThan(0);

      await takenAgain(id);
      const { state, resultHash, progress, shards, shardsDone } = await fleet.final(id);
      expect({ state, progress, shards, shardsDone }).toEqual({ state: 'succeeded', progress: 1, shards: 48, shardsDone: 48 });
      const rows = await written();
      expect(rows).toHaveLength(48);
      expect(rows.filter(({ ordinal }) => done.some((each) => each.ordinal === ordinal))).toEqual(done); // not done a second time

      const undisturbed = await grid(1000, 48);
      expect((await fleet.final(undisturbed.id)).resultHash).toBe(resultHash);
    }, 180_000);

    test('a single run whose worker is killed is taken by another one within 15 s, which tells its own course from the beginning, and finished', async () => {
      const { id } = await fleet.start(await fleet.store({ accounts: 6000 }));
      const first = fleet.work();
      await fleet.until(id, ({ soFar }) => soFar !== null);
      first.kill('SIGKILL');
      await once(first, 'exit');
      const { version } = await fleet.read(id);
      await takenAgain(id);
      expect((await fleet.final(id)).state).toBe('succeeded');
      const [again] = await fleet.sql(`SELECT state, progress, so_far FROM simulation_changes WHERE simulation_id = '${id}' AND version > ${version} ORDER BY version LIMIT 1`);
      expect(again).toEqual({ state: 'running', progress: 0.05, so_far: null });
    }, 120_000);

    test('a worker that was taken for dead cannot overwrite what another one has finished', async () => {
      const { id } = await fleet.start(await fleet.store({ accounts: 3000 }));
      const frozen = fleet.work();
      await fleet.until(id, ({ state }) => state === 'running');
      frozen.kill('SIGSTOP');
      expect((await fleet.read(id)).state).toBe('running');
      fleet.work();
      const finished = await fleet.final(id);
      expect(finished.state).toBe('succeeded');
      const rows = () => fleet.sql(`SELECT ordinal, xmin::text FROM simulation_accounts WHERE simulation_id = '${id}' ORDER BY ordinal`);
      const [before, row] = [await rows(), await fleet.sql(`SELECT xmin::text FROM simulations WHERE id = '${id}'`)];
      frozen.kill('SIGCONT');
      await pause(5000); // longer than the run that it goes on with
      expect(await fleet.read(id)).toEqual(finished);
      expect([await rows(), await fleet.sql(`SELECT xmin::text FROM simulations WHERE id = '${id}'`)]).toEqual([before, row]);
      const next = await fleet.start(await fleet.store());
      await fleet.stopWorkers('SIGKILL'); // of the two, one may be frozen in the middle of its stop
      fleet.work();
      expect((await fleet.final(next.id)).state).toBe('succeeded');
    }, 120_000);

    test('a cancel frees the threads within a second, of a run, of a sweep with some shards done, and of what other processes have', async () => {
      const [single, sweep] = [await fleet.start(await fleet.store({ accounts: 6000 })), await grid(1500, 1000)];
      const workers = [fleet.work({ UNWIND_THREADS: '1' }), fleet.work({ UNWIND_THREADS: '1' })];
      await fleet.until(single.id, ({ soFar }) => soFar !== null);
      await fleet.until(sweep.id, ({ state }) => state === 'running');
      await fleet.call('POST', `/v1/simulations/${single.id}/cancel`);
      await fleet.until(sweep.id, ({ shardsDone }) => shardsDone >= 1);
      const next = [await fleet.start(await fleet.store()), await fleet.start(await fleet.store())];

      const cancelledAt = Date.now();
      const { state, progress } = await fleet.call('POST', `/v1/simulations/${sweep.id}/cancel`);
      expect(state).toBe('cancelled');
      expect(progress).toBeLessThan(1);
      const first = await Promise.all(next.map(({ id }) => fleet.until(id, ({ startedAt }) => startedAt != null)));
      for (const { startedAt } of first) expect(Date.parse(startedAt) - cancelledAt).toBeLessThan(CANCELLED_MS);
      for (const { id } of next) expect((await fleet.final(id)).state).toBe('succeeded');
      expect(workers.map(({ exitCode }) => exitCode)).toEqual([null, null]);
      expect([(await fleet.read(single.id)).state, (await fleet.read(sweep.id)).state]).toEqual(['cancelled', 'cancelled']);
      const [last] = await fleet.sql(`SELECT state, so_far IS NOT NULL AS "isTold" FROM simulation_changes WHERE simulation_id = '${single.id}' ORDER BY version DESC LIMIT 1`);
      expect(last).toEqual({ state: 'cancelled', isTold: true });
    }, 180_000);

    test('progress never falls, and says how many shards are done', async () => {
      const { id } = await grid(1000, 20);
      fleet.work();
      const seen: { progress: number; shardsDone: number }[] = [];
      await fleet.until(id, ({ state, progress, shardsDone }) => seen.push({ progress, shardsDone }) > 0 && state === 'succeeded');
      expect(seen.map(({ progress }) => progress)).toEqual(seen.map(({ progress }) => progress).sort((a, b) => a - b));
      expect(new Set(seen.map(({ shardsDone }) => shardsDone)).size).toBeGreaterThan(3);
      expect(seen.at(-1)).toEqual({ progress: 1, shardsDone: 20 });
    }, 120_000);
  });
});
