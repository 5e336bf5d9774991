import fc from 'fast-check';
import { aaveV3, compoundV3, crvUsd, isToxic, liquidationPrice, maker, morphoBlue, regT } from '../../src/engine/venues/lending.js';

/** What the protocols' rules claim, beyond the published numbers of vectors/lending.spec.ts. */
const WAD = 10n ** 18n;
const RAY = 10n ** 27n;
const RAD = 10n ** 45n;
const USD = 10n ** 8n;

const integer = (min: bigint, max: bigint) => fc.bigInt({ min, max });
const holds = <T>(claim: string, arbitrary: fc.Arbitrary<T>, check: (given: T) => void) => test(claim, () => fc.assert(fc.property(arbitrary, check), { numRuns: 500 }));
const near = (actual: number, expected: number, relative = 1e-12) => expect(Math.abs(actual - expected)).toBeLessThanOrEqual(relative * Math.max(1, Math.abs(expected)));

describe('Aave v3', () => {
  const pair = { healthFactor: (97n * WAD) / 100n, reserveDebtValue: 3000n * USD, reserveCollateralValue: 9000n * USD, totalDebtValue: 9000n * USD };
  const rules = aaveV3.RULES;

  test('the bounds of the close factor: 0.95 and below, and either side below 2000', () => {
    const at = (change: Partial<typeof pair>) => aaveV3.closeFactorBps({ ...pair, ...change });
    expect([at({}), at({ healthFactor: (95n * WAD) / 100n + 1n }), at({ healthFactor: (95n * WAD) / 100n })]).toEqual([5000n, 5000n, 10_000n]);
    expect([at({ reserveDebtValue: 2000n * USD }), at({ reserveDebtValue: 2000n * USD - 1n }), at({ reserveCollateralValue: 2000n * USD - 1n })]).toEqual([5000n, 10_000n, 10_000n]);
  });

  test('half of the position since v3.3, half of the reserve before', () => {
    expect(aaveV3.maxLiquidatableDebtValue(pair)).toBe(3000n * USD);
    expect(aaveV3.maxLiquidatableDebtValue({ ...pair, reserveDebtValue: 6000n * USD })).toBe(4500n * USD);
    expect(aaveV3.maxLiquidatableDebtValue(pair, aaveV3.RULES_BEFORE_V33)).toBe(1500n * USD);
  });

  test('the leftovers of docs/3.3 section 2.3: up to 400 of 900 debt, up to 500 of 1000 collateral, nothing of 400', () => {
    const docs = { ...rules, minimumLeftover: 500n * USD };
    expect([900n, 1000n, 400n].map((value) => aaveV3.largestPart(value * USD, docs) / USD)).toEqual([400n, 500n, 0n]);
    const seizure = { debtRepaid: 401n * USD, collateralToLiquidator: 450n * USD, protocolFee: 0n };
    const sides = { collateralPrice: USD, collateralUnit: USD, debtPrice: USD, debtUnit: USD, reserveDebt: 900n * USD, collateralBalance: 1000n * USD };
    expect([aaveV3.leavesDust(seizure, sides, docs), aaveV3.leavesDust({ ...seizure, debtRepaid: 400n * USD }, sides, docs), aaveV3.leavesDust({ ...seizure, debtRepaid: 900n * USD }, sides, docs)]).toEqual([true, false, false]);
  });

  const call = fc.record({
    collateralPrice: integer(1n, 10n ** 13n),
    debtPrice: integer(1n, 10n ** 13n),
    collateralUnit: fc.constantFrom(10n ** 6n, 10n ** 8n, WAD),
    debtUnit: fc.constantFrom(10n ** 6n, WAD),
    debtToCover: integer(1n, 10n ** 24n),
    collateralBalance: integer(1n, 10n ** 24n),
    liquidationBonusBps: integer(10_000n, 12_000n),
    protocolFeeBps: integer(0n, 10_000n),
  });

  holds('a call takes no more than the balance and repays no more than is covered, and the protocol takes no more than the bonus', call, (given) => {
    const { debtRepaid, collateralToLiquidator, protocolFee } = aaveV3.liquidationAmounts(given);
    const seized = collateralToLiquidator + protocolFee;
    expect(seized <= given.collateralBalance && collateralToLiquidator >= 0n).toBe(true);
    expect(debtRepaid <= given.debtToCover + 1n).toBe(true);
    expect(protocolFee <= seized - aaveV3.percentDivFloor(seized, given.liquidationBonusBps)).toBe(true);
  });

  test('three wei of WETH are nothing in base currency, so the debt that is left becomes a deficit', () => {
    const weth = { liquidityIndex: RAY, price: 2000n * USD, unit: WAD };
    expect(aaveV3.leavesNoCollateral({ ...weth, scaledConsumed: WAD - 3n, totalCollateralValue: aaveV3.collateralValue(WAD, weth.price, WAD) - 1n })).toBe(true);
    expect(aaveV3.leavesNoCollateral({ ...weth, scaledConsumed: WAD / 2n, totalCollateralValue: 2000n * USD })).toBe(false);
  });

  test('an eMode category replaces the terms of the collateral it admits', () => {
    const reserve = { liquidationThresholdBps: 8300n, liquidationBonusBps: 10_500n };
    const eMode = { liquidationThresholdBps: 9500n, liquidationBonusBps: 10_100n };
    expect(aaveV3.collateralTerms(reserve, { ...eMode, admitsCollateral: true })).toMatchObject(eMode);
    expect([aaveV3.collateralTerms(reserve, { ...eMode, admitsCollateral: false }), aaveV3.collateralTerms(reserve, null)]).toEqual([reserve, reserve]);
  });

  test('a health factor of exactly one is safe, and without debt there is none', () => {
    expect([WAD, WAD - 1n, null].map(aaveV3.isLiquidatable)).toEqual([false, true, false]);
    expect(aaveV3.healthFactor([{ value: USD, liquidationThresholdBps: 8000n }], 0n)).toBe(null);
  });
});

