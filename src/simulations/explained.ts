import { directionalThresholds, explanations, frontier, prepare } from '../engine/index.js';
import type { LiquidationPrices, LiquidationPricesInput } from './liquidation-prices.js';
import type { RunInput } from './run.js';

// Threads load this file: it must not pull in the messages with all of Nest behind them.

export type ExplainInput = RunInput & Pick<LiquidationPricesInput, 'account' | 'frontier'> & { readonly limit: number };

/** Thresholds with the terms that make them; of one account, or of the first ones. */
export function explained({ market, portfolio, scenario, account, frontier: box, limit }: ExplainInput): LiquidationPrices {
  const book = prepare(market, account == null ? portfolio : only(portfolio, account));
  const moves = (scenario.marketShock ?? 0) !== 0 || (scenario.shocks ?? []).some(({ shock }) => shock !== 0);
  const lines = box ? frontier(prepare(market, only(portfolio, box.account)), box) : [];
  return {
    items: first(explanations(book), limit, ({ ends, ...rest }) => ({ ...rest, ends: ends.map((end) => ({ ...end, contracts: [...end.contracts] })) })),
    alongScenario: moves ? first(directionalThresholds(book, scenario), limit, (each) => ({ ...each, prices: [...each.prices] })) : [],
    frontier: lines.map((points) => ({ points: points.map(([x, y]) => ({ x, y })) })),
  };
}

function only({ accounts = [], loans = [], institutions = [] }: RunInput['portfolio'], reference: string): RunInput['portfolio'] {
  const named = <T extends { readonly reference: string }>(all: readonly T[]) => all.filter((each) => each.reference === reference);
  return { accounts: named(accounts), loans: named(loans), institutions: named(institutions) };
}

function first<T, U>(all: Iterable<T>, limit: number, shape: (item: T) => U): U[] {
  const found: U[] = [];
  for (const item of all) {
    if (found.length === limit) break;
    found.push(shape(item));
  }
  return found;
}
