// How long /livez takes while the largest documents go in and out, one kind of request after the other, beside an idle baseline of the same run.
// npm run build && node bench/livez.js [words of the kinds]; starts an embedded PostgreSQL and the service on free ports, and ends them.
import { spawn } from 'node:child_process';
import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { withService } from './service.js';

const ACCOUNTS = 20_000;
const POSITIONS_PER_ACCOUNT = 5;
const SYMBOLS = 100;
const HUGE = 5_000_000;
const LEVELS = 10_000;
const IDLE_MS = 5000;
const ALLOWED_MS = 50;
const JSON_HEADERS = { 'content-type': 'application/json' };
const WORDS = process.argv.slice(2);
const agent = new Agent({ keepAlive: true });

await withService(({ address }) => bench(address));

async function bench(address) {
  const send = (method, path, body, headers = {}) => sent(address + path, method, body, headers);
  const json = async (method, path, body) => JSON.parse((await send(method, path, body)).text);
  const wanted = (what) => WORDS.length === 0 || WORDS.some((word) => what.includes(word));
  const asker = askerOf(address);
  const kind = async (what, status, work) => {
    if (!wanted(what)) return;
    const { ms, answers } = await asker.during(work);
    const wrong = [answers].flat().filter((answer) => answer && answer.status !== status);
    const at = (share) => ms[Math.min(ms.length - 1, Math.floor(ms.length * share))].toFixed(1).padStart(7);
    const over = ms.filter((each) => each > ALLOWED_MS).length;
    console.log(`${what.padEnd(52)} p50 ${at(0.5)}  p99 ${at(0.99)}  worst ${at(1)} ms  above ${ALLOWED_MS}: ${String(over).padStart(3)} of ${ms.length}${wrong.length > 0 ? `  NOT ${status}: ${wrong[0].status} ${wrong[0].text.slice(0, 200)}` : ''}`);
    if (wrong.length > 0) process.exitCode = 1;
    return answers;
  };

  const market = JSON.stringify(marketOf());
  const { id: marketId } = await json('POST', '/v1/markets', market);
  const { id: scenarioId } = await json('POST', '/v1/scenarios', JSON.stringify({ name: 'Bench', marketShock: -0.3 }));
  const book = JSON.stringify(portfolio());
  const { id: portfolioId } = await json('POST', '/v1/portfolios', book);
  await pause(2000);

  console.log(`${ACCOUNTS} accounts, ${ACCOUNTS * POSITIONS_PER_ACCOUNT} positions, ${(book.length / 1e6).toFixed(1)} MB; Node ${process.version}`);
  if (!wanted('idle')) WORDS.push('idle');
  await kind('idle', 200, () => pause(IDLE_MS));

  await kind('book: created', 201, () => send('POST', '/v1/portfolios', book));
  await kind('book: created under a key', 201, () => send('POST', '/v1/portfolios', book, { 'idempotency-key': 'bench' }));
  await kind('book: created, the answer again', 201, () => send('POST', '/v1/portfolios', book, { 'idempotency-key': 'bench' }));
  await kind('book: replaced', 200, () => send('PUT', `/v1/portfolios/${portfolioId}`, book));
  await kind('book: read', 200, () => send('GET', `/v1/portfolios/${portfolioId}`));
  await kind('book: three created at once', 201, () => Promise.all([1, 2, 3].map(() => send('POST', '/v1/portfolios', book))));
  const loans = JSON.stringify({ name: 'Loans', loans: Array.from({ length: 20_000 }, (_, i) => loan(i)) });
  await kind('book of 20,000 loans: created', 201, () => send('POST', '/v1/portfolios', loans));
  const institutions = JSON.stringify({ name: 'Funds', institutions: Array.from({ length: 20_000 }, (_, i) => institution(i)) });
  await kind('book of 20,000 institutions: created', 201, () => send('POST', '/v1/portfolios', institutions));

  await kind('invalid: every position', 400, () => send('POST', '/v1/portfolios', book.replaceAll('"contracts":', '"contracts":-')));
  await kind('invalid: every position has an unknown property', 400, () => send('POST', '/v1/portfolios', book.replaceAll('"contracts":', '"c":1,"contracts":')));
  await kind('invalid: every account contradicts itself', 422, () => send('POST', '/v1/portfolios', book.replaceAll('"reference":"account-', '"reference":"a').replaceAll(/"reference":"a\d+"/g, '"reference":"a"')));
  await kind('invalid: 5,000,000 empty accounts', 400, () => send('POST', '/v1/portfolios', `{"name":"x","accounts":[${'{},'.repeat(HUGE)}{}]}`));
  await kind('invalid: 20,000 empty accounts', 400, () => send('POST', '/v1/portfolios', `{"name":"x","accounts":[${'{},'.repeat(ACCOUNTS - 1)}{}]}`));
  await kind('invalid: 7,000,000 numbers for accounts', 400, () => send('POST', '/v1/portfolios', `{"name":"x","accounts":[${'1,'.repeat(7_000_000)}1]}`));
  await kind('invalid: an unknown property of 15 MB', 400, () => send('POST', '/v1/portfolios', `{"name":"x","y":[${'[1,2],'.repeat(2_500_000)}1]}`));
  await kind('invalid: 1,000,000 unknown properties', 400, () => send('POST', '/v1/portfolios', `{"name":"x"${Array.from({ length: 1_000_000 }, (_, i) => `,"k${i}":1`).join('')}}`));
  await kind('invalid: a name of 15 MB', 400, () => send('POST', '/v1/portfolios', `{"name":"${'x'.repeat(15_000_000)}"}`));
  await kind('invalid: an instant of 15 MB', 400, () => send('POST', '/v1/markets', `{"name":"x","assets":[],"asOf":"${'2'.repeat(15_000_000)}"}`));
  await kind('invalid: no JSON, at the end', 400, () => send('POST', '/v1/portfolios', `${book.slice(0, -3)},]}`));
  await kind('invalid: no JSON, in the middle', 400, () => send('POST', '/v1/portfolios', book.slice(0, book.length / 2)));
  await kind('invalid: no JSON, a string without an end', 400, () => send('POST', '/v1/portfolios', `{"name":"${'x\\"'.repeat(5_000_000)}`));
  await kind('invalid: 16 MB of brackets', 400, () => send('POST', '/v1/portfolios', '['.repeat(15_000_000)));
  await kind('invalid: a key twice, at the end', 400, () => send('POST', '/v1/portfolios', `${book.slice(0, -1)},"name":"x"}`));

  const orderBooks = JSON.stringify(marketOf(Array.from({ length: 40 }, (_, k) => k)));
  const made = await kind('market of 40 full order books: created', 201, () => send('POST', '/v1/markets', orderBooks));
  if (made) await kind('market of 40 full order books: read', 200, () => send('GET', `/v1/markets/${JSON.parse(made.text).id}`));
  await kind('ccxt: positions of 15 MB', 200, () => send('POST', '/v1/ccxt/portfolio', JSON.stringify({ positions: foreignPositions(), balance: {} })));

  const asked = JSON.stringify({ marketId, portfolioId, scenarioId, changes: { transfers: [{ account: 'account-7', amount: 50 }] } });
  const askedInline = `{"market":${market},"scenarioId":"${scenarioId}","portfolio":${book}}`;
  await kind('what-if by id', 200, () => send('POST', '/v1/what-if', asked));
  await kind('what-if inline, 1000 accounts answered', 200, () => send('POST', '/v1/what-if', askedInline));
  await kind('liquidation prices inline', 200, () => send('POST', '/v1/liquidation-prices', askedInline));

  const id = await simulated(kind, send, { marketId, portfolioId, scenarioId }, 'simulation');
  await simulated(kind, send, { marketId, portfolioId, scenarioId, sweep: { shocks: { from: -0.2, to: 0, steps: 8 } } }, 'sweep of 8');
  if (id) {
    for (const rows of ['rounds', 'entries', 'attributions', 'accounts', 'thresholds']) {
      await kind(`results: page of 100 ${rows}`, 200, () => send('GET', `/v1/simulations/${id}/${rows}?limit=100`));
      for (const accept of ['application/x-ndjson', 'text/csv']) await kind(`results: all ${rows} as ${accept}`, 200, () => send('GET', `/v1/simulations/${id}/${rows}`, undefined, { accept }));
    }
    await kind('simulation verified', 200, () => send('POST', `/v1/simulations/${id}/verify`));
  }
  await kind('positions exported', 200, () => send('GET', `/v1/portfolios/${portfolioId}/positions:export`, undefined, { accept: 'application/x-ndjson' }));
  const file = (await send('GET', `/v1/portfolios/${portfolioId}/positions:export`, undefined, { accept: 'application/x-ndjson' })).text;
  await kind('positions imported', 200, () => send('POST', `/v1/portfolios/${portfolioId}/positions:import`, file, { 'content-type': 'application/x-ndjson' }));

  const graphql = (query, variables) => send('POST', '/graphql', `{"query":${JSON.stringify(query)},"variables":${variables}}`);
  const create = 'mutation ($input: PortfolioInput!) { createPortfolio(input: $input) { id } }';
  await kind('GraphQL: book created', 200, () => graphql(create, `{"input":${book}}`));
  await kind('GraphQL: book read', 200, () => graphql('query ($id: ID!) { portfolio(id: $id) { name accounts { reference balance positions { symbol side contracts entryPrice } } } }', JSON.stringify({ id: portfolioId })));
  await kind('GraphQL: invalid, every position', 400, () => graphql(create, `{"input":${book.replaceAll('"contracts":', '"contracts":-')}}`));
  await kind('GraphQL: invalid, every position of a wrong type', 400, () => graphql(create, `{"input":${book.replaceAll('"contracts":', '"contracts":"x","c":')}}`));
  await kind('GraphQL: invalid, 5,000,000 empty accounts', 400, () => graphql(create, `{"input":{"name":"x","accounts":[${'{},'.repeat(HUGE)}{}]}}`));
  await kind('GraphQL: what-if by id', 200, () => graphql('query ($input: WhatIfInput!) { whatIf(input: $input) { after { summary { totals { accounts } } } } }', `{"input":${asked}}`));
  asker.end();
}

