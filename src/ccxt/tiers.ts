import { NUMBER_MAX } from '../api/fields.js';
import type { Path } from '../api/rules.js';
import { type ContractRules, type MarginTier, TIERS_MAX } from '../markets/market.js';
import { type Foreign, foreign, type Item, nonZero, numeric } from './foreign.js';
import type { Remarks } from './remarks.js';

/** Tiers in the venue's own unit, and the rules that say which unit and family that is. */
export interface Tiers {
  readonly tiers: MarginTier[];
  readonly rules: Pick<ContractRules, 'tierFamily' | 'tierUnit'>;
}

/** Raw fields of the venues whose tiers CCXT passes on in contracts under the name of notional: OKX, HTX, MEXC. */
const IN_CONTRACTS = ['minSz', 'min_size', 'riskIncrVol'];
/** Kraken counts its inverse tiers in contracts, Binance, Bybit and others in coins. */
const IN_CONTRACTS_INVERSE = ['contracts'];

/** Venues count 0..20000, 20001..40000: a gap of one step is none, and 20000 belongs to the tier that ends with it. */
const STEP = 1;

interface Row {
  readonly at: Path;
  readonly min: number | null;
  readonly max: number | null;
  readonly rate: number;
  readonly maxLeverage: number | null;
  readonly raw: Foreign;
}

/** Tiers from 0, without gaps, rates never falling; none, with the reason in the remarks, when they are not so. */
export function tiersOf(posted: readonly Item[], isInverse: boolean, remarks: Remarks): Tiers {
  if (posted.length > TIERS_MAX) return none(remarks, posted[TIERS_MAX]!.at, `is beyond the ${TIERS_MAX} tiers of a symbol: the symbol has no tiers`);
  const rows: Row[] = [];
  for (const { at, value } of posted) {
    const rate = numeric(value?.['maintenanceMarginRate']);
    if (!value || rate === null || !(rate >= 0)) return none(remarks, [...at, 'maintenanceMarginRate'], `is ${rate === null ? 'not told' : 'not a number in range'}: the symbol has no tiers`);
    const [min, max] = [numeric(value['minNotional']), finiteEnd(value['maxNotional'])];
    if (Number.isNaN(min) || Number.isNaN(max)) return none(remarks, [...at, Number.isNaN(min) ? 'minNotional' : 'maxNotional'], 'is not a number in range: the symbol has no tiers');
    const maxLeverage = nonZero(value['maxLeverage']);
    rows.push({ at, min, max, rate, maxLeverage: maxLeverage !== null && maxLeverage > 0 ? maxLeverage : null, raw: foreign(value['info']) ?? {} });
  }
  rows.sort((a, b) => (a.min ?? 0) - (b.min ?? 0));
  const percent = isPercent(rows) ? 100 : 1;
  if (percent > 1) remarks.assume([...rows[0]!.at, 'maintenanceMarginRate'], 'is in percent: as a fraction no margin would be left at the highest leverage');
  const tiers = joined(rows, percent, remarks);
  return { tiers, rules: tiers.length > 0 ? rulesOf(rows, isInverse, remarks) : {} };
}

