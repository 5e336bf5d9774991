/** Needs a Chromium: Debian's, or the one that UNWIND_TEST_CHROMIUM names. */
import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { BASE } from './doors.js';

const CHROMIUM = process.env.UNWIND_TEST_CHROMIUM ?? '/usr/bin/chromium';
const describeWhere = existsSync(CHROMIUM) ? describe : describe.skip;

describeWhere(`in a browser (${CHROMIUM})`, () => {
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  beforeAll(async () => void (browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })), 60_000);
  afterAll(() => browser.close());
  beforeEach(async () => {
    complaints = [];
    page = await browser.newPage();
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('request', (request) => !request.url().startsWith('data:') && new URL(request.url()).origin !== BASE && complaints.push(`asks ${request.url()}`));
    page.on('requestfailed', (request) => complaints.push(`fails ${request.url()}`));
  });
  afterEach(() => page.close());

  test('/docs tries an example out and shows its answer; nothing comes from elsewhere', async () => {
    await page.goto(`${BASE}/docs`);
    await page.locator('.opblock-summary', { hasText: '/v1/what-if' }).click();
    const [answer] = await Promise.all([page.waitForResponse((response) => response.url().endsWith('/v1/what-if')), page.locator('.opblock.is-open .execute').click()]);
    expect(answer.status()).toBe(200);
    await page.locator('.live-responses-table', { hasText: '"finalPrice": 93' }).waitFor();
    expect(complaints).toEqual([]);
  }, 60_000);

  test('/graphiql answers its first query; nothing comes from elsewhere', async () => {
    await page.goto(`${BASE}/graphiql`);
    await page.locator('.graphiql-execute-button').click();
    const answer = page.locator('.result-window', { hasText: '"finalPrice": 93' });
    await answer.waitFor();
    expect(await answer.textContent()).not.toContain('errors');
    expect(complaints).toEqual([]);
  }, 60_000);

  test('/graphiql follows a simulation', async () => {
    const post = async (path: string, body: object) => ((await (await fetch(BASE + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })).json()) as { id: string }).id;
    const market = { name: 'm', assets: [{ symbol: 'X', price: 100 }] };
    const ids = { marketId: await post('/v1/markets', market), portfolioId: await post('/v1/portfolios', { name: 'p' }), scenarioId: await post('/v1/scenarios', { name: 's' }) };
    const subscription = `subscription { simulationChanged(id: "${await post('/v1/simulations', ids)}") { state } }`;
    await page.goto(`${BASE}/graphiql`);
    await page.locator('.graphiql-query-editor .CodeMirror').evaluate((editor, query) => (editor as unknown as { CodeMirror: { setValue(text: string): void } }).CodeMirror.setValue(query), subscription);
    await page.waitForTimeout(1000); // it reads what was typed after a pause
    await page.locator('.graphiql-execute-button').click();
    await page.locator('.result-window', { hasText: '"state": "succeeded"' }).waitFor();
    expect(complaints).toEqual([]);
  }, 60_000);
});
