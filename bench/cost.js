// What a run costs against what was estimated before it (src/simulations/cost.ts): CPU seconds and memory of one run in a process of its own.
// npm run build && node bench/cost.js [part of a book's name]; every ratio of estimate to measurement must be above 1, those "at its rounds" not far above.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { atOnce } from '../dist/api/turns.js';
import { bytes, estimate, looks, seconds, sizesOf } from '../dist/simulations/cost.js';

const MARKER = '--run';
const books = {
  'one account': () => ({ ...chain(1) }),
  'chain 100': () => chain(100),
  'chain 1,000': () => chain(1000),
  'chain 3,000': () => chain(3000),
  'chain 6,000': () => chain(6000),
  'chain 300, slices': () => chain(300, { closeOut: { policy: 'partial' } }, 0.01),
  'chain 2,000, slices': () => chain(2000, { closeOut: { policy: 'partial' } }, 5e-4),
  'chain 2,000, deep slices': () => chain(2000, { closeOut: { policy: 'partial' } }, 4e-3),
  'chain 2,000, staged': () => chain(2000, { closeOut: { policy: 'staged', firstFraction: 0.3, cooldown: 3 } }),
  'chain 2,000, throughput': () => chain(2000, { dynamics: { throughput: 1000 } }, 1e-3),
  'chain 2,000, 200 tiers': () => tiered(chain(2000), 200),
  'chain 2,000, fees': () => tiered(chain(2000), 3, { feeRate: 1e-9 }),
  'chain 300 of stops': () => chainOfStops(300),
  'chain 3,000 of stops': () => chainOfStops(3000),
  'chain 300 of loans': () => chainOfLoans(300),
  'chain 3,000 of loans': () => chainOfLoans(3000),
  'chain 200, 64 x 16 lines': () => manyLines(chain(200), 64, 16),
  'chain 200, 64 x 16, arbitrage': () => manyLines(chain(200, { dynamics: { arbitrage: { share: 0.5 } } }), 64, 16),
  'chain 200, 128 cross': () => crossed(chain(200), 128),
  '3,000 fall, 128 cross': () => crossed(chain(3000, { marketShock: -0.3 }), 128),
  'chain 1,000, 16 points': () => chain(1000, {}, 1e-4, 16),
  '1,000 accounts of 2, 16 points': () => ({ ...random(1000, 2), points: 16 }),
  '1,000 accounts of 2': () => random(1000, 2),
  '20,000 accounts of 5': () => random(20_000, 5),
  '20,000 of 5, slices': () => random(20_000, 5, { closeOut: { policy: 'partial' } }),
  '100,000 isolated': () => random(5000, 20, {}, 'isolated'),
  '200 accounts of 500': () => random(200, 500),
  '20,000 of 5, 200 tiers': () => random(20_000, 5, {}, 'cross', 200),
  '200 accounts of 500, 200 tiers': () => random(200, 500, {}, 'cross', 200),
  '400 accounts of 1,000 stops': () => stops(400, 1000),
  '2,000 institutions of 50': () => institutions(2000, 50),
};

if (process.argv[2] === MARKER) await measure(books[process.argv[3]]());
else {
  console.log(`Node ${process.version}; estimate / measured: in all, and at the rounds that it took\n`);
  console.log(`${''.padEnd(32)}  rounds (most)      CPU s   in all  at rounds      MB   in all  at rounds`);
  const ratios = [];
  for (const name of Object.keys(books).filter((each) => each.includes(process.argv[2] ?? ''))) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), MARKER, name], { encoding: 'utf8', maxBuffer: 1e8 });
    if (status !== 0) throw new Error(`${name}: ${stderr}`);
    const { rounds, iterations, cpuSeconds, mb } = JSON.parse(stdout);
    const { market, portfolio, scenario, points = 0 } = books[name]();
    const sizes = atOnce(sizesOf(market, portfolio));
    const most = atOnce(estimate({ market, portfolio, scenarios: [scenario] }, { points, shardPoints: points }));
    const at = { rounds, iterations, isWhole: points === 0 };
    const ratio = { cpu: most.seconds / cpuSeconds, cpuAt: seconds(looks(sizes, scenario, at) * Math.max(1, points)) / cpuSeconds, mb: most.bytes / 1e6 / mb, mbAt: bytes(sizes, scenario, at) / 1e6 / mb };
    ratios.push(ratio);
    console.log(`${name.padEnd(32)} ${String(rounds).padStart(6)} ${`(${most.rounds})`.padStart(8)} ${cpuSeconds.toFixed(3).padStart(9)} ${times(ratio.cpu)}   ${times(ratio.cpuAt)}  ${mb.toFixed(0).padStart(6)} ${times(ratio.mb)}   ${times(ratio.mbAt)}`);
  }
  const least = (of) => Math.min(...ratios.map(of)).toFixed(2);
  console.log(`\nleast: CPU ${least(({ cpu }) => cpu)}, at its rounds ${least(({ cpuAt }) => cpuAt)}; memory ${least(({ mb }) => mb)}, at its rounds ${least(({ mbAt }) => mbAt)}`);
}

