import { randomUUID } from 'node:crypto';
import type { Portfolio as EnginePortfolio } from '../src/engine/index.js';
import type { Portfolio, PortfolioInput } from '../src/portfolios/portfolio.js';
import { doors, rest, throughBoth } from './doors.js';

/** A stored or posted portfolio goes into the engine as it is: tsc says so. */
type Takes<T extends EnginePortfolio> = T;
export type EngineTakesPortfolios = [Takes<Portfolio>, Takes<PortfolioInput>];

const PORTFOLIOS = { plural: 'portfolios', type: 'Portfolio', listed: 'PortfolioSummary' };
const BTC = 'BTC/USDT:USDT';
const ETH = 'ETH/USDT:USDT';

const LONG = { symbol: BTC, side: 'long', contracts: 12.5, contractSize: 0.01, entryPrice: 64123.5 };
const CROSS = {
  reference: 'cross',
  marginMode: 'cross',
  balance: -250.75,
  collateral: [{ symbol: 'ETH', quantity: 1.5, haircut: 0.05 }, { symbol: 'BTC', quantity: 1e-8, haircut: 0 }],
  positions: [LONG, { symbol: ETH, side: 'short', contracts: 3, entryPrice: 3000 }, { symbol: BTC, side: 'short', contracts: 1, entryPrice: 70000 }],
  stopOrders: [{ symbol: BTC, side: 'sell', amount: 2, triggerPrice: 60000, reduceOnly: true }, { symbol: 'SOL', side: 'buy', amount: 1, triggerPrice: 200, reduceOnly: false }],
};
const ISOLATED = {
  reference: 'isolated',
  marginMode: 'isolated',
  balance: 0,
  collateral: [],
  positions: [{ ...LONG, margin: 500, fixedFee: 0.25 }, { symbol: ETH, side: 'short', contracts: 3, entryPrice: 3000, margin: 0 }],
  stopOrders: [{ symbol: ETH, side: 'buy', amount: 1, triggerPrice: 3300, reduceOnly: true }],
};
const LOAN = {
  reference: 'loan',
  collateral: [{ symbol: 'ETH', quantity: 10, liquidationThreshold: 0.83 }, { symbol: 'BTC', quantity: 0, liquidationThreshold: 1 }],
  debts: [{ quantity: 20_000 }, { symbol: 'SOL', quantity: 0.1 }],
  closeFactor: 0.5,
  fullCloseHealthFactor: 0.95,
  fullCloseBelow: 2000,
  minimumLeftover: 1000,
  liquidationBonus: 0.05,
  dumpedShare: 0,
};
const BANK = {
  reference: 'bank',
  holdings: [{ symbol: 'ETH', quantity: 10, isIlliquid: false }, { symbol: 'ETH', quantity: 2.5, isIlliquid: true }],
  otherAssets: 1000,
  cash: 250.5,
  liabilities: 30_000,
  leverageMax: 25,
  leverageTarget: 20,
  resolutionLeverage: 33.5,
  rule: 'target',
};
const portfolio = (changes: object = {}) => ({ name: 'Desk', venue: 'aave-v3', accounts: [CROSS, ISOLATED], loans: [LOAN], institutions: [BANK], ...changes });

