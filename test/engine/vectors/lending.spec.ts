import { aaveV3, compoundV3, crvUsd, liquidationPrice, maker, morphoBlue, regT } from '../../../src/engine/venues/lending.js';
import { type Answer, type Answers, fixed, type Fixed, type Inputs, misses, type Vector } from './lending-vectors.js';
import { isPresent, vectorsOf } from './published.js';

/** The published numbers of the lending protocols and of US brokers. Rules are chosen by the kind and by the inputs that are there. */
const suite = isPresent ? describe : describe.skip;

type Rule = (given: Inputs) => Answers;

const text = (given: Inputs, ...keys: string[]): string => {
  const key = keys.find((name) => given[name] !== undefined);
  if (key === undefined) throw new Error(`none of ${keys.join(', ')} is given`);
  return String(given[key]);
};
const has = (given: Inputs, ...keys: string[]) => keys.some((key) => given[key] !== undefined);
const list = (given: Inputs, ...keys: string[]): string[] => {
  const key = keys.find((name) => given[name] !== undefined);
  return key === undefined ? [] : [given[key]].flat();
};
const or = (given: Inputs, fallback: string, ...keys: string[]) => (has(given, ...keys) ? text(given, ...keys) : fallback);
const amount = (integer: bigint, decimals: number): Fixed => ({ integer, decimals });
const optional = (integer: bigint | null, decimals: number): Answer => (integer === null ? null : amount(integer, decimals));
const ask =
  (answers: Record<string, () => Answer>): Answers =>
  (key) =>
    answers[key]?.();

const USD = 8;
const bps = (fraction: string) => fixed(fraction, 4);

