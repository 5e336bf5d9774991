import { impactCurve, type Loan, type Scenario } from '../../src/engine/index.js';
import { aaveLoans, borrowers, crvUsdLoans, fits, fitTable, isPresent, market, markdown, type Run, run } from './defi-lending.js';

const FALLS = [0.05, 0.1, 0.2, 0.3];

const suite = isPresent ? describe : describe.skip;

suite(`the real borrowers of crvUSD, 20 November 2023${isPresent ? '' : ' (skipped: ../shared is not here)'}`, () => {
  const fitted = isPresent ? fits() : [];
  const given = market(fitted);
  const books = isPresent ? { crvUSD: crvUsdLoans(), Aave: aaveLoans() } : { crvUSD: [], Aave: [] };
  const fallBy = (fall: number, rest: Scenario = {}): Scenario => ({ marketShock: -fall, ...rest });
  const runs = { crvUSD: FALLS.map((fall) => run(given, books.crvUSD, fallBy(fall))), Aave: FALLS.map((fall) => run(given, books.Aave, fallBy(fall))) };

  test('908 loans of 135.7 million USD, four of them in breach before any fall under the terms of crvUSD', () => {
    expect(borrowers()).toHaveLength(908);
    expect((borrowers().reduce((sum, { debt }) => sum + debt, 0) / 1e6).toFixed(1)).toBe('135.7');
    expect(runs.crvUSD[0].summary.totals.inBreachBefore).toBe(4);
  });

  test('the fitted curves meet the quotes: the average price is off by less than 1 %', () => {
    process.stdout.write(`\n${fitTable(fitted)}\n\n`);
    for (const { best } of fitted) expect(best.error).toBeLessThan(0.01);
  });

  describe.each(['crvUSD', 'Aave'] as const)('under the terms of %s', (terms) => {
    const all = runs[terms];
    const loans: readonly Loan[] = books[terms];
    beforeAll(() => void process.stdout.write(`\n${terms}\n${markdown(FALLS.map((fall, k) => [fall, all[k]]))}\n\n`));

    test.each(FALLS)('a fall of %f: prices stay finite, positive and at or below the shocked ones, at the curve of the quantity sold, and nobody acts there', (fall) => {
      const { summary: { assets, totals } } = all[FALLS.indexOf(fall)];
      expect(totals.isFixedPoint).toBe(true);
      assets.forEach(({ finalPrice, shockedPrice, quantitySold, quantityBought, lotSize }, a) => {
        expect(Number.isFinite(finalPrice) && finalPrice > 0 && finalPrice <= shockedPrice).toBe(true);
        expect(quantityBought).toBe(0);
        expect(Math.abs(impactCurve(given.assets[a], fitted[a].best.impact, shockedPrice, 1).price(quantitySold) / finalPrice - 1)).toBeLessThan(1e-12);
        expect(lotSize).toBe(1e-8);
      });
    });

    test.each(FALLS)('a fall of %f: what the market takes is what the borrowers lose, to the lot, and nobody loses more than he has', (fall) => {
      const { summary: { assets }, rounds } = all[FALLS.indexOf(fall)];
      const entries = rounds.flatMap((round) => round.entries);
      for (const { symbol, quantitySold } of assets) {
        const lots = entries.filter((entry) => entry.symbol === symbol).reduce((sum, { quantity }) => sum + Math.round(quantity * 1e8), 0);
        expect(lots).toBe(Math.round(quantitySold * 1e8));
      }
      const taken = new Map<string, number>();
      for (const { account, quantity } of entries) taken.set(account, (taken.get(account) ?? 0) + Math.round(quantity * 1e8));
      for (const { reference, collateral } of loans) expect(taken.get(reference) ?? 0).toBeLessThanOrEqual(Math.round(collateral[0].quantity * 1e8));
    });

    test.each(FALLS)('a fall of %f: bad debt is neither negative nor more than was owed', (fall) => {
      const owed = new Map(loans.map(({ reference, debts }) => [reference, debts[0].quantity]));
      for (const { account, badDebt } of all[FALLS.indexOf(fall)].outcomes) expect(badDebt >= 0 && badDebt <= owed.get(account)!).toBe(true);
    });

    test('a larger fall ends at lower prices', () => {
      for (let k = 1; k < FALLS.length; k++) expect(lower(all[k], all[k - 1])).toBe(true);
    });

    test('in deeper markets the prices stay higher', () => {
      for (const fall of FALLS) {
        const [thin, usual, deep] = [0.1, 1, 10].map((depthMultiplier) => run(given, loans, fallBy(fall, { depthMultiplier })));
        expect(lower(thin, usual) && lower(usual, deep)).toBe(true);
      }
    });
  });

  // only where a call takes the whole collateral: a part sells debt / price, more units the later it comes (random-books.ts)
  test('whom a fall reaches, a larger fall and a thinner market reach too, under the terms of crvUSD', () => {
    for (let k = 1; k < FALLS.length; k++) expect(isSubset(called(runs.crvUSD[k - 1]), called(runs.crvUSD[k]))).toBe(true);
    for (const fall of FALLS) {
      const [thin, usual] = [0.1, 1].map((depthMultiplier) => called(run(given, books.crvUSD, fallBy(fall, { depthMultiplier }))));
      expect(isSubset(usual, thin)).toBe(true);
    }
  });
});

function lower({ summary: a }: Run, { summary: b }: Run): boolean {
  return a.assets.every(({ finalPrice }, k) => finalPrice <= b.assets[k].finalPrice);
}

function called({ outcomes }: Run): Set<string> {
  return new Set(outcomes.filter(({ round }) => round !== null).map(({ account }) => account));
}

function isSubset(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return [...a].every((item) => b.has(item));
}
