/** What a run may cost, and what happens to one that takes more: before it is accepted, while it runs, and to those who wait. */
import { setTimeout as pause } from 'node:timers/promises';
import { chain, Fleet, type Simulation } from './fleet.js';
import { service, type Service } from './process.js';

interface Failed extends Simulation {
  readonly error: { readonly code: string; readonly detail: string } | null;
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: any; // eslint-disable-line @typescript-eslint/no-explicit-any
}

type Operation = 'startSimulation' | 'whatIf' | 'liquidationPrices';

const OPERATIONS = {
  startSimulation: { path: '/v1/simulations', query: 'mutation ($input: SimulationInput!) { data: startSimulation(input: $input) { id state estimate { rounds work seconds shardSeconds bytes } } }' },
  whatIf: { path: '/v1/what-if', query: 'query ($input: WhatIfInput!) { data: whatIf(input: $input) { before { summary { totals { rounds } } } } }' },
  liquidationPrices: { path: '/v1/liquidation-prices', query: 'query ($input: LiquidationPricesInput!) { data: liquidationPrices(input: $input) { items { threshold { account liquidationPrice } } } }' },
} as const;

/** One question at either door; errors in one shape. */
const DOORS = [
  {
    name: 'REST',
    ask: (address: string, operation: Operation, input: object, signal?: AbortSignal) => posted(address + OPERATIONS[operation].path, input, signal),
  },
  {
    name: 'GraphQL',
    ask: async (address: string, operation: Operation, input: object, signal?: AbortSignal): Promise<Answer> => {
      const { body, ...answer } = await posted(`${address}/graphql`, { query: OPERATIONS[operation].query, variables: { input } }, signal);
      const [error] = body.errors ?? [];
      return { ...answer, body: error ? { detail: error.message, ...error.extensions } : body.data.data };
    },
  },
];

async function posted(url: string, body: object, signal?: AbortSignal): Promise<Answer> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), ...(signal && { signal }) });
  return { status: response.status, retryAfter: response.headers.get('retry-after'), body: await response.json() };
}

const metric = async (address: string, name: string) => {
  const line = (await (await fetch(`${address}/metrics`)).text()).split('\n').find((each) => each.startsWith(`${name} `));
  return line ? Number(line.slice(name.length)) : 0;
};

/** Everybody falls at once, and each trade moves 128 prices: little to read, much to tell. */
function wide(accounts: number, assets = 128) {
  const { market, portfolio } = chain(accounts);
  const [first] = market.assets;
  const symbols = ['X', ...Array.from({ length: assets - 1 }, (_, n) => `Y${n}`)];
  return {
    market: { ...market, assets: symbols.map((symbol) => ({ ...first, symbol })), crossImpact: symbols.flatMap((symbol) => symbols.flatMap((soldSymbol) => (symbol === soldSymbol ? [] : [{ symbol, soldSymbol, lambda: 1e-6 }]))) },
    portfolio: { ...portfolio, accounts: portfolio.accounts.map((account) => ({ ...account, positions: account.positions.map((position) => ({ ...position, margin: 1 })) })) },
  };
}

