/**
 * Who gives how much when a loss is shared out (README section 6): pure rules over parallel lists, in the order of the accounts' references.
 * Nobody gives more than his capacity; what is given adds up to the budget, or to all capacities where that is less.
 */

/** The places in the queue, highest score first; ties in the order of the list. */
export function queue(scores: readonly number[]): number[] {
  return scores.map((_, i) => i).sort((a, b) => scores[b] - scores[a] || a - b);
}

/** The first in the queue gives all he can before the next is asked. */
export function byQueue(budget: number, capacities: readonly number[], scores: readonly number[]): number[] {
  const taken = capacities.map(() => 0);
  let left = budget;
  for (const i of queue(scores)) {
    taken[i] = Math.min(left, capacities[i]);
    left -= taken[i];
  }
  return taken;
}

export interface Shared {
  /** What a unit of weight gives where no capacity binds. */
  readonly level: number;
  readonly taken: number[];
}

/**
 * README eq. 34: `taken_i = min(level * weight_i, capacity_i)`, the level at which they add up to the budget.
 * With weights = capacities everybody gives the same part of what he can (plain pro rata); with `weight = wealth` and `capacity = wealth * beta`
 * it is `h_i = min(eta, beta_i)`, and with `weight = wealth * risk` its risk-weighted form (T. Chitra, arXiv:2512.01112, algorithms 1-2).
 */
export function byLevel(budget: number, capacities: readonly number[], weights: readonly number[] = capacities): Shared {
  const full = (i: number) => capacities[i] / weights[i];
  const open = capacities.map((_, i) => i).filter((i) => weights[i] > 0 && capacities[i] > 0);
  open.sort((a, b) => full(a) - full(b) || a - b);
  // summed from the end: what is left of a difference of sums may have no digit in common with it
  const weightFrom = new Float64Array(open.length + 1);
  for (let n = open.length - 1; n >= 0; n--) weightFrom[n] = weightFrom[n + 1] + weights[open[n]];
  let left = Math.max(0, budget);
  let level = 0;
  for (const [n, i] of open.entries()) {
    level = left / weightFrom[n];
    if (level <= full(i)) break;
    level = full(i);
    left = Math.max(0, left - capacities[i]);
  }
  return { level, taken: capacities.map((capacity, i) => (weights[i] <= 0 ? 0 : full(i) <= level ? capacity : level * weights[i])) };
}

/**
 * The shares of their weights, each from 0 to 1, nearest to the wanted ones among those that add up to the budget: `min(1, max(0, wanted + t * weight))`
 * at the `t` that spends it. With nothing wanted it is (34) with squared weights.
 */
export function nearestShares(wanted: readonly number[], weights: readonly number[], budget: number): number[] {
  const at = (t: number) => wanted.map((share, i) => Math.min(1, Math.max(0, share + t * weights[i])));
  const spent = (t: number) => at(t).reduce((sum, share, i) => sum + share * weights[i], 0);
  // nothing is spent at the first edge, everything at the last, in straight pieces between
  const edges = wanted.flatMap((share, i) => [-share / weights[i], (1 - share) / weights[i]]).sort((a, b) => a - b);
  const next = edges.findIndex((edge) => spent(edge) >= budget);
  if (next <= 0) return at(edges[next < 0 ? edges.length - 1 : 0]);
  const [low, high] = [edges[next - 1], edges[next]];
  return at(low + ((high - low) * (budget - spent(low))) / (spent(high) - spent(low)));
}

interface Rounding {
  /** Who comes first among equal remainders. */
  readonly ties?: 'first' | 'last';
  /**
   * Shares of the whole requirement, cut at the capacities and rounded up once: it may close fewer than required although there is more to close
   * (pluriholonomic/autodeleveraging-analysis @aae0be8, `contracts_pro_rata_close_integer`).
   */
  readonly isSinglePass?: boolean;
}