const AAVE: Record<string, Rule> = {
  rounding: ({ fn, ...rest }) => {
    const rule = aaveV3[fn as 'percentMul'];
    const [a, b] = Object.values(rest).map((value) => BigInt(value as string));
    return ask({ result: () => rule(a, b) });
  },

  health_factor: (given) => {
    const thresholds = list(given, 'liquidationThreshold', 'liquidationThresholds');
    const collaterals = list(given, 'collateralUsd', 'collaterals').map((value, k) => ({ value: fixed(value, USD), liquidationThresholdBps: bps(thresholds[k] ?? thresholds[0]) }));
    const debt = list(given, 'debtUsd', 'debts').reduce((sum, value) => sum + fixed(value, USD), 0n);
    const health = aaveV3.healthFactor(collaterals, debt);
    const holdings = () => [{ symbol: 'collateral', quantity: Number(text(given, 'amount', 'collateralAmount')), price: 0, weight: Number(thresholds[0]) }, { symbol: 'debt', quantity: -Number(text(given, 'debtUsd', 'debt')), price: 1, weight: 1 }];
    return ask({ healthFactor: () => optional(health, 18), liquidatable: () => aaveV3.isLiquidatable(health), liquidationPrice: () => liquidationPrice('collateral', holdings()).price });
  },

  constants: () => {
    const { defaultCloseFactorBps, fullCloseHealthFactor, fullCloseBelow, minimumLeftover } = aaveV3.RULES;
    return ask({
      DEFAULT_LIQUIDATION_CLOSE_FACTOR: () => amount(defaultCloseFactorBps, 4),
      CLOSE_FACTOR_HF_THRESHOLD: () => amount(fullCloseHealthFactor, 18),
      MIN_BASE_MAX_CLOSE_FACTOR_THRESHOLD: () => amount(fullCloseBelow, USD),
      MIN_LEFTOVER_BASE: () => amount(minimumLeftover, USD),
    });
  },

  close_factor: (given) => {
    const healthFactor = fixed(text(given, 'healthFactor', 'hf'), 18);
    const collaterals = list(given, 'collateralUsd', 'collaterals').map((value) => fixed(value, USD));
    const impliedDebt = () => [(collaterals.reduce((a, b) => a + b) * fixed(text(given, 'liquidationThreshold'), 18)) / healthFactor];
    const debts = has(given, 'debtUsd', 'debts') ? list(given, 'debtUsd', 'debts').map((value) => fixed(value, USD)) : impliedDebt();
    const fullCloseBelow = fixed(or(given, '2000', 'threshold', 'minBaseMaxCloseFactorThreshold'), USD);
    const rules = { ...aaveV3.RULES, fullCloseBelow, minimumLeftover: has(given, 'leftover', 'minLeftover') ? fixed(text(given, 'leftover', 'minLeftover'), USD) : fullCloseBelow / 2n };
    const pair = { healthFactor, reserveDebtValue: debts[0], reserveCollateralValue: collaterals[0], totalDebtValue: debts.reduce((a, b) => a + b) };
    const most = () => amount(aaveV3.maxLiquidatableDebtValue(pair, rules), USD);
    return ask({
      closeFactor: () => amount(aaveV3.closeFactorBps(pair, rules), 4),
      maxDebt: most,
      newMax: most,
      oldMax: () => amount(aaveV3.maxLiquidatableDebtValue(pair, aaveV3.RULES_BEFORE_V33), USD),
      maxPartialDebt: () => amount(aaveV3.largestPart(debts[0], rules), USD),
      maxPartialCollateral: () => amount(aaveV3.largestPart(collaterals[0], rules), USD),
    });
  },

  liquidation_amounts: (given) => {
    const ray = (key: string) => fixed(text(given, key), 27);
    const integer = (fallback: string, ...keys: string[]) => BigInt(or(given, fallback, ...keys));
    const scaledCollateral = () => BigInt(text(given, 'scaledCollateral'));
    const balance = has(given, 'scaledCollateral') ? aaveV3.collateralBalance(scaledCollateral(), ray('liquidityIndex')) : BigInt(text(given, 'collateralBalance', 'collateral'));
    const debt = has(given, 'scaledDebt') ? aaveV3.debtBalance(BigInt(text(given, 'scaledDebt')), ray('borrowIndex')) : BigInt(text(given, 'debtToCover', 'debt'));
    const prices = { collateralPrice: integer('1', 'collateralPrice'), collateralUnit: integer('1', 'collateralUnit'), debtPrice: integer('1', 'debtPrice'), debtUnit: integer('1', 'debtUnit') };
    const terms = { liquidationBonusBps: BigInt(text(given, 'bonusBps', 'liquidationBonusBps')), protocolFeeBps: integer('0', 'protocolFeeBps') };
    const seizure = aaveV3.liquidationAmounts({ ...prices, ...terms, debtToCover: debt, collateralBalance: balance });
    const consumption = () => aaveV3.scaledConsumption(seizure, { scaledCollateral: scaledCollateral(), liquidityIndex: ray('liquidityIndex') });
    return ask({
      collateralBalance: () => balance,
      debt: () => debt,
      toLiquidator: () => seizure.collateralToLiquidator,
      protocolFee: () => seizure.protocolFee,
      debtNeeded: () => seizure.debtRepaid,
      debtRepaid: () => seizure.debtRepaid,
      scaledConsumedUncapped: () => consumption().uncapped,
      scaledConsumed: () => consumption().consumed,
      fullyConsumed: () => consumption().isReserveConsumed,
    });
  },
};

const BASE = { price: 10n ** 8n, scale: 10n ** 6n };
const COLLATERAL_DECIMALS = 18;

