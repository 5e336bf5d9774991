import fc from 'fast-check';
import { abs, ceilDiv, floorDiv, sqrtFloor } from '../../src/engine/venues/fixed-point.js';
import { drift, dydxV4, gmxV2, hyperliquid } from '../../src/engine/venues/index.js';

/** Figures of the protocols' own test suites that ../shared/vectors does not hold, and properties by an independent route. */
const RUNS = { numRuns: 500 };
const holds = <T>(claim: string, given: fc.Arbitrary<T>, check: (given: T) => void) => test(claim, () => fc.assert(fc.property(given, check), RUNS));
const near = (actual: number, expected: number, tolerance: number) => expect(Math.abs(actual - expected)).toBeLessThanOrEqual(tolerance);
const bigints = (min: bigint, max: bigint) => fc.bigInt({ min, max });

describe('fixed point', () => {
  holds('floor and ceiling bracket the quotient on every sign', fc.tuple(bigints(-(10n ** 30n), 10n ** 30n), bigints(-(10n ** 12n), 10n ** 12n).filter((b) => b !== 0n)), ([a, b]) => {
    const size = abs(b);
    const dividend = b < 0n ? -a : a;
    expect(floorDiv(a, b) * size <= dividend && dividend < (floorDiv(a, b) + 1n) * size).toBe(true);
    expect((ceilDiv(a, b) - 1n) * size < dividend && dividend <= ceilDiv(a, b) * size).toBe(true);
  });

  holds('the root is the largest whose square fits', bigints(0n, 10n ** 40n), (n) => {
    const root = sqrtFloor(n);
    expect(root * root <= n && n < (root + 1n) * (root + 1n)).toBe(true);
  });
});