/** Each tier starts where the one before it ends. */
function joined(rows: readonly Row[], percent: number, remarks: Remarks): MarginTier[] {
  const tiers: MarginTier[] = [];
  let start = 0;
  for (const [i, { at, min, max, rate, maxLeverage }] of rows.entries()) {
    const next = rows[i + 1];
    const gap = (min ?? start) - start;
    if (gap < 0) return refuse(remarks, [...at, 'minNotional'], `overlaps the tier that ends at ${start}: the symbol has no tiers`);
    if (gap > STEP) return refuse(remarks, [...at, 'minNotional'], `leaves a gap after ${start}: the symbol has no tiers`);
    if (gap > 0) remarks.assume([...at, 'minNotional'], `leaves a step after ${start}: the tier starts there`);
    const step = max !== null && next?.min != null ? next.min - max : 0;
    const isStep = step > 0 && step <= STEP;
    if (isStep) remarks.assume([...next!.at, 'minNotional'], `leaves a step after ${max}: the tier before it goes on to there`);
    const end = isStep ? next!.min : (max ?? next?.min ?? null);
    if (next && end === null) return refuse(remarks, [...at, 'maxNotional'], 'is not told: the symbol has no tiers');
    if (end !== null && end <= start) return refuse(remarks, [...at, 'maxNotional'], 'is not above the start of the tier: the symbol has no tiers');
    const maintenanceMarginRate = rate / percent;
    if (!(maintenanceMarginRate < 1)) return refuse(remarks, [...at, 'maintenanceMarginRate'], 'is not below 1: the symbol has no tiers');
    if (tiers.length > 0 && maintenanceMarginRate < tiers.at(-1)!.maintenanceMarginRate) return refuse(remarks, [...at, 'maintenanceMarginRate'], 'is below the rate of the tier before it: the symbol has no tiers');
    tiers.push({ minNotional: start, ...(end !== null && { maxNotional: end }), maintenanceMarginRate, ...(maxLeverage !== null && { maxLeverage }) });
    start = end ?? Infinity;
  }
  return tiers;
}

/** What the bounds count and how the rates hold, where that is not the notional of a linear contract. */
function rulesOf(rows: readonly Row[], isInverse: boolean, remarks: Remarks): Tiers['rules'] {
  const has = (fields: readonly string[]) => rows.some(({ raw }) => fields.some((field) => field in raw));
  const at = rows[0]!.at;
  if (has(IN_CONTRACTS)) {
    remarks.assume([...at, 'minNotional'], 'is in contracts on this venue: tierUnit contracts');
    remarks.assume([...at, 'maintenanceMarginRate'], 'holds for the whole position on this venue: tierFamily flat');
    return { tierFamily: 'flat', tierUnit: 'contracts' };
  }
  if (!isInverse) return {};
  const tierUnit = has(IN_CONTRACTS_INVERSE) ? 'contracts' : 'coin';
  remarks.assume([...at, 'minNotional'], `of an inverse contract is taken in ${tierUnit === 'coin' ? 'coins' : 'contracts, as this venue has it'}: tierUnit ${tierUnit}`);
  return { tierUnit };
}

/** A maintenance margin above the initial margin makes no sense; a hundredth of it does. */
function isPercent(rows: readonly Row[]): boolean {
  const told = rows.filter(({ maxLeverage }) => maxLeverage !== null);
  return told.length > 0 && told.every(({ rate, maxLeverage }) => rate * maxLeverage! > 1 && (rate / 100) * maxLeverage! <= 1);
}

/** Binance writes 2^63 - 1 for no upper end. */
function finiteEnd(value: unknown): number | null {
  return Number(value) > NUMBER_MAX ? null : nonZero(value);
}

function none(remarks: Remarks, at: Path, reason: string): Tiers {
  return { tiers: refuse(remarks, at, reason), rules: {} };
}

function refuse(remarks: Remarks, at: Path, reason: string): [] {
  remarks.leaveOut(at, reason);
  return [];
}

/** Hyperliquid has no tiers in CCXT; its first one is half the initial margin at the highest leverage (liquidation-math 4.1). */
export function hyperliquidTiers(market: Foreign, at: Path, remarks: Remarks): MarginTier[] {
  const raw = foreign(market['info']) ?? {};
  const maxLeverage = nonZero(raw['maxLeverage']);
  if (!('szDecimals' in raw) || maxLeverage === null || !(maxLeverage >= 1)) return [];
  remarks.assume([...at, 'info', 'maxLeverage'], `gives the one tier that is told: half the initial margin at leverage ${maxLeverage}`);
  return [{ minNotional: 0, maintenanceMarginRate: 1 / (2 * maxLeverage), maxLeverage }];
}