/** Accepted, then computed and stored; answers its id. */
async function simulated(kind, send, input, what) {
  const accepted = await kind(`${what}: accepted`, 202, () => send('POST', '/v1/simulations', JSON.stringify(input)));
  if (!accepted) return undefined;
  const { id } = JSON.parse(accepted.text);
  await kind(`${what}: run and stored`, 200, async () => {
    for (;;) {
      const answer = await send('GET', `/v1/simulations/${id}`);
      if (/"state":"(succeeded|failed)"/.test(answer.text)) return answer;
      await pause(100);
    }
  });
  return id;
}

/** Asks /livez every 10 ms from a process of its own; answers how long each took while `work` went on, in order of size. */
function askerOf(address) {
  const program = `
    import { Agent, get } from 'node:http';
    const agent = new Agent({ keepAlive: true });
    const once = () => new Promise((done, fail) => get('${address}/livez', { agent }, (answer) => answer.resume().once('end', done)).once('error', fail));
    let ms = [];
    process.on('message', (word) => { if (word === 'begin') ms = []; else process.send(ms); });
    for (let i = 0; process.connected; i++) { const from = performance.now(); await once(); ms.push(performance.now() - from); await new Promise((done) => setTimeout(done, 10)); }
    process.exit();`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  return {
    async during(work) {
      await pause(300);
      child.send('begin');
      await pause(50);
      const answers = await work();
      await pause(100);
      const told = new Promise((done) => child.once('message', done));
      child.send('end');
      return { ms: (await told).sort((a, b) => a - b), answers };
    },
    end: () => child.disconnect(),
  };
}