const COMPOUND: Record<string, Rule> = {
  is_liquidatable: (given) => {
    const base = { ...BASE, price: fixed(or(given, '1', 'basePrice'), 8) };
    const [prices, factors] = [list(given, 'price', 'prices'), list(given, 'liquidateCollateralFactor', 'liquidateCollateralFactors')];
    const collaterals = list(given, 'collateral', 'collaterals').map((value, k) => collateral(value, { price: prices[k] ?? prices[0], factor: factors[k] ?? factors[0] }));
    const balance = has(given, 'balance') ? fixed(text(given, 'balance'), 6) : -fixed(or(given, '0', 'debtBase', 'debt'), 6);
    return ask({ liquidatable: () => compoundV3.isLiquidatable(balance, base, collaterals), liquidity: () => amount(compoundV3.liquidity(balance, base, collaterals), 8) });
  },

  discount: (given) => {
    const asset = { price: fixed(text(given, 'assetPrice', 'price'), 8), storeFrontPriceFactor: fixed(text(given, 'storeFrontPriceFactor'), 18), liquidationFactor: fixed(text(given, 'liquidationFactor'), 18), scale: 10n ** 18n };
    const base = { ...BASE, price: fixed(or(given, '1', 'basePrice'), 8) };
    return ask({ collateral: () => amount(compoundV3.quoteCollateral(fixed(text(given, 'baseAmount'), 6), base, asset), 18), discountedPrice: () => amount(compoundV3.discountedPrice(asset), 8) });
  },

  absorb: (given) => {
    const factors = list(given, 'liquidationFactor', 'liquidationFactors');
    const collaterals = list(given, 'collateralUsd').map((value, k) => collateral(value, { price: '1', factor: factors[k] ?? factors[0] }));
    const balances = has(given, 'debtUnits') ? list(given, 'debtUnits').map((units) => (BigInt(units) > 0n ? -BigInt(units) : BigInt(units))) : list(given, 'debts', 'debt').map((debt) => -fixed(debt, 6));
    const accounts = balances.map((balance) => ({ balance, absorption: compoundV3.absorb(balance, BASE, collaterals) }));
    const totals = () => compoundV3.absorbAll({ totalSupply: fixed(or(given, '0', 'totalSupply'), 6), totalBorrow: fixed(or(given, '0', 'totalBorrow'), 6), reserves: fixed(or(given, '0', 'reservesBefore', 'reserves'), 6) }, accounts);
    const [{ absorption }] = accounts;
    return ask({
      finalUnits: () => absorption.newBalance,
      shortfallUnits: () => absorption.shortfall,
      paidOutUnits: () => absorption.basePaidOut,
      reservesAfter: () => amount(totals().reserves, 6),
      borrowAfter: () => amount(totals().totalBorrow, 6),
      supplyAfter: () => amount(totals().totalSupply, 6),
    });
  },
};

function collateral(value: string, { price, factor }: { price: string; factor: string }) {
  return { amount: fixed(value, COLLATERAL_DECIMALS), price: fixed(price, 8), scale: 10n ** 18n, liquidateCollateralFactor: fixed(factor, 18), liquidationFactor: fixed(factor, 18) };
}

/** Written in whole units, or as the protocol's integer: nothing has so many units that the two could be mistaken. */
function units(value: string, decimals: number): bigint {
  const whole = fixed(value, decimals);
  return whole >= 10n ** BigInt(decimals + Math.floor((decimals * 2) / 3)) ? whole / 10n ** BigInt(decimals) : whole;
}
const wad = (value: string) => units(value, 18);

