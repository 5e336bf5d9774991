import { request } from 'node:http';
import fc from 'fast-check';
import { BASE, doors, graphql, rest } from './doors.js';

const PORTFOLIOS = { plural: 'portfolios', type: 'Portfolio', listed: 'PortfolioSummary' };
const NDJSON = 'application/x-ndjson';
const CSV = 'text/csv';
const HEADER = 'account,marginMode,balance,symbol,side,contracts,contractSize,entryPrice,margin,fixedFee\n';

async function store(document: object = {}): Promise<string> {
  const { data, ...answer } = await doors(PORTFOLIOS)[0].create({ name: 'Bulk', ...document });
  if (!data) throw new Error(JSON.stringify(answer));
  return data.id;
}

const read = async (id: string) => (await rest('GET', `/v1/portfolios/${id}`)).data;
const content = async (id: string) => {
  const { accounts, loans } = await read(id);
  return { accounts, loans };
};

async function upload(id: string, type: string, body: string | Buffer, query = ''): Promise<{ status: number; body: any }> { // eslint-disable-line @typescript-eslint/no-explicit-any
  const response = await fetch(`${BASE}/v1/portfolios/${id}/positions:import${query}`, { method: 'POST', headers: { 'content-type': type }, body });
  return { status: response.status, body: await response.json() };
}

async function download(id: string, accept: string): Promise<string> {
  const response = await fetch(`${BASE}/v1/portfolios/${id}/positions:export`, { headers: { accept } });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toContain(accept);
  return response.text();
}

/** `2 /side WRONG_TYPE` of each error. */
const told = ({ body }: { body: { errors: { line: number; pointer: string; code: string }[] } }) => body.errors.map(({ line, pointer, code }) => `${line} ${pointer} ${code}`);
const line = (changes: object = {}) => JSON.stringify({ account: 'a', marginMode: 'cross', balance: 5, symbol: 'X', side: 'long', contracts: 1, entryPrice: 100, ...changes });
const lines = (...changes: object[]) => changes.map((each) => `${line(each)}\n`).join('');

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((value) => [...value].every((letter) => letter >= ' ' && letter !== '\u007f') && value.isWellFormed());
const positive = fc.double({ min: 1e-300, max: 1e15, noNaN: true });
const position = fc.record({ symbol: text, side: fc.constantFrom('long', 'short'), contracts: positive, contractSize: positive, entryPrice: positive, fixedFee: positive }, { requiredKeys: ['symbol', 'side', 'contracts', 'entryPrice'] });
const positions = fc.uniqueArray(position, { maxLength: 5, selector: ({ symbol, side }) => `${side} ${symbol}` });
const account = fc.oneof(
  fc.record({ marginMode: fc.constant('cross'), balance: fc.double({ min: -1e15, max: 1e15, noNaN: true }).map((value) => value + 0), positions, collateral: fc.constant([{ symbol: 'ETH', quantity: 2, haircut: 0.1 }]) }),
  fc.record({ marginMode: fc.constant('isolated'), positions: positions.map((all) => all.map((each) => ({ ...each, margin: 3.25 }))) }),
);
const accounts = fc.uniqueArray(fc.tuple(text, account), { maxLength: 6, selector: ([reference]) => reference }).map((all) => all.map(([reference, rest]) => ({ reference, ...rest })));

