import { randomUUID } from 'node:crypto';
import { BASE, graphql } from './doors.js';

const NOUNS = [
  ['markets', 'Market', { name: 'Spot', assets: [{ symbol: 'ETH', price: 3000 }] }],
  ['portfolios', 'Portfolio', { name: 'Desk', accounts: [{ reference: 'A', marginMode: 'cross', balance: 5 }] }],
  ['scenarios', 'Scenario', { name: 'Fall', marketShock: -0.3 }],
] as const;

async function ask(method: string, path: string, { body, ...headers }: { body?: unknown } & Record<string, unknown> = {}) {
  const response = await fetch(BASE + path, { method, headers: { ...(headers as Record<string, string>), ...(body !== undefined && { 'content-type': 'application/json' }) }, ...(body !== undefined && { body: JSON.stringify(body) }) });
  const text = await response.text();
  return { status: response.status, etag: response.headers.get('etag'), text, json: text ? JSON.parse(text) : null };
}

describe.each(NOUNS)('%s', (plural, type, input) => {
  const create = async () => {
    const { json, etag } = await ask('POST', `/v1/${plural}`, { body: input });
    return { path: `/v1/${plural}/${json.id}`, id: json.id as string, etag: etag! };
  };

  test('have a strong ETag that changes with every replacement and with nothing else', async () => {
    const { path, etag } = await create();
    expect(etag).toMatch(/^"[^"]+"$/);
    expect((await ask('GET', path)).etag).toBe(etag);
    const replaced = await ask('PUT', path, { body: input });
    expect(replaced.etag).not.toBe(etag);
    expect((await ask('GET', path)).etag).toBe(replaced.etag);
  });

  test('are not sent to a reader who has them', async () => {
    const { path, etag } = await create();
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) expect(await ask('GET', path, { 'if-none-match': known })).toEqual({ status: 304, etag, text: '', json: null });
    await ask('PUT', path, { body: { ...input, name: 'New' } });
    const { status, json } = await ask('GET', path, { 'if-none-match': etag });
    expect([status, json.name]).toEqual([200, 'New']);
  });

  test('are replaced and deleted only in the state that the client knows', async () => {
    const { path, etag } = await create();
    const { etag: next } = await ask('PUT', path, { body: { ...input, name: 'Second' }, 'if-match': etag });
    for (const stale of [etag, `W/${next}`, '"no"', '"99999999999"']) {
      expect((await ask('PUT', path, { body: input, 'if-match': stale })).json).toMatchObject({ status: 412, code: 'PRECONDITION_FAILED' });
      expect((await ask('DELETE', path, { 'if-match': stale })).json).toMatchObject({ status: 412, code: 'PRECONDITION_FAILED' });
    }
    const { json, etag: unchanged } = await ask('GET', path);
    expect([json.name, unchanged]).toEqual(['Second', next]);
    expect((await ask('PUT', path, { body: input, 'if-match': '*' })).status).toBe(200);
    const { etag: last } = await ask('GET', path);
    expect((await ask('DELETE', path, { 'if-match': `${etag}, ${last}` })).status).toBe(204);
    expect((await ask('DELETE', path, { 'if-match': last })).json.code).toBe('NOT_FOUND');
    expect((await ask('PUT', path, { body: input, 'if-match': last })).json.code).toBe('NOT_FOUND');
  });

  test('let exactly one of many writers win who saw the same state', async () => {
    for (let round = 0; round < 5; round++) {
      const { path, etag } = await create();
      const replies = await Promise.all(Array.from({ length: 8 }, (_, i) => ask('PUT', path, { body: { ...input, name: `Writer ${i}` }, 'if-match': etag })));
      expect(replies.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(412)]);
      const winner = replies.find(({ status }) => status === 200)!;
      expect((await ask('GET', path)).text).toBe(winner.text);
    }
  });

  test('let a deletion and a replacement of the same state not both win', async () => {
    const { path, etag } = await create();
    const [put, remove] = await Promise.all([ask('PUT', path, { body: input, 'if-match': etag }), ask('DELETE', path, { 'if-match': etag })]);
    expect([[200, 412], [404, 204]]).toContainEqual([put.status, remove.status]);
  });

  test('have the version as a field in GraphQL, which mutations compare', async () => {
    const { id, path, etag } = await create();
    const read = async () => (await graphql(`query ($id: ID!) { data: ${type.toLowerCase()}(id: $id) { version } }`, JSON.stringify({ id }))).data.version as number;
    const replace = (ifMatch?: number | null) => graphql(`mutation ($id: ID!, $input: ${type}Input!, $ifMatch: Int) { data: replace${type}(id: $id, input: $input, ifMatch: $ifMatch) { version } }`, JSON.stringify({ id, input, ifMatch }));
    const remove = (ifMatch: number) => graphql(`mutation ($id: ID!, $ifMatch: Int) { data: delete${type}(id: $id, ifMatch: $ifMatch) }`, JSON.stringify({ id, ifMatch }));
    const version = await read();
    expect(etag).toBe(`"${version}"`);
    expect((await replace(version)).data.version).toBe(version + 1);
    expect(await replace(version)).toMatchObject({ code: 'PRECONDITION_FAILED' });
    expect((await replace(null)).data.version).toBe(version + 2);
    expect(await remove(version)).toMatchObject({ code: 'PRECONDITION_FAILED' });
    expect((await ask('GET', path)).etag).toBe(`"${version + 2}"`);
    expect((await remove(version + 2)).data).toBe(id);
  });

  test.each(['3', '"', '"a" "b"', ','])('the condition %p is no list of entity tags', async (condition) => {
    const { path } = await create();
    for (const method of ['PUT', 'DELETE']) expect((await ask(method, path, { ...(method === 'PUT' && { body: input }), 'if-match': condition })).json).toMatchObject({ status: 400, code: 'INVALID_INPUT' });
    expect((await ask('GET', path, { 'if-none-match': condition })).status).toBe(400);
  });

  test('that are not there have no state', async () => {
    expect((await ask('PUT', `/v1/${plural}/${randomUUID()}`, { body: input, 'if-match': '"1"' })).json.code).toBe('NOT_FOUND');
  });
});

test('what cannot be replaced has a state too', async () => {
  const { etag, status } = await ask('GET', '/v1/venues/kucoin');
  expect([status, etag]).toEqual([200, expect.stringMatching(/^"[\w-]{43}"$/)]);
  expect((await ask('GET', '/v1/venues/kucoin', { 'if-none-match': etag })).status).toBe(304);
});
