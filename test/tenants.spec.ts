import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { asCaller, type Caller, JOBS, KEYS, NOBODY } from '../src/api/caller.js';
import { TenantPool } from '../src/database/tenants.js';
import { type Client, client, closedService, DATABASE_URL, graphqlOperations, keyOf, type Reply, restOperations } from './keys.js';
import { run, type Service } from './process.js';

/** Two tenants with the same documents. What is asked of one, the other asks for. */
const [ALPHA, BETA] = [`alpha-${process.pid}`, `beta-${process.pid}`];
let server: Service;
let alpha: Client;
let beta: Client;
let alphas: Ids;
let betas: Ids;
let pool: TenantPool;

type Ids = Readonly<Record<'market' | 'portfolio' | 'scenario' | 'simulation' | 'apiKey', string>>;

const MARKET = { name: 'm', reference: 'same', assets: [{ symbol: 'X', price: 100, impact: { model: 'linear', lambda: 0.05 }, tiers: [{ minNotional: 0, maintenanceMarginRate: 0.05 }] }, { symbol: 'USD', price: 1 }] };
const PORTFOLIO = {
  name: 'p',
  reference: 'same',
  accounts: [{ reference: 'A', marginMode: 'cross', balance: 352, positions: [{ symbol: 'X', side: 'long', contracts: 40, entryPrice: 100 }], collateral: [{ symbol: 'USD', quantity: 1 }], stopOrders: [{ symbol: 'X', side: 'sell', amount: 1, triggerPrice: 90 }] }],
  loans: [{ reference: 'L', collateral: [{ symbol: 'X', quantity: 2, liquidationThreshold: 0.8 }], debts: [{ symbol: 'USD', quantity: 100 }] }],
  institutions: [{ reference: 'I', holdings: [{ symbol: 'X', quantity: 1 }], otherAssets: 50, liabilities: 100, leverageMax: 30 }],
};
const SCENARIO = { name: 's', reference: 'same', marketShock: -0.05 };
const INPUTS: Readonly<Record<string, object>> = { market: MARKET, portfolio: PORTFOLIO, scenario: SCENARIO };
/** What an address or a field speaks of: a thing of a tenant, or one that all share. */
const NOUNS: Readonly<Record<string, keyof Ids | 'shared'>> = { markets: 'market', portfolios: 'portfolio', scenarios: 'scenario', simulations: 'simulation', keys: 'apiKey', apiKeys: 'apiKey', venues: 'shared', positions: 'portfolio' };

beforeAll(async () => {
  server = await closedService();
  [alpha, beta] = [client(server.address, await keyOf(ALPHA)), client(server.address, await keyOf(BETA))];
  [alphas, betas] = [await furnished(alpha), await furnished(beta)];
  pool = new TenantPool(DATABASE_URL);
}, 90_000);
afterAll(async () => {
  await pool.end();
  await server.end();
});

async function furnished({ rest }: Client): Promise<Ids> {
  const created = async (path: string, body: object) => {
    const { status, body: answer, text } = await rest('POST', path, body);
    expect([status, text]).toEqual([path === '/v1/simulations' ? 202 : 201, text]);
    return answer.id as string;
  };
  const ids = { market: await created('/v1/markets', MARKET), portfolio: await created('/v1/portfolios', PORTFOLIO), scenario: await created('/v1/scenarios', SCENARIO) };
  const simulation = await created('/v1/simulations', { marketId: ids.market, portfolioId: ids.portfolio, scenarioId: ids.scenario });
  const sweep = await created('/v1/simulations', { marketId: ids.market, portfolioId: ids.portfolio, scenarioId: ids.scenario, sweep: { shocks: { from: -0.1, to: 0, steps: 3 } } });
  for (const id of [simulation, sweep]) {
    for (let state = 'queued'; ['queued', 'running'].includes(state); ) {
      await new Promise((done) => setTimeout(done, 50));
      ({ state } = (await rest('GET', `/v1/simulations/${id}`)).body);
    }
  }
  return { ...ids, simulation, apiKey: await created('/v1/keys', { name: 'k', scopes: ['read'] }) };
}