/** Whole contracts pro rata to the weights: the parts of eq. 34 rounded down, and one more each for the largest remainders. */
export function wholeContracts(required: number, capacities: readonly number[], weights: readonly number[] = capacities, { ties = 'first', isSinglePass = false }: Rounding = {}): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const ideal = isSinglePass && total > 0 ? weights.map((weight) => (required * weight) / total) : byLevel(required, capacities, weights).taken;
  const closed = ideal.map((part, i) => Math.min(Math.floor(part), capacities[i]));
  const remainders = ideal.map((part) => part - Math.floor(part));
  const order = ideal.map((_, i) => i).sort((a, b) => remainders[b] - remainders[a] || (ties === 'first' ? a - b : b - a));
  const available = capacities.reduce((sum, capacity, i) => (weights[i] > 0 ? sum + capacity : sum), 0);
  let left = Math.min(required, available) - closed.reduce((sum, contracts) => sum + contracts, 0);
  do {
    for (const i of order) {
      if (left <= 0) break;
      if (weights[i] <= 0 || closed[i] >= capacities[i]) continue;
      closed[i]++;
      left--;
    }
  } while (left > 0 && !isSinglePass);
  // where lots are near 2^50 the parts may be rounded to one lot too many
  for (let n = order.length - 1; left < 0; n = n > 0 ? n - 1 : order.length - 1) {
    if (closed[order[n]] === 0) continue;
    closed[order[n]]--;
    left++;
  }
  return closed;
}

/** Whole contracts that each stand for a loss, nearest to the targets: rounded down, then one more for the largest remainders until the losses reach the sum of the targets. */
export function contractsForTargets(targets: readonly number[], lossPerContract: readonly number[], capacities: readonly number[]): number[] {
  const exact = targets.map((target, i) => (lossPerContract[i] > 0 ? target / lossPerContract[i] : 0));
  const closed = exact.map((contracts, i) => Math.min(Math.floor(contracts), capacities[i]));
  let left = targets.reduce((sum, target, i) => sum + target - closed[i] * lossPerContract[i], 0);
  for (const i of queue(exact.map((contracts, k) => contracts - closed[k]))) {
    if (left <= 0) break;
    if (exact[i] <= closed[i] || closed[i] >= capacities[i]) continue;
    closed[i]++;
    left -= lossPerContract[i];
  }
  return closed;
}

/** Losses that nobody pays beyond what he has: the part that each bears, and the part that nobody does. */
export function borne(losses: readonly number[], equities: readonly number[]): { readonly haircuts: number[]; readonly uncovered: number } {
  const haircuts = losses.map((loss, i) => Math.min(loss, Math.max(0, equities[i])));
  return { haircuts, uncovered: losses.reduce((sum, loss, i) => sum + loss - haircuts[i], 0) };
}

/**
 * Place of a position in the queue: return on its entry value times leverage, and of a loser return by leverage, so that winners come first.
 * Leverage is position value / account equity (BitMEX, `abs(mark value) / (mark value - bankrupt value)`; Hyperliquid, `notional / account value`).
 */
export function queueScore({ profit, entryValue, value, equity }: { readonly profit: number; readonly entryValue: number; readonly value: number; readonly equity: number }): number {
  const rate = profit / entryValue;
  const leverage = value / equity;
  return rate > 0 ? rate * leverage : rate / leverage;
}

const LIGHTS = 5;

/** Lights of each place in the queue as exchanges show them: the fifth of all contracts in which the position ends, 5 = the first to go (BitMEX, Auto-Deleveraging). */
export function lights(scores: readonly number[], sizes: readonly number[]): number[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const lit = sizes.map(() => 0);
  let above = 0;
  for (const i of queue(scores)) {
    above += sizes[i];
    lit[i] = LIGHTS + 1 - Math.max(1, Math.ceil((LIGHTS * above) / total));
  }
  return lit;
}

/** Chance that each is asked, when what is shared out is uniform between 0 and `budget`: the part of it beyond what those `ahead` can give, in a queue (pro rata there are no scores) also those before him. */
export function chances(budget: number, capacities: readonly number[], scores: readonly number[] | null, ahead = 0): number[] {
  const asked = capacities.map(() => 0);
  let before = ahead;
  for (const i of scores === null ? capacities.keys() : queue(scores)) {
    asked[i] = budget > 0 && capacities[i] > 0 ? Math.max(0, 1 - before / budget) : 0;
    if (scores !== null) before += capacities[i];
  }
  return asked;
}
