/** `npm run quickstart`: starts the service, runs the shipped example through its REST API, prints the answer and leaves the service running. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PROJECT_ROOT } from '../config.js';
import type { Market } from '../markets/market.js';
import type { AccountOutcome, Round, Threshold } from '../simulations/results.js';
import { type Answer, answerText } from './answer.js';
import { Rest } from './rest.js';
import { startService } from './service.js';

const EXAMPLE = pathToFileURL(join(PROJECT_ROOT, 'examples', 'perp-cascade', '/'));

console.log('Starting the service ...');
const service = startService();
let isStopping = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    isStopping = true;
    service.stop(signal);
  });
}

try {
  const rest = new Rest(await service.address);
  console.log('Running examples/perp-cascade (synthetic accounts on published market figures) through its REST API ...\n');
  console.log(`${answerText(await answerOfExample(rest))}\n`);
  service.show();
  console.log('Ctrl-C stops it.');
  process.exitCode = await service.ended;
} catch (error) {
  if (!isStopping) console.error(error instanceof Error ? error.message : error);
  service.stop();
  await service.ended;
  process.exitCode = isStopping ? 0 : 1;
}

async function answerOfExample(rest: Rest): Promise<Answer> {
  const market = await rest.store<Market>('markets', new URL('market.json', EXAMPLE));
  const portfolio = await rest.store('portfolios', new URL('portfolio.json', EXAMPLE));
  const scenario = await rest.store('scenarios', new URL('scenario.json', EXAMPLE));
  const { id, summary } = await rest.simulate({ marketId: market.id, portfolioId: portfolio.id, scenarioId: scenario.id });
  const at = `/v1/simulations/${id}`;
  const [rounds, accounts, thresholds] = await Promise.all([rest.all<Round>(`${at}/rounds`), rest.all<AccountOutcome>(`${at}/accounts`), rest.all<Threshold>(`${at}/thresholds`)]);
  return { summary: summary!, rounds, accounts, thresholds, currency: market.currency };
}
