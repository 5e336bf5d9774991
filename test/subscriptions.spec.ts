import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { chain, Fleet } from './fleet.js';
import { follow } from './followed.js';
import { client, KEY_SECRET } from './keys.js';
import { run, service } from './process.js';

/** Of a worker. */
const HEARTBEAT_MS = 400;
const PROTOCOL = 'graphql-transport-ws';
const EVENTS = 'subscription ($id: ID!, $after: String) { data: simulationEvents(id: $id, after: $after) { id change { state progress soFar { phase rounds iterations liquidated largestMove } shards shardsDone changedAt } round { round entryCount } point { point shock } } }';
const CHANGED = 'subscription ($id: ID!) { data: simulationChanged(id: $id) { id state progress soFar { phase rounds } version resultHash rounds(first: 2) { nodes { round } } } }';

let fleet: Fleet;

beforeAll(async () => void (fleet = await new Fleet().open()), 60_000);
afterAll(() => fleet.close());

const wsOf = (address: string) => `${address.replace('http', 'ws')}/graphql`;

interface Heard {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly data: any[];
  readonly codes: string[];
  /** Code with which the connection was closed by the service. */
  readonly closed?: number;
}

/** Everything a subscription says until it ends; `leave` after so many answers. */
async function heard(address: string, query: string, variables: object, { params, leave = Infinity, onAnswer }: { params?: Record<string, unknown>; leave?: number; onAnswer?: () => void } = {}): Promise<Heard> {
  let closed: number | undefined;
  const connection = createClient({ url: wsOf(address), webSocketImpl: WebSocket, retryAttempts: 0, lazy: false, onNonLazyError: () => undefined, ...(params && { connectionParams: params }), on: { closed: (event) => (closed = (event as { code: number }).code) } });
  const data: unknown[] = [];
  const codes: string[] = [];
  try {
    for await (const answer of connection.iterate<{ data: unknown }>({ query, variables: { ...variables } })) {
      if (answer.errors) codes.push(...answer.errors.map(({ extensions }) => String(extensions?.code)));
      else data.push(answer.data!.data);
      onAnswer?.();
      if (data.length >= leave) break;
    }
  } catch (error) {
    if (Array.isArray(error)) codes.push(...error.map(({ extensions }) => String(extensions?.code)));
    else closed ??= (error as { code?: number }).code;
  } finally {
    await connection.dispose();
  }
  return { data, codes, closed };
}

async function succeeded(accounts = 6): Promise<string> {
  const { id } = await fleet.start(await fleet.store({ accounts }));
  fleet.work();
  await fleet.final(id);
  await fleet.stopWorkers();
  return id;
}

/** A connection that is opened by hand. */
async function raw(address: string, options: WebSocket.ClientOptions = {}): Promise<WebSocket> {
  const socket = new WebSocket(wsOf(address), PROTOCOL, options);
  await once(socket, 'open');
  return socket;
}

const closeOf = async (socket: WebSocket): Promise<number> => Number((await once(socket, 'close'))[0]);
const refusal = async (socket: WebSocket): Promise<string> => String((await once(socket, 'error'))[0].message);

test('a subscription tells the same events as the stream of the REST door, and goes on after any of them', async () => {
  const id = await succeeded();
  const { events } = await (await follow(`${fleet.address}/v1/simulations/${id}/events`)).rest();
  const told = (await heard(fleet.address, EVENTS, { id })).data;
  expect(told.map((event) => event.id)).toEqual(events.map((event) => event.id));
  expect(told.filter(({ change }) => change).map(({ change }) => change)).toEqual(events.filter(({ event }) => event === 'change').map(({ data }) => data));
  expect(told.filter(({ round }) => round).map(({ round }) => round.round)).toEqual([1, 2, 3, 4, 5, 6]);
  for (const [i, { id: after }] of told.entries()) expect((await heard(fleet.address, EVENTS, { id, after })).data).toEqual(told.slice(i + 1));
}, 60_000);