describe.each(doors(PORTFOLIOS).map((door) => [door.name, door] as const))('portfolios through %s', (_name, door) => {
  test('a portfolio is read as it was posted', async () => {
    const { data } = await door.create(portfolio());
    const { id, version: _version, createdAt, updatedAt, ...posted } = data;
    expect([id, createdAt, updatedAt]).toEqual(Array(3).fill(expect.any(String)));
    expect(posted).toEqual(portfolio());
    expect((await door.read(id)).data).toEqual(data);
  });

  test('what is left out gets its default and nothing else appears', async () => {
    const { data } = await door.create({
      name: 'Bare',
      accounts: [{ reference: 'A', marginMode: 'cross' }, { reference: 'B', marginMode: 'cross', collateral: [{ symbol: 'X', quantity: 1 }], stopOrders: [{ symbol: 'X', side: 'buy', amount: 1, triggerPrice: 2 }] }],
      loans: [{ reference: 'L', collateral: [{ symbol: 'X', quantity: 1, liquidationThreshold: 0.5 }], debts: [{ quantity: 1 }] }],
      institutions: [{ reference: 'I', liabilities: 5, leverageMax: 3, holdings: [{ symbol: 'X', quantity: 1 }] }],
    });
    expect(data.accounts).toEqual([
      { reference: 'A', marginMode: 'cross', balance: 0, collateral: [], positions: [], stopOrders: [] },
      { reference: 'B', marginMode: 'cross', balance: 0, collateral: [{ symbol: 'X', quantity: 1, haircut: 0 }], positions: [], stopOrders: [{ symbol: 'X', side: 'buy', amount: 1, triggerPrice: 2, reduceOnly: false }] },
    ]);
    expect(data.loans).toEqual([{ reference: 'L', collateral: [{ symbol: 'X', quantity: 1, liquidationThreshold: 0.5 }], debts: [{ quantity: 1 }], dumpedShare: 1 }]);
    expect(data.institutions).toEqual([{ reference: 'I', holdings: [{ symbol: 'X', quantity: 1, isIlliquid: false }], otherAssets: 0, cash: 0, liabilities: 5, leverageMax: 3, rule: 'target' }]);
    expect((await door.create({ name: 'Empty' })).data).toMatchObject({ accounts: [], loans: [], institutions: [] });
  });

  test('numbers keep every bit', async () => {
    const quantities = [0.1, 1 / 3, 1e-300, Number.MIN_VALUE, 123456789.12345679, 2 ** 49 + 0.25, 1e15];
    const { data } = await door.create(portfolio({ accounts: [{ ...CROSS, collateral: quantities.map((quantity) => ({ symbol: 'X', quantity, haircut: 0 })) }] }));
    expect(data.accounts[0].collateral.map(({ quantity }: { quantity: number }) => quantity)).toEqual(quantities);
  });

  test('1,000 accounts, loans and institutions keep their order', async () => {
    const accounts = Array.from({ length: 1000 }, (_, i) => ({ ...(i % 2 ? CROSS : ISOLATED), reference: `account ${999 - i}` }));
    const loans = Array.from({ length: 1000 }, (_, i) => ({ ...LOAN, reference: `loan ${i}` }));
    const institutions = Array.from({ length: 1000 }, (_, i) => ({ ...BANK, reference: `bank ${i}` }));
    const { data } = await door.create(portfolio({ accounts, loans, institutions }));
    expect(data.accounts).toEqual(accounts);
    expect(data.loans).toEqual(loans);
    expect(data.institutions).toEqual(institutions);
  });

  test('a replacement leaves nothing of what was before', async () => {
    const { data } = await door.create(portfolio({ loans: Array.from({ length: 3 }, (_, i) => ({ ...LOAN, reference: `${i}` })) }));
    const replaced = await door.replace(data.id, portfolio({ accounts: [ISOLATED], loans: [], institutions: [] }));
    expect(replaced.data).toMatchObject(portfolio({ accounts: [ISOLATED], loans: [], institutions: [] }));
    expect((await door.read(data.id)).data).toEqual(replaced.data);
  });

  test('a refused replacement changes nothing', async () => {
    const { data } = await door.create(portfolio());
    await door.replace(data.id, portfolio({ accounts: [CROSS, CROSS] }));
    expect((await door.read(data.id)).data).toEqual(data);
  });

  test('a list counts parties and shows none', async () => {
    const reference = `test-${randomUUID()}`;
    const { data } = await door.create(portfolio({ reference }));
    const { id, createdAt, updatedAt } = data;
    expect((await door.list({ reference })).data).toEqual({ items: [{ id, reference, name: 'Desk', venue: 'aave-v3', accountCount: 2, positionCount: 5, loanCount: 1, institutionCount: 1, version: 1, createdAt, updatedAt }] });
    await door.replace(id, { name: 'Desk', reference });
    expect((await door.list({ reference })).data.items).toMatchObject([{ accountCount: 0, positionCount: 0, loanCount: 0, institutionCount: 0 }]);
  });
});

