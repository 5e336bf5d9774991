import { dydxV4 } from '../../../src/engine/venues/index.js';
import { abs, floorDiv } from '../../../src/engine/venues/fixed-point.js';
import { type Adapter, decimal, type Inputs, integer, scaled, units } from './protocol-vectors.js';

const USD = 6;
const DECIMALS: Readonly<Record<string, number>> = { BTC: 8, ETH: 9 };

/** The protocol's test tier where a vector names none: 20 % initial, half of it maintenance. */
function tierOf(inputs: Inputs): dydxV4.LiquidityTier {
  const openInterestLowerCap = integer(inputs.oiLowerCap ?? 0);
  const openInterestUpperCap = integer(inputs.oiUpperCap ?? 0);
  if (inputs.initialMarginPpm !== undefined) {
    return { initialMarginPpm: integer(inputs.initialMarginPpm), maintenanceFractionPpm: integer(inputs.maintenanceFractionPpm ?? 1_000_000), openInterestLowerCap, openInterestUpperCap };
  }
  return { initialMarginPpm: 2n * scaled(inputs.mmf ?? '0.1', 6), maintenanceFractionPpm: 500_000n, openInterestLowerCap, openInterestUpperCap };
}

function decimalsOf(coin: string, inputs: Inputs): number {
  const perUnit = inputs.quantumsPerUnit?.[coin];
  return perUnit === undefined ? (DECIMALS[coin] ?? 8) : String(perUnit).length - 1;
}

function perpetualOf(coin: string, inputs: Inputs): dydxV4.Perpetual {
  const oracle = inputs.oracle?.[coin] ?? inputs.oracle;
  return { id: coin, price: scaled(oracle, 10), priceExponent: -10, atomicResolution: -decimalsOf(coin, inputs), tier: tierOf(inputs) };
}

/** Positions as `positionsQuantums` or `positions` by coin, as `positionBtc`, or as `btc` beside `quoteUsd`. */
function accountOf(inputs: Inputs, account: Inputs = inputs): dydxV4.Subaccount {
  const sizes = Object.entries(account).flatMap(([key, value]): (readonly [string, unknown])[] => {
    const coin = /^position([A-Z]\w*)$/.exec(key)?.[1] ?? (account.quoteUsd !== undefined && key !== 'quoteUsd' ? key : undefined);
    if (key === 'positions') return Object.entries(value);
    return coin === undefined ? [] : [[coin.toUpperCase(), value]];
  });
  const positions = sizes.map(([coin, size]) => ({ perpetual: perpetualOf(coin, inputs), quantums: scaled(size, decimalsOf(coin, inputs)) }));
  const inQuantums = Object.entries(account.positionsQuantums ?? {}).map(([coin, size]) => ({ perpetual: perpetualOf(coin, inputs), quantums: integer(size) }));
  return { quoteQuantums: scaled(account.quoteBalanceUsd ?? account.quoteUsd, USD), positions: [...positions, ...inQuantums] };
}

const riskOf = (inputs: Inputs) => ({ nc: integer(inputs.nc), mmr: integer(inputs.mmr), imr: integer(inputs.imr ?? 0) });
const marketOf = (inputs: Inputs, account: dydxV4.Subaccount) => account.positions.find(({ perpetual }) => perpetual.id === (inputs.market ?? account.positions[0].perpetual.id))!;