/** As a worker thread does it, from the text on. */
async function measure(book) {
  const { default: shard } = await import('../dist/simulations/run.thread.js');
  const { gzipSync } = await import('node:zlib');
  const { market, portfolio, scenario, points: pointCount = 0 } = book;
  const snapshot = gzipSync(JSON.stringify(pointCount > 0 ? { market, portfolio, scenarios: Array.from({ length: pointCount }, (_, n) => ({ ...scenario, name: `${n}` })) } : { market, portfolio, scenario }));
  const before = process.memoryUsage().rss;
  const started = process.cpuUsage();
  const handed = shard({ snapshot, firstPoint: 1, pointCount });
  const { user, system } = process.cpuUsage(started);
  const result = handed[Piscina.valueSymbol] ?? handed; // a run hands its buffers over
  const { totals, equilibrium } = result.points ? result.points[0].body : result.summary;
  const iterations = equilibrium ? (equilibrium.mildIterations + equilibrium.worstIterations) / 2 : 0;
  console.log(JSON.stringify({ rounds: totals.rounds, iterations, cpuSeconds: (user + system) / 1e6, mb: Math.max(0, process.resourceUsage().maxRSS / 1024 - before / 2 ** 20) + 24 }));
}

function times(ratio) {
  return `x ${ratio.toFixed(ratio < 10 ? 2 : 0)}`.padStart(8);
}

/** Longs of which each one's sale fells the next one alone. */
function chain(accounts, scenario = {}, lambda = 1e-4, points = 0) {
  const step = 1e-4;
  const margin = (k) => 100 - (95 - (k - 0.5) * step) * 0.95;
  const position = { symbol: 'X0', side: 'long', contracts: 1, entryPrice: 100 };
  return {
    market: { assets: [asset(0, { impact: { model: 'linear', lambda }, price: 100 })] },
    portfolio: { accounts: Array.from({ length: accounts }, (_, k) => ({ reference: `L${String(k).padStart(5, '0')}`, marginMode: 'isolated', positions: [{ ...position, margin: margin(k) }] })) },
    scenario: { marketShock: -0.05, ...scenario },
    points,
  };
}

function tiered(book, count, contract) {
  const tiers = Array.from({ length: count }, (_, k) => ({ minNotional: k * 50_000, maintenanceMarginRate: 0.05 }));
  return { ...book, market: { assets: book.market.assets.map((each) => ({ ...each, tiers, ...(contract && { contract }) })) } };
}

function chainOfStops(stops) {
  const stopOrders = (n) => Array.from({ length: 10 }, (_, k) => ({ symbol: 'X0', side: 'sell', amount: 1, triggerPrice: 95 - 1e-3 * (10 * n + k), reduceOnly: true }));
  return {
    market: { assets: [asset(0, { impact: { model: 'linear', lambda: 1e-3 }, price: 100 })] },
    portfolio: { accounts: Array.from({ length: stops / 10 }, (_, n) => ({ reference: `S${n}`, marginMode: 'cross', balance: 1e4, positions: [{ symbol: 'X0', side: 'long', contracts: 10, entryPrice: 100 }], stopOrders: stopOrders(n) })) },
    scenario: { marketShock: -0.05 },
  };
}

function chainOfLoans(loans) {
  return {
    market: { assets: [asset(0, { impact: { model: 'linear', lambda: 5e-2 }, price: 100 })] },
    portfolio: { accounts: [], loans: Array.from({ length: loans }, (_, n) => ({ reference: `B${n}`, closeFactor: 0.05, liquidationBonus: 0.05, dumpedShare: 1, collateral: [{ symbol: 'X0', quantity: 10, liquidationThreshold: 0.8 }], debts: [{ quantity: 760.05 - n * 0.15 }] })) },
    scenario: { marketShock: -0.05 },
  };
}