const morpho = (given: Inputs): Answers => {
  const lltv = () => wad(text(given, 'preLltv', 'lltv'));
  const position = () => ({ collateral: fixed(text(given, 'collateral'), 0), debt: fixed(text(given, 'debt'), 0), price: fixed(text(given, 'price'), 0), lltv: lltv() });
  const unpriced = () => ({ collateral: fixed(text(given, 'collateral'), 0), debt: fixed(text(given, 'debt'), 0), lltv: lltv() });
  const lif = () => (has(given, 'lif') ? wad(text(given, 'lif')) : morphoBlue.liquidationIncentiveFactor(lltv(), wad(or(given, '0.3', 'cursor')), wad(or(given, '1.15', 'max'))));
  const totalBorrowAssets = () => fixed(or(given, or(given, '0', 'debt'), 'totalBorrowAssets'), 0);
  const totals = () => ({ totalBorrowAssets: totalBorrowAssets(), totalBorrowShares: has(given, 'totalBorrowShares') ? fixed(text(given, 'totalBorrowShares'), 0) : totalBorrowAssets() * morphoBlue.VIRTUAL_SHARES });
  const call = () => ({ ...totals(), price: fixed(text(given, 'price'), 0), incentiveFactor: lif() });
  const seizure = () => (has(given, 'repaidShares') ? morphoBlue.liquidateShares(fixed(text(given, 'repaidShares'), 0), call()) : morphoBlue.liquidateCollateral(fixed(text(given, 'seizedAssets', 'seized'), 0), call()));
  const settled = () => morphoBlue.settle({ ...totals(), totalSupplyAssets: fixed(or(given, '0', 'totalSupplyAssets'), 0), collateral: position().collateral, borrowShares: fixed(or(given, String(totals().totalBorrowShares), 'borrowShares'), 0) }, seizure());
  return ask({
    lif: () => amount(lif(), 18),
    healthFactor: () => optional(morphoBlue.healthFactor(position()), 18),
    usage: () => optional(morphoBlue.borrowCapacityUsage(position()), 18),
    ltv: () => optional(morphoBlue.loanToValue(position()), 18),
    liquidationPrice: () => morphoBlue.liquidationPrice(unpriced()),
    borrowable: () => morphoBlue.borrowable(position()),
    maxBorrow: () => morphoBlue.maxBorrow(position().collateral, position().price, lltv()),
    withdrawable: () => morphoBlue.withdrawable(position()),
    healthy: () => morphoBlue.isHealthy(position()),
    liquidatable: () => !morphoBlue.isHealthy(position()),
    seized: () => seizure().seizedAssets,
    repaid: () => seizure().repaidAssets,
    repaidShares: () => seizure().repaidShares,
    badDebt: () => settled().badDebtAssets,
    supplyAfter: () => settled().totalSupplyAssets,
    borrowAfter: () => settled().totalBorrowAssets,
  });
};