describe('dYdX v4', () => {
  const perpetual = (id: string, price: bigint, tier: Partial<dydxV4.LiquidityTier> = {}): dydxV4.Perpetual => ({
    id,
    price,
    priceExponent: -5,
    atomicResolution: -8,
    tier: { initialMarginPpm: 200_000n, maintenanceFractionPpm: 500_000n, ...tier },
  });
  const btc = perpetual('BTC', 5_000_000_000n);
  const tier = fc.record({ initialMarginPpm: bigints(10_000n, 1_000_000n), maintenanceFractionPpm: bigints(200_000n, 1_000_000n) });
  const position = (id: string) =>
    fc.record({ price: bigints(10n ** 6n, 10n ** 10n), tier, size: bigints(10n ** 6n, 10n ** 11n), isShort: fc.boolean() }).map((given) => ({
      perpetual: perpetual(id, given.price, given.tier),
      quantums: given.isShort ? -given.size : given.size,
    }));
  /** One to three positions, equity from twice the requirement down to as much below zero. */
  const account = fc.tuple(fc.tuple(position('A'), position('B'), position('C')), fc.integer({ min: 1, max: 3 }), bigints(-2000n, 2000n)).map(([all, count, health]): dydxV4.Subaccount => {
    const positions = all.slice(0, count);
    const { nc, mmr } = dydxV4.accountRisk({ quoteQuantums: 0n, positions });
    return { quoteQuantums: (mmr * health) / 1000n - nc, positions };
  });
  const risk = fc.record({ nc: bigints(-1000n, 1000n), mmr: bigints(0n, 1000n), imr: fc.constant(0n) });
  const closeOf = ({ positions: [{ perpetual: { id }, quantums }] }: dydxV4.Subaccount, perMille: bigint) => ({
    perpetualId: id,
    deltaQuantums: -((quantums * perMille) / 1000n || (quantums > 0n ? 1n : -1n)),
  });

  test.each([
    ['IM 1 %, MM 0.5 %, resolution -4',        55_550n, -1, -4,  7_000n, 10_000n,             0n,                  0n,                  0n, 38_885_000n, 19_442_500n],
    ['IM 1 %, MM 0.5 %, exponent -2, a short', 42_000_000n, -2, -6, -5_000n, 10_000n,         0n,                  0n,                  0n, 21_000_000n, 10_500_000n],
    ['20 % scaled to 59.9999 %',               367_500n, -1, -6, 12_000n, 200_000n, 408_163_265n, 10_000_000_000_000n, 20_000_000_000_000n, 264_599_559n, 44_100_000n],
    ['20 % scaled to 100 %',                   367_500n, -1, -6, 12_000n, 200_000n, 1_000_000_000n, 10_000_000_000_000n, 20_000_000_000_000n, 441_000_000n, 44_100_000n],
    ['no price',                               0n, -1, -6, -7_000n, 100n,                     0n,                  0n,                  0n, 0n, 0n],
  ])('requirement: %s (x/perpetuals/lib/lib_test.go @84d4664b)', (_, price, priceExponent, atomicResolution, quantums, initialMarginPpm, openInterestQuantums, openInterestLowerCap, openInterestUpperCap, imr, mmr) => {
    const market = { id: 'X', price, priceExponent, atomicResolution, tier: { initialMarginPpm, maintenanceFractionPpm: 500_000n, openInterestLowerCap, openInterestUpperCap }, openInterestQuantums };
    expect(dydxV4.positionRisk(market, quantums)).toMatchObject({ imr, mmr });
  });

  test.each([
    ['a minimum above the position takes all of it', 10_000_000n, 10_000_000_000n, 1_000_000n, null, -10_000_000n],
    ['half',                                         10_000_000n,          1_000n,   500_000n, null,  -5_000_000n],
    ['a position below the step goes whole',                  5n,              1n,   100_000n, null,           -5n],
    ['down to the step',                                    140n,              1n,   100_000n, null,          -10n],
    ['at least a step',                                      20n,              1n,   100_000n, null,           -5n],
    ['the subaccount limit binds',                   10_000_000n,              0n, 1_000_000n, 2_500_000_000n, -5_000_000n],
  ])('close size: %s (liquidations_test.go TestGetPerpetualPositionToLiquidate)', (_, quantums, minPositionNotionalLiquidated, maxPositionPortionLiquidatedPpm, left, expected) => {
    const limits = { minPositionNotionalLiquidated, maxPositionPortionLiquidatedPpm, subaccountNotionalLeft: left ?? 2n ** 64n, stepBaseQuantums: 5n };
    expect(dydxV4.liquidatableDelta({ perpetual: btc, quantums }, limits)).toBe(expected);
  });

  test.each([
    ['a long, exact',       5_000_000_000n, true, -8, 100n, 500_000_000_000_000_000n],
    ['a short, exact',      5_000_000_000n, false, -8, 100n, 500_000_000_000_000_000n],
    ['a long, up',          7n, true, 1, 100n, 100n],
    ['a short, down',       1_970n, false, 1, 100n, 100n],
    ['at least a tick',     0n, false, 1, 100n, 100n],
    ['at most 64 bits',     10n ** 22n, true, 1, 100n, 18_446_744_073_709_551_600n],
  ])('fillable price in subticks: %s (liquidations_test.go TestConvertFillablePriceToSubticks)', (_, numerator, isLong, quantumConversionExponent, subticksPerTick, expected) => {
    expect(dydxV4.fillableSubticks({ numerator, denominator: 1n }, { isLong, quantumConversionExponent, subticksPerTick })).toBe(expected);
  });

  holds('the order of risk is that of NC/MMR, and turning it round changes the sign', fc.tuple(risk, risk), ([a, b]) => {
    expect(dydxV4.compareRisk(a, b) + dydxV4.compareRisk(b, a)).toBe(0);
    if (a.mmr > 0n && b.mmr > 0n && a.nc * b.mmr !== b.nc * a.mmr) expect(dydxV4.compareRisk(a, b)).toBe(Number(a.nc) / Number(a.mmr) < Number(b.nc) / Number(b.mmr) ? 1 : -1);
  });

  holds('closing everything at the bankruptcy price leaves nothing, in any number of steps', fc.tuple(account, bigints(1n, 999n)), ([given, perMille]) => {
    let left = given;
    for (let step = 0; left.positions.length > 0; step++) {
      const close = closeOf(left, step % 2 === 0 ? perMille : 1000n);
      const received = dydxV4.bankruptcyQuoteQuantums(left, close);
      const positions = left.positions.map((p, n) => (n === 0 ? { ...p, quantums: p.quantums + close.deltaQuantums } : p)).filter(({ quantums }) => quantums !== 0n);
      left = { quoteQuantums: left.quoteQuantums + received, positions };
    }
    expect(left.quoteQuantums).toBe(0n);
  });

  holds('fund delta + account = fill: the fund takes at most the fee and leaves a closed account at zero or above', fc.tuple(account, bigints(500n, 1500n)), ([given, perMille]) => {
    const single = { ...given, positions: given.positions.slice(0, 1) };
    if (dydxV4.accountRisk(single).mmr === 0n) return;
    const close = closeOf(single, 1000n);
    const worth = dydxV4.notionalQuantums(single.positions[0].perpetual, single.positions[0].quantums);
    const fillQuoteQuantums = (worth * perMille) / 1000n;
    const delta = dydxV4.insuranceFundDelta(single, { ...close, fillQuoteQuantums, maxLiquidationFeePpm: 15_000n });
    const left = single.quoteQuantums + fillQuoteQuantums - delta;
    expect(left >= 0n).toBe(true);
    if (delta < 0n) expect(left).toBe(0n);
    else expect(delta <= (abs(fillQuoteQuantums) * 15_000n) / 1_000_000n).toBe(true);
  });

  holds('the fillable price is the oracle at NC = MMR and leaves it by SMMR * MMR at bankruptcy', fc.tuple(account, fc.boolean()), ([given, isBankrupt]) => {
    const single = { ...given, positions: given.positions.slice(0, 1) };
    const { perpetual: market, quantums } = single.positions[0];
    const { nc, mmr } = dydxV4.positionRisk(market, quantums);
    if (mmr === 0n) return;
    const at = { ...single, quoteQuantums: (isBankrupt ? 0n : mmr) - nc };
    const price = dydxV4.fillablePrice(at, market.id, { bankruptcyAdjustmentPpm: 1_000_000n, spreadToMaintenanceMarginRatioPpm: 1_500_000n });
    expect(price.numerator * quantums * 2n).toBe((2n * nc - (isBankrupt ? 3n * mmr : 0n)) * price.denominator);
  });

  holds('deleveraging conserves quantums and quote, and makes neither account riskier', fc.tuple(fc.array(account, { minLength: 1, maxLength: 5 }), account, fc.nat(9)), ([others, given, first]) => {
    const market = given.positions[0].perpetual;
    const onMarket = (a: dydxV4.Subaccount) => ({ ...a, positions: a.positions.map((p) => (p.perpetual.id === market.id ? { ...p, perpetual: market } : p)) });
    const offsetting = others.map(onMarket);
    const after = dydxV4.deleverageRoundRobin(given, offsetting, { perpetualId: market.id, first, maxAccounts: 10 });
    const size = (a: dydxV4.Subaccount) => a.positions.find((p) => p.perpetual.id === market.id)?.quantums ?? 0n;
    const total = (all: readonly dydxV4.Subaccount[], value: (a: dydxV4.Subaccount) => bigint) => all.reduce((sum, a) => sum + value(a), 0n);
    expect(total([after.liquidated, ...after.offsetting], size)).toBe(total([given, ...offsetting], size));
    expect(total([after.liquidated, ...after.offsetting], (a) => a.quoteQuantums)).toBe(total([given, ...offsetting], (a) => a.quoteQuantums));
    expect(size(after.liquidated)).toBe(after.remainingQuantums);
    after.offsetting.forEach((a, n) => a !== offsetting[n] && expect(dydxV4.isValidTransition(dydxV4.accountRisk(offsetting[n]), dydxV4.accountRisk(a))).toBe(true));
  });

  const short = (quoteQuantums: bigint, quantums = -100_000_000n) => ({ quoteQuantums, positions: [{ perpetual: btc, quantums }] });

  test.each([
    ['49,999 against -50,001, a tenth: no overlap',         short(49_999_000_000n), short(-50_001_000_000n, 100_000_000n), 10_000_000n, null],
    ['50,000 against -50,001: no overlap',                  short(50_000_000_000n), short(-50_001_000_000n, 100_000_000n), 100_000_000n, null],
    ['50,000 against -45,001: both end without a position', short(50_000_000_000n), short(-45_001_000_000n, 100_000_000n), 100_000_000n, [0n, 4_999_000_000n]],
  ])('deleveraging: %s (deleveraging_test.go TestProcessDeleveraging)', (_, liquidated, offsetting, deltaQuantums, balances) => {
    const pair = dydxV4.deleverage(liquidated, offsetting, { perpetualId: 'BTC', deltaQuantums });
    expect(pair && [pair.liquidated.quoteQuantums, pair.offsetting.quoteQuantums]).toEqual(balances);
  });

  test('a position too small for any margin is left over, a trade on the wrong side is an error', () => {
    const dust = dydxV4.deleverageRoundRobin(short(-5n, -1_000_000n), [short(0n, 999_999n)], { perpetualId: 'BTC', first: 0, maxAccounts: 5 });
    expect(dust.remainingQuantums).not.toBe(0n);
    const worthless = { quoteQuantums: -1n, positions: [{ perpetual: { ...btc, price: 1n }, quantums: 1n }] };
    expect(dydxV4.deleverage(worthless, short(0n, -1n), { perpetualId: 'BTC', deltaQuantums: -1n })).toBeNull();
    expect(() => dydxV4.bankruptcyQuoteQuantums(worthless, { perpetualId: 'BTC', deltaQuantums: -1n })).toThrow(RangeError);
    expect(() => dydxV4.deleverage(short(0n), short(0n), { perpetualId: 'BTC', deltaQuantums: 1n })).toThrow(RangeError);
  });

  holds('re-marking at the liquidation price leaves equity = requirement', fc.record({ size: fc.double({ min: 0.01, max: 100, noNaN: true }), isShort: fc.boolean(), mmf: fc.double({ min: 0.001, max: 0.5, noNaN: true }), margin: fc.double({ min: 0, max: 0.9, noNaN: true }) }), ({ size, isShort, mmf, margin }) => {
    const at = { size: isShort ? -size : size, oraclePrice: 100, equity: margin * size * 100, mmf };
    const price = dydxV4.liquidationPrice(at);
    if (price !== null) near(at.equity + at.size * (price - 100), size * mmf * price, 1e-9 * size * 100);
    const zero = dydxV4.bankruptcyPrice({ size: at.size, entryPrice: 100, equity: at.equity });
    if (zero !== null) near(at.equity + at.size * (zero - 100), 0, 1e-9 * size * 100);
  });
});

