/** What is stored while the attack runs. */
import { setTimeout as pause } from 'node:timers/promises';
import { Chance } from './random.js';

const NOUNS = [[/market/i, 'markets'], [/portfolio|position/i, 'portfolios'], [/scenario/i, 'scenarios'], [/key/i, 'keys'], [/venue/i, 'venues'], [/./, 'simulations']];
const nounOf = (name) => NOUNS.find(([pattern]) => pattern.test(name))[1];

/** One thing of each kind, stored through the door, which no attack deletes; what attacks store may be deleted. */
export async function thingsOf(base, key, documents) {
  const pins = { venues: 'binance-usdm' };
  const pools = {};
  const call = async (method, path, body) => {
    const response = await fetch(base + path, { method, headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) }, ...(body && { body: JSON.stringify(body) }) });
    if (!response.ok) throw new Error(`${method} ${path} answers ${response.status}: ${await response.text()}`);
    return response.json();
  };
  for (const [noun, name] of [['markets', 'MarketInput'], ['portfolios', 'PortfolioInput'], ['scenarios', 'ScenarioInput']]) pins[noun] = (await call('POST', `/v1/${noun}`, documents.named(name, new Chance(0)))).id;
  pins.keys = (await call('POST', '/v1/keys', { name: 'x', scopes: ['read'] })).id;
  pins.simulations = (await call('POST', '/v1/simulations', { marketId: pins.markets, portfolioId: pins.portfolios, scenarioId: pins.scenarios })).id;
  for (let state = ''; state !== 'succeeded'; await pause(100)) ({ state } = await call('GET', `/v1/simulations/${pins.simulations}`));
  return {
    pinned: Object.entries(pins).flatMap(([noun, id]) => (noun === 'venues' ? [] : [id])),
    of: (name) => pins[nounOf(name)],
    poolOf: (name) => (pools[nounOf(name)] ??= []),
    pin: new Set(Object.values(pins)),
  };
}

/** Ids in the answer to a write: at the top of a document, or of each result of a mutation. */
export function remember(request, { status, body }, told, known) {
  if (status >= 300 || status < 200 || request.chunks) return;
  const text = body.toString();
  let results = [];
  try {
    results = request.isGraphql ? Object.entries(JSON.parse(text).data ?? {}) : [[request.path ?? '', JSON.parse(text)]];
  } catch { /* a file, or nothing */ }
  for (const [name, result] of results) {
    if (typeof result?.id !== 'string') continue;
    told.add(result.id);
    const pool = known.poolOf(name);
    if (!known.pin.has(result.id) && !pool.includes(result.id)) pool[pool.length < 20 ? pool.length : told.size % 20] = result.id;
  }
}