describe('a run that may cost too much', () => {
  const fleet = new Fleet();
  beforeAll(async () => void (await fleet.open({ UNWIND_RUN_SECONDS_MAX: '2', UNWIND_SWEEP_SECONDS_MAX: '3', UNWIND_RUN_MEMORY_MB_MAX: '200' })), 60_000);
  afterAll(() => fleet.close(), 60_000);

  const stored = async () => (await fleet.sql<{ count: string }>('SELECT (SELECT count(*) FROM simulations) + (SELECT count(*) FROM input_snapshots) + (SELECT count(*) FROM simulation_shards) AS count'))[0]!.count;
  const grid = (steps: number) => ({ sweep: { shocks: { from: -0.1, to: 0, steps } } });

  test.each(DOORS)('is refused before anything is stored, with the limit, the estimate and what to reduce: $name', async ({ ask }) => {
    const [small, medium, large] = [await fleet.store({ accounts: 100 }), await fleet.store({ accounts: 1000 }), await fleet.store({ accounts: 6000 })];
    const { scenarioId: _scenario, ...listed } = large;
    const before = await stored();
    const cases = [
      ['one run', large, '/portfolioId', /may take \d+ s, more than UNWIND_RUN_SECONDS_MAX=2/],
      ['every point of a sweep', { ...large, ...grid(2) }, '/portfolioId', /UNWIND_RUN_SECONDS_MAX=2/],
      ['every scenario of a sweep', { ...listed, sweep: { scenarioIds: [large.scenarioId, small.scenarioId] } }, '/portfolioId', /UNWIND_RUN_SECONDS_MAX=2/],
      ['the points of a shard', { ...medium, ...grid(1000) }, '/sweep/shocks/steps', /may take \d+ s a shard, more than UNWIND_RUN_SECONDS_MAX=2/],
      ['all points together', { ...small, ...grid(1000) }, '/sweep/shocks/steps', /may take \d+ s in all, more than UNWIND_SWEEP_SECONDS_MAX=3/],
    ] as const;
    for (const [what, input, pointer, words] of cases) {
      const { status, body } = await ask(fleet.address, 'startSimulation', input);
      expect([what, status, body.code, body.errors]).toEqual([what, 422, 'TOO_COSTLY', [{ pointer, code: 'OUT_OF_RANGE', message: expect.stringMatching(words) }]]);
    }
    expect(await stored()).toBe(before);
    expect((await ask(fleet.address, 'startSimulation', { ...small, ...grid(20) })).body.state).toBe('queued');
  }, 60_000);

  test.each(DOORS)('is refused as a question too, inline and by id, with a pointer to either: $name', async ({ ask }) => {
    const { market, portfolio } = chain(6000);
    const { marketId, portfolioId, scenarioId } = await fleet.store({ accounts: 6000 });
    for (const [input, pointer] of [[{ market, portfolio }, '/portfolio'], [{ marketId, portfolioId, scenarioId }, '/portfolioId']] as const) {
      const { status, body } = await ask(fleet.address, 'whatIf', input);
      expect([status, body.code, body.errors[0].pointer]).toEqual([422, 'TOO_COSTLY', pointer]);
    }
    const many = wide(6000);
    const { status, body } = await ask(fleet.address, 'whatIf', many);
    expect([status, body.errors]).toEqual([422, [{ pointer: '/portfolio', code: 'OUT_OF_RANGE', message: expect.stringMatching(/may take \d+ MB of memory, more than UNWIND_RUN_MEMORY_MB_MAX=200/) }]]);
    const prices = await ask(fleet.address, 'liquidationPrices', { market, portfolio: portfolioOf(20_000, 3) });
    expect([prices.status, prices.body.code, prices.body.errors?.[0].pointer]).toEqual([422, 'TOO_COSTLY', '/portfolio']);
  }, 60_000);

  test.each(DOORS)('is told with its estimate once it is accepted: more rounds, work, time and memory for more accounts, for a sweep in all and by the shard: $name', async ({ ask }) => {
    const estimateOf = async (input: object) => (await ask(fleet.address, 'startSimulation', input)).body.estimate as Record<string, number>;
    const [small, large] = [await fleet.store({ accounts: 10 }), await fleet.store({ accounts: 1000 })];
    const [one, more, swept] = [await estimateOf(small), await estimateOf(large), await estimateOf({ ...small, ...grid(65) })];
    for (const name of ['rounds', 'work', 'seconds', 'shardSeconds', 'bytes']) expect([name, more[name]! > one[name]!]).toEqual([name, true]);
    expect(one).toMatchObject({ rounds: 12, shardSeconds: one.seconds });
    expect(swept.work! / one.work!).toBeGreaterThan(10);
    expect(swept.shardSeconds).toBeLessThan(swept.seconds!);
  }, 60_000);
});

/** Cross accounts of the one asset, long and short. */
function portfolioOf(accounts: number, balance: number, name = 'a') {
  return { name: 'p', accounts: Array.from({ length: accounts }, (_, n) => ({ reference: `${name}${n}`, marginMode: 'cross', balance, positions: ['long', 'short'].map((side) => ({ symbol: 'X', side, contracts: 1, entryPrice: 100 })) })) };
}