/** An answer with the id that was asked for taken out. */
const about = ({ status, text }: Reply, id: string) => ({ status, text: text.replaceAll(id, 'ID') });
const nounOf = (word: string) => {
  const noun = NOUNS[word] ?? NOUNS[`${word}s`];
  if (!noun) throw new Error(`No case for ${word}: say in NOUNS what it speaks of.`);
  return noun;
};
const idIn = (ids: Ids, field: string) => ids[nounOf(field.replace(/Id$/, '')) as keyof Ids];

describe('another tenant', () => {
  test('meets a missing thing at every REST operation with an id in its address', async () => {
    let tried = 0;
    for (const { method, path } of (await restOperations()).filter((operation) => operation.path.includes('{'))) {
      const noun = nounOf(path.split('/')[2]!);
      if (noun === 'shared') continue;
      const body = method === 'PUT' ? INPUTS[noun] : undefined;
      const ask = async (id: string) => about(await beta.rest(method, path.replace('{id}', id), body), id);
      const answer = await ask(alphas[noun]);
      expect([method, path, answer.status, JSON.parse(answer.text).code]).toEqual([method, path, 404, 'NOT_FOUND']);
      expect(answer).toEqual(await ask(randomUUID()));
      tried++;
    }
    expect(tried).toBeGreaterThanOrEqual(14);
  });

  test('meets a missing thing at every GraphQL field that takes an id', async () => {
    let tried = 0;
    for (const { name, query, variables, idArguments } of (await graphqlOperations()).filter((operation) => operation.idArguments.length > 0)) {
      const noun = nounOf(name.replace(/^(replace|delete|cancel|revoke|verify)/, '').replace(/^[A-Z]/, (letter) => letter.toLowerCase()));
      if (noun === 'shared') continue;
      const input = 'input' in variables ? { input: INPUTS[noun] } : {};
      const ask = async (id: string) => about(await beta.graphql(query, { ...variables, ...input, ...Object.fromEntries(idArguments.map((argument) => [argument, id])) }), id);
      const answer = await ask(alphas[noun]);
      expect([name, JSON.parse(answer.text).errors?.[0].extensions.code]).toEqual([name, 'NOT_FOUND']);
      expect(answer).toEqual(await ask(randomUUID()));
      tried++;
    }
    expect(tried).toBeGreaterThanOrEqual(13);
  });

  test('is told the same of an id inside a body as of a missing one, at both doors, and is answered with its own', async () => {
    const own = { marketId: betas.market, portfolioId: betas.portfolio };
    const bodyFor = (at: string, fields: readonly string[]) => (at === 'importPositions' ? { portfolioId: betas.portfolio, mode: 'append', ndjson: '{"account":"A","marginMode":"cross","balance":352}' } : fields.includes('scenarioId') ? { ...own, scenarioId: betas.scenario } : own);
    const cases = [
      ...(await restOperations()).map(({ method, path, idsInBody }) => ({ at: path, fields: idsInBody, ask: (body: object) => beta.rest(method, path, body) })),
      ...(await graphqlOperations()).map(({ name, query, idsInInput }) => ({ at: name, fields: idsInInput, ask: (input: object) => beta.graphql(query, { input }) })),
    ].filter(({ fields }) => fields.length > 0);
    expect(cases.length).toBeGreaterThanOrEqual(8);
    for (const { at, fields, ask } of cases) {
      const isAnswered = await ask(bodyFor(at, fields));
      expect([at, isAnswered.code, isAnswered.status < 300]).toEqual([at, undefined, true]);
      for (const field of fields) {
        const foreign = idIn(alphas, field);
        const missing = randomUUID();
        const refused = about(await ask({ ...bodyFor(at, fields), [field]: foreign }), foreign);
        expect([at, field, refused.text]).toEqual([at, field, expect.stringContaining('"code":"')]);
        expect([at, field, refused]).toEqual([at, field, about(await ask({ ...bodyFor(at, fields), [field]: missing }), missing)]);
      }
    }
  }, 60_000);

  test('finds its own rows alone in every list, at both doors', async () => {
    const idsOf = Object.values(alphas);
    const lists = (await restOperations()).filter(({ method, path }) => method === 'GET' && !path.includes('{'));
    for (const { path } of lists.filter(({ path }) => nounOf(path.split('/')[2]!) !== 'shared')) {
      const { text, body } = await beta.rest('GET', `${path}?limit=100`);
      expect([path, body.items.some(({ id }: { id: string }) => id === idIn(betas, path.split('/')[2]!)), idsOf.filter((id) => text.includes(id))]).toEqual([path, true, []]);
    }
    for (const { name } of (await graphqlOperations()).filter(({ isList, idArguments }) => isList && idArguments.length === 0)) {
      if (nounOf(name) === 'shared') continue;
      const { text } = await beta.graphql(`{ ${name}(first: 100) { nodes { id } } }`);
      expect([name, text.includes(idIn(betas, name)), idsOf.filter((id) => text.includes(id))]).toEqual([name, true, []]);
    }
  });

  test('may use the same reference, and a filter by it finds its own', async () => {
    for (const path of ['markets', 'portfolios', 'scenarios']) expect((await beta.rest('GET', `/v1/${path}?reference=same`)).body.items.map(({ id }: { id: string }) => id)).toEqual([idIn(betas, path)]);
  });

  test('has changed nothing: what was asked for is still there, run by a worker as its tenant', async () => {
    for (const path of ['markets', 'portfolios', 'scenarios', 'keys', 'simulations']) {
      const { status, body } = await alpha.rest('GET', `/v1/${path}/${idIn(alphas, path)}`);
      expect([path, status, body.revokedAt ?? null]).toEqual([path, 200, null]);
      if (path === 'simulations') expect(body.state).toBe('succeeded');
    }
  });

  test('is never mixed up with the first, 300 requests at a time', async () => {
    const mine = [alphas, betas].map(({ market }) => market);
    const answers = await Promise.all(Array.from({ length: 300 }, (_, i) => [alpha, beta][i % 2]!.rest('GET', '/v1/markets?reference=same')));
    answers.forEach(({ body }, i) => expect(body.items.map(({ id }: { id: string }) => id)).toEqual([mine[i % 2]]));
  });
});