test('simulationChanged shows the simulation as it is and each time that it moves, with what is nested in it', async () => {
  const { id } = await fleet.start(await fleet.store({ accounts: 3 }));
  const listening = heard(fleet.address, CHANGED, { id });
  fleet.work();
  const { data } = await listening;
  await fleet.stopWorkers();
  expect(data[0]).toMatchObject({ id, state: 'queued', progress: 0, rounds: { nodes: [] } });
  expect(data.at(-1)).toMatchObject({ id, state: 'succeeded', progress: 1, resultHash: expect.stringMatching(/^[0-9a-f]{64}$/), rounds: { nodes: [{ round: 1 }, { round: 2 }] } });
  const versions = data.map(({ version }) => version);
  expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
}, 60_000);

test('a long run tells at both doors how far it has come, seldom, until it has ended', async () => {
  const { id } = await fleet.start(await fleet.store({ accounts: 6000 }));
  const stream = await follow(`${fleet.address}/v1/simulations/${id}/events`);
  const listening = [heard(fleet.address, EVENTS, { id }), heard(fleet.address, CHANGED, { id })];
  fleet.work();
  const [{ events }, ...subscribed] = await Promise.all([stream.rest(), ...listening]);
  await fleet.stopWorkers();
  const changes = events.filter(({ event }) => event === 'change').map(({ data }) => data);
  expect(subscribed[0]!.data.flatMap(({ change }) => change ?? [])).toEqual(changes);
  const told = changes.filter(({ soFar }) => soFar).map(({ soFar }) => soFar);
  const inRounds = told.filter(({ phase }) => phase === 'rounds');
  expect(inRounds.length).toBeGreaterThan(1);
  for (const [i, { phase, rounds, liquidated, iterations, largestMove }] of told.entries()) {
    expect(rounds).toBeGreaterThan(i === 0 ? 0 : inRounds.includes(told[i]!) ? told[i - 1]!.rounds : 5999);
    expect(liquidated).toBe(rounds); // one a round, each moves the price by lambda
    expect(largestMove).toBeCloseTo(-0.05 - rounds * 1e-6, 9);
    expect(iterations > 0).toBe(phase !== 'rounds');
  }
  const [begun, ended] = [changes.find(({ state }) => state === 'running'), changes.at(-1)].map(({ changedAt }) => Date.parse(changedAt));
  expect(told.length).toBeLessThanOrEqual((ended! - begun!) / HEARTBEAT_MS + 1);
  expect([changes[0], changes.at(-1)]).toMatchObject([{ state: 'queued', soFar: null }, { state: 'succeeded', progress: 1, soFar: null }]);
  expect(subscribed[1]!.data.filter(({ state, soFar }) => state === 'running' && soFar?.rounds > 0).length).toBeGreaterThan(1);
  expect(subscribed[1]!.data.at(-1)).toMatchObject({ state: 'succeeded', soFar: null });
}, 120_000);

test('who leaves is let go, and may come back', async () => {
  const { id } = await fleet.start(await fleet.store());
  for (let i = 0; i < 110; i++) expect((await heard(fleet.address, EVENTS, { id }, { leave: 1 })).data).toHaveLength(1);
}, 60_000);

test('what cannot be followed is refused with the codes of the other doors', async () => {
  const { id } = await fleet.start(await fleet.store());
  expect(await heard(fleet.address, EVENTS, { id: randomUUID() })).toMatchObject({ data: [], codes: ['NOT_FOUND'] });
  expect(await heard(fleet.address, CHANGED, { id: 'no id' })).toMatchObject({ data: [], codes: ['NOT_FOUND'] });
  expect(await heard(fleet.address, EVENTS, { id, after: 'x' })).toMatchObject({ data: [], codes: ['INVALID_INPUT'] });
  expect(await heard(fleet.address, 'subscription { nothing }', {})).toMatchObject({ codes: ['GRAPHQL_VALIDATION_FAILED'] });
  expect(await heard(fleet.address, 'subscription {', {})).toMatchObject({ codes: ['GRAPHQL_PARSE_FAILED'] });
});

