import { readFileSync } from 'node:fs';
import { cascade, type Market, outcomes, type Portfolio, prepare, rounds, type Scenario, summary, thresholds } from '../../src/engine/index.js';
import { type Answer, answerText } from '../../src/quickstart/answer.js';

const example = (name: string) => readFileSync(new URL(`../../examples/perp-cascade/${name}`, import.meta.url), 'utf8');

function answer(market: Market, portfolio: Portfolio, scenario: Scenario): Answer {
  const course = cascade(market, portfolio, scenario);
  const counted = [...rounds(course)].map(({ round, prices, entries }) => ({ round, prices: [...prices], entryCount: entries.length }));
  return { summary: summary(course) as Answer['summary'], rounds: counted, accounts: [...outcomes(course)], thresholds: [...thresholds(prepare(market, portfolio))], currency: 'USD' };
}

test('the answer to the example reads as committed in answer.txt', () => {
  const [market, portfolio, scenario] = ['market', 'portfolio', 'scenario'].map((name) => JSON.parse(example(`${name}.json`)) as object);
  expect(`${answerText(answer(market as Market, portfolio as Portfolio, scenario as Scenario))}\n`).toBe(example('answer.txt'));
});

test('a world without parties is told in the same words', () => {
  const text = answerText(answer({ assets: [{ symbol: 'X', price: 0.5 }] }, {}, {}));
  expect(text).toContain('The shock liquidates 0 of 0 accounts');
  expect(text).toContain('Nobody has to act.');
});