describe('with the filter of the application removed', () => {
  const as = (who: Caller, text: string, values: unknown[] = []) => asCaller(who, () => pool.query(text, values));
  const direct = async (text: string, values: unknown[] = []) => {
    const owner = new pg.Client({ connectionString: DATABASE_URL });
    await owner.connect();
    const { rows } = await owner.query(text, values);
    await owner.end();
    return rows as Record<string, unknown>[];
  };
  /** Whose turn it is among tenants: no tenant sees it. */
  const OF_WORKERS = 'tenant_turns';
  const tables = async () => (await direct(`SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname <> '_prisma_migrations' ORDER BY 1`)).map(({ relname }) => String(relname));

  test('the service is a user that row-level security binds', async () => {
    const { rows } = await as({ tenant: ALPHA }, 'SELECT rolsuper OR rolbypassrls AS above FROM pg_roles WHERE rolname = current_user');
    expect(rows).toEqual([{ above: false }]);
  });

  test('every table shows, changes and takes rows of the tenant alone, and none without a tenant', async () => {
    const all = (await tables()).filter((table) => table !== OF_WORKERS);
    for (const [tenant, { simulation }] of [[ALPHA, alphas], [BETA, betas]] as const) await direct(`INSERT INTO simulation_shards (simulation_id, ordinal, tenant, first_point, point_count, leased_until) VALUES ($1, 99, $2, 1, 0, now() + interval '1 hour')`, [simulation, tenant]);
    expect((await as({ tenant: ALPHA }, `SELECT FROM ${OF_WORKERS}`)).rowCount).toBe(0);
    expect(all.length).toBeGreaterThanOrEqual(18);
    for (const table of all) {
      const [{ ours, theirs, row } = { ours: 0, theirs: 0, row: {} }] = await direct(`SELECT count(*) FILTER (WHERE tenant = $1) AS ours, count(*) FILTER (WHERE tenant = $2) AS theirs, (array_agg(to_json(t)) FILTER (WHERE tenant = $2))[1] AS row FROM "${table}" t`, [ALPHA, BETA]);
      expect([table, Number(ours) > 0, Number(theirs) > 0]).toEqual([table, true, true]); // a table that the documents above leave empty proves nothing
      expect([table, (await as({ tenant: ALPHA }, `SELECT tenant, count(*) FROM "${table}" GROUP BY 1`)).rows]).toEqual([table, [{ tenant: ALPHA, count: ours }]]);
      expect([table, (await as({ tenant: ALPHA }, `UPDATE "${table}" SET tenant = tenant`)).rowCount]).toEqual([table, Number(ours)]);
      expect([table, (await as({ tenant: ALPHA }, `DELETE FROM "${table}" WHERE tenant <> $1`, [ALPHA])).rowCount]).toEqual([table, 0]);
      await expect(as({ tenant: ALPHA }, `UPDATE "${table}" SET tenant = $1`, [BETA])).rejects.toMatchObject({ code: '42501' });
      await expect(as({ tenant: ALPHA }, `INSERT INTO "${table}" SELECT * FROM json_populate_record(NULL::"${table}", $1)`, [JSON.stringify(row)])).rejects.toMatchObject({ code: '42501' });
      for (const who of [NOBODY, { tenant: '*' }, { tenant: "' OR true --" }]) expect([table, (await as(who, `SELECT FROM "${table}"`)).rowCount]).toEqual([table, 0]);
    }
    await expect(as({ tenant: ALPHA }, 'SELECT FROM _prisma_migrations')).rejects.toMatchObject({ code: '42501' });
  }, 60_000);

  test('the two callers of the service itself see what they work on, and write no document', async () => {
    const seen = async (who: Caller) => {
      const counts = await Promise.all((await tables()).map(async (table) => [table, (await as(who, `SELECT FROM "${table}" LIMIT 1`)).rowCount] as const));
      return counts.filter(([, count]) => count).map(([table]) => table);
    };
    expect(await seen(KEYS)).toEqual(['api_keys']);
    await direct(`UPDATE simulations SET state = 'running' WHERE id = $1`, [alphas.simulation]);
    expect(await seen(JOBS)).toEqual(['idempotency_keys', 'simulation_shards', 'simulations', OF_WORKERS]);
    expect((await as(JOBS, 'SELECT DISTINCT state FROM simulations')).rows.every(({ state }) => ['queued', 'running'].includes(state))).toBe(true);
    expect((await as(JOBS, 'UPDATE simulations SET seed = 1')).rowCount).toBe(0);
    await direct(`UPDATE simulations SET state = 'succeeded' WHERE id = $1`, [alphas.simulation]);
  });
});