const MAKER: Record<string, Rule> = {
  is_liquidatable: (given) => {
    const [ink, art, rate, mat] = [units(text(given, 'ink'), 18), units(text(given, 'art'), 18), units(or(given, '1', 'rate'), 27), units(text(given, 'mat'), 27)];
    const isUnsafe = (price: string) => maker.isUnsafe({ ink, art, rate, spot: maker.spotPrice(units(price, 18), mat) });
    const answers = ask({ unsafe: () => isUnsafe(text(given, 'price')), liquidationPrice: () => optional(maker.liquidationPrice({ ink, art, rate }, mat), 18) });
    return (key) => {
      const [, kind, at] = /^(safe|unsafe)At(.+)$/.exec(key) ?? [];
      return at === undefined ? answers(key) : isUnsafe(at) === (kind === 'unsafe');
    };
  },

  close_factor: (given) => {
    const [ink, art] = [units(text(given, 'ink'), 18), units(text(given, 'art'), 18)];
    // without a price the vault is taken to be unsafe
    const spot = has(given, 'price') ? maker.spotPrice(units(text(given, 'price'), 18), units(text(given, 'mat'), 27)) : 1n;
    const rad = (fallback: string, key: string) => units(or(given, fallback, key), 45);
    const barked = maker.bark({ ink, art, rate: units(or(given, '1', 'rate'), 27), spot }, { chop: units(text(given, 'chop'), 18), dust: rad('0', 'dust'), Hole: rad('1e20', 'Hole'), Dirt: rad('0', 'Dirt'), hole: rad('1e20', 'hole'), dirt: rad('0', 'dirt') });
    if (typeof barked === 'string') return ask({ reverts: () => true });
    return ask({
      reverts: () => false,
      tab: () => amount(barked.tab, 45),
      due: () => amount(barked.due, 45),
      lot: () => amount(barked.dink, 18),
      dink: () => amount(barked.dink, 18),
      dart: () => amount(barked.dart, 18),
      inkLeft: () => amount(ink - barked.dink, 18),
      artLeft: () => amount(art - barked.dart, 18),
    });
  },

  auction: (given) => {
    const price = () => (has(given, 'priceRay') ? BigInt(text(given, 'priceRay')) : maker.feedPrice(units(text(given, 'price'), 18)));
    const [tab, lot] = [() => units(text(given, 'tab'), 45), () => units(text(given, 'lot'), 18)];
    const least = () => (has(given, 'chost') ? units(text(given, 'chost'), 45) : has(given, 'dust') ? maker.chost(units(text(given, 'dust'), 45), units(or(given, '1', 'chop'), 18)) : 0n);
    const taken = () => maker.take({ tab: tab(), lot: lot() }, { amount: units(or(given, text(given, 'lot'), 'amt'), 18), price: price(), chost: least() });
    const bought = (key: 'tab' | 'lot' | 'slice' | 'owe' | 'returned', decimals: number) => () => {
      const outcome = taken();
      return typeof outcome === 'string' ? outcome : amount(outcome[key], decimals);
    };
    const incentive = () => {
      const terms = { tip: units(or(given, '0', 'tip'), 45), chip: units(or(given, '0', 'chip'), 18) };
      const isReset = has(given, 'lot') && has(given, 'price', 'priceRay');
      return amount(isReset ? maker.redoIncentive({ tab: tab(), lot: lot(), feed: price(), chost: least() }, terms) : maker.kickIncentive(tab(), terms), 45);
    };
    const tops = () => list(given, 'bufs', 'buf').map((buf) => amount(maker.topPrice(price(), units(buf, 27)), 27));
    return ask({
      top: () => (has(given, 'bufs') ? tops() : tops()[0]),
      paid: () => (has(given, 'tip', 'chip') ? incentive() : bought('owe', 45)()),
      incentive,
      slice: bought('slice', 18),
      gem: bought('slice', 18),
      owe: bought('owe', 45),
      tab: bought('tab', 45),
      lot: bought('lot', 18),
      returned: bought('returned', 18),
      chost: () => amount(least(), 45),
      reverts: () => typeof taken() === 'string',
    });
  },

  auction_price: (given) => {
    const price = () => makerPrice(given);
    return ask({ price: () => amount(price(), 27), priceRay: price });
  },

  auction_reset: (given) => {
    const [top, elapsed] = [units(text(given, 'top'), 27), BigInt(text(given, 'elapsed'))];
    return ask({ needsRedo: () => maker.needsRedo({ price: makerPrice(given), top, elapsed }, { tail: BigInt(text(given, 'tail')), cusp: units(text(given, 'cusp'), 27) }), price: () => amount(makerPrice(given), 27) });
  },
};

function makerPrice(given: Inputs): bigint {
  const ray = (key: string) => units(text(given, key), 27);
  const seconds = (key: string) => BigInt(text(given, key));
  if (has(given, 'price')) return ray('price');
  const decrease: maker.Decrease = has(given, 'tau') ? { kind: 'linear', tau: seconds('tau') } : has(given, 'step') ? { kind: 'stairstep', cut: ray('cut'), step: seconds('step') } : { kind: 'exponential', cut: ray('cut') };
  return maker.auctionPrice(ray('top'), seconds('elapsed'), decrease);
}

