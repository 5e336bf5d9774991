/**
 * SYNTHETIC accounts for the published open interest: `node generate.mjs > portfolio.json` gives the same bytes everywhere
 * (whole-number random generator, and no arithmetic beyond + - * /). README.md says what is published and what is assumed.
 */
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { URL } from 'node:url';

const SEED = 20211028;

/** Open interest in units (dYdX v3, 2021-10-28), accounts that share it on either side, and how leverage is spread (quantiles 0, 10, 25, 50, 75, 90, 100 %). */
const CROWDS = {
  'BTC/USD:USDC': { openInterest: 5885.4242, long: 380, short: 320, leverage: [1.2, 2, 3, 5, 9, 14, 22] },
  'ETH/USD:USDC': { openInterest: 100884.982, long: 350, short: 310, leverage: [1.2, 2, 3, 5, 9, 14, 22] },
  'SOL/USD:USDC': { openInterest: 416752, long: 170, short: 130, leverage: [1.2, 1.8, 2.5, 3.5, 5, 7, 9] },
};
const QUANTILES = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1];

/** Largest over smallest position of a crowd; between them sizes follow a Pareto law of tail index 1. */
const SIZE_RANGE = 30;
/** Of the positions: in an isolated account; in a cross account with another asset; the rest alone in a cross account. */
const ISOLATED = 0.5;
const PAIRED = 0.3;
/** Of the accounts with one position: have a stop order that closes it. */
const STOPPED = 0.15;
/** Unrealised result at the mark, as a fraction of notional; a profit is at most this part of the equity. */
const LOSS_MAX = 0.05;
const PROFIT_MAX = 0.08;
const PROFIT_OF_EQUITY_MAX = 0.6;

const { assets } = JSON.parse(readFileSync(new URL('market.json', import.meta.url), 'utf8'));
const random = mulberry32(SEED);
const pools = assets.map((asset) => shuffled([...positions(asset, 'long'), ...positions(asset, 'short')]));
const accounts = [...formAccounts()].sort((a, b) => (a.reference < b.reference ? -1 : 1));
const head = { reference: 'perp-cascade', name: 'SYNTHETIC accounts calibrated to the open interest of dYdX v3 on 28 October 2021' };
process.stdout.write(`${JSON.stringify(head).slice(0, -1)},"accounts":[\n${accounts.map((account) => JSON.stringify(account)).join(',\n')}\n]}\n`);

/** One side of one asset: Pareto sizes that add up to the open interest to the lot, each with a leverage that its size allows. */
function positions({ symbol, price, lotSize, tiers }, side) {
  const crowd = CROWDS[symbol];
  const weights = Array.from({ length: crowd[side] }, () => 1 / (1 - random() * (1 - 1 / SIZE_RANGE)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const perUnit = Math.round(1 / lotSize);
  const openLots = Math.round(crowd.openInterest * perUnit);
  let before = 0;
  let cumulative = 0;
  return weights.map((weight) => {
    cumulative += weight;
    const upTo = Math.round((openLots * cumulative) / total);
    const contracts = (upTo - before) / perUnit;
    before = upTo;
    const { maxLeverage } = tiers.findLast((tier) => tier.minNotional <= contracts * price);
    const leverage = Math.min(quantile(crowd.leverage, random()), 0.95 * maxLeverage);
    const profit = -LOSS_MAX + random() * (LOSS_MAX + Math.min(PROFIT_MAX, PROFIT_OF_EQUITY_MAX / leverage));
    const entryPrice = rounded(price * (1 - sign(side) * profit), 3);
    const gain = sign(side) * contracts * (price - entryPrice);
    return { symbol, side, contracts, entryPrice, price, perUnit, leverage, margin: rounded((contracts * price) / leverage - gain, 2) };
  });
}

function* formAccounts() {
  const counts = {};
  const name = (kind) => `${kind}-${String((counts[kind] = (counts[kind] ?? 0) + 1)).padStart(4, '0')}`;
  for (const [k, pool] of pools.entries()) {
    while (pool.length > 0) {
      const position = pool.pop();
      const partner = pools[k + 1];
      const kind = random();
      if (kind < ISOLATED) yield { reference: name('isolated'), marginMode: 'isolated', positions: [{ ...held(position), margin: position.margin }], ...stop(position) };
      else if (kind < ISOLATED + PAIRED && partner?.length > 0) yield cross(name('portfolio'), [position, partner.pop()]);
      else yield { ...cross(name('cross'), [position]), ...stop(position) };
    }
  }
}

function cross(reference, list) {
  return { reference, marginMode: 'cross', balance: rounded(list.reduce((sum, { margin }) => sum + margin, 0), 2), positions: list.map(held) };
}

function held({ symbol, side, contracts, entryPrice }) {
  return { symbol, side, contracts, entryPrice };
}

/** A stop somewhere in the first 20 to 80 % of the way to the loss of all equity. */
function stop({ symbol, side, contracts, price, leverage }) {
  if (random() >= STOPPED) return {};
  const distance = (0.2 + 0.6 * random()) / leverage;
  return { stopOrders: [{ symbol, side: side === 'long' ? 'sell' : 'buy', amount: contracts, triggerPrice: rounded(price * (1 - sign(side) * distance), 2), reduceOnly: true }] };
}

function sign(side) {
  return side === 'long' ? 1 : -1;
}

/** Linear between the quantiles. */
function quantile(values, u) {
  const k = QUANTILES.findLastIndex((q) => q <= u);
  return values[k] + ((values[k + 1] - values[k]) * (u - QUANTILES[k])) / (QUANTILES[k + 1] - QUANTILES[k]);
}

function rounded(value, digits) {
  return Number(value.toFixed(digits));
}

/** Fisher-Yates. */
function shuffled(list) {
  for (let k = list.length - 1; k > 0; k--) {
    const other = Math.floor(random() * (k + 1));
    [list[k], list[other]] = [list[other], list[k]];
  }
  return list;
}

/** Uniform in [0, 1); T. Ettinger's mulberry32, public domain. */
function mulberry32(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
