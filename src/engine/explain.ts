import { partOf } from './along.js';
import { type Book, CONTRACT, contractAt, lotValues, prepare, units } from './book.js';
import { entryRequirement, health, initialState, isLiquidatable, marginEquity, rowRequirement, type State } from './health.js';
import type { Asset, Position, PositionSide } from './inputs.js';
import { coefficients, type Contract, tierOf } from './margin.js';
import { toUnits } from './lots.js';
import { threshold, type Threshold } from './threshold.js';

/** A threshold with the terms that make it, so that it can be recomputed by hand. Money in the valuation currency. */
export interface Explanation {
  readonly threshold: Threshold;
  /** Number of the equation in the engine's README that the terms go into. */
  readonly equation: typeof EQUATION;
  /** Each end that exists. */
  readonly ends: readonly ExplainedEnd[];
  /** Margin that no price of the asset moves: cash, and other assets' collateral after haircuts (a loan's debts are negative). */
  readonly collateral: number;
  /** Units of the asset that count beside its contracts: collateral after its haircut, debts negative. */
  readonly collateralUnits: number;
  readonly otherUnrealisedProfit: number;
  readonly otherRequirement: number;
}

export interface ExplainedEnd {
  readonly side: 'below' | 'above';
  readonly price: number;
  readonly contracts: readonly ExplainedContract[];
  readonly equity: number;
  readonly requirement: number;
  /** Re-marked at the price: zero to rounding, or negative where a jump of the requirement makes the threshold. */
  readonly health: number;
}

/** A contract of the asset at the price, in the tier that holds there. */
export interface ExplainedContract {
  readonly side: PositionSide;
  /** Units; for an inverse contract face / entry price. */
  readonly quantity: number;
  readonly entryPrice: number;
  readonly unrealisedProfit: number;
  /** From 0; null for an empty table. */
  readonly tier: number | null;
  readonly maintenanceMarginRate: number;
  /** As the table has it: settlement money where stated, else in the tiers' unit. */
  readonly maintenanceAmount: number;
  readonly feeRate: number;
  readonly fixedFee: number;
  /** rate, amount and fees together, currency. */
  readonly requirement: number;
}

const EQUATION = 9;

/** One a threshold, in the order of `thresholds`. */
export function* explanations(book: Book): Generator<Explanation> {
  const state = initialState(book);
  const value = lotValues(book, book.price);
  for (let row = 0; row < book.rows.length; row++) {
    const seen = new Set<number>();
    for (let k = book.first[row]; k < book.first[row + 1]; k++) {
      const asset = book.asset[k];
      if (book.lots[k] === 0 || seen.has(asset)) continue;
      seen.add(asset);
      yield explain(book, state, value, row, asset);
    }
  }
}

function explain(book: Book, state: State, value: Float64Array, row: number, asset: number): Explanation {
  const found = threshold(book, state, { row, asset, value, isInBreach: isLiquidatable(book, state, value, row) });
  let collateral = state.cash[row];
  let otherUnrealisedProfit = 0;
  let otherRequirement = state.held[row] * book.reserveRate[row];
  let contractUnits = 0;
  for (let k = book.first[row]; k < book.first[row + 1]; k++) {
    const lotValue = value[book.asset[k]];
    if (book.kind[k] === CONTRACT) {
      const entryValue = units(book, k) * book.entryPrice[k];
      collateral += entryValue;
      if (book.asset[k] === asset) {
        contractUnits += units(book, k);
        continue;
      }
      otherUnrealisedProfit += state.lots[k] * lotValue * book.weight[k] - entryValue;
      otherRequirement += entryRequirement(book, k, state.lots[k], lotValue);
    } else if (book.asset[k] !== asset) collateral += state.lots[k] * lotValue * book.weight[k];
  }
  const part = partOf(book, state, row, asset);
  const ends = ([['below', found.liquidationPriceBelow], ['above', found.liquidationPriceAbove]] as const).flatMap(([side, price]) => (price === null ? [] : [endAt(book, state, { value, row, asset }, side, price)]));
  return { threshold: found, equation: EQUATION, ends, collateral, collateralUnits: part.slope - contractUnits, otherUnrealisedProfit, otherRequirement };
}

function endAt(book: Book, state: State, { value, row, asset }: { value: Float64Array; row: number; asset: number }, side: 'below' | 'above', price: number): ExplainedEnd {
  const marked = value.slice();
  marked[asset] = toUnits(book.lot[asset], 1) * price;
  const contracts: ExplainedContract[] = [];
  for (let k = book.first[row]; k < book.first[row + 1]; k++) {
    if (book.kind[k] === CONTRACT && book.asset[k] === asset && state.lots[k] !== 0) contracts.push(contractTerms(contractAt(book, k, state.lots[k]), Math.sign(state.lots[k]), price));
  }
  return { side, price, contracts, equity: marginEquity(book, state, marked, row), requirement: rowRequirement(book, state, marked, row), health: health(book, state, marked, row) };
}

function contractTerms(contract: Contract, sign: number, price: number): ExplainedContract {
  const { table, coins, entryPrice, fixed } = contract;
  const k = tierOf(contract, price);
  const { constant, slope, hyper } = coefficients(contract, k);
  return {
    side: sign > 0 ? 'long' : 'short',
    quantity: coins,
    entryPrice,
    unrealisedProfit: sign * coins * (price - entryPrice),
    tier: k < 0 ? null : k,
    maintenanceMarginRate: k < 0 ? 0 : rateOf(contract, k, price),
    maintenanceAmount: k < 0 ? 0 : table.amounts[k],
    feeRate: table.rules.feeRate,
    fixedFee: fixed,
    requirement: constant + slope * price + (hyper === 0 ? 0 : hyper / price),
  };
}

function rateOf({ table, coins, entryPrice }: Contract, k: number, price: number): number {
  const { tierFamily, rateSlope, kind, requirementBasis } = table.rules;
  if (tierFamily !== 'sizeLinear') return table.rates[k];
  return table.rates[0] + rateSlope * (kind === 'inverse' && requirementBasis === 'mark' ? (coins * entryPrice) / price : coins);
}

export interface PositionTerms extends ExplainedContract {
  /** Value at the price: currency, and coins. */
  readonly notional: number;
  readonly notionalCoins: number;
}

/** What one position of a contract is worth, earns and requires at a price, currency; divide by the price for coins. */
export function positionAt(asset: Asset, position: Position, price: number): PositionTerms {
  const book = prepare({ assets: [asset] }, { accounts: [{ reference: '', marginMode: 'isolated', positions: [position] }] });
  const contract = contractAt(book, 0, book.lots[0]);
  const notional = asset.contract?.kind === 'inverse' ? contract.coins * contract.entryPrice : contract.coins * price;
  return { ...contractTerms(contract, Math.sign(book.lots[0]), price), notional, notionalCoins: notional / price };
}