describe.each([NDJSON, CSV])('a file of positions as %s', (type) => {
  test('goes out and comes in without changing the portfolio, and out again without changing a byte', async () => {
    await fc.assert(
      fc.asyncProperty(accounts, async (all) => {
        const id = await store({ accounts: all, loans: [{ reference: '\u00a0loan of another name than any', collateral: [{ symbol: 'ETH', quantity: 1, liquidationThreshold: 0.8 }], debts: [{ quantity: 1 }] }] });
        const before = await content(id);
        const file = await download(id, type);
        expect(await upload(id, type, file)).toMatchObject({ status: 200, body: { positionsRemoved: all.flatMap((each) => each.positions).length, accountsCreated: 0 } });
        expect(await content(id)).toEqual(before);
        const empty = await store();
        expect((await upload(empty, type, file)).body).toMatchObject({ accountsCreated: all.length, accountCount: all.length });
        expect(await download(empty, type)).toBe(file);
      }),
      { numRuns: 15 },
    );
  }, 120_000);

  test('is the same portfolio as the other type', async () => {
    const id = await store({ accounts: [{ reference: 'a, "b"\\N', marginMode: 'cross', balance: -0.1, positions: [{ symbol: 'C\\t', side: 'short', contracts: 1e-7, entryPrice: 1e15, contractSize: 0.001 }] }] });
    const file = await download(id, type);
    const other = await store();
    await upload(other, type, file);
    const toOther = type === CSV ? NDJSON : CSV;
    expect(await download(other, toOther)).toBe(await download(id, toOther));
    expect((await content(other)).accounts).toEqual((await content(id)).accounts);
  });

  test('of 20,000 positions keeps its order and its bytes', async () => {
    const rows = Array.from({ length: 20_000 }, (_, k) => ({ account: `account ${19_999 - Math.floor(k / 2)}`, symbol: `S${k % 2}`, contracts: k + 0.1 }));
    const id = await store();
    const file = type === NDJSON ? lines(...rows) : HEADER + rows.map((row) => `${row.account},cross,5,${row.symbol},long,${row.contracts},,100,,\n`).join('');
    expect((await upload(id, type, file)).body).toMatchObject({ positions: 20_000, accounts: 10_000, positionCount: 20_000 });
    expect(await download(id, type)).toBe(file);
  });
});