describe('the price at which a borrower is liquidatable', () => {
  const holdings = [
    { symbol: 'ETH', quantity: 10, price: 2000, weight: 0.8 },
    { symbol: 'BTC', quantity: 0.5, price: 40_000, weight: 0.75 },
    { symbol: 'SOL', quantity: -100, price: 100, weight: 1 },
    { symbol: 'USDC', quantity: -18_000, price: 1, weight: 1 },
  ];

  test('per collateral below, per debt asset above, the others at their marks', () => {
    expect(liquidationPrice('ETH', holdings)).toEqual({ price: 1625, side: 'below', reason: null });
    near(liquidationPrice('BTC', holdings).price!, 32_000);
    expect(liquidationPrice('SOL', holdings)).toEqual({ price: 130, side: 'above', reason: null });
  });

  test('none where the rest carries the debt, and none where nothing would', () => {
    expect(liquidationPrice('ETH', [holdings[0], { ...holdings[1], quantity: 2 }, holdings[3]])).toEqual({ price: null, side: 'below', reason: 'neverReached' });
    expect(liquidationPrice('SOL', [holdings[2]])).toEqual({ price: null, side: 'above', reason: 'neverHealthy' });
  });

  test('a deposit and a debt of one asset count net', () => near(liquidationPrice('ETH', [...holdings, { symbol: 'ETH', quantity: -1, price: 2000, weight: 1 }]).price!, 13_000 / 7));

  const loan = fc.record({ collateral: fc.double({ min: 1, max: 1e6, noNaN: true }), debt: fc.double({ min: 1, max: 1e6, noNaN: true }), liquidationThreshold: fc.double({ min: 0.5, max: 0.95, noNaN: true }), incentive: fc.double({ min: 1, max: 1.2, noNaN: true }), part: fc.double({ min: 0.01, max: 0.5, noNaN: true }) });
  holds('a call is toxic exactly where it lowers the health factor', loan, ({ collateral, debt, liquidationThreshold, incentive, part }) => {
    const [before, after] = [collateral / debt, (collateral - part * debt * incentive) / (debt - part * debt)];
    fc.pre(Math.abs(after / before - 1) > 1e-9);
    expect(isToxic({ weightedCollateral: collateral * liquidationThreshold, debt, liquidationThreshold, incentive })).toBe(after < before);
  });
});

