/**
 * crvUSD: LLAMMA bands and the controller, in doubles (the contracts count with 18 decimals; their divisions round down by one unit).
 * Prices in stablecoin per collateral, amounts in whole coins, fractions as fractions. `A` is the band width factor.
 * Source: curvefi/curve-stablecoin @cf1d05fb, curve_stablecoin/AMM.vy and controller.vy (figures and formulas only).
 */

export interface Amm {
  readonly basePrice: number;
  readonly A: number;
  readonly oraclePrice: number;
}

/** What one user has in one band. */
export interface Band {
  readonly n: number;
  readonly stablecoin: number;
  readonly collateral: number;
}

/** Oracle price at the upper edge of band n, `base * ((A - 1) / A)^n`; the lower edge is that of band n + 1. */
export function oraclePriceUp(n: number, { basePrice, A }: Pick<Amm, 'basePrice' | 'A'>): number {
  return basePrice * power((A - 1) / A, n);
}

export const oraclePriceDown = (n: number, amm: Pick<Amm, 'basePrice' | 'A'>) => oraclePriceUp(n + 1, amm);

/** Price inside the AMM at the edges of band n: `p_oracle^3 / edge^2`. It falls three times as fast as the oracle. */
export const currentPriceDown = (n: number, amm: Amm) => cubeOverSquare(amm.oraclePrice, oraclePriceUp(n, amm));
export const currentPriceUp = (n: number, amm: Amm) => cubeOverSquare(amm.oraclePrice, oraclePriceDown(n, amm));

/** Oracle prices between which bands n1 .. n2 are converted. */
export const userPrices = (n1: number, n2: number, amm: Amm) => ({ upper: oraclePriceUp(n1, amm), lower: oraclePriceDown(n2, amm) });

/** Collateral that the band would hold at `p = p_oracle = p_up`: root of `p A y0^2 - y0 (p_up / p (A - 1) x + p^2 / p_up A y) - x y = 0`. */
export function y0({ n, stablecoin: x, collateral: y }: Band, amm: Amm): number {
  const { A, oraclePrice: p } = amm;
  const up = oraclePriceUp(n, amm);
  const b = (up / p) * (A - 1) * x + ((p * p) / up) * A * y;
  return (b + Math.sqrt(b * b + 4 * A * p * y * x)) / (2 * A * p);
}

/** Price in the band, `(f + x) / (g + y)`; the band's middle where it is empty. */
export function bandPrice(band: Band, amm: Amm): number {
  const { n, stablecoin: x, collateral: y } = band;
  if (x === 0 && y === 0) return (currentPriceDown(n, amm) * amm.A) / (amm.A - 1);
  if (x === 0) return currentPriceDown(n, amm);
  if (y === 0) return currentPriceUp(n, amm);
  const { f, g } = virtual(band, amm);
  return (f + x) / (g + y);
}

/** Stablecoin that the bands give if the price goes down slowly through them all, from the oracle price: `x_down`. */
export function xDown(bands: readonly Band[], amm: Amm): number {
  return bands.reduce((sum, band) => {
    const { stablecoin, collateral } = atOracle(band, amm);
    const up = oraclePriceUp(band.n, amm);
    const down = oraclePriceDown(band.n, amm);
    return sum + stablecoin + collateral * Math.sqrt(down * Math.min(up, Math.max(down, amm.oraclePrice)));
  }, 0);
}

/** Collateral that the bands give if the price goes up slowly through them all: `y_up`. */
export function yUp(bands: readonly Band[], amm: Amm): number {
  return bands.reduce((sum, band) => {
    const { stablecoin, collateral } = atOracle(band, amm);
    const up = oraclePriceUp(band.n, amm);
    const down = oraclePriceDown(band.n, amm);
    return sum + collateral + stablecoin / Math.sqrt(up * Math.min(up, Math.max(down, amm.oraclePrice)));
  }, 0);
}

/** `x_down * (1 - discount) / debt - 1`. The share of the ratio `x_down / debt` that the discount leaves, less one. */
export const health = ({ xDown: proceeds, debt, liquidationDiscount }: { readonly xDown: number; readonly debt: number; readonly liquidationDiscount: number }) => (proceeds / debt) * (1 - liquidationDiscount) - 1;

