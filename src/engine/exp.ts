/**
 * Exponential and logarithm made of `+ - * /` only, so that they give the same bits on every runtime (`Math.exp` may differ in the last one).
 * Cody-Waite reduction and the rational approximation of FreeBSD msun e_exp.c (Sun Microsystems, 1993), error below 1 ulp.
 */

const LN2_HIGH = 6.93147180369123816490e-1;
const LN2_LOW = 1.90821492927058770002e-10;
const INVERSE_LN2 = 1.44269504088896338700;
const P1 = 1.66666666666666019037e-1;
const P2 = -2.77777777770155933842e-3;
const P3 = 6.61375632143793436117e-5;
const P4 = -1.65339022054652515390e-6;
const P5 = 4.13813679705723846039e-8;
const OVERFLOW_ABOVE = 709;
/** Highest power of the artanh series; 0.1716^24 is below 2^-53. */
const LOG_TERMS = 23;
const UNDERFLOW_BELOW = -745.1332191019411;

/** e^x. */
export function exp(x: number): number {
  if (x > OVERFLOW_ABOVE) return Infinity;
  if (x < UNDERFLOW_BELOW) return 0;
  const k = Math.round(x * INVERSE_LN2);
  const high = x - k * LN2_HIGH;
  const low = k * LN2_LOW;
  const r = high - low;
  const t = r * r;
  const c = r - t * (P1 + t * (P2 + t * (P3 + t * (P4 + t * P5))));
  return scale(1 - (low - (r * c) / (2 - c) - high), k);
}

/** (1 - e^-x) / x, the average of e^-u over [0, x]; 1 at x = 0. Without cancellation for small x. */
export function averageDecay(x: number): number {
  if (Math.abs(x) > 1e-2) return (1 - exp(-x)) / x;
  return 1 - (x / 2) * (1 - (x / 3) * (1 - (x / 4) * (1 - (x / 5) * (1 - (x / 6) * (1 - x / 7)))));
}

/** y * 2^k by exact multiplications, also into the subnormal range. */
function scale(y: number, k: number): number {
  let factor = k < 0 ? 0.5 : 2;
  for (let n = Math.abs(k); n > 0; n = (n - (n % 2)) / 2) {
    if (n % 2 === 1) y *= factor;
    factor *= factor;
  }
  return y;
}

/** Natural logarithm of a positive normal number: 2 artanh((m-1)/(m+1)) for the mantissa m in [0.7, 1.4), error a few ulp. */
export function log(x: number): number {
  let k = 0;
  for (; x >= Math.SQRT2; x /= 2) k++;
  for (; x < Math.SQRT1_2; x *= 2) k--;
  const s = (x - 1) / (x + 1);
  const t = s * s;
  let series = 0;
  for (let n = LOG_TERMS; n >= 1; n -= 2) series = series * t + 1 / n;
  return k * LN2_HIGH + (2 * s * series + k * LN2_LOW);
}