export const dydxV4Vectors: Adapter = {
  is_liquidatable: (inputs) => ({ liquidatable: dydxV4.isLiquidatable(inputs.nc === undefined ? dydxV4.accountRisk(accountOf(inputs)) : riskOf(inputs)) }),

  risk_ordering: ({ first, second }) => ({ cmp: BigInt(dydxV4.compareRisk(riskOf(first), riskOf(second))) }),

  bankruptcy_price: (inputs) => {
    if (inputs.entry !== undefined) {
      const size = Number(inputs.size) * (inputs.side === 'short' ? -1 : 1);
      return { bankruptcyPrice: dydxV4.bankruptcyPrice({ size, entryPrice: Number(inputs.entry), equity: Number(inputs.equityAtEntry ?? inputs.equity) }) };
    }
    const account = accountOf(inputs);
    const { perpetual, quantums } = marketOf(inputs, account);
    const deltaQuantums = inputs.deltaQuantums === undefined ? -quantums : integer(inputs.deltaQuantums);
    return { bankruptcyQuoteQuantums: dydxV4.bankruptcyQuoteQuantums(account, { perpetualId: perpetual.id, deltaQuantums }) };
  },

  fillable_price: (inputs) => {
    const account = accountOf(inputs);
    const { perpetual } = marketOf(inputs, account);
    const config = { bankruptcyAdjustmentPpm: integer(inputs.bankruptcyAdjustmentPpm), spreadToMaintenanceMarginRatioPpm: integer(inputs.spreadToMaintenanceMarginRatioPpm) };
    const { numerator, denominator } = dydxV4.fillablePrice(account, perpetual.id, config);
    return { fillablePrice: { numerator: numerator * 10n ** BigInt(-perpetual.atomicResolution), denominator: denominator * 10n ** BigInt(USD) } };
  },

  insurance_fund_delta: (inputs) => {
    const account = accountOf(inputs);
    const { perpetual, quantums } = marketOf(inputs, account);
    const deltaQuantums = inputs.deltaQuantums === undefined ? -quantums : integer(inputs.deltaQuantums);
    const price = decimal(inputs.fillPrice);
    const paid = floorDiv(abs(deltaQuantums) * price.numerator * 10n ** BigInt(USD), price.denominator * 10n ** BigInt(-perpetual.atomicResolution));
    const fill = { perpetualId: perpetual.id, deltaQuantums, fillQuoteQuantums: deltaQuantums > 0n ? -paid : paid, maxLiquidationFeePpm: integer(inputs.maxLiquidationFeePpm) };
    return { insuranceFundDeltaQuantums: dydxV4.insuranceFundDelta(account, fill) };
  },

  insurance_fund_valid: ({ balance, delta }) => ({ valid: dydxV4.isInsuranceFundDeltaValid(integer(balance), integer(delta)) }),

  adl_trigger: (inputs) => {
    const price = dydxV4.deleveraging(dydxV4.accountRisk(accountOf(inputs)), inputs.finalSettlement === true || inputs.finalSettlement === 'true');
    return { atBankruptcy: price === 'atBankruptcyPrice', atOracle: price === 'atOraclePrice' };
  },

  adl_execution: (inputs) => {
    const [coin, delta] = Object.entries(inputs).flatMap(([key, value]) => (/^delta[A-Z]/.test(key) ? [[key.slice(5).toUpperCase(), value] as const] : []))[0];
    const deltaQuantums = scaled(delta, decimalsOf(coin, inputs));
    const isAtOraclePrice = inputs.finalSettlement === true || inputs.finalSettlement === 'true';
    const pair = dydxV4.deleverage(accountOf(inputs, inputs.liquidated), accountOf(inputs, inputs.offsetting), { perpetualId: coin, deltaQuantums, isAtOraclePrice });
    if (pair === null) return { succeeds: false };
    return {
      succeeds: true,
      executionPriceUsd: { numerator: abs(pair.quoteQuantums) * 10n ** BigInt(decimalsOf(coin, inputs)), denominator: abs(deltaQuantums) * 10n ** BigInt(USD) },
      quoteMoved: units(abs(pair.quoteQuantums), USD),
      offsettingQuoteAfter: units(pair.offsetting.quoteQuantums, USD),
      liquidatedQuoteAfter: units(pair.liquidated.quoteQuantums, USD),
    };
  },

  margin_requirement: (inputs) => {
    const tier = tierOf(inputs);
    const custom = integer(inputs.customImfPpm ?? 0);
    if (inputs.baseQuantums !== undefined) {
      const perpetual = {
        id: 'X',
        price: integer(inputs.price),
        priceExponent: Number(inputs.exponent),
        atomicResolution: Number(inputs.atomicResolution),
        tier,
        openInterestQuantums: integer(inputs.openInterestQuantums ?? 0),
      };
      return { ...dydxV4.positionRisk(perpetual, integer(inputs.baseQuantums), custom) };
    }
    if (inputs.entryEquity !== undefined) {
      const quantums = scaled(inputs.size, 8);
      const at = (price: unknown) => ({ ...perpetualOf('X', { ...inputs, oracle: price }), atomicResolution: -8 });
      const cost = dydxV4.notionalQuantums(at(inputs.price), quantums);
      const account = { quoteQuantums: scaled(inputs.entryEquity, USD) - cost, positions: [{ perpetual: at(inputs.priceNow ?? inputs.price), quantums }] };
      return { mmr: units(dydxV4.positionRisk(at(inputs.price), quantums).mmr, USD), equity: units(dydxV4.accountRisk(account).nc, USD) };
    }
    const openInterest = integer(inputs.openInterestNotional ?? 0);
    return {
      im: inputs.quoteQuantums === undefined ? undefined : dydxV4.initialMarginQuantums(tier, integer(inputs.quoteQuantums), openInterest, custom),
      mm: inputs.quoteQuantums === undefined ? undefined : dydxV4.maintenanceMarginQuantums(tier, integer(inputs.quoteQuantums)),
      mmPpm: dydxV4.maintenanceMarginPpm(tier),
      adjustedPpm: dydxV4.adjustedInitialMarginPpm(tier, openInterest),
    };
  },

  close_factor: (inputs) => {
    const position = { perpetual: perpetualOf(inputs.market ?? 'BTC', inputs), quantums: integer(inputs.positionQuantums) };
    const limits = { minPositionNotionalLiquidated: integer(inputs.minPositionNotionalLiquidated), maxPositionPortionLiquidatedPpm: integer(inputs.maxPositionPortionLiquidatedPpm) };
    return { ...dydxV4.notionalLiquidatable(position, limits) };
  },

  liquidation_price: (inputs) => ({
    liquidationPrice: dydxV4.liquidationPrice({
      size: Number(inputs.size),
      oraclePrice: Number(inputs.oracle),
      equity: Number(inputs.equity) - Number(inputs.otherMmr ?? 0),
      mmf: Number(inputs.mmf),
    }),
  }),
};