describe('Drift', () => {
  const spot = { decimals: 6, imfFactor: 100_000n, initialAssetWeight: 1_500n, maintenanceAssetWeight: 7_500n };
  const fees = { assetWeight: 8_000n, assetMultiplier: 1_100_000n, liabilityWeight: 12_000n, liabilityMultiplier: 900_000n, liabilityDecimals: 9, liabilityPrice: 100_000_000n };
  const spotFee = { assetWeight: 10_000n, assetMultiplier: 1_010_000n, liabilityWeight: 11_000n, liabilityMultiplier: 1_000_000n, liabilityDecimals: 9, liabilityPrice: 100_000_000n };
  const perp = { marginShortage: 10_000_000n, marginRatio: 1_000n, liquidatorFee: 10_000n, ifFee: 0n, oraclePrice: 100_000_000n, quoteOraclePrice: 1_000_000n };
  const token = { amount: 0n, multiplier: 1_000_000n, decimals: 6, price: 1_000_000n };
  const sol = { amount: 10n ** 9n, multiplier: 990_000n, decimals: 9, price: 100_000_000n };
  const market = { marginRatioInitial: 1_000n, marginRatioMaintenance: 500n, imfFactor: 0n, highLeverageMarginRatioInitial: 200n, highLeverageMarginRatioMaintenance: 100n };
  const profit = { initialWeight: 10_000n, maintenanceWeight: 10_000n, imfFactor: 1_000n };

  test.each<[string, () => bigint | null, bigint | null]>([
    ['base amount, 1 % fee',                () => drift.baseAmountToCoverShortage(perp), 1_111_111_111n],
    ['base amount, 1 % and 1 %',            () => drift.baseAmountToCoverShortage({ ...perp, ifFee: 10_000n }), 1_250_000_000n],
    ['base amount, fee above the ratio',    () => drift.baseAmountToCoverShortage({ ...perp, liquidatorFee: 100_000n }), null],
    ['liability transfer, 10 % and 10 %',   () => drift.liabilityTransferToCoverShortage(fees, 10_000_000n, 0n), 449_984_250n],
    ['liability transfer, nothing freed',   () => drift.liabilityTransferToCoverShortage({ ...fees, assetWeight: 10_000n, liabilityWeight: 10_000n }, 10_000_000n, 0n), null],
    ['liability implied, 1 % and 1 %',      () => drift.liabilityImpliedByAsset({ ...token, amount: 10_000_000n, multiplier: 1_010_000n }, sol), 98_019_802n],
    ['asset transfer, 1 % and 1 %',         () => drift.assetTransferForLiability({ ...token, amount: 200_000_000n, multiplier: 1_010_000n }, sol), 102_020_202n],
    ['asset transfer, snapped to the whole', () => drift.assetTransferForLiability({ ...token, amount: 100_900_000n }, { ...sol, multiplier: 1_000_000n }), 100_900_000n],
    ['spot insurance fee, 4 % / 1.1',       () => drift.spotIfFee(spotFee, 5_000_000n, 10n ** 9n, 50_000n), 36_363n],
    ['spot insurance fee, large shortage',  () => drift.spotIfFee(spotFee, 100_000_000n, 10n ** 9n, 50_000n), 0n],
    ['spot insurance fee, capped',          () => drift.spotIfFee(spotFee, 1_000_000n, 10n ** 9n, 50_000n), 50_000n],
    ['liquidation fee, capped',             () => drift.liquidationFee(20_000n, 50_000n, 100_000n), 50_000n],
    ['liquidation fee, 10,000 slots',       () => drift.liquidationFee(20_000n, 50_000n, 10_000n), 30_000n],
    ['asset weight, fill',                  () => drift.spotAssetWeight({ ...spot, imfFactor: 0n }, 10n ** 11n, 'fill'), 4_500n],
    ['asset weight, large',                 () => drift.spotAssetWeight(spot, 10n ** 11n, 'maintenance'), 337n],
    ['profit weight, 22,699 USD',           () => drift.unrealizedAssetWeight(profit, 22_699_050_905n, 'initial'), 9_559n],
    ['profit weight, 24,283 USD * 800,000', () => drift.unrealizedAssetWeight(profit, 24_282_786_896n * 800_000n, 'initial'), 78n],
    ['profit weight, maintenance',          () => drift.unrealizedAssetWeight(profit, 24_282_786_896n, 'maintenance'), 10_000n],
    ['perpetual, initial',                  () => drift.perpMarginRatio(market, 10n ** 9n, 'initial'), 1_000n],
    ['perpetual, fill',                     () => drift.perpMarginRatio(market, 10n ** 9n, 'fill'), 750n],
    ['high leverage, initial',              () => drift.perpMarginRatio(market, 10n ** 9n, 'initial', true), 200n],
    ['high leverage, fill',                 () => drift.perpMarginRatio(market, 10n ** 9n, 'fill', true), 150n],
    ['deposits lost without depositors',    () => drift.depositInterestDelta(100_000_000n, 11_110_000_000n, 0n), 0n],
  ])('%s (protocol-v2 @0ae3e3b1, tests of math/liquidation, math/margin, state/perp_market)', (_, actual, expected) => {
    expect(actual()).toBe(expected);
  });

  test('a limit price admits the oracle and refuses a tenth of the asset', () => {
    const asset = { amount: 10n ** 9n, decimals: 9 };
    const liability = { amount: 100_000_000n, decimals: 6 };
    expect(drift.isWithinLimitPrice(asset, liability, 10_000n)).toBe(true);
    expect(drift.isWithinLimitPrice({ ...asset, amount: 10n ** 8n }, liability, 10_000n)).toBe(false);
    expect(() => drift.fundingRateDelta(-1_000_000n, 0n, 0n)).toThrow(RangeError);
  });

  holds('high leverage needs at most the ordinary ratio, and grows into it with size', fc.tuple(bigints(0n, 10n ** 18n), bigints(0n, 1_000n)), ([size, imfFactor]) => {
    const sized = { ...market, imfFactor };
    const [low, high] = [drift.perpMarginRatio(sized, size, 'initial', true), drift.perpMarginRatio(sized, size, 'initial')];
    expect(low <= high).toBe(true);
    if (high > market.marginRatioInitial) expect(low).toBe(high);
  });

  const shortages = fc.record({ shortage: bigints(1_000_000n, 10n ** 12n), ratio: bigints(300n, 2_000n), fee: bigints(0n, 15_000n), ifFee: bigints(0n, 10_000n), price: bigints(10_000_000n, 10n ** 11n) });

  holds('the amount to close frees the shortage, fees paid', shortages, ({ shortage, ratio, fee, ifFee, price }) => {
    const amount = drift.baseAmountToCoverShortage({ marginShortage: shortage, marginRatio: ratio, liquidatorFee: fee, ifFee, oraclePrice: price, quoteOraclePrice: 1_000_000n })!;
    const value = (Number(amount) / 1e9) * (Number(price) / 1e6);
    const freed = value * (Number(ratio) / 1e4 - Number(fee) / 1e6 - Number(ifFee) / 1e6);
    near(freed / (Number(shortage) / 1e6), 1, 1e-3);
  });

  holds('charging the implied insurance fee on the whole position never costs more margin than it frees', shortages, ({ shortage, ratio, fee, price }) => {
    const close = { marginShortage: shortage, marginRatio: ratio, liquidatorFee: fee, oraclePrice: price, quoteOraclePrice: 1_000_000n };
    const baseAmount = 10n ** 12n;
    const ifFee = drift.perpIfFee({ ...close, baseAmount, maxIfFee: 1_000_000n });
    const amount = drift.baseAmountToCoverShortage({ ...close, ifFee });
    if (ifFee > 0n) expect(amount !== null && amount <= baseAmount + baseAmount / 1_000n).toBe(true);
  });

  holds('socialised losses are covered, by less than a unit per base unit too much', fc.tuple(bigints(1n, 10n ** 15n), bigints(1n, 10n ** 15n), bigints(0n, 10n ** 15n)), ([loss, long, short]) => {
    const perUnit = drift.fundingRateDelta(-loss, long, -short) / 1_000n;
    expect(perUnit * (long + short) >= loss * 10n ** 9n && (perUnit - 1n) * (long + short) < loss * 10n ** 9n).toBe(true);
  });

  holds('the share to close rises to all of the shortage', fc.tuple(bigints(50_000_000n, 10n ** 12n), bigints(0n, 10n ** 12n), bigints(0n, 300n)), ([shortage, marginFreed, slots]) => {
    const at = (slotsElapsed: bigint) => drift.maxPctToLiquidate({ marginShortage: shortage, marginFreed, slotsElapsed, initialPct: 1_000n, duration: 150n });
    expect(at(slots) <= at(slots + 1n) && at(slots) <= 10_000n && at(150n) === 10_000n).toBe(true);
  });

  holds('re-marking at the liquidation price leaves no free collateral', fc.record({ size: fc.double({ min: 0.01, max: 100, noNaN: true }), isShort: fc.boolean(), marginRatio: fc.double({ min: 0.005, max: 0.5, noNaN: true }), free: fc.double({ min: 0, max: 40, noNaN: true }) }), ({ size, isShort, marginRatio, free }) => {
    const signed = isShort ? -size : size;
    const price = drift.liquidationPrice({ size: signed, oraclePrice: 100, freeCollateral: free * size, marginRatio });
    if (price !== null) near(free * size + signed * (price - 100) - size * marginRatio * (price - 100), 0, 1e-9 * size * 100);
  });
});