describe('Compound v3', () => {
  const base = { price: USD, scale: 10n ** 6n };
  const weth = (amount: bigint, liquidationFactor = (93n * WAD) / 100n) => ({ amount, price: 2000n * USD, scale: WAD, liquidateCollateralFactor: (90n * WAD) / 100n, liquidationFactor });

  test('equality is safe, one unit more of debt is not, and a supplier never is', () => {
    expect([-1800_000000n, -1800_000001n, 1n].map((balance) => compoundV3.isLiquidatable(balance, base, [weth(WAD)]))).toEqual([false, true, false]);
  });

  test('what is credited beyond the debt stays with the borrower, what is missing falls on the reserves', () => {
    expect(compoundV3.absorb(-1850_000000n, base, [weth(WAD)])).toEqual({ newBalance: 10_000000n, basePaidOut: 1860_000000n, shortfall: 0n, seizedValue: 2000n * USD });
    expect(compoundV3.absorb(-1900_000000n, base, [weth(WAD)])).toMatchObject({ newBalance: 0n, basePaidOut: 1900_000000n, shortfall: 40_000000n });
  });

  test('principals round against the account, both ways', () => {
    const index = 10n ** 15n + 1n;
    expect([compoundV3.principalValue(-1000n, index), compoundV3.principalValue(1000n, index)]).toEqual([-1000n, 999n]);
    expect([compoundV3.presentValue(-1000n, index), compoundV3.presentValue(1000n, index)]).toEqual([-1000n, 1000n]);
  });
});

describe('Morpho Blue', () => {
  const position = fc.record({ collateral: integer(1n, 10n ** 24n), debt: integer(1n, 10n ** 24n), lltv: integer((38n * WAD) / 100n, (98n * WAD) / 100n) });

  holds('it is unhealthy one unit under the liquidation price, to the rounding of the collateral value', position, (given) => {
    fc.pre(given.collateral > 10n ** 6n && given.debt > 10n ** 6n);
    const price = morphoBlue.liquidationPrice(given)!;
    expect(morphoBlue.isHealthy({ ...given, price: (price * 999_990n) / 1_000_000n })).toBe(false);
    expect(morphoBlue.isHealthy({ ...given, price: (price * 1_000_010n) / 1_000_000n })).toBe(true);
  });

  test('the incentive is capped at 1.15 below a liquidation loan-to-value of 56.52 %', () => {
    const cap = (115n * WAD) / 100n;
    expect([5652n, 5653n].map((lltv) => morphoBlue.liquidationIncentiveFactor((lltv * WAD) / 10_000n) === cap)).toEqual([true, false]);
    expect(morphoBlue.liquidationIncentiveFactor(WAD)).toBe(WAD);
  });

  const market = { totalBorrowAssets: 300n, totalBorrowShares: 300_000_000n, price: 10n ** 36n, incentiveFactor: (110n * WAD) / 100n };

  test('bad debt only once the collateral is exactly 0: one unit left keeps the debt', () => {
    const before = { ...market, totalSupplyAssets: 1000n, collateral: 220n, borrowShares: 300_000_000n };
    const all = morphoBlue.settle(before, morphoBlue.liquidateCollateral(220n, market));
    const nearly = morphoBlue.settle(before, morphoBlue.liquidateCollateral(219n, market));
    expect([all.badDebtAssets, all.totalSupplyAssets, all.borrowShares]).toEqual([100n, 900n, 0n]);
    expect([nearly.badDebtAssets, nearly.totalSupplyAssets]).toEqual([0n, 1000n]);
  });

  holds('whether collateral or shares are named, the liquidator never gains from rounding', integer(1n, 300_000_000n), (shares) => {
    const { seizedAssets, repaidAssets } = morphoBlue.liquidateShares(shares, market);
    expect(seizedAssets * 10n <= repaidAssets * 11n).toBe(true);
    if (seizedAssets > 0n) expect(morphoBlue.liquidateCollateral(seizedAssets, market).repaidShares <= shares).toBe(true);
  });

  test('pre-liquidation terms grow from the first to the second pair with the loan-to-value, and exist only between the two', () => {
    const terms = { preLltv: (80n * WAD) / 100n, preLCF1: WAD / 10n, preLCF2: WAD / 2n, preLIF1: WAD, preLIF2: (104n * WAD) / 100n };
    const at = (debt: bigint) => morphoBlue.preLiquidationTerms({ collateral: 1000n, debt, price: 10n ** 36n, lltv: (90n * WAD) / 100n }, terms);
    expect([at(800n), at(901n)]).toEqual([null, null]);
    expect([at(850n), at(900n)]).toEqual([{ closeFactor: (3n * WAD) / 10n, incentiveFactor: (102n * WAD) / 100n }, { closeFactor: WAD / 2n, incentiveFactor: (104n * WAD) / 100n }]);
  });
});