/** Health plus the collateral's value above the user's highest band, while that band is not yet in conversion. */
export function fullHealth(loan: { readonly xDown: number; readonly debt: number; readonly liquidationDiscount: number; readonly collateral: number; readonly n1: number; readonly activeBand: number }, amm: Amm): number {
  const above = loan.n1 > loan.activeBand ? Math.max(0, amm.oraclePrice - oraclePriceUp(loan.n1, amm)) : 0;
  return health(loan) + (above * loan.collateral) / loan.debt;
}

/** Others may liquidate at strictly negative full health only. */
export const isLiquidatable = (full: number) => full < 0;

/** Part of the position withdrawn for a part of the debt: `((1 + h/2) / (1 + h) * (1 - f) + f) * f`; `healthLimit` h is 0 for the owner. */
export function withdrawnFraction(fraction: number, healthLimit: number): number {
  return fraction === 1 ? 1 : (((1 + healthLimit / 2) / (1 + healthLimit)) * (1 - fraction) + fraction) * fraction;
}

export interface Position {
  readonly collateral: number;
  readonly stablecoin: number;
  readonly debt: number;
}

/** Stablecoin that a liquidator of a part must bring. */
export const tokensToLiquidate = ({ stablecoin, debt }: Position, fraction: number, healthLimit: number) => Math.max(0, debt * fraction - stablecoin * withdrawnFraction(fraction, healthLimit));

/** The position after a part of its debt is repaid and `withdrawn` of its coins are taken. */
export function afterLiquidation({ collateral, stablecoin, debt }: Position, fraction: number, withdrawn = fraction): Position {
  return { collateral: collateral * (1 - withdrawn), stablecoin: stablecoin * (1 - withdrawn), debt: debt * (1 - fraction) };
}

/** What a part of the position is worth beyond its debt at a collateral price; at the market less at the AMM is the liquidator's profit. */
export const surplus = ({ collateral, stablecoin, debt }: Position, fraction: number, price: number) => fraction * (collateral * price + stablecoin - debt);

/** Collateral per unit of debt capacity over n1's upper price: `sum over N bands of y / N * sqrt((A-1)/A) * ((A-1)/A)^k`, less the loan discount. */
export function effectiveCollateral({ collateral, bands, discount, A }: { readonly collateral: number; readonly bands: number; readonly discount: number; readonly A: number }): number {
  const ratio = (A - 1) / A;
  let share = (collateral * (1 - discount) * Math.sqrt(ratio)) / bands;
  let sum = 0;
  for (let k = 0; k < bands; k++, share *= ratio) sum += share;
  return sum;
}

/** The band's coins once the AMM has traded it to the oracle price: all collateral above the band, all stablecoin below. */
function atOracle(band: Band, amm: Amm): Band {
  const { n, stablecoin: x, collateral: y } = band;
  if (x === 0 && y === 0) return band;
  const { A, oraclePrice: p } = amm;
  const up = oraclePriceUp(n, amm);
  const down = oraclePriceDown(n, amm);
  const { f, g, root } = virtual(band, amm);
  const invariant = (f + x) * (g + y);
  if (p > up) return { n, stablecoin: 0, collateral: Math.max(0, invariant / f - g) };
  if (p < down) return { n, stablecoin: Math.max(0, invariant / g - f), collateral: 0 };
  const collateral = (A * root * (p - down)) / p;
  return { n, stablecoin: Math.max(0, invariant / (g + collateral) - f), collateral };
}

/** Virtual coins f and g that turn the band into a constant product. */
function virtual(band: Band, amm: Amm): { f: number; g: number; root: number } {
  const root = y0(band, amm);
  const up = oraclePriceUp(band.n, amm);
  return { f: ((amm.A * root * amm.oraclePrice) / up) * amm.oraclePrice, g: ((amm.A - 1) * root * up) / amm.oraclePrice, root };
}

function cubeOverSquare(p: number, edge: number): number {
  return ((p * p) / edge) * (p / edge);
}

/** `base^n` for whole n by squaring, the same bits on every runtime. */
function power(base: number, n: number): number {
  let result = 1;
  let square = base;
  for (let rest = Math.abs(n); rest > 0; rest = Math.floor(rest / 2), square *= square) if (rest % 2 === 1) result *= square;
  return n < 0 ? 1 / result : result;
}