function manyLines(book, assets, exchanges) {
  const names = Array.from({ length: exchanges }, (_, n) => ({ name: `E${n}`, markPrice: { rule: 'indexMean' } }));
  const listings = names.map(({ name }) => ({ exchange: name }));
  const { impact } = book.market.assets[0];
  return {
    ...book,
    market: { exchanges: names, assets: Array.from({ length: assets }, (_, n) => ({ ...asset(n, { impact: { ...impact, lambda: impact.lambda * exchanges }, price: 100 }), listings })) },
    portfolio: { accounts: [...book.portfolio.accounts.map((account) => ({ ...account, exchange: 'E0' })), ...names.map(({ name }) => bystander(name, assets))] },
  };
}

function bystander(exchange, assets) {
  return { reference: exchange, exchange, marginMode: 'cross', balance: 1e6, positions: Array.from({ length: assets }, (_, n) => ({ symbol: `X${n}`, side: 'long', contracts: 1, entryPrice: 100 })) };
}

function crossed(book, assets) {
  const crossImpact = [];
  for (let i = 0; i < assets; i++) for (let j = 0; j < assets; j++) if (i !== j) crossImpact.push({ symbol: `X${i}`, soldSymbol: `X${j}`, lambda: 1e-6 });
  return { ...book, market: { assets: Array.from({ length: assets }, (_, n) => ({ ...asset(n, { impact: book.market.assets[0].impact, price: 100 }) })), crossImpact } };
}

function random(accounts, held, scenario = {}, marginMode = 'cross', tiers = 3) {
  const symbols = Math.max(20, held);
  const one = (n, i) => {
    const k = (n + 7 * i) % symbols;
    return { symbol: `X${k}`, side: i % 3 === 2 ? 'short' : 'long', contracts: 1 + ((n * 31 + i) % 997) / 8, entryPrice: 100 + k, ...(marginMode === 'isolated' && { margin: 10 + ((n * 7919) % 4001) / 4 }) };
  };
  return {
    market: { assets: Array.from({ length: symbols }, (_, n) => asset(n, { tiers })) },
    portfolio: { accounts: Array.from({ length: accounts }, (_, n) => ({ reference: `account-${n}`, marginMode, ...(marginMode === 'cross' && { balance: 300 + ((n * 7919) % 4001) }), positions: [...new Map(Array.from({ length: held }, (_, i) => one(n, i)).map((each) => [each.symbol, each])).values()] })) },
    scenario: { marketShock: -0.1, ...scenario },
  };
}

function stops(accounts, count) {
  const stopOrders = (n) => Array.from({ length: count }, (_, k) => ({ symbol: 'X0', side: 'sell', amount: 1e-3, triggerPrice: 95 - ((k * 31 + n) % 997) / 1000, reduceOnly: true }));
  return {
    market: { assets: [asset(0, { impact: { model: 'linear', lambda: 1e-3 } })] },
    portfolio: { accounts: Array.from({ length: accounts }, (_, n) => ({ reference: `S${n}`, marginMode: 'cross', balance: 1e4, positions: [{ symbol: 'X0', side: 'long', contracts: 10, entryPrice: 100 }], stopOrders: stopOrders(n) })) },
    scenario: { marketShock: -0.05 },
  };
}

function institutions(count, held) {
  const holdings = (n) => Array.from({ length: held }, (_, i) => ({ symbol: `X${(n + i) % 100}`, quantity: 100 + ((n * 31 + i) % 97) }));
  return {
    market: { assets: Array.from({ length: 100 }, (_, n) => asset(n, { impact: { model: 'exponential', depth: 1e9 } })) },
    portfolio: { accounts: [], institutions: Array.from({ length: count }, (_, n) => ({ reference: `bank-${n}`, otherAssets: 0, cash: 0, liabilities: held * 148 * (130 + (n % 15)) * 0.93, leverageMax: 20 + (n % 10), leverageTarget: 15, rule: 'target', holdings: holdings(n) })) },
    scenario: { marketShock: -0.03 },
  };
}

function asset(n, { impact = { model: 'linear', lambda: 1e-6 }, price = 100 + n, tiers = 3 } = {}) {
  return { symbol: `X${n}`, price, impact, tiers: Array.from({ length: tiers }, (_, k) => ({ minNotional: k * 50_000, maintenanceMarginRate: Math.min(0.5, 0.05 + k * 0.001) })) };
}
