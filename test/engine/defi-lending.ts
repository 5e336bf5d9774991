import { existsSync, readFileSync } from 'node:fs';
import { type Asset, cascade, type Impact, impactCurve, type Loan, type Market, outcomes, rounds, type Scenario, summary } from '../../src/engine/index.js';

/**
 * Real borrowers of crvUSD on 20 November 2023, that day's prices and that day's 1inch quotes (shared/data/defi-lending, whose README names
 * the sources), as threshold loans.
 */
const FOLDER = new URL('../../../shared/data/defi-lending/', import.meta.url);

export const isPresent = existsSync(FOLDER);

/** Lots of 1e-8, the precision in which the amounts are recorded. */
const LOT = 1e-8;

/** Quotes into the deepest of the four stablecoins. */
const QUOTED_IN = 'USDC';

/**
 * crvUSD liquidates at `health = x_down * (1 - liquidation discount) / debt - 1 < 0` (resources.curve.fi/crvusd/loan-concepts), x_down being what the
 * collateral brings in the stablecoin on the way down through its n bands. Each band is a factor (A-1)/A wide, so that is about `1 - n / 2A` of its value.
 * With A = 100 and a discount of 6 % the threshold is 0.94 * (1 - n / 200): 0.92 for n = 4, the fewest allowed, and the ltv above which the file marks
 * loans as soft_liquidated.
 */
const AMPLIFICATION = 100;
const LIQUIDATION_DISCOUNT = 0.06;

/** Aave v3 Ethereum, 2025-10-10 (file aave_v3_reserve_params); sfrxETH is not listed there: the row of rETH, its nearest relative. */
const AAVE: Readonly<Record<string, string>> = { WETH: 'WETH', wstETH: 'wstETH', WBTC: 'WBTC', sfrxETH: 'rETH' };
/** Aave v3.3 (aave-dao/aave-v3-origin @fd1fbd91, LiquidationLogic.sol): half of the debt in one call, all of it where the loan is distressed, small or about to leave dust. */
const AAVE_CALLS = { closeFactor: 0.5, fullCloseHealthFactor: 0.95, fullCloseBelow: 2000, minimumLeftover: 1000 };

export interface Fit {
  readonly symbol: string;
  readonly quotes: number;
  readonly largest: number;
  readonly candidates: readonly Candidate[];
  readonly best: Candidate;
}

interface Candidate {
  readonly impact: Impact;
  /** Root mean square error of the log of the average price. */
  readonly error: number;
  /** exponential: depth in units; squareRoot: fall of the price as a fraction per square root of a unit. */
  readonly parameter: number;
}

interface Borrower {
  readonly loan: string;
  readonly symbol: string;
  readonly debt: number;
  readonly collateral: number;
  readonly bands: number;
}

export function borrowers(): Borrower[] {
  return table('crvusd_borrowers_2023-11-20.csv')
    .filter((row) => row.soft_liquidated === 'false')
    .map((row) => ({ loan: row.loan, symbol: row.collateral_asset, debt: Number(row.debt_crvusd), collateral: Number(row.collateral), bands: Number(row.bands_n) }));
}

/**
 * crvUSD's rule: whoever liquidates takes the whole collateral. The bonus that says so here keeps the liquidator's margin at its full size
 * after a gap, where a real one would settle for less: the bad debt is an upper bound.
 */
export function crvUsdLoans(): Loan[] {
  return borrowers().map((borrower) => {
    const threshold = (1 - LIQUIDATION_DISCOUNT) * (1 - borrower.bands / (2 * AMPLIFICATION));
    return loan(borrower, threshold, { closeFactor: 1, liquidationBonus: 1 / threshold - 1 });
  });
}

/** The same borrowers under Aave's rules: half of the debt at a time, or all of it, for a bonus of a few per cent. */
export function aaveLoans(): Loan[] {
  const reserves = new Map(table('aave_v3_reserve_params_2025-10-10.csv').filter(({ network }) => network === 'ethereum').map((row) => [row.symbol, row]));
  return borrowers().map((borrower) => {
    const reserve = reserves.get(AAVE[borrower.symbol])!;
    return loan(borrower, Number(reserve.liquidation_threshold), { ...AAVE_CALLS, liquidationBonus: Number(reserve.liquidation_bonus) });
  });
}

function loan({ loan: reference, symbol, debt, collateral }: Borrower, liquidationThreshold: number, terms: Partial<Loan>): Loan {
  return { reference, collateral: [{ symbol, quantity: collateral, liquidationThreshold }], debts: [{ quantity: debt }], ...terms };
}

/** That day's prices, each asset with the better of its two fitted curves. */
export function market(fits: readonly Fit[]): Market {
  return { assets: fits.map(({ symbol, best }) => quoted(symbol, best)) };
}