describe('a run that takes more than it may', () => {
  const fleet = new Fleet();
  beforeAll(async () => void (await fleet.open()), 60_000);
  afterAll(() => fleet.close(), 60_000);
  afterEach(() => fleet.stopWorkers('SIGKILL'));
  const failed = (id: string) => fleet.call<Failed>('GET', `/v1/simulations/${id}`);

  test('of time: fails with RUN_TIMEOUT at both doors, is not tried again, and the worker goes on', async () => {
    const { scenarioId, ...ids } = await fleet.store({ accounts: 5000 });
    // 16 points a shard, each with up to 5,000 rounds of 5,000 accounts: half a minute and not one second
    const { id } = await fleet.start({ ...ids, scenarioId, sweep: { shocks: { from: -0.05, to: -0.051, steps: 1000 } } });
    const worker = fleet.work({ UNWIND_RUN_SECONDS_MAX: '1', PORT: '0' });
    const { state } = await fleet.final(id);
    const { error, shardsDone } = await failed(id);
    expect({ state, shardsDone, error }).toEqual({ state: 'failed', shardsDone: 0, error: { code: 'RUN_TIMEOUT', detail: expect.stringMatching(/within 1 s/) } });
    const graphql = await posted(`${fleet.address}/graphql`, { query: `{ simulation(id: "${id}") { state error { code detail } } }` });
    expect(graphql.body.data.simulation).toEqual({ state, error });
    expect(await fleet.sql(`SELECT FROM simulation_shards WHERE simulation_id = '${id}'`)).toEqual([]);
    expect((await fleet.final((await fleet.start(await fleet.store())).id)).state).toBe('succeeded');
    expect(worker.exitCode).toBeNull();
  }, 120_000);

  test('of memory: fails with RUN_TOO_LARGE, before it is read or in the middle, while the process and the other runs go on', async () => {
    const post = async (plural: string, document: object) => (await fleet.call('POST', `/v1/${plural}`, document)).id;
    const many = wide(6000);
    const scenarioId = await post('scenarios', { name: 's', marketShock: -0.05 });
    const middle = { marketId: await post('markets', many.market), portfolioId: await post('portfolios', many.portfolio), scenarioId };
    const reading = { marketId: await post('markets', chain(1).market), portfolioId: await post('portfolios', portfolioOf(20_000, 1e6, 'x'.repeat(180))), scenarioId };
    const others = await fleet.store({ accounts: 1500 });
    const ids = [];
    for (const each of [others, middle, others, reading, others]) ids.push((await fleet.start(each)).id);
    const worker = fleet.work({ UNWIND_RUN_MEMORY_MB_MAX: '64', UNWIND_THREADS: '2' });
    const states = [];
    for (const id of ids) states.push((await fleet.final(id)).state);
    expect(states).toEqual(['succeeded', 'failed', 'succeeded', 'failed', 'succeeded']);
    for (const id of [ids[1]!, ids[3]!]) expect((await failed(id)).error).toEqual({ code: 'RUN_TOO_LARGE', detail: expect.stringMatching(/64 MB/) });
    expect((await fleet.sql<{ max: number | null }>('SELECT max(attempt) FROM simulation_shards'))[0]!.max).toBeNull();
    expect(worker.exitCode).toBeNull();
  }, 180_000);
});

