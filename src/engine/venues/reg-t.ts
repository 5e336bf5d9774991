/**
 * US broker margin: Regulation T and FINRA rule 4210, single stock positions. Money in dollars, rates as fractions.
 * The loan of a long and the proceeds of a short are fixed; the requirement floats with the market value.
 * Source: 12 CFR 220.12 (initial 50 %), FINRA 4210(c) (maintenance); design/liquidation-math section 6.
 */

export const INITIAL_MARGIN = 0.5;
export const MAINTENANCE_LONG = 0.25;
export const MAINTENANCE_SHORT = 0.3;

export type Side = 'long' | 'short';

/** Debit of a long bought, or credit of a short sold, at `price` with initial margin. */
export function accountBalance({ side, price, shares, initialMargin }: { readonly side: Side; readonly price: number; readonly shares: number; readonly initialMargin: number }): number {
  return price * shares * (side === 'long' ? 1 - initialMargin : 1 + initialMargin);
}

/** Market value less debit, or credit less market value. */
export function equity(side: Side, marketValue: number, balance: number): number {
  return side === 'long' ? marketValue - balance : balance - marketValue;
}

/** Market value at which equity is the requirement: long `debit / (1 - m)`, reached from above; short `credit / (1 + m)`, from below. */
export function marginCallValue(side: Side, balance: number, maintenanceMargin: number): number {
  return balance / (side === 'long' ? 1 - maintenanceMargin : 1 + maintenanceMargin);
}

/** Price of a margin call: long `P0 (1 - IM) / (1 - MM)`, short `P0 (1 + IM) / (1 + MM)`. */
export function marginCallPrice({ side, price, initialMargin, maintenanceMargin }: { readonly side: Side; readonly price: number; readonly initialMargin: number; readonly maintenanceMargin: number }): number {
  return marginCallValue(side, accountBalance({ side, price, shares: 1, initialMargin }), maintenanceMargin);
}

/** Requirement less equity where positive: the cash that meets the call. */
export function marginCall({ side, marketValue, balance, maintenanceMargin }: { readonly side: Side; readonly marketValue: number; readonly balance: number; readonly maintenanceMargin: number }): number {
  return Math.max(0, maintenanceMargin * marketValue - equity(side, marketValue, balance));
}

/** Value of the position to close, at its market, that meets the call: `call / MM`, at most all of it. */
export function valueToClose(position: { readonly side: Side; readonly marketValue: number; readonly balance: number; readonly maintenanceMargin: number }): number {
  return Math.min(position.marketValue, marginCall(position) / position.maintenanceMargin);
}

/** Equity over market value. */
export const marginRatio = (side: Side, marketValue: number, balance: number) => equity(side, marketValue, balance) / marketValue;

/** Price at which nothing is left. */
export const bankruptcyPrice = (balance: number, shares: number) => balance / shares;