test('the limits of queries are those of subscriptions, and nothing else is answered here', async () => {
  const { id } = await fleet.start(await fleet.store());
  const within = (inner: string) => heard(fleet.address, `subscription { data: simulationChanged(id: "${id}") { ${inner} } }`, {}, { leave: 1 });
  expect((await within('id')).codes).toEqual([]);
  expect((await within(Array.from({ length: 40 }, (_, i) => `a${i}: id`).join(' '))).codes).toContain('TOO_COMPLEX');
  expect((await within('id '.repeat(11_000))).codes).toEqual(['TOO_COMPLEX']);
  expect((await within(`${'rounds { nodes { '.repeat(8)} round ${'} }'.repeat(8)}`)).codes).toContain('TOO_COMPLEX');
  expect((await within(`${'a { '.repeat(70)} b ${'}'.repeat(70)}`)).codes).toEqual(['INVALID_INPUT']);
  const fields = '{ entries { account symbol action cause quantity unfilled executionPrice slippage } prices { symbol priceBefore priceAfter executionPrice quantitySold } }';
  const rows = Array.from({ length: 25 }, (_, i) => `r${i}: rounds(first: 100) { nodes ${fields} edges { node ${fields} } }`).join(' ');
  expect((await within(rows)).codes).toEqual(['TOO_COMPLEX']);
  expect((await heard(fleet.address, '{ data: simulations { nodes { id } } }', {})).codes).toEqual(['INVALID_INPUT']);
  expect((await heard(fleet.address, 'mutation ($id: ID!) { data: cancelSimulation(id: $id) { id } }', { id })).codes).toEqual(['INVALID_INPUT']);
  expect((await fleet.read(id)).state).toBe('queued');
  expect((await client(fleet.address).graphql(CHANGED, { id })).code).toBe('INVALID_INPUT');
});

test('another site, another address, another protocol and too much of a message are turned away', async () => {
  expect(await refusal(new WebSocket(wsOf(fleet.address), PROTOCOL, { origin: 'https://evil.example' }))).toContain('403');
  expect(await refusal(new WebSocket(wsOf(fleet.address), PROTOCOL, { origin: 'null' }))).toContain('403');
  expect(await refusal(new WebSocket(wsOf(fleet.address).replace('/graphql', '/v1/simulations'), PROTOCOL))).toContain('404');
  (await raw(fleet.address, { origin: fleet.address })).terminate();
  expect(await refusal(new WebSocket(wsOf(fleet.address), 'graphql-ws'))).toContain('subprotocol');
  expect(await closeOf(new WebSocket(wsOf(fleet.address)))).toBe(4406);
  const large = await raw(fleet.address);
  large.send(JSON.stringify({ type: 'connection_init', payload: { filling: 'x'.repeat(300_000) } }));
  expect(await closeOf(large)).toBe(1009);
  const silent = await raw(fleet.address);
  expect(await closeOf(silent)).toBe(4408);
  expect((await fetch(`${fleet.address}/livez`)).status).toBe(200);
}, 30_000);

test('a tenant has so many connections, and so many streams over one', async () => {
  const { id } = await fleet.start(await fleet.store());
  const open = async () => {
    const socket = await raw(fleet.address);
    socket.send('{"type":"connection_init"}');
    const first = await Promise.race([once(socket, 'message').then(([text]) => JSON.parse(String(text)).type as string), closeOf(socket)]);
    return { socket, first };
  };
  const all = [];
  for (let i = 0; i < 50; i++) all.push(await open());
  expect(all.map(({ first }) => first)).toEqual(all.map(() => 'connection_ack'));
  expect((await open()).first).toBe(4429);
  const { socket } = all[0]!;
  const codes: string[] = [];
  const refused = new Promise<void>((done) => socket.on('message', (text) => {
    const { type, payload } = JSON.parse(String(text));
    if (type === 'error') done(void codes.push(payload[0].extensions.code));
    if (type === 'next' && payload.errors) done(void codes.push(payload.errors[0].extensions.code));
  }));
  for (let i = 0; i < 101; i++) socket.send(JSON.stringify({ type: 'subscribe', id: String(i), payload: { query: EVENTS, variables: { id } } }));
  await refused;
  expect(codes).toEqual(['TOO_MANY_STREAMS']);
  for (const each of all) each.socket.terminate();
  for (let first: unknown; first !== 'connection_ack'; ) {
    const again = await open();
    first = again.first;
    again.socket.terminate();
  }
}, 60_000);

