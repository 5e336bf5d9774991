import { createHmac, randomUUID } from 'node:crypto';
import pg from 'pg';
import { ALL_SCOPES, type Client, client, closedService, DATABASE_URL, graphqlOperations, KEY_SECRET, keyOf, restOperations } from './keys.js';
import { evaluate, run, type Service } from './process.js';

const TENANT = `keys-${process.pid}`;
let server: Service;
let admin: Client;
let adminKey: string;
const only: Record<string, Client> = {};

beforeAll(async () => {
  server = await closedService();
  adminKey = await keyOf(TENANT);
  admin = client(server.address, adminKey);
  for (const scope of ALL_SCOPES) {
    const { body } = await admin.rest('POST', '/v1/keys', { name: scope, scopes: [scope] });
    only[scope] = client(server.address, body.secret);
  }
}, 60_000);
afterAll(() => server.end());

const UNAUTHENTICATED = { status: 401, code: 'UNAUTHENTICATED' };
const sql = async (text: string, values: unknown[] = []) => {
  const direct = new pg.Client({ connectionString: DATABASE_URL });
  await direct.connect();
  const { rows } = await direct.query(text, values);
  await direct.end();
  return rows as Record<string, unknown>[];
};

describe('without a key', () => {
  test('both doors answer 401 and say how to come in, whatever the address', async () => {
    for (const path of ['/v1/markets', '/v1/markets/x', '/v1/none', '/%761/markets', '/v1']) {
      const response = await fetch(server.address + path);
      expect([path, response.status, response.headers.get('www-authenticate')]).toEqual([path, 401, 'Bearer realm="unwind"']);
      expect(await response.json()).toMatchObject({ code: 'UNAUTHENTICATED', status: 401 });
    }
    for (const query of ['{ markets { nodes { id } } }', '{ __schema { types { name } } }']) expect(await client(server.address).graphql(query)).toMatchObject(UNAUTHENTICATED);
    const encoded = await fetch(`${server.address}/%67raphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"query":"{ __schema { types { name } } }"}' });
    expect(encoded.status).toBe(401);
  });

  test.each(['/livez', '/readyz', '/openapi.json', '/docs', '/graphiql'])('%s is public', async (path) => {
    expect((await fetch(server.address + path)).status).toBe(200);
  });

  test.each(['Bearer', 'Bearer x', 'Basic eDp5', `Bearer unw_${'A'.repeat(43)}`, 'Bearer unw_'])('the credential %p is none', async (authorization) => {
    const response = await fetch(`${server.address}/v1/markets`, { headers: { authorization } });
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="unwind", error="invalid_token"']);
  });

  test('a body is not read', async () => {
    expect(await client(server.address).rest('POST', '/v1/markets', { name: 'x'.repeat(20_000_000) })).toMatchObject(UNAUTHENTICATED);
  });
});

describe('scopes', () => {
  test('every REST operation is refused without its scope, names it, and is open with it', async () => {
    const operations = await restOperations();
    expect(operations.length).toBeGreaterThan(30);
    for (const { method, path, scope: declared } of operations) {
      const at = path.replaceAll(/\{\w+\}/g, () => randomUUID());
      const admitting: string[] = [];
      for (const scope of ALL_SCOPES) {
        const { status, code, body } = await only[scope]!.rest(method, at, ['GET', 'DELETE'].includes(method) ? undefined : {});
        if (status !== 403) admitting.push(scope);
        else expect([path, code, body.detail]).toEqual([path, 'FORBIDDEN', `This needs a key with the scope ${declared}; this key has ${scope}.`]);
      }
      expect([method, path, admitting]).toEqual([method, path, [declared]]);
    }
  }, 60_000);

  test('every GraphQL query and mutation is open to one scope alone and names it to the others', async () => {
    const operations = await graphqlOperations();
    expect(operations.length).toBeGreaterThan(30);
    for (const { name, query, variables } of operations) {
      const answers = await Promise.all(ALL_SCOPES.map((scope) => only[scope]!.graphql(query, variables)));
      const admitting = ALL_SCOPES.filter((_scope, i) => answers[i]!.code !== 'FORBIDDEN');
      expect([name, admitting]).toEqual([name, [expect.any(String)]]);
      for (const { code, text } of answers) if (code === 'FORBIDDEN') expect([name, text]).toEqual([name, expect.stringContaining(`the scope ${admitting[0]};`)]);
    }
  }, 60_000);

  test.each([
    ['controller', `const { Controller, Get } = await import('@nestjs/common'); const mark = Get('leak'); const home = Controller('v1/rogue'); const place = 'controllers';`],
    ['resolver', `const { Query, Resolver } = await import('@nestjs/graphql'); const mark = Query(() => String, { name: 'leak' }); const home = Resolver(); const place = 'providers';`],
  ])('a %s with a method that names no scope stops the boot', async (_what, decorators) => {
    const script = `
      import 'reflect-metadata';
      import { NestFactory } from '@nestjs/core';
      import { FastifyAdapter } from '@nestjs/platform-fastify';
      import { AppModule } from './dist/app.module.js';
      ${decorators}
      class Rogue { leak() { return 'all'; } }
      mark(Rogue.prototype, 'leak', Object.getOwnPropertyDescriptor(Rogue.prototype, 'leak'));
      home(Rogue);
      const app = AppModule.with({ databaseUrl: 'postgresql://nobody@127.0.0.1:1/none', runsSimulations: false });
      app[place] = [...app[place], Rogue];
      try {
        await (await NestFactory.create(app, new FastifyAdapter(), { logger: false, abortOnError: false })).init();
        console.log('boots');
      } catch (error) { console.log(error.message); }
      process.exit();`;
    const { output } = await evaluate(script);
    expect(output).toBe('These operations do not say which scope they need (@Needs or @Public of src/api/scopes.ts): Rogue.leak.\n');
  });
});

describe('keys', () => {
  const INPUT = { name: 'bot', scopes: ['read'] };
  const works = async (secret: string, address = server.address) => (await client(address, secret).rest('GET', '/v1/markets')).status === 200;

  test('a key is shown once, and stored as its HMAC alone', async () => {
    const { status, body: key } = await admin.rest('POST', '/v1/keys', INPUT);
    expect(status).toBe(201);
    expect(key).toMatchObject({ ...INPUT, tenant: TENANT, revokedAt: null, secret: expect.stringMatching(/^unw_[\w-]{43}$/) });
    expect(Buffer.from(key.secret.slice(4), 'base64url')).toHaveLength(32);
    for (const path of [`/v1/keys/${key.id}`, '/v1/keys']) expect((await admin.rest('GET', path)).text).not.toContain('secret');
    const [row] = await sql('SELECT hash, row_to_json(api_keys)::text AS row FROM api_keys WHERE id = $1', [key.id]);
    expect(row!.hash).toBe(createHmac('sha256', KEY_SECRET).update(key.secret).digest('hex'));
    expect(row!.row).not.toContain(key.secret.slice(4));
    expect(await works(key.secret)).toBe(true);
    expect((await admin.rest('GET', `/v1/keys/${key.id}`)).body.lastUsedAt).toEqual(expect.any(String));
  });

  test('GraphQL makes, reads, lists and revokes keys too', async () => {
    const { body } = await admin.graphql('mutation ($input: ApiKeyInput!) { key: createApiKey(input: $input) { id secret scopes } }', { input: INPUT });
    const { id, secret } = body.data.key;
    expect(await works(secret)).toBe(true);
    expect((await admin.graphql(`{ apiKey(id: "${id}") { name revokedAt } apiKeys(first: 1) { nodes { id } } }`)).body.data).toEqual({ apiKey: { name: 'bot', revokedAt: null }, apiKeys: { nodes: [{ id }] } });
    expect((await admin.graphql(`mutation { revokeApiKey(id: "${id}") }`)).body.data.revokeApiKey).toBe(id);
    expect(await works(secret)).toBe(false);
  });

  test('a revoked key is refused at once by this process and within 3 seconds by another', async () => {
    const other = await closedService();
    try {
      const { body: key } = await admin.rest('POST', '/v1/keys', INPUT);
      expect([await works(key.secret), await works(key.secret, other.address)]).toEqual([true, true]);
      expect((await admin.rest('DELETE', `/v1/keys/${key.id}`)).status).toBe(204);
      expect(await works(key.secret)).toBe(false);
      const deadline = Date.now() + 3_000;
      while (await works(key.secret, other.address)) expect(Date.now()).toBeLessThan(deadline);
      expect((await admin.rest('GET', `/v1/keys/${key.id}`)).body.revokedAt).toEqual(expect.any(String));
    } finally {
      await other.end();
    }
  });

  test('an expired key is refused', async () => {
    const { body: key } = await admin.rest('POST', '/v1/keys', { ...INPUT, expiresAt: new Date(Date.now() + 1500).toISOString() });
    expect(await works(key.secret)).toBe(true);
    await new Promise((done) => setTimeout(done, 1600));
    expect(await works(key.secret)).toBe(false);
  });

  test.each([
    [{ name: 'x' }, '/scopes'],
    [{ name: 'x', scopes: [] }, '/scopes'],
    [{ name: 'x', scopes: ['root'] }, '/scopes'],
    [{ name: 'x', scopes: ['read', 'read'] }, '/scopes'],
    [{ name: 'x', scopes: ['read'], expiresAt: '2020-01-01T00:00:00Z' }, '/expiresAt'],
    [{ name: 'x', scopes: ['read'], tenant: 'other' }, '/tenant'],
  ])('the key %j is refused', async (input, pointer) => {
    expect(await admin.rest('POST', '/v1/keys', input)).toMatchObject({ status: 400, code: 'INVALID_INPUT', body: { errors: [{ pointer }] } });
  });

  test('an open service has no keys to give', async () => {
    expect(await client(process.env.UNWIND_TEST_URL!).rest('POST', '/v1/keys', INPUT)).toMatchObject({ status: 409, code: 'AUTHENTICATION_OFF' });
  });

  test.each([
    [['--scopes', 'read'], /--tenant must be/],
    [['--tenant', '*jobs', '--scopes', 'read'], /--tenant must be/],
    [['--tenant', 'acme'], /--scopes is missing/],
    [['--tenant', 'acme', '--scopes', 'read', '--expires', 'soon'], /--expires must be an RFC 3339/],
  ])('the command line refuses %j in words', async (args, message) => {
    const { code, output } = await run('keys/issue.js', args, { DATABASE_URL, UNWIND_KEY_SECRET: KEY_SECRET });
    expect([code, output]).toEqual([1, expect.stringMatching(message)]);
  });

  test('the service has logged none of them', () => {
    expect(server.output()).not.toMatch(/unw_/);
  });
});