test('a plain user who owns the tables is bound as well, through the service and beside it', async () => {
  const name = `plain_${process.pid}_${Date.now()}`;
  const password = randomUUID();
  const url = Object.assign(new URL(DATABASE_URL), { username: name, password, pathname: `/${name}` }).href;
  const owner = new pg.Client({ connectionString: DATABASE_URL });
  await owner.connect();
  await owner.query(`CREATE ROLE ${name} LOGIN NOSUPERUSER PASSWORD '${password}'`);
  await owner.query(`CREATE DATABASE ${name} OWNER ${name}`);
  const plain = new TenantPool(url);
  let own: Service | undefined;
  try {
    expect(await run('database/migrate.js', [], { DATABASE_URL: url })).toMatchObject({ code: 0 });
    own = await closedService(url);
    const [mine, yours] = [client(own.address, await keyOf(ALPHA, undefined, url)), client(own.address, await keyOf(BETA, undefined, url))];
    const { id } = (await mine.rest('POST', '/v1/markets', MARKET)).body;
    expect([(await mine.rest('GET', `/v1/markets/${id}`)).status, (await yours.rest('GET', `/v1/markets/${id}`)).status]).toEqual([200, 404]);
    const seen = (tenant: string) => asCaller({ tenant }, async () => (await plain.query('SELECT FROM markets')).rowCount);
    expect([await seen(ALPHA), await seen(BETA), await seen('')]).toEqual([1, 0, 0]);
  } finally {
    await own?.end();
    await plain.end();
    await owner.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await owner.query(`DROP ROLE ${name}`);
    await owner.end();
  }
}, 60_000);