describe('Hyperliquid', () => {
  const holding = fc.record({
    size: fc.double({ min: 1, max: 1e6, noNaN: true }),
    isShort: fc.boolean(),
    margin: fc.double({ min: 0.03, max: 0.99, noNaN: true }),
    table: fc.constantFrom(51, 54, 55, 56, 3, 40),
    others: fc.double({ min: 0, max: 0.02, noNaN: true }),
  });

  holds('the closed form is where bisection over re-marking finds health zero, whatever the tier there', holding, ({ size, isShort, margin, table, others }) => {
    const tiers = hyperliquid.leverageTiers(table);
    const at = { size: isShort ? -size : size, price: 1000, equity: margin * size * 1000, otherMaintenance: others * size * 1000 };
    const health = (price: number) => at.equity + at.size * (price - 1000) - at.otherMaintenance - hyperliquid.maintenanceMargin(tiers, size * price);
    const price = hyperliquid.liquidationPrice(at, tiers);
    let [safe, lost] = isShort ? [1e-9, 1e5] : [1e5, 1e-9];
    if (health(lost) > 0) return expect(price).toBeNull();
    for (let n = 0; n < 200; n++) {
      const middle = (safe + lost) / 2;
      if (health(middle) > 0) safe = middle;
      else lost = middle;
    }
    near(price! / safe, 1, 1e-9);
  });

  holds('the cash leg gives the same price as the entry', holding, ({ size, isShort, margin, table }) => {
    const tiers = hyperliquid.leverageTiers(table);
    const signed = isShort ? -size : size;
    const equity = margin * size * 1000;
    const [price, ofCash] = [hyperliquid.liquidationPrice({ size: signed, price: 1000, equity }, tiers), hyperliquid.liquidationPriceOfCash({ size: signed, rawUsd: equity - signed * 1000 }, tiers)];
    if (price === null) expect(ofCash).toBeNull();
    else near(ofCash! / price, 1, 1e-9);
  });

  test('equity walks through the stages: equality is safe, two thirds is the market, below zero is deleveraging', () => {
    expect([100, 99, 200 / 3, 66, 0, -1].map((equity) => hyperliquid.stage(equity, 100))).toEqual(['healthy', 'market', 'market', 'backstop', 'backstop', 'autoDeleveraging']);
    expect(hyperliquid.stage(1, 100, false)).toBe('market');
    expect([hyperliquid.closeSize(-2, 50_001), hyperliquid.closeSize(2, 50_000), hyperliquid.closeSize(2, 50_001, true)]).toEqual([0.4, 2, 2]);
  });

  test('the most profitable leverage is closed first, and no more than was bankrupt', () => {
    const winner = (size: number, entryPrice: number, accountValue: number) => ({ size, markPrice: 100, entryPrice, accountValue });
    expect(hyperliquid.deleverage(-15, [winner(10, 80, 500), winner(10, 50, 200), winner(-5, 50, 10), winner(10, 99, 1000)])).toEqual([5, 10, 0, 0]);
    expect(() => hyperliquid.leverageTiers(57)).toThrow(RangeError);
    expect(hyperliquid.maxLeverage(hyperliquid.leverageTiers(55), 100_000_000)).toBe(15);
  });
});