describe('a bad portfolio gets the same answer at both doors', () => {
  const cross = (changes: object) => portfolio({ accounts: [{ ...CROSS, ...changes }] });
  const isolated = (changes: object) => portfolio({ accounts: [CROSS, { ...ISOLATED, ...changes }] });
  const position = (changes: object) => cross({ positions: [{ ...LONG, ...changes }] });
  const stop = (changes: object) => cross({ stopOrders: [{ ...CROSS.stopOrders[0], ...changes }] });
  const loan = (changes: object) => portfolio({ loans: [{ ...LOAN, ...changes }] });
  const bank = (changes: object) => portfolio({ institutions: [{ ...BANK, ...changes }] });
  const many = (count: number) => Array.from({ length: count }, (_, i) => ({ reference: `${i}`, marginMode: 'cross' }));

  test.each([
    // what                            input                                                                  status  issues
    ['no name',                        portfolio({ name: undefined }),                                         400, ['/name MISSING']],
    ['unknown property',               portfolio({ colour: 1 }),                                               400, ['/colour UNKNOWN_PROPERTY']],
    ['accounts an object',             portfolio({ accounts: {} }),                                            400, ['/accounts WRONG_TYPE']],
    ['accounts null',                  portfolio({ accounts: null }),                                          400, ['/accounts WRONG_TYPE']],
    ['20,001 accounts',                portfolio({ accounts: many(20_001) }),                                  400, ['/accounts OUT_OF_RANGE']],
    ['an account that is a number',    portfolio({ accounts: [CROSS, 1] }),                                    400, ['/accounts/1 WRONG_TYPE']],
    ['an account without reference',   cross({ reference: undefined }),                                        400, ['/accounts/0/reference MISSING']],
    ['unknown margin mode',            cross({ marginMode: 'portfolio' }),                                     400, ['/accounts/0/marginMode WRONG_TYPE']],
    ['margin mode in capitals',        cross({ marginMode: 'CROSS' }),                                         400, ['/accounts/0/marginMode WRONG_TYPE']],
    ['balance as text',                cross({ balance: '1' }),                                                400, ['/accounts/0/balance WRONG_TYPE']],
    ['negative collateral',            cross({ collateral: [{ symbol: 'X', quantity: -1 }] }),                 400, ['/accounts/0/collateral/0/quantity OUT_OF_RANGE']],
    ['haircut 1',                      cross({ collateral: [{ symbol: 'X', quantity: 1, haircut: 1 }] }),      400, ['/accounts/0/collateral/0/haircut OUT_OF_RANGE']],
    ['unknown side',                   position({ side: 'buy' }),                                              400, ['/accounts/0/positions/0/side WRONG_TYPE']],
    ['0 contracts',                    position({ contracts: 0 }),                                             400, ['/accounts/0/positions/0/contracts OUT_OF_RANGE']],
    ['negative contracts',             position({ contracts: -1 }),                                            400, ['/accounts/0/positions/0/contracts OUT_OF_RANGE']],
    ['contract size 0',                position({ contractSize: 0 }),                                          400, ['/accounts/0/positions/0/contractSize OUT_OF_RANGE']],
    ['entry price 0',                  position({ entryPrice: 0 }),                                            400, ['/accounts/0/positions/0/entryPrice OUT_OF_RANGE']],
    ['negative margin',                isolated({ positions: [{ ...LONG, margin: -1 }], stopOrders: [] }),     400, ['/accounts/1/positions/0/margin OUT_OF_RANGE']],
    ['unknown order side',             stop({ side: 'long' }),                                                 400, ['/accounts/0/stopOrders/0/side WRONG_TYPE']],
    ['order of 0',                     stop({ amount: 0 }),                                                    400, ['/accounts/0/stopOrders/0/amount OUT_OF_RANGE']],
    ['trigger price 0',                stop({ triggerPrice: 0 }),                                              400, ['/accounts/0/stopOrders/0/triggerPrice OUT_OF_RANGE']],
    ['reduceOnly a number',            stop({ reduceOnly: 1 }),                                                400, ['/accounts/0/stopOrders/0/reduceOnly WRONG_TYPE']],
    ['a loan without collateral',      loan({ collateral: [] }),                                               400, ['/loans/0/collateral OUT_OF_RANGE']],
    ['a loan without debts',           loan({ debts: undefined }),                                             400, ['/loans/0/debts MISSING']],
    ['liquidation threshold 0',        loan({ collateral: [{ ...LOAN.collateral[0], liquidationThreshold: 0 }] }),   400, ['/loans/0/collateral/0/liquidationThreshold OUT_OF_RANGE']],
    ['liquidation threshold above 1',  loan({ collateral: [{ ...LOAN.collateral[0], liquidationThreshold: 1.01 }] }), 400, ['/loans/0/collateral/0/liquidationThreshold OUT_OF_RANGE']],
    ['negative debt',                  loan({ debts: [{ quantity: -1 }] }),                                    400, ['/loans/0/debts/0/quantity OUT_OF_RANGE']],
    ['an unknown venue',               portfolio({ venue: 'ftx' }),                            422, ['/venue NOT_FOUND']],
    ['full close above health 1',      loan({ fullCloseHealthFactor: 1.5 }),                                   400, ['/loans/0/fullCloseHealthFactor OUT_OF_RANGE']],
    ['negative fixed fee',             portfolio({ accounts: [{ ...CROSS, positions: [{ ...LONG, fixedFee: -1 }] }] }), 400, ['/accounts/0/positions/0/fixedFee OUT_OF_RANGE']],
    ['close factor 0',                 loan({ closeFactor: 0 }),                                               400, ['/loans/0/closeFactor OUT_OF_RANGE']],
    ['bonus 1',                        loan({ liquidationBonus: 1 }),                                          400, ['/loans/0/liquidationBonus OUT_OF_RANGE']],
    ['dumped share above 1',           loan({ dumpedShare: 1.5 }),                                             400, ['/loans/0/dumpedShare OUT_OF_RANGE']],
    ['negative liabilities',           bank({ liabilities: -1 }),                                              400, ['/institutions/0/liabilities OUT_OF_RANGE']],
    ['no liabilities',                 bank({ liabilities: undefined }),                                       400, ['/institutions/0/liabilities MISSING']],
    ['a largest leverage of 1',        bank({ leverageMax: 1 }),                                               400, ['/institutions/0/leverageMax OUT_OF_RANGE']],
    ['a target below 1',               bank({ leverageTarget: 0.9 }),                                          400, ['/institutions/0/leverageTarget OUT_OF_RANGE']],
    ['an unknown rule',                bank({ rule: 'panic' }),                                                400, ['/institutions/0/rule WRONG_TYPE']],
    ['a short holding',                bank({ holdings: [{ symbol: 'X', quantity: -1 }] }),                    400, ['/institutions/0/holdings/0/quantity OUT_OF_RANGE']],

    ['a target above the largest',     bank({ leverageTarget: 26 }),                                           422, ['/institutions/0/leverageTarget OUT_OF_RANGE']],
    ['resolution below the largest',   bank({ resolutionLeverage: 24 }),                                       422, ['/institutions/0/resolutionLeverage OUT_OF_RANGE']],
    ['one holding twice',              bank({ holdings: [BANK.holdings[0], BANK.holdings[0]] }),               422, ['/institutions/0/holdings/1/symbol DUPLICATE']],
    ['an institution named as a loan', bank({ reference: 'loan' }),                                            422, ['/institutions/0/reference DUPLICATE']],
    ['two accounts of one reference',  portfolio({ accounts: [CROSS, ISOLATED, CROSS] }),                      422, ['/accounts/2/reference DUPLICATE']],
    ['1,000 of one reference: as many as are told', portfolio({ accounts: Array.from({ length: 1000 }, () => CROSS) }), 422, Array.from({ length: 100 }, (_, i) => `/accounts/${i + 1}/reference DUPLICATE`).sort()],
    ['two loans of one reference',     portfolio({ loans: [LOAN, LOAN] }),                                     422, ['/loans/1/reference DUPLICATE']],
    ['a loan named as an account',     loan({ reference: 'isolated' }),                                        422, ['/loans/0/reference DUPLICATE']],
    ['two longs of one symbol',        cross({ positions: [LONG, { ...LONG, side: 'short' }, LONG] }),         422, ['/accounts/0/positions/2/symbol DUPLICATE']],
    ['margin in a cross account',      position({ margin: 0 }),                                                422, ['/accounts/0/positions/0/margin FORBIDDEN']],
    ['no margin in an isolated one',   isolated({ positions: [LONG], stopOrders: [] }),                        422, ['/accounts/1/positions/0/margin MISSING']],
    ['balance in an isolated one',     isolated({ balance: -1 }),                                              422, ['/accounts/1/balance FORBIDDEN']],
    ['collateral in an isolated one',  isolated({ collateral: CROSS.collateral }),                             422, ['/accounts/1/collateral FORBIDDEN']],
    ['a stop on what is not held',     isolated({ stopOrders: [{ ...ISOLATED.stopOrders[0], symbol: 'SOL' }] }), 422, ['/accounts/1/stopOrders/0/symbol UNHELD']],
    ['a stop that adds',               isolated({ stopOrders: [{ ...ISOLATED.stopOrders[0], side: 'sell' }] }), 422, ['/accounts/1/stopOrders/0/side UNHELD']],
    ['several at once',                isolated({ balance: 1, positions: [LONG], stopOrders: [] }),            422, ['/accounts/1/balance FORBIDDEN', '/accounts/1/positions/0/margin MISSING']],
  ])('%s', async (_what, input, status, issues) => {
    const [throughRest, throughGraphql] = await throughBoth(PORTFOLIOS, JSON.stringify(input));
    expect(throughRest).toMatchObject({ status, code: status === 400 ? 'INVALID_INPUT' : 'INCONSISTENT_INPUT', issues });
    expect(throughGraphql).toEqual(throughRest);
  });
});

test('a reader never sees half of a replacement', async () => {
  const [door] = doors(PORTFOLIOS);
  const version = (n: number) => portfolio({ name: `version ${n}`, accounts: Array.from({ length: 50 }, (_, i) => ({ ...CROSS, reference: `${i}`, balance: n })) });
  const { id } = (await door.create(version(0))).data;
  let isReplacing = true;
  const reader = async () => {
    const seen: boolean[] = [];
    while (isReplacing) seen.push(await isWhole(id));
    return seen;
  };
  const readers = Array.from({ length: 6 }, reader);
  for (let n = 1; n <= 20; n++) expect((await door.replace(id, version(n))).data.name).toBe(`version ${n}`);
  isReplacing = false;
  expect(new Set((await Promise.all(readers)).flat())).toEqual(new Set([true]));
});

async function isWhole(id: string): Promise<boolean> {
  const { data } = await rest('GET', `/v1/portfolios/${id}`);
  return data.accounts.length === 50 && data.accounts.every(({ balance }: { balance: number }) => data.name === `version ${balance}`);
}