describe('an import', () => {
  const STORED = {
    accounts: [
      { reference: 'kept', marginMode: 'cross', balance: 7, collateral: [{ symbol: 'ETH', quantity: 1, haircut: 0 }], positions: [{ symbol: 'X', side: 'short', contracts: 3, entryPrice: 90 }], stopOrders: [{ symbol: 'X', side: 'buy', amount: 1, triggerPrice: 120, reduceOnly: true }] },
      { reference: 'a', marginMode: 'cross', balance: 1, collateral: [], positions: [], stopOrders: [] },
    ],
    loans: [{ reference: 'loan', collateral: [{ symbol: 'ETH', quantity: 1, liquidationThreshold: 0.8 }], debts: [{ quantity: 1 }] }],
  };

  test('replaces positions and nothing else: balance, collateral, stop orders and loans stay', async () => {
    const id = await store(STORED);
    const { status, body } = await upload(id, NDJSON, lines({}, { account: 'new', symbol: 'Y', balance: undefined }));
    expect(status).toBe(200);
    expect(body).toEqual({ portfolioId: id, mode: 'replace', dryRun: false, positions: 2, accounts: 2, accountsCreated: 1, positionsRemoved: 1, positionCount: 2, accountCount: 3 });
    const { accounts, loans } = await content(id);
    expect(accounts.map((each: { reference: string }) => each.reference)).toEqual(['a', 'new', 'kept']);
    expect(accounts[0]).toMatchObject({ balance: 5, positions: [{ symbol: 'X', side: 'long' }] });
    expect(accounts[1]).toMatchObject({ balance: 0 });
    expect(accounts[2]).toEqual({ ...STORED.accounts[0], positions: [] });
    expect(loans).toMatchObject(STORED.loans);
  });

  test('appends after what is there', async () => {
    const id = await store(STORED);
    expect((await upload(id, NDJSON, lines({ account: 'kept', balance: 7 }, { account: 'new' }), '?mode=append')).body).toMatchObject({ positionsRemoved: 0, positionCount: 3, accountCount: 3 });
    const { accounts } = await content(id);
    expect(accounts.map((each: { reference: string }) => each.reference)).toEqual(['kept', 'a', 'new']);
    expect(accounts[0].positions).toMatchObject([{ side: 'short' }, { side: 'long' }]);
    expect(accounts[0].stopOrders).toEqual(STORED.accounts[0]!.stopOrders);
    expect(told(await upload(id, NDJSON, lines({ account: 'kept', balance: 7 }), '?mode=append'))).toEqual(['1 /symbol DUPLICATE']);
  });

  test('under an Idempotency-Key has its effect once: the same file is answered the same, another one is refused', async () => {
    const id = await store(STORED);
    const file = lines({ account: 'kept', balance: 7 });
    const send = (text: string) => fetch(`${BASE}/v1/portfolios/${id}/positions:import?mode=append`, { method: 'POST', headers: { 'content-type': NDJSON, 'idempotency-key': `import-${id}` }, body: text });
    const first = await send(file);
    const again = await send(file);
    expect([first.status, again.status, again.headers.get('idempotency-replayed')]).toEqual([200, 200, 'true']);
    expect(await again.json()).toEqual(await first.json());
    expect(await (await send(lines({ account: 'kept', balance: 8 }))).json()).toMatchObject({ status: 422, code: 'IDEMPOTENCY_KEY_REUSED' });
    expect((await content(id)).accounts[0].positions).toHaveLength(2);
  });

  test('that is tried out counts the same and writes nothing', async () => {
    const id = await store(STORED);
    const before = await read(id);
    const { body: tried } = await upload(id, NDJSON, lines({}, { account: 'new' }), '?dryRun=true');
    expect(await read(id)).toEqual(before);
    expect({ ...tried, dryRun: false }).toEqual((await upload(id, NDJSON, lines({}, { account: 'new' }))).body);
    expect((await read(id)).updatedAt > before.updatedAt).toBe(true);
  });

  test.each([
    // what                            type    file                                                                    status  errors
    ['a negative amount',              NDJSON, lines({}, { symbol: 'Y', contracts: -1 }),                              400, ['2 /contracts OUT_OF_RANGE']],
    ['a number as text',               NDJSON, lines({ contracts: '1' }),                                              400, ['1 /contracts WRONG_TYPE']],
    ['a number beyond all bounds',     NDJSON, lines({}).replace('100', '1e999'),                                      400, ['1 /entryPrice OUT_OF_RANGE']],
    ['an unknown property',            NDJSON, lines({ colour: 1 }),                                                   400, ['1 /colour UNKNOWN_PROPERTY']],
    ['a key given twice',              NDJSON, '{"account":"a","account":"b"}\n',                                      400, ['1 /account DUPLICATE']],
    ['a prototype',                    NDJSON, '{"__proto__":{}}\n',                                                   400, ['1 /__proto__ UNKNOWN_PROPERTY']],
    ['no JSON, after a blank line',    NDJSON, `${line()}\r\n\r\n{"account":\n`,                                       400, ['3 /account SYNTAX']],
    ['a list',                         NDJSON, '[]\n',                                                                 400, ['1  WRONG_TYPE']],
    ['nothing of a position but side', NDJSON, '{"account":"a","marginMode":"cross","side":"long"}',                   400, ['1 /symbol MISSING', '1 /contracts MISSING', '1 /entryPrice MISSING']],
    ['a line that never ends',         NDJSON, `${line()}\n${'x'.repeat(100_000)}`,                                    400, ['2  OUT_OF_RANGE']],
    ['no UTF-8',                       NDJSON, Buffer.from(`${line()}\n${line({ account: 'ÿ' })}\n`, 'latin1'),        400, ['2  SYNTAX']],
    ['margin of a cross account',      NDJSON, lines({ margin: 1 }),                                                   400, ['1 /margin FORBIDDEN']],
    ['no margin when isolated',        NDJSON, lines({ marginMode: 'isolated', balance: undefined }),                  400, ['1 /margin MISSING']],
    ['a balance when isolated',        NDJSON, lines({ marginMode: 'isolated', margin: 1 }),                           400, ['1 /balance FORBIDDEN']],
    ['a position held twice',          NDJSON, lines({}, { symbol: 'Y' }, { contracts: 2 }, { contracts: 3 }),         422, ['3 /symbol DUPLICATE', '4 /symbol DUPLICATE']],
    ['two margin modes',               NDJSON, lines({ account: 'n' }, { account: 'n', symbol: 'Y', marginMode: 'isolated', balance: undefined, margin: 1 }), 422, ['2 /marginMode FORBIDDEN']],
    ['another margin mode than stored', NDJSON, lines({ marginMode: 'isolated', balance: undefined, margin: 1 }),      422, ['1 /marginMode FORBIDDEN']],
    ['two balances',                   NDJSON, lines({}, { symbol: 'Y', balance: 6 }),                                 422, ['2 /balance FORBIDDEN']],
    ['the reference of a loan',        NDJSON, lines({ account: 'loan' }),                                             422, ['1 /account DUPLICATE']],
    ['1,025 positions of an account',  NDJSON, lines(...Array.from({ length: 1025 }, (_, k) => ({ symbol: `S${k}` }))), 422, ['1 /account OUT_OF_RANGE']],
    ['an unknown column',              CSV,    'account,marginMode,colour\na,cross,1\n',                               400, ['1 /colour UNKNOWN_PROPERTY']],
    ['a column given twice',           CSV,    'account,account\na,b\n',                                               400, ['1 /account DUPLICATE']],
    ['no header',                      CSV,    '',                                                                     400, ['1  MISSING']],
    ['a field too many',               CSV,    `${HEADER}a,cross,5,X,long,1,,2,,,\n`,                                  400, ['2  WRONG_TYPE']],
    ['a word for a number',            CSV,    `${HEADER}a,cross,5,X,long,0x1,,2,,\n`,                                 400, ['2 /contracts WRONG_TYPE']],
    ['an open quote',                  CSV,    `${HEADER}a,cross,5,"X,long,1,,2,,\n`,                                  400, ['2  SYNTAX']],
    ['a wrong line after one of two',  CSV,    `${HEADER}"a\nb",cross,5,X,long,1,,2,,\na,cross,5,X,lang,1,,2,,\n`,     400, ['2 /account OUT_OF_RANGE', '4 /side WRONG_TYPE']],
  ] as const)('with %s is refused by line, and nothing is written', async (_what, type, file, status, errors) => {
    const id = await store(STORED);
    const before = await read(id);
    const answer = await upload(id, type, file);
    expect({ status: answer.status, errors: told(answer) }).toEqual({ status, errors });
    expect(await read(id)).toEqual(before);
  });

  test('takes columns in any order, quotes, a byte order mark and CRLF', async () => {
    const id = await store();
    const file = '\uFEFFsymbol,entryPrice,side,contracts,marginMode,account\r\n"BTC/USDT:USDT",1.5e2,long,2,cross,"desk ""A"", 1"\r\n';
    expect((await upload(id, 'text/csv; charset=utf-8', file)).status).toBe(200);
    expect((await content(id)).accounts).toMatchObject([{ reference: 'desk "A", 1', positions: [{ symbol: 'BTC/USDT:USDT', side: 'long', contracts: 2, entryPrice: 150 }] }]);
  });

  test('tells the first 100 wrong lines and how many there are', async () => {
    const { body } = await upload(await store(), NDJSON, lines(...Array.from({ length: 250 }, (_, k) => ({ symbol: `S${k}`, contracts: 0 }))));
    expect([body.errors.length, body.errors[99].line, body.errorCount]).toEqual([100, 100, 250]);
  });

  test('names the line that a position repeats', async () => {
    const { body } = await upload(await store(), NDJSON, lines({}, { symbol: 'Y' }, {}));
    expect(body.errors).toEqual([{ line: 3, pointer: '/symbol', code: 'DUPLICATE', message: 'is held long by the account on line 1' }]);
  });

  test('may not leave an isolated account with a stop order that reduces nothing', async () => {
    const id = await store({ accounts: [{ reference: 'i', marginMode: 'isolated', positions: [{ symbol: 'X', side: 'long', contracts: 1, entryPrice: 100, margin: 9 }], stopOrders: [{ symbol: 'X', side: 'sell', amount: 1, triggerPrice: 95 }] }] });
    expect(told(await upload(id, NDJSON, ''))).toEqual(['1 /account UNHELD']);
    expect((await upload(id, NDJSON, lines({ account: 'i', marginMode: 'isolated', balance: undefined, margin: 1 }))).status).toBe(200);
  });

  test('that breaks off in the middle leaves nothing', async () => {
    const id = await store(STORED);
    const before = await read(id);
    await new Promise<void>((done) => {
      const sender = request(`${BASE}/v1/portfolios/${id}/positions:import`, { method: 'POST', headers: { 'content-type': NDJSON } });
      sender.on('error', () => done()).on('close', () => done());
      sender.write(lines(...Array.from({ length: 5000 }, (_, k) => ({ account: `n${k}` }))));
      setTimeout(() => sender.destroy(), 300);
    });
    await new Promise((done) => setTimeout(done, 300));
    expect(await read(id)).toEqual(before);
    expect((await upload(id, NDJSON, lines({}))).status).toBe(200);
  });

  test.each([
    ['to nothing', '00000000-0000-7000-8000-000000000000', NDJSON, '', 404, 'NOT_FOUND'],
    ['to no id', 'none', NDJSON, '', 404, 'NOT_FOUND'],
    ['of JSON', undefined, 'application/json', '', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['in an unknown mode', undefined, NDJSON, '?mode=merge', 400, 'INVALID_INPUT'],
    ['with an unknown parameter', undefined, NDJSON, '?dryrun=true', 400, 'INVALID_INPUT'],
  ])('%s is refused', async (_what, id, type, query, status, code) => {
    expect(await upload(id ?? (await store()), type, '{}', query)).toMatchObject({ status, body: { code } });
  });

  test('inside a GraphQL mutation is the same', async () => {
    const id = await store(STORED);
    const mutation = 'mutation ($input: ImportPositionsInput!) { data: importPositions(input: $input) { portfolioId mode dryRun positions accounts accountsCreated positionsRemoved positionCount accountCount } }';
    const ask = (input: object) => graphql(mutation, JSON.stringify({ input: { portfolioId: id, ...input } }));
    const tried = await ask({ ndjson: lines({}), dryRun: true });
    expect(tried.data).toEqual((await upload(id, NDJSON, lines({}), '?dryRun=true')).body);
    expect((await ask({ csv: `${HEADER}a,cross,5,X,long,1,,100,,\n` })).data).toMatchObject({ positions: 1 });
    expect(await ask({ ndjson: lines({ contracts: 0 }) })).toMatchObject({ code: 'INVALID_INPUT', issues: ['/contracts OUT_OF_RANGE'] });
    expect(await ask({ ndjson: lines({}), csv: '' })).toMatchObject({ code: 'INVALID_INPUT', pointers: ['/csv'] });
    expect(await ask({})).toMatchObject({ code: 'INVALID_INPUT', pointers: ['/ndjson'] });
  });
});

test('positions are read in pages at both doors, in the order of the export', async () => {
  const id = await store();
  const file = lines({}, { symbol: 'Y' }, { account: 'b' });
  await upload(id, NDJSON, file);
  const ofRest: object[] = [];
  for (let cursor = ''; ; ) {
    const { data } = await rest('GET', `/v1/portfolios/${id}/positions?limit=1${cursor && `&cursor=${cursor}`}`);
    ofRest.push(...data.items);
    if (!data.nextCursor) break;
    cursor = data.nextCursor;
  }
  expect(ofRest.map((each) => JSON.stringify(each)).join('\n')).toBe(file.trimEnd());
  const { data } = await graphql(`query ($id: ID!) { data: positions(portfolioId: $id) { nodes { account marginMode balance symbol side contracts entryPrice } } }`, JSON.stringify({ id }));
  expect(data.nodes).toEqual(ofRest);
});

test('a page is of one moment, also while the portfolio is replaced', async () => {
  const body = (turn: number) => JSON.stringify({ name: 'Bulk', accounts: Array.from({ length: turn % 2 ? 1 : 50 }, (_, i) => ({ reference: `${turn}-${i}`, marginMode: 'cross', balance: turn, positions: [{ symbol: 'X', side: 'long', contracts: 1, entryPrice: 1 }] })) });
  const { data } = await rest('POST', '/v1/portfolios', body(0));
  let isOver = false;
  const writer = (async () => {
    for (let turn = 1; turn <= 40; turn++) expect((await fetch(`${BASE}/v1/portfolios/${data.id}`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: body(turn) })).status).toBe(200);
    isOver = true;
  })();
  while (!isOver) {
    for (const { status, data: page } of await Promise.all(Array.from({ length: 4 }, () => rest('GET', `/v1/portfolios/${data.id}/positions`)))) {
      expect(status).toBe(200);
      expect(new Set(page.items.map(({ balance }: { balance: number }) => balance)).size).toBe(1);
    }
  }
  await writer;
});

test('a portfolio of more positions than one document may have is counted, paged and exported, and not read as JSON', async () => {
  const id = await store();
  const file = lines(...Array.from({ length: 20_001 }, (_, k) => ({ account: `${k}` })));
  expect((await upload(id, NDJSON, file)).body).toMatchObject({ accountCount: 20_001 });
  expect(await rest('GET', `/v1/portfolios/${id}`)).toMatchObject({ status: 422, code: 'TOO_MANY_POSITIONS' });
  expect((await rest('GET', `/v1/portfolios/${id}/positions?limit=1`)).data.items).toHaveLength(1);
  expect(await download(id, NDJSON)).toBe(file);
  expect((await rest('PUT', `/v1/portfolios/${id}`, JSON.stringify({ name: 'small again' }))).data).toMatchObject({ accounts: [] });
});