describe('GMX v2', () => {
  const usd = (value: number) => BigInt(Math.round(value * 1e6)) * 10n ** 24n;
  const tokens = (value: number) => BigInt(Math.round(value * 1e6)) * 10n ** 12n;
  const quote = (value: number) => BigInt(Math.round(value * 1e9)) * 10n ** 3n;
  const one = (value: number): gmxV2.OraclePrice => ({ min: quote(value), max: quote(value) });
  const positions = fc.record({ isLong: fc.boolean(), size: fc.integer({ min: 1, max: 1000 }), entry: fc.integer({ min: 10, max: 5000 }), margin: fc.double({ min: 0.02, max: 0.9, noNaN: true }) });
  const factor = 10n ** 28n;

  /** Liquidatable just beyond the price, safe just before it. */
  const turnsAt = (price: number, isLost: (price: number) => boolean, downIsWorse: boolean) => {
    const [worse, better] = downIsWorse ? [1 - 1e-5, 1 + 1e-5] : [1 + 1e-5, 1 - 1e-5];
    expect([isLost(price * worse), isLost(price * better)]).toEqual([true, false]);
  };

  holds('the test turns at the closed form: stable, index and third-token collateral', positions, ({ isLong, size, entry, margin }) => {
    const closed = { isLong, sizeInUsd: size * entry, sizeInTokens: size, minCollateralFactor: 0.01 };
    const open = { isLong, sizeInUsd: usd(size * entry), sizeInTokens: tokens(size) };
    const collateralUsd = Math.round(margin * size * entry);
    const stable = gmxV2.liquidationPriceStableCollateral(closed, collateralUsd);
    const isLost = (price: number) => gmxV2.isLiquidatable({ ...open, collateralAmount: tokens(collateralUsd) }, { collateralPrice: one(1), indexPrice: one(price), minCollateralFactor: factor });
    if (stable !== null && stable > 1e-2) turnsAt(stable, isLost, isLong);

    const held = Math.round((margin * size + 0.001) * 1000) / 1000;
    const own = gmxV2.liquidationPriceIndexCollateral(closed, held);
    const isLostOwn = (price: number) => gmxV2.isLiquidatable({ ...open, collateralAmount: tokens(held) }, { collateralPrice: one(price), indexPrice: one(price), minCollateralFactor: factor });
    if (own !== null && own > 1e-2) turnsAt(own, isLostOwn, isLong);

    const third = gmxV2.liquidationPriceOfCollateral(closed, held, entry);
    const isLostThird = (price: number) => gmxV2.isLiquidatable({ ...open, collateralAmount: tokens(held) }, { collateralPrice: one(price), indexPrice: one(entry), minCollateralFactor: factor });
    if (third !== null && third > 1e-2) turnsAt(third, isLostThird, true);
  });

  test('a long of 200,000 USD in 40 ETH with 10 ETH falls at 4040', () => {
    expect(gmxV2.liquidationPriceIndexCollateral({ isLong: true, sizeInUsd: 200_000, sizeInTokens: 40, minCollateralFactor: 0.01 }, 10)).toBe(4040);
  });

  holds('what is returned less what is unpaid is collateral, profit and costs, to a token unit each', fc.tuple(positions, fc.double({ min: 0.3, max: 2, noNaN: true }), fc.nat(1000)), ([{ isLong, size, entry, margin }, move, fees]) => {
    const open = { isLong, sizeInUsd: usd(size * entry), sizeInTokens: tokens(size), collateralAmount: tokens(margin * size) };
    const terms = { collateralPrice: one(entry), indexPrice: one(entry * move), minCollateralFactor: factor, feesUsd: usd(fees), priceImpactUsd: -usd(fees / 2) };
    const { receivedAmount, unpaidAmount } = gmxV2.settlement(open, terms);
    const worth = gmxV2.remainingCollateralUsd(open, terms);
    const gap = worth - (receivedAmount - unpaidAmount) * terms.collateralPrice.min;
    expect(gap >= 0n && gap < 4n * terms.collateralPrice.min).toBe(true);
    expect(receivedAmount === 0n || unpaidAmount === 0n).toBe(true);
  });

  test('the worse price counts for the position, and an impact only against it, up to its cap', () => {
    const spread = { min: 1n, max: 3n };
    expect([gmxV2.pickPriceForPnl(spread, true), gmxV2.pickPriceForPnl(spread, false), gmxV2.pickPriceForPnl(spread, true, true)]).toEqual([1n, 3n, 3n]);
    expect([5n, -5n].map((impact) => gmxV2.countedImpactUsd(impact, 100n))).toEqual([0n, -5n]);
    expect(gmxV2.countedImpactUsd(-5n, 100n, 10n ** 28n)).toBe(-1n);
    expect(gmxV2.liquidationFeeAmount(100n, 2n * 10n ** 28n, { min: 3n, max: 3n })).toBe(1n);
  });

  holds('a forced close of the stated size brings the factor to its maximum, and no smaller one does', fc.tuple(positions, fc.double({ min: 1.05, max: 1.9, noNaN: true }), fc.integer({ min: 1, max: 20 })), ([{ isLong, size, entry }, move, depth]) => {
    const open = { isLong, sizeInUsd: usd(size * entry), sizeInTokens: tokens(size), collateralAmount: 0n };
    const price = one(isLong ? entry * move : entry * (2 - move));
    const side = { isLong, openInterestUsd: 2n * open.sizeInUsd, openInterestTokens: 2n * open.sizeInTokens, poolUsd: (open.sizeInUsd * BigInt(depth)) / 10n };
    const most = 45n * 10n ** 28n;
    const close = gmxV2.adlCloseUsd(open, side, price, most);
    const before = gmxV2.pnlToPoolFactor(side, price);
    if (!gmxV2.isAdlEnabled(before, most)) return expect(close).toBe(0n);
    const share = (value: bigint, part: bigint) => (value * part) / open.sizeInUsd;
    const after = (part: bigint) => {
      const paid = share(gmxV2.positionPnlUsd(open, price), part);
      return gmxV2.pnlToPoolFactor({ ...side, openInterestUsd: side.openInterestUsd - part, openInterestTokens: side.openInterestTokens - share(open.sizeInTokens, part), poolUsd: side.poolUsd - paid }, price);
    };
    const slack = 10n ** 18n;
    if (close === open.sizeInUsd) return;
    expect(after(close) <= most + slack && after((close * 99n) / 100n) > most).toBe(true);
    expect(gmxV2.isValidAdl(before, after(close), most - 10n ** 27n)).toBe(true);
  });
});