describe('questions', () => {
  const open = (env: Record<string, string>) => service({ DATABASE_URL: process.env.UNWIND_TEST_DATABASE_URL!, PORT: '0', HOST: '127.0.0.1', UNWIND_WORKER: 'off', ...env });
  let running: Service | undefined;
  afterEach(async () => void (await running?.end()));

  const questionOf = (accounts: number) => ({ ...chain(accounts), scenario: { name: 's', marketShock: -0.05 } });
  const roundsOf = ({ body }: Answer) => body.before.summary.totals.rounds as number;

  test.each(DOORS)('beyond those that threads answer and that may wait are refused with OVERLOADED and Retry-After, and all others are answered: $name', async ({ ask }) => {
    running = await open({ UNWIND_QUESTION_THREADS: '1', UNWIND_QUESTIONS_WAITING_MAX: '2' });
    const { address } = running;
    const answers = await Promise.all(Array.from({ length: 12 }, () => ask(address, 'whatIf', questionOf(2000))));
    const answered = answers.filter(({ status }) => status === 200);
    const refused = answers.filter(({ status }) => status === 503);
    expect(answered.length + refused.length).toBe(12);
    expect(answered.length).toBeGreaterThanOrEqual(3); // one in the thread, two that wait
    expect(refused.length).toBeGreaterThan(0);
    expect(new Set(answered.map(roundsOf))).toEqual(new Set([2000]));
    for (const { body, retryAfter } of refused) expect([body.code, Number(retryAfter) > 0]).toEqual(['OVERLOADED', true]);
    expect(await metric(address, 'unwind_refused_requests_total{reason="questions"}')).toBe(refused.length);
    expect(roundsOf(await ask(address, 'whatIf', questionOf(600)))).toBe(600);
  }, 120_000);

  test('that wait too long are refused, and one that is computed too long ends with RUN_TIMEOUT and frees its thread, at both doors', async () => {
    running = await open({ UNWIND_QUESTION_THREADS: '1', UNWIND_QUESTION_WAIT_SECONDS_MAX: '1', UNWIND_QUESTION_SECONDS_MAX: '2' });
    const { address } = running;
    for (const { ask } of DOORS) {
      const long = ask(address, 'whatIf', questionOf(10_000)); // 10,000 rounds of 10,000 accounts, twice
      while ((await metric(address, 'unwind_questions{state="running"}')) === 0) await pause(20);
      const waited = await ask(address, 'whatIf', questionOf(600));
      expect([waited.status, waited.body.code, Number(waited.retryAfter) > 0]).toEqual([503, 'OVERLOADED', true]);
      const { status, body } = await long;
      expect([status, body.code]).toEqual([422, 'RUN_TIMEOUT']);
      expect(roundsOf(await ask(address, 'whatIf', questionOf(600)))).toBe(600);
    }
  }, 120_000);

  test('whose client goes away give their thread to the next one', async () => {
    running = await open({ UNWIND_QUESTION_THREADS: '1', UNWIND_QUESTIONS_WAITING_MAX: '1', UNWIND_QUESTION_WAIT_SECONDS_MAX: '600', UNWIND_QUESTION_SECONDS_MAX: '600' });
    const { address } = running;
    const states = async () => [await metric(address, 'unwind_questions{state="running"}'), await metric(address, 'unwind_questions{state="waiting"}')].join();
    const reached = async (state: string) => {
      while ((await states()) !== state) await pause(20);
    };
    for (const { ask } of DOORS) {
      const [computed, waiting] = [new AbortController(), new AbortController()];
      const first = ask(address, 'whatIf', { ...questionOf(15_000), scenario: { name: 's', marketShock: -0.05, closeOut: { policy: 'partial' } } }, computed.signal).catch(() => 'gone');
      await reached('1,0');
      const second = ask(address, 'whatIf', questionOf(600), waiting.signal).catch(() => 'gone');
      await reached('1,1');
      waiting.abort();
      await reached('1,0');
      computed.abort();
      await reached('0,0');
      expect(await Promise.all([first, second])).toEqual(['gone', 'gone']);
      expect(roundsOf(await ask(address, 'whatIf', questionOf(600)))).toBe(600);
    }
  }, 120_000);
});

describe('while every thread for simulations is busy', () => {
  const fleet = new Fleet();
  beforeAll(async () => void (await fleet.open({ UNWIND_THREADS: '1' })), 60_000);
  afterAll(() => fleet.close(), 60_000);

  test('questions are answered, and metrics tell what runs and how runs end', async () => {
    const alone = await service({ DATABASE_URL: fleet.databaseUrl, PORT: '0', UNWIND_THREADS: '1' });
    const runs = (outcome: string) => metric(alone.address, `unwind_simulation_run_duration_seconds_count{outcome="${outcome}"}`);
    try {
      expect((await fleet.final((await fleet.start(await fleet.store())).id)).state).toBe('succeeded');
      expect([await runs('succeeded'), await runs('cancelled'), await metric(alone.address, 'unwind_simulation_shards_at_hand')]).toEqual([1, 0, 0]);

      const { scenarioId, ...ids } = await fleet.store({ accounts: 5000 });
      const { id } = await fleet.start({ ...ids, scenarioId, sweep: { shocks: { from: -0.05, to: -0.051, steps: 1000 } } });
      await fleet.until(id, ({ state }) => state === 'running');
      while ((await metric(alone.address, 'unwind_simulation_shards_at_hand')) !== 1) await pause(20);
      for (const { ask } of DOORS) {
        const { status, body } = await ask(alone.address, 'whatIf', { ...chain(700), scenario: { name: 's', marketShock: -0.05 } });
        expect([status, body.before?.summary.totals.rounds]).toEqual([200, 700]);
      }
      const { state, shardsDone } = await fleet.read(id);
      expect({ state, shardsDone }).toEqual({ state: 'running', shardsDone: 0 });

      await fleet.call('POST', `/v1/simulations/${id}/cancel`);
      while ((await runs('cancelled')) === 0) await pause(20);
      expect([await runs('succeeded'), await metric(alone.address, 'unwind_simulation_shards_at_hand')]).toEqual([1, 0]);
    } finally {
      await alone.end();
    }
  }, 120_000);
});