const curve = (given: Inputs): Answers => {
  const number = (...keys: string[]) => Number(text(given, ...keys));
  const fraction = () => number('fraction', 'frac');
  const position = () => ({ collateral: number('collateral'), stablecoin: number('stablecoin'), debt: number('debt') });
  const after = () => crvUsd.afterLiquidation(position(), fraction(), has(given, 'fRemove') ? number('fRemove') : fraction());
  const surplus = (price: string) => crvUsd.surplus(position(), fraction(), number(price));
  const amm = () => ({ basePrice: number('basePrice', 'base'), A: number('A'), oraclePrice: number('oraclePrice', 'pOracle') });
  return ask({
    health: () => 100 * crvUsd.health({ xDown: number('ratio'), debt: 1, liquidationDiscount: number('liquidationDiscount') }),
    collateralAfter: () => after().collateral,
    stableAfter: () => after().stablecoin,
    debtAfter: () => after().debt,
    surplus: () => surplus('fracPrice'),
    spotSurplus: () => surplus('spotPrice'),
    liquidatorProfit: () => surplus('spotPrice') - surplus('fracPrice'),
    debtAfterRepay: () => after().debt - surplus('fracPrice'),
    fRemove: () => crvUsd.withdrawnFraction(fraction(), number('healthLimit', 'liquidationDiscount')),
    pOracleUp: () => crvUsd.oraclePriceUp(number('n'), amm()),
    pOracleDown: () => crvUsd.oraclePriceDown(number('n'), amm()),
    pCurrentUp: () => crvUsd.currentPriceUp(number('n'), amm()),
    pCurrentDown: () => crvUsd.currentPriceDown(number('n'), amm()),
  });
};

const broker = (given: Inputs): Answers => {
  const number = (...keys: string[]) => Number(text(given, ...keys));
  const side: regT.Side = has(given, 'credit') ? 'short' : (or(given, 'long', 'side') as regT.Side);
  const shares = () => (has(given, 'shares') ? number('shares') : 1);
  const initialMargin = () => (has(given, 'initialMargin') ? number('initialMargin') : regT.INITIAL_MARGIN);
  const maintenanceMargin = () => (has(given, 'maintenanceMargin') ? number('maintenanceMargin') : side === 'long' ? regT.MAINTENANCE_LONG : regT.MAINTENANCE_SHORT);
  const balance = () => {
    if (has(given, 'debit', 'credit', 'loan')) return number('debit', 'credit', 'loan');
    if (has(given, 'equity')) return number('price') * shares() - (side === 'long' ? 1 : -1) * number('equity');
    return regT.accountBalance({ side, price: number('price', 'entryPrice'), shares: shares(), initialMargin: initialMargin() });
  };
  const value = () => regT.marginCallValue(side, balance(), maintenanceMargin());
  const position = () => ({ side, marketValue: number('price') * shares(), balance: balance(), maintenanceMargin: maintenanceMargin() });
  return ask({
    marginCallPrice: () => value() / shares(),
    perShare: () => value() / shares(),
    minimumLmv: value,
    maximumSmv: value,
    marginCall: () => regT.marginCall(position()),
  });
};

/** One rule for every kind of a venue, or one a kind. */
const VENUES: Record<string, Rule | Record<string, Rule>> = {
  'aave-v3': AAVE,
  'compound-v3': COMPOUND,
  'morpho-blue': morpho,
  makerdao: MAKER,
  crvusd: curve,
  'reg-t': broker,
};

/** A kind without a rule of its own is answered by the venue's first rule that knows the question and finds its inputs. */
function answersTo(rules: (typeof VENUES)[string], { kind, inputs }: Vector): Answers {
  if (typeof rules === 'function') return rules(inputs);
  if (rules[kind]) return rules[kind](inputs);
  return (key) => {
    for (const rule of Object.values(rules)) {
      try {
        const answer = rule(inputs)(key);
        if (answer !== undefined) return answer;
      } catch {
        continue; // its inputs are not there
      }
    }
    return undefined;
  };
}

suite.each(Object.keys(VENUES))(`the published numbers of %s${isPresent ? '' : ' (skipped: ../shared is not here)'}`, (name) => {
  const vectors = vectorsOf<Vector>(name);
  test('are there', () => expect(vectors.length).toBeGreaterThan(0));
  for (const vector of vectors) test(`${vector.id} (${vector.kind})`, () => expect(misses(vector, answersTo(VENUES[name], vector))).toEqual([]));
});