test('a process that is told to stop closes its connections so that clients come back', async () => {
  const stopping = await service({ DATABASE_URL: fleet.databaseUrl, UNWIND_WORKER: 'off', PORT: '0' });
  const { id } = await fleet.start(await fleet.store());
  let listening!: Promise<Heard>;
  const answered = new Promise<void>((onAnswer) => (listening = heard(stopping.address, EVENTS, { id }, { onAnswer })));
  const idle = await raw(stopping.address);
  const idleClosed = closeOf(idle);
  await answered;
  const began = Date.now();
  await stopping.end();
  expect(Date.now() - began).toBeLessThan(8000);
  expect(await listening).toMatchObject({ data: [{ change: { state: 'queued' } }], closed: 1001 });
  expect(await idleClosed).toBe(1001);
}, 60_000);

test('a connection is its key: without one it is closed, of another tenant everything is missing, without the scope it is forbidden, and revoked it ends', async () => {
  const env = { DATABASE_URL: fleet.databaseUrl, UNWIND_KEY_SECRET: KEY_SECRET };
  const closed = await service({ ...env, UNWIND_AUTH: 'on', UNWIND_WORKER: 'off', PORT: '0' });
  const keyOf = async (tenant: string, scopes = 'read,write,simulate,admin') => (await run('keys/issue.js', ['--tenant', tenant, '--scopes', scopes], env)).output.trim().split('\n').at(-1)!;
  try {
    const tenant = `ws-${process.pid}`;
    const [owner, stranger, writer] = await Promise.all([keyOf(tenant), keyOf(`${tenant}-x`), keyOf(tenant, 'write')]);
    const { rest } = client(closed.address, owner);
    const { market, portfolio } = chain(1);
    const [marketId, portfolioId, scenarioId] = await Promise.all([rest('POST', '/v1/markets', market), rest('POST', '/v1/portfolios', portfolio), rest('POST', '/v1/scenarios', { name: 's' })]);
    const { body: simulation } = await rest('POST', '/v1/simulations', { marketId: marketId.body.id, portfolioId: portfolioId.body.id, scenarioId: scenarioId.body.id });
    const as = (key: string | undefined, query = EVENTS, id: string = simulation.id) => heard(closed.address, query, { id }, { leave: 1, params: key ? { authorization: `Bearer ${key}` } : {} });
    for (const query of [EVENTS, CHANGED]) {
      expect((await as(owner, query)).data).toHaveLength(1);
      expect(await as(stranger, query)).toEqual(await as(stranger, query, randomUUID()));
      expect((await as(stranger, query)).codes).toEqual(['NOT_FOUND']);
      expect((await as(writer, query)).codes).toEqual(['FORBIDDEN']);
    }
    expect((await as(undefined)).closed).toBe(4401);
    expect((await as(`unw_${'x'.repeat(43)}`)).closed).toBe(4401);
    const made = await fetch(`${closed.address}/v1/keys`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${owner}` }, body: JSON.stringify({ name: 'k', scopes: ['read'] }) });
    const key = (await made.json()) as { id: string; secret: string };
    let listening!: Promise<Heard>;
    await new Promise<void>((onAnswer) => (listening = heard(closed.address, EVENTS, { id: simulation.id }, { onAnswer, params: { authorization: `Bearer ${key.secret}` } })));
    expect((await rest('DELETE', `/v1/keys/${key.id}`)).status).toBeLessThan(300);
    expect(await listening).toMatchObject({ data: [{ id: '1' }], closed: 4401 });
  } finally {
    await closed.end();
  }
}, 90_000);
