// What a cascade and its answers cost on plain books: cross accounts, two long positions each, one shock of the whole market.
// npm run build && node bench/engine.js [path of another build's engine/index.js]; with another build the two take turns, and the ratio is this build's time / that one's.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as engine from '../dist/engine/index.js';

const ACCOUNTS = [1_000, 10_000, 100_000];
const SYMBOLS = 20;

const other = process.argv[2] && (await import(pathToFileURL(resolve(process.argv[2])).href));
const builds = other ? [engine, other] : [engine];

console.log(`Node ${process.version}, CPU seconds of one call, garbage collection included; median`);
for (const accounts of ACCOUNTS) {
  const turns = Math.max(5, 100_000 / accounts);
  const input = [market(), portfolio(accounts), { marketShock: -0.1 }];
  const taken = builds.map(() => ({}));
  for (let turn = 0; turn < turns; turn++) builds.forEach((build, b) => measure(build, input, taken[b]));
  for (const [what, seconds] of Object.entries(taken[0])) {
    const [own, others] = [median(seconds), other && median(taken[1][what])];
    console.log(`${String(accounts).padStart(7)} accounts  ${what.padEnd(10)} ${own.toFixed(4)}${other ? ` / ${others.toFixed(4)} = ${(own / others).toFixed(2)}` : ''}`);
  }
}

function measure({ cascade, outcomes, summary, thresholds }, [market, portfolio, scenario], taken) {
  const course = timed('cascade', () => cascade(market, portfolio, scenario));
  timed('summary', () => summary(course));
  timed('thresholds', () => last(thresholds(course.book)));
  timed('outcomes', () => last(outcomes(course)));

  function timed(what, work) {
    const started = process.cpuUsage();
    const result = work();
    const { user, system } = process.cpuUsage(started);
    (taken[what] ??= []).push((user + system) / 1e6);
    return result;
  }
}

function last(values) {
  let seen;
  for (const value of values) seen = value;
  return seen;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

function market() {
  const tiers = [{ minNotional: 0, maintenanceMarginRate: 0.005 }, { minNotional: 50_000, maintenanceMarginRate: 0.01 }, { minNotional: 250_000, maintenanceMarginRate: 0.02 }];
  return { assets: Array.from({ length: SYMBOLS }, (_, k) => ({ symbol: `C${k}`, price: 100 + k, impact: { model: 'linear', lambda: 1e-7 }, tiers })) };
}

/** The same book every time. */
function portfolio(accounts) {
  return { accounts: Array.from({ length: accounts }, (_, n) => ({ reference: `account-${n}`, marginMode: 'cross', balance: 100 + ((n * 7919) % 4001), positions: [position(n, 0), position(n, 7)] })) };
}

function position(n, shift) {
  const k = (n + shift) % SYMBOLS;
  return { symbol: `C${k}`, side: 'long', contracts: 1 + ((n * 31) % 997) / 8, entryPrice: 100 + k };
}