/** One fit an asset, on the quotes up to the collateral that the borrowers hold of it. */
export function fits(): Fit[] {
  const quotes = table('oneinch_quotes_collateral_to_stable_2023-11.csv').filter(({ dst }) => dst === QUOTED_IN);
  return Object.keys(prices()).map((symbol) => {
    const held = borrowers().filter((borrower) => borrower.symbol === symbol).reduce((sum, { collateral }) => sum + collateral, 0);
    const curve = quotes.filter(({ src, in_amount }) => src === symbol && Number(in_amount) <= held).map(({ in_amount, price_impact }) => ({ quantity: Number(in_amount), ratio: 1 - Number(price_impact) }));
    const candidates = (['exponential', 'squareRoot'] as const).map((model) => fitted(symbol, model, curve));
    const best = candidates.reduce((a, b) => (b.error < a.error ? b : a));
    return { symbol, quotes: curve.length, largest: Math.max(...curve.map(({ quantity }) => quantity)), candidates, best };
  });
}

interface Quote {
  readonly quantity: number;
  /** Average price over the price of the smallest quote. */
  readonly ratio: number;
}

/**
 * Least squares of the log of the average price against the quantity sold. A quote is what the whole quantity brings, so the curve's AVERAGE
 * is fitted, not its end. One parameter: golden-section search over its logarithm.
 */
function fitted(symbol: string, model: 'exponential' | 'squareRoot', quotes: readonly Quote[]): Candidate {
  const candidate = (logarithm: number): Candidate => {
    const parameter = Math.exp(logarithm);
    const impact = model === 'exponential' ? { model, depth: parameter } : { model, coefficient: parameter };
    const asset = quoted(symbol, { impact });
    const curve = impactCurve(asset, impact, asset.price, 1);
    const squares = quotes.reduce((sum, { quantity, ratio }) => sum + Math.log(curve.average(0, quantity) / asset.price / ratio) ** 2, 0);
    return { impact, parameter, error: Math.sqrt(squares / quotes.length) };
  };
  const golden = (Math.sqrt(5) - 1) / 2;
  let [low, high] = model === 'exponential' ? [0, Math.log(1e9)] : [Math.log(1e-9), 0];
  for (let step = 0; step < 100; step++) {
    const [left, right] = [high - golden * (high - low), low + golden * (high - low)];
    if (candidate(left).error < candidate(right).error) high = right;
    else low = left;
  }
  return candidate((low + high) / 2);
}

/** With a daily volume of one unit and a volatility of 1, the coefficient is the whole slope of the square root. */
function quoted(symbol: string, { impact }: { impact: Impact }): Asset {
  return { symbol, price: prices()[symbol], lotSize: LOT, dailyVolume: 1, dailyVolatility: 1, impact };
}

function prices(): Record<string, number> {
  return (JSON.parse(read('prices_2023-11-20.json')) as { pricesUsd: Record<string, number> }).pricesUsd;
}

export function run(given: Market, loans: readonly Loan[], scenario: Scenario) {
  const course = cascade(given, { loans }, scenario);
  return { summary: summary(course), outcomes: [...outcomes(course)], rounds: [...rounds(course)] };
}

export type Run = ReturnType<typeof run>;

/** The answer as rows of a markdown table, one a fall. */
export function markdown(runs: readonly (readonly [fall: number, run: Run])[]): string {
  const symbols = runs[0][1].summary.assets.map(({ symbol }) => symbol);
  const percent = (fraction: number) => `${(100 * fraction).toFixed(1)} %`;
  const million = (money: number) => (money / 1e6).toFixed(2);
  const lines = runs.map(([fall, { summary: { assets, totals } }]) => {
    const moves = assets.map(({ priceBefore, finalPrice, amplification }) => `${percent(finalPrice / priceBefore - 1)} (x ${amplification!.toFixed(2)})`);
    return [percent(-fall), totals.inBreachBefore, totals.liquidatedByShock, totals.liquidatedByCascade, ...moves, million(totals.valueSold), million(totals.badDebt), totals.rounds].join(' | ');
  });
  const head = ['fall', 'in breach before', 'called by the shock', 'by the cascade', ...symbols, 'sold, USD m', 'bad debt, USD m', 'rounds'];
  return [head.join(' | '), head.map(() => '---:').join(' | '), ...lines].map((line) => `| ${line} |`).join('\n');
}

export function fitTable(all: readonly Fit[]): string {
  const lines = all.map(({ symbol, quotes, largest, candidates: [exponential, squareRoot], best }) =>
    [symbol, quotes, largest.toFixed(0), exponential.parameter.toFixed(0), percentError(exponential), squareRoot.parameter.toExponential(2), percentError(squareRoot), best.impact.model].join(' | '),
  );
  const head = ['asset', 'quotes', 'largest, units', 'exponential depth, units', 'error', 'square root, per sqrt(unit)', 'error', 'chosen'];
  return [head.join(' | '), head.map(() => '---:').join(' | '), ...lines].map((line) => `| ${line} |`).join('\n');
}

function percentError({ error }: Candidate): string {
  return `${(100 * error).toFixed(2)} %`;
}

function table(name: string): Record<string, string>[] {
  const [head, ...lines] = read(name).trim().split(/\r?\n/);
  const columns = head.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(columns.map((column, k) => [column, cells[k]]));
  });
}

function read(name: string): string {
  return readFileSync(new URL(name, FOLDER), 'utf8');
}
