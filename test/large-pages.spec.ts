import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { v7 as uuid } from 'uuid';
import { PAGE_BYTES_MAX } from '../src/api/pages.js';
import { chain } from './fleet.js';
import { client, type Client, closedService, DATABASE_URL, keyOf } from './keys.js';
import type { Service } from './process.js';

const MB = 2 ** 20;
/** JSON of an answer has no spaces, stored text some: sizes of both are this much apart at most. */
const SLACK = 1.5;

let api: Service;
let sql: pg.Client;
let mine: Client;
let simulationId: string;

beforeAll(async () => {
  api = await closedService();
  sql = new pg.Client({ connectionString: DATABASE_URL });
  await sql.connect();
  mine = client(api.address, await keyOf(`large-${randomUUID()}`));
  const { market, portfolio } = chain(3);
  const [marketId, portfolioId, scenarioId] = [await stored('markets', market), await stored('portfolios', portfolio), await stored('scenarios', { name: 's', marketShock: -0.05 })];
  simulationId = await stored('simulations', { marketId, portfolioId, scenarioId });
  for (let state = ''; state !== 'succeeded'; await pause(50)) ({ state } = (await mine.rest('GET', `/v1/simulations/${simulationId}`)).body); // the server of all tests runs it
}, 90_000);
afterAll(async () => {
  await sql.end();
  await api.end();
});

async function stored(plural: string, body: object): Promise<string> {
  const { status, body: answer, text } = await mine.rest('POST', `/v1/${plural}`, body);
  expect([status, text]).toEqual([plural === 'simulations' ? 202 : 201, text]);
  return answer.id;
}

/** Elements of each page of a list, as far as they are told apart, and bytes of its answer; through both doors, which must agree. */
async function pagesOf(path: string, query: (page: string) => string, name: string) {
  const pages: { readonly names: unknown[]; readonly bytes: number }[] = [];
  for (let cursor = ''; ; ) {
    const { body, text } = await mine.rest('GET', `${path}?limit=100${cursor && `&cursor=${cursor}`}`);
    const { data } = (await mine.graphql(`{ ${query(`first: 100${cursor && `, after: "${cursor}"`}`)} }`)).body;
    const { nodes, pageInfo } = data.list ?? data.simulation.list;
    const names = body.items.map((item: Record<string, unknown>) => item[name]);
    expect(nodes.map((node: Record<string, unknown>) => node[name])).toEqual(names);
    expect(pageInfo).toEqual({ hasNextPage: body.nextCursor !== undefined, endCursor: body.nextCursor ?? expect.anything() });
    pages.push({ names, bytes: text.length });
    if (!body.nextCursor) return pages;
    cursor = body.nextCursor;
  }
}

function expectShort(pages: readonly { readonly names: unknown[]; readonly bytes: number }[]): void {
  for (const { names, bytes } of pages) if (names.length > 1) expect(bytes).toBeLessThan(PAGE_BYTES_MAX * SLACK);
}

test('large markets make short pages: every one is read, in order, and one above the bound comes alone', async () => {
  const levels = (from: number, step: number) => Array.from({ length: 10_000 }, (_, i) => [from + step * (i + 1), 1.23456789 + i / 7]);
  const orderBook = { bids: levels(50_000, -1.25), asks: levels(50_001, 1.25) };
  const marketOf = (mb: number) => ({ name: `${mb} MB`, assets: [{ symbol: 'X', price: 1 }, ...Array.from({ length: Math.round((mb * MB) / JSON.stringify(orderBook).length) }, (_, i) => ({ symbol: `S${i}`, price: 50_000, orderBook }))] });
  const sizes = [0, 3, 3, 12, 0, 7];
  const ids = [(await mine.rest('GET', '/v1/markets')).body.items[0].id];
  for (const size of sizes) ids.unshift(await stored('markets', marketOf(size)));
  const pages = await pagesOf('/v1/markets', (page) => `list: markets(${page}) { nodes { id } pageInfo { hasNextPage endCursor } }`, 'id');
  expect(pages.flatMap(({ names }) => names)).toEqual(ids);
  expectShort(pages);
  expect(pages.map(({ names }) => names.length)).toEqual([2, 1, 4]);
}, 120_000);

test('large results make short pages of simulations and of their rounds, one by one and nested', async () => {
  const price = { symbol: 'X', exchange: null, priceBefore: 1, priceAfter: 1, executionPrice: 1, quantitySold: 1, quantityBought: 0, unfilled: 0 };
  const prices = Array.from({ length: 9000 }, () => price);
  const { rows: [{ body }] } = await sql.query('SELECT body FROM simulation_rounds WHERE simulation_id = $1 AND ordinal = 1', [simulationId]);
  await sql.query('DELETE FROM simulation_rounds WHERE simulation_id = $1', [simulationId]);
  for (let round = 1; round <= 20; round++) await sql.query('INSERT INTO simulation_rounds (simulation_id, tenant, ordinal, body) SELECT id, tenant, $2, $3 FROM simulations WHERE id = $1', [simulationId, round, { ...body, round, prices }]);
  const rounds = await pagesOf(`/v1/simulations/${simulationId}/rounds`, (page) => `simulation(id: "${simulationId}") { list: rounds(${page}) { nodes { round } pageInfo { hasNextPage endCursor } } }`, 'round');
  expect(rounds.flatMap(({ names }) => names)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  expectShort(rounds);
  expect(rounds.length).toBeGreaterThan(2);

  const ids = [simulationId];
  const { summary } = (await mine.rest('GET', `/v1/simulations/${simulationId}`)).body;
  const listing = { symbol: 'X', exchange: 'E', priceBefore: 1, shockedPrice: 1, finalPrice: 1, quantitySold: 1, quantityBought: 0, quantityArbitraged: 0, unfilled: 0, isBounded: false };
  const large = { ...summary, listings: Array.from({ length: 20_000 }, () => listing) };
  for (let i = 0; i < 6; i++) {
    ids.unshift(uuid());
    await sql.query('INSERT INTO simulations (id, tenant, state, input_hash, market_id, portfolio_id, engine_version, seed, summary) SELECT $2, tenant, state, input_hash, market_id, portfolio_id, engine_version, seed, $3 FROM simulations WHERE id = $1', [simulationId, ids[0], large]);
  }
  const simulations = await pagesOf('/v1/simulations', (page) => `list: simulations(${page}) { nodes { id } pageInfo { hasNextPage endCursor } }`, 'id');
  expect(simulations.flatMap(({ names }) => names)).toEqual(ids);
  expectShort(simulations);
  expect(simulations.length).toBeGreaterThan(2);

  await sql.query('INSERT INTO simulation_rounds (simulation_id, tenant, ordinal, body) SELECT $2, tenant, ordinal, body FROM simulation_rounds WHERE simulation_id = $1', [simulationId, ids[5]]);
  const { data } = (await mine.graphql(`{ simulations(first: 100, after: "${Buffer.from(ids[4]!).toString('base64url')}") { nodes { id rounds(first: 100) { nodes { round prices { symbol } } pageInfo { hasNextPage } } } } }`)).body;
  const shares = data.simulations.nodes.map(({ rounds: { nodes, pageInfo } }: { rounds: { nodes: object[]; pageInfo: object } }) => ({ rounds: nodes.length, ...pageInfo }));
  expect(shares).toEqual(Array(2).fill({ rounds: Math.floor(rounds[0]!.names.length / 2), hasNextPage: true }));
}, 120_000);
