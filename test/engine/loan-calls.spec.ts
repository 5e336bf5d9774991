import { type AccountOutcome, cascade, type Loan, type Market, outcomes } from '../../src/engine/index.js';

/** One loan at a mark of 1000 and a bonus of 5 %, worked by hand: what one call takes, and what is left. */
const market: Market = { assets: [{ symbol: 'ETH', price: 1000 }] };

function called(collateral: number, liquidationThreshold: number, debt: number, terms: Partial<Loan> = {}): AccountOutcome {
  const loan: Loan = { reference: 'B', collateral: [{ symbol: 'ETH', quantity: collateral / 1000, liquidationThreshold }], debts: [{ quantity: debt }], closeFactor: 0.5, liquidationBonus: 0.05, ...terms };
  return [...outcomes(cascade(market, { loans: [loan] }, {}))][0];
}

const near = (actual: number | null, expected: number) => expect(Math.abs((actual as number) - expected)).toBeLessThanOrEqual(1e-6);

describe('a health factor that is too low for a part', () => {
  const fullCloseHealthFactor = 0.95;

  test('0.971 leaves it at half of the debt', () => near(called(8500, 0.8, 7000, { fullCloseHealthFactor }).debtRepaid, 3500));

  test('0.944 repays it all and leaves the borrower 940', () => {
    const outcome = called(8500, 0.8, 7200, { fullCloseHealthFactor });
    near(outcome.debtRepaid, 7200);
    near(outcome.equityAfter, 8500 - 7200 * 1.05);
    expect(outcome.healthFactorAfter).toBe(null);
  });

  test('exactly 0.95 repays it all', () => near(called(9500, 0.8, 8000, { fullCloseHealthFactor }).debtRepaid, 8000));

  test('without the term 0.944 repays half', () => near(called(8500, 0.8, 7200).debtRepaid, 3600));
});

describe('a side that is too small for a part', () => {
  const fullCloseBelow = 2000;

  test('a debt of 1990 is repaid at once', () => near(called(2500, 0.78, 1990, { fullCloseBelow }).debtRepaid, 1990));
  test('a debt of exactly 2000 in part', () => near(called(2500, 0.79, 2000, { fullCloseBelow }).debtRepaid, 1000));
  test('collateral of 1990 goes at once: 1990 / 1.05 is repaid, the rest is bad debt', () => {
    const outcome = called(1990, 0.99, 2100, { fullCloseBelow });
    near(outcome.debtRepaid, 1990 / 1.05);
    near(outcome.badDebt, 2100 - 1990 / 1.05);
  });
});

describe('a part that would leave dust', () => {
  const minimumLeftover = 1000;

  test('1050 of debt and 1397.5 of collateral may be left', () => {
    const outcome = called(2500, 0.8, 2100, { minimumLeftover });
    near(outcome.debtRepaid, 1050);
    near(outcome.equityAfter, 1397.5 - 1050);
  });

  test('950 of debt may not: all 1900 are repaid', () => near(called(2500, 0.75, 1900, { minimumLeftover }).debtRepaid, 1900));
  test('940 of collateral may not: all of it goes', () => near(called(2200, 0.9, 2400, { minimumLeftover }).debtRepaid, 2200 / 1.05));
  test('exactly 1000 of debt may be left', () => near(called(2500, 0.79, 2000, { minimumLeftover }).debtRepaid, 1000));
  test('nothing is left where the collateral does not cover the part: no dust, and no more than it pays', () => near(called(1000, 0.9, 2400, { minimumLeftover }).debtRepaid, 1000 / 1.05));
});

describe('a toxic call', () => {
  test('lowers the health factor: loan-to-value 0.96 is above 1 / 1.05', () => expect(called(10_000, 0.8, 9600).wasToxic).toBe(true));
  test('is none at a loan-to-value of 0.824', () => expect(called(8500, 0.8, 7000).wasToxic).toBe(false));
  test('is none at exactly 1 / (1 + bonus), where the health factor stays', () => expect(called(10_000, 0.75, 8000, { liquidationBonus: 0.25 }).wasToxic).toBe(false));
  test('is none where all the debt is repaid', () => expect(called(8500, 0.8, 8000, { closeFactor: 1 }).wasToxic).toBe(false));
  test('does not happen to a loan that is not called', () => expect(called(10_000, 0.8, 7000).wasToxic).toBe(false));
});
