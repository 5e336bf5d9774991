import { type TierTable, tierAt } from './tiers.js';

/** One position as its requirement sees it: sizes without sign. */
export interface Contract {
  readonly table: TierTable;
  /** Units of the asset; for an inverse contract its face at the entry price, `face / entryPrice`. */
  readonly coins: number;
  readonly entryPrice: number;
  readonly contracts: number;
  /** Fixed fee, settlement money. */
  readonly fixed: number;
}

/** `constant + slope * p + hyper / p`, currency: every requirement of README section 2 inside one tier. */
export interface Coefficients {
  readonly constant: number;
  readonly slope: number;
  /** Only an inverse contract whose rate grows with its size in coins has it. */
  readonly hyper: number;
}

const NOTHING: Coefficients = { constant: 0, slope: 0, hyper: 0 };

/** Money per unit at a price: currency, or coins. */
interface Value {
  readonly constant: number;
  readonly slope: number;
}

/** README eq. 15: the position's requirement at a price, currency. */
export function requirementAt(contract: Contract, price: number): number {
  const { constant, slope, hyper } = coefficients(contract, tierOf(contract, price));
  return constant + slope * price + (hyper === 0 ? 0 : hyper / price);
}

/** The tier that holds at a price; -1 for an empty table. A rate that grows with size has only the first. */
export function tierOf(contract: Contract, price: number): number {
  if (contract.table.rules.tierFamily === 'sizeLinear') return Math.min(0, contract.table.floors.length - 1);
  return tierAt(contract.table, tierSize(contract, price));
}

/** What the tiers count, at a price. */
export function tierSize({ table: { rules }, coins, entryPrice, contracts }: Contract, price: number): number {
  const { kind, tierUnit, requirementBasis } = rules;
  if (tierUnit === 'contracts') return contracts;
  if (kind === 'linear') return tierUnit === 'coin' ? coins : coins * (requirementBasis === 'mark' ? price : entryPrice);
  if (tierUnit === 'notional') return coins * entryPrice;
  return requirementBasis === 'mark' ? (coins * entryPrice) / price : coins;
}

/** Adds the prices at which the position changes its tier: where notional rises with the price, or coins fall with it; none where neither moves. */
export function tierEdges({ table: { rules, floors }, coins, entryPrice }: Contract, out: number[]): void {
  const { kind, tierUnit, requirementBasis, tierFamily } = rules;
  if (requirementBasis === 'entry' || tierFamily === 'sizeLinear' || tierUnit !== (kind === 'linear' ? 'notional' : 'coin')) return;
  for (const floor of floors) if (floor > 0) out.push(kind === 'linear' ? floor / coins : (coins * entryPrice) / floor);
}

/** README eq. 15: the requirement as a function of the price while tier `k` holds. */
export function coefficients(contract: Contract, k: number): Coefficients {
  const { table, coins, fixed, entryPrice } = contract;
  const { rules } = table;
  const base = requirementBase(contract);
  const fee = rules.feeRate === 0 || rules.feeBasis === 'bankruptcy' ? NOTHING : valueOf(contract, rules.feeBasis);
  const settlement = settlementUnit(contract);
  let constant = rules.feeRate * fee.constant + fixed * settlement.constant;
  let slope = rules.feeRate * fee.slope + fixed * settlement.slope;
  let hyper = 0;
  if (k < 0) return { constant, slope, hyper };
  let rate = table.rates[k];
  if (rules.tierFamily === 'sizeLinear') {
    if (rules.kind === 'inverse' && rules.requirementBasis === 'mark') hyper = rules.rateSlope * coins * entryPrice * coins * entryPrice;
    else rate += rules.rateSlope * coins;
  }
  const unit = table.isStated[k] ? settlement : tierUnitValue(contract);
  constant += rate * base.constant - table.amounts[k] * unit.constant;
  slope += rate * base.slope - table.amounts[k] * unit.slope;
  return { constant, slope, hyper };
}

/** The value that the rate is taken of. */
function requirementBase(contract: Contract): Value {
  return valueOf(contract, contract.table.rules.requirementBasis);
}

/** Value of the position in currency: an inverse contract is worth its face at every mark, and the coins of its entry when frozen. */
function valueOf({ table: { rules }, coins, entryPrice }: Contract, basis: 'mark' | 'entry'): Value {
  return (rules.kind === 'linear') === (basis === 'mark') ? { constant: 0, slope: coins } : { constant: coins * entryPrice, slope: 0 };
}

const CURRENCY: Value = { constant: 1, slope: 0 };
const COIN: Value = { constant: 0, slope: 1 };

function settlementUnit({ table: { rules } }: Contract): Value {
  return rules.kind === 'linear' ? CURRENCY : COIN;
}

/** Value of one unit of the tiers on the requirement's basis. */
function tierUnitValue(contract: Contract): Value {
  const { table: { rules }, entryPrice, contracts } = contract;
  if (rules.tierUnit === 'contracts') {
    const { constant, slope } = requirementBase(contract);
    return contracts === 0 ? NOTHING : { constant: constant / contracts, slope: slope / contracts };
  }
  if (rules.kind === 'linear') return rules.tierUnit === 'notional' ? CURRENCY : rules.requirementBasis === 'mark' ? COIN : { constant: entryPrice, slope: 0 };
  return rules.tierUnit === 'coin' ? COIN : rules.requirementBasis === 'mark' ? CURRENCY : { constant: 0, slope: 1 / entryPrice };
}

/** Fee of closing the position at a price, as the bankruptcy price counts it (eq. 10). */
export function closingFee(contract: Contract): Value {
  const { closingFeeRate } = contract.table.rules;
  const { constant, slope } = valueOf(contract, 'mark');
  return { constant: closingFeeRate * constant, slope: closingFeeRate * slope };
}