describe('Maker', () => {
  const vault = { ink: 40n * WAD, art: 100n * WAD, rate: RAY, spot: 2n * RAY };
  const limits = { chop: (11n * WAD) / 10n, dust: 20n * RAD, Hole: 1000n * RAD, Dirt: 0n, hole: 1000n * RAD, dirt: 0n };

  test('a part that would leave dust takes the whole vault, even above the room', () => expect(maker.bark(vault, { ...limits, hole: 95n * RAD })).toMatchObject({ dart: 100n * WAD, tab: 110n * RAD }));
  test('a part that is dust itself is refused, and so is a full hole and a safe vault', () => {
    expect([maker.bark(vault, { ...limits, hole: 20n * RAD }), maker.bark(vault, { ...limits, Dirt: 1000n * RAD }), maker.bark({ ...vault, spot: (5n * RAY) / 2n }, limits)]).toEqual(['dustyAuction', 'limitHit', 'notUnsafe']);
  });

  test('the liquidation price is the last safe one', () => {
    const price = maker.liquidationPrice(vault, 2n * RAY)!;
    expect(price).toBe(5n * WAD);
    expect([price, price - 1n].map((at) => maker.isUnsafe({ ...vault, spot: maker.spotPrice(at, 2n * RAY) }))).toEqual([false, true]);
  });

  const auction = fc.record({ tab: integer(RAD, 1000n * RAD), lot: integer(WAD, 1000n * WAD), amount: integer(1n, 1000n * WAD), price: integer(RAY / 100n, 100n * RAY), chost: integer(0n, 100n * RAD) });
  holds('a purchase pays no more than the tab, gets no more than the lot, and leaves nothing, or the least and more', auction, ({ tab, lot, amount, price, chost }) => {
    const taken = maker.take({ tab, lot }, { amount, price, chost });
    if (taken === 'noPartialPurchase') return expect(tab <= chost).toBe(true);
    expect(taken.owe <= tab && taken.slice <= lot && taken.slice * price <= taken.owe).toBe(true);
    expect(taken.slice + taken.lot + taken.returned).toBe(lot);
    expect(taken.owe + taken.tab + taken.unpaid).toBe(tab);
    expect(taken.tab === 0n || taken.tab >= chost).toBe(true);
  });

  test('the price falls to 0 at tau, by a step only when the step is over, and resets strictly below the cusp', () => {
    const top = 1000n * RAY;
    expect(maker.auctionPrice(top, 3600n, { kind: 'linear', tau: 3600n })).toBe(0n);
    const stairs = { kind: 'stairstep', cut: RAY / 2n, step: 60n } as const;
    expect([59n, 60n, 120n].map((elapsed) => maker.auctionPrice(top, elapsed, stairs) / RAY)).toEqual([1000n, 500n, 250n]);
    const reset = { tail: 3600n, cusp: RAY / 2n };
    expect([500n * RAY, 500n * RAY - 1n].map((price) => maker.needsRedo({ price, top, elapsed: 1n }, reset))).toEqual([false, true]);
  });

  test('a reset of dust is not rewarded', () => {
    const reset = { tab: 20n * RAD, lot: 10n * WAD, feed: 2n * RAY, chost: 20n * RAD };
    const terms = { tip: RAD, chip: WAD / 10n };
    expect([maker.redoIncentive(reset, terms), maker.redoIncentive({ ...reset, lot: 9n * WAD }, terms)]).toEqual([3n * RAD, 0n]);
  });
});

