import { randomUUID } from 'node:crypto';
import { type Answer, selection } from './doors.js';
import { Fleet } from './fleet.js';

interface VerifyDoor {
  readonly name: string;
  verify(fleet: Fleet, id: string): Promise<Answer>;
}

/** The doors of test/doors.ts on a service of our own. */
const restDoor: VerifyDoor = {
  name: 'REST',
  async verify(fleet, id) {
    const response = await fleet.fetch('POST', `/v1/simulations/${id}/verify`);
    const answer = (await response.json()) as { code?: string };
    return response.ok ? { status: 200, pointers: [], issues: [], data: answer } : { status: response.status, code: answer.code!, pointers: [], issues: [] };
  },
};

const graphqlDoor: VerifyDoor = {
  name: 'GraphQL',
  async verify(fleet, id) {
    const query = `mutation ($id: ID!) { data: verifySimulation(id: $id) ${await selection('Verification')} }`;
    const { data, errors } = await fleet.call<{ data?: { data: unknown }; errors?: { extensions: { code: string; status: number } }[] }>('POST', '/graphql', { query, variables: { id } });
    return errors ? { status: errors[0]!.extensions.status, code: errors[0]!.extensions.code, pointers: [], issues: [] } : { status: 200, pointers: [], issues: [], data: data!.data };
  },
};

describe.each([restDoor, graphqlDoor].map((door) => [door.name, door] as const))('verify through %s', (_name, door) => {
  const fleet = new Fleet();
  beforeAll(async () => {
    await fleet.open();
    fleet.work();
  }, 60_000);
  afterAll(() => fleet.close(), 60_000);

  test('runs a simulation again and finds the same bytes; the run keeps no rows and is in no list', async () => {
    const { id } = await fleet.start(await fleet.store({ accounts: 20 }));
    const { resultHash } = await fleet.final(id);
    const { data } = await door.verify(fleet, id);
    expect(data).toMatchObject({ simulationId: id, state: 'succeeded', matches: true, resultHash, recomputedHash: resultHash, isSameEngine: true });
    expect(await fleet.read(data.runId)).toMatchObject({ verifies: id, state: 'succeeded' });
    expect((await fleet.call<{ items: unknown[] }>('GET', `/v1/simulations/${data.runId}/accounts`)).items).toEqual([]);
    const listed = await fleet.call<{ items: { id: string }[] }>('GET', '/v1/simulations?limit=1');
    expect(listed.items.map((item) => item.id)).toEqual([id]);
  }, 60_000);

  test('does so with a sweep', async () => {
    const { id } = await fleet.start({ ...(await fleet.store({ accounts: 20 })), sweep: { shocks: { from: -0.06, to: 0, steps: 70 } } });
    await fleet.final(id);
    const { data } = await door.verify(fleet, id);
    expect(data).toMatchObject({ state: 'succeeded', matches: true });
    expect((await fleet.call<{ items: unknown[] }>('GET', `/v1/simulations/${data.runId}/points`)).items).toEqual([]);
  }, 60_000);

  test('says so when the stored hash is not that of the input, and which engine gave it', async () => {
    const { id } = await fleet.start(await fleet.store());
    const { resultHash } = await fleet.final(id);
    await fleet.sql(`UPDATE simulations SET result_hash = repeat('0', 64), engine_version = '0.0.1' WHERE id = '${id}'`);
    expect((await door.verify(fleet, id)).data).toMatchObject({ matches: false, resultHash: '0'.repeat(64), recomputedHash: resultHash, engineVersion: '0.0.1', isSameEngine: false });
  }, 60_000);

  test('of what has no result is refused, and of what is not there not found', async () => {
    const { id } = await fleet.start(await fleet.store());
    await fleet.final(id);
    await fleet.sql(`UPDATE simulations SET state = 'cancelled' WHERE id = '${id}'`);
    expect(await door.verify(fleet, id)).toMatchObject({ status: 409, code: 'NO_RESULT' });
    expect(await door.verify(fleet, randomUUID())).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  }, 60_000);

  test('answers after 10 s when nobody has run it yet; asking again waits for the same run', async () => {
    const { id } = await fleet.start(await fleet.store());
    await fleet.final(id);
    await fleet.stopWorkers();
    const { data } = await door.verify(fleet, id);
    expect(data).toMatchObject({ state: 'queued', matches: null, recomputedHash: null });
    fleet.work();
    expect((await door.verify(fleet, id)).data).toMatchObject({ runId: data.runId, matches: true });
  }, 60_000);

  test('goes with the simulation when that is deleted', async () => {
    const { id } = await fleet.start(await fleet.store());
    await fleet.final(id);
    const { data } = await door.verify(fleet, id);
    expect((await fleet.fetch('DELETE', `/v1/simulations/${id}`)).status).toBe(204);
    expect((await fleet.fetch('GET', `/v1/simulations/${data.runId}`)).status).toBe(404);
  }, 60_000);
});