function sent(url, method, body, headers) {
  return new Promise((done, fail) => {
    const call = request(url, { method, agent, headers: { ...(body !== undefined && { ...JSON_HEADERS, 'content-length': Buffer.byteLength(body) }), ...headers } }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part)).once('error', fail);
      response.once('end', () => done({ status: response.statusCode, text: Buffer.concat(parts).toString() }));
    });
    call.once('error', fail);
    call.end(body);
  });
}

function marketOf(withBooks = []) {
  const levels = (sign, price) => Array.from({ length: LEVELS }, (_, i) => [price + sign * (i + 1) * 0.001, 1 + (i % 7)]);
  const assets = Array.from({ length: SYMBOLS }, (_, k) => ({
    symbol: symbolOf(k),
    price: 100 + k,
    impact: { model: 'linear', lambda: 1e-9 },
    tiers: [{ minNotional: 0, maintenanceMarginRate: 0.01 }],
    ...(withBooks.includes(k) && { orderBook: { bids: levels(-1, 100 + k), asks: levels(1, 100 + k) } }),
  }));
  return { name: 'Bench', assets };
}

function portfolio() {
  const accounts = Array.from({ length: ACCOUNTS }, (_, i) => ({
    reference: `account-${i}`,
    marginMode: 'cross',
    balance: 10 + (i % 300),
    positions: Array.from({ length: POSITIONS_PER_ACCOUNT }, (_, k) => ({ symbol: symbolOf((i * 7 + k) % SYMBOLS), side: (i + k) % 3 ? 'long' : 'short', contracts: 1 + ((i + k) % 97) / 8, entryPrice: 90 + ((i * k) % 2003) / 100 })),
  }));
  return { name: 'Bench', accounts };
}

function loan(i) {
  return { reference: `loan-${i}`, closeFactor: 0.5, liquidationBonus: 0.05, collateral: [{ symbol: symbolOf(i % SYMBOLS), quantity: 10, liquidationThreshold: 0.8, oracle: { rule: 'lagged', lag: 2 } }], debts: [{ quantity: 500 + i / 100 }] };
}

function institution(i) {
  return { reference: `fund-${i}`, holdings: [{ symbol: symbolOf(i % SYMBOLS), quantity: 10 }, { symbol: symbolOf((i + 1) % SYMBOLS), quantity: 3 }], liabilities: 900, leverageMax: 20, cash: 1 };
}

function foreignPositions() {
  return Array.from({ length: 20_000 }, (_, i) => ({ symbol: symbolOf(i), side: 'long', contracts: 1 + i / 8, contractSize: 1, entryPrice: 100, marginMode: 'cross', notional: 100, leverage: 5, markPrice: 101, liquidationPrice: 50, info: { id: String(i), extra: 'x'.repeat(500) } }));
}

function symbolOf(k) {
  return `C${k}/USDT:USDT`;
}