describe('crvUSD', () => {
  const amm = { basePrice: 3000, A: 100, oraclePrice: 2400 };
  const n = 22; // 3000 * 0.99^22 = 2404.7 > 2400 > 2380.6
  const band = (stablecoin: number, collateral: number, at = n) => ({ n: at, stablecoin, collateral });

  test('a band is one part in A wide, and inside the AMM the edges move by the cube of the oracle', () => {
    near(crvUsd.oraclePriceDown(n, amm) / crvUsd.oraclePriceUp(n, amm), 0.99);
    near(crvUsd.currentPriceUp(n, amm), 2400 ** 3 / crvUsd.oraclePriceDown(n, amm) ** 2);
    near(crvUsd.currentPriceDown(n, amm), 2400 ** 3 / crvUsd.oraclePriceUp(n, amm) ** 2);
    near(crvUsd.oraclePriceUp(-3, amm), 3000 / 0.99 ** 3);
  });

  test('the price stays between the edges and reaches them with one coin alone', () => {
    near(crvUsd.bandPrice(band(0, 1), amm), crvUsd.currentPriceDown(n, amm));
    near(crvUsd.bandPrice(band(1, 0), amm), crvUsd.currentPriceUp(n, amm));
    for (const coins of [band(1e-9, 1), band(1000, 1), band(1, 1e-9)]) {
      const price = crvUsd.bandPrice(coins, amm);
      expect(price >= crvUsd.currentPriceDown(n, amm) * (1 - 1e-9) && price <= crvUsd.currentPriceUp(n, amm) * (1 + 1e-9)).toBe(true);
    }
  });

  test('collateral above the oracle is worth the geometric mean of its band, stablecoin below it itself', () => {
    const up = crvUsd.oraclePriceUp(30, amm);
    near(crvUsd.xDown([band(0, 2, 30)], amm), 2 * up * Math.sqrt(0.99));
    near(crvUsd.xDown([band(500, 0, 5)], amm), 500);
    near(crvUsd.yUp([band(0, 2, 30)], amm), 2);
    near(crvUsd.yUp([band(500, 0, 5)], amm), 500 / (crvUsd.oraclePriceUp(5, amm) * Math.sqrt(0.99)));
  });

  test('in the band the two values agree with trading it to the oracle price: x_down and y_up differ by less than the width', () => {
    for (const coins of [band(0, 1), band(1200, 0.5), band(2400, 0)]) {
      const [x, y] = [crvUsd.xDown([coins], amm), crvUsd.yUp([coins], amm)];
      expect(Math.abs(x / (y * 2400) - 1)).toBeLessThan(0.01);
    }
  });

  test('collateral above the highest band counts in full health only, and only before the conversion', () => {
    const loan = { xDown: 2000, debt: 1900, liquidationDiscount: 0.06, collateral: 1, n1: 30, activeBand: 22 };
    const above = (2400 - crvUsd.oraclePriceUp(30, amm)) / 1900;
    near(crvUsd.fullHealth(loan, amm), (2000 * 0.94) / 1900 - 1 + above);
    near(crvUsd.fullHealth({ ...loan, activeBand: 30 }, amm), (2000 * 0.94) / 1900 - 1);
  });

  test('a liquidator of a part withdraws less than that part, the owner and a liquidator of all of it exactly it', () => {
    expect(crvUsd.withdrawnFraction(0.5, 0)).toBe(0.5);
    expect(crvUsd.withdrawnFraction(1, 0.06)).toBe(1);
    near(crvUsd.withdrawnFraction(0.5, 0.06), ((1.03 / 1.06) * 0.5 + 0.5) * 0.5);
  });

  test('collateral in one band is worth its geometric mean there', () => near(crvUsd.effectiveCollateral({ collateral: 1, bands: 1, discount: 0, A: 100 }) * crvUsd.oraclePriceUp(30, amm), crvUsd.xDown([band(0, 1, 30)], amm)));
});

describe('Reg-T', () => {
  const sides = fc.record({ side: fc.constantFrom('long' as const, 'short' as const), price: fc.double({ min: 1, max: 1000, noNaN: true }), initialMargin: fc.double({ min: 0.5, max: 1, noNaN: true, maxExcluded: true }), maintenanceMargin: fc.double({ min: 0.25, max: 0.5, noNaN: true }) });

  holds('at the margin call price equity is the requirement, and it is reached from the side that hurts', sides, (given) => {
    const at = regT.marginCallPrice(given);
    const balance = regT.accountBalance({ ...given, shares: 1 });
    near(regT.equity(given.side, at, balance), given.maintenanceMargin * at, 1e-9);
    if (given.initialMargin > given.maintenanceMargin) expect(at < given.price).toBe(given.side === 'long');
    expect(regT.bankruptcyPrice(balance, 1) < at).toBe(given.side === 'long');
  });

  test('the sale that meets a call is the call over the requirement', () => {
    const position = { side: 'long' as const, marketValue: 6000, balance: 5000, maintenanceMargin: 0.25 };
    expect([regT.marginCall(position), regT.valueToClose(position)]).toEqual([500, 2000]);
    near(regT.marginRatio('long', 4000, 3000), 0.25);
  });
});
