/**
 * What the engine is given: plain objects, quantities in units of the asset, money in the valuation currency, rates as fractions.
 * The API's messages have these shapes, so a stored document goes in as it is.
 */

export interface Market {
  readonly assets: readonly Asset[];
}

export interface Asset {
  readonly symbol: string;
  /** Mark price, currency per unit. */
  readonly price: number;
  /** Smallest tradable quantity, units. Absent: the finest power of ten that keeps every sum of lots exact. */
  readonly lotSize?: number | null;
  /** Units per contract, for positions that do not say it themselves. */
  readonly contractSize?: number | null;
  /** Units per day. */
  readonly dailyVolume?: number | null;
  /** Standard deviation of the daily return, a fraction. */
  readonly dailyVolatility?: number | null;
  readonly impact?: Impact | null;
  readonly orderBook?: OrderBook | null;
  readonly tiers?: readonly MarginTier[] | null;
  /** Margin rules of the asset's contract. Absent: linear, requirement on the mark, marginal tiers, no fee. */
  readonly contract?: ContractRules | null;
}

/** How the requirement of one contract is made (README section 2). "Settlement money" is currency for a linear contract, coins for an inverse one. */
export interface ContractRules {
  /** `inverse`: coin-settled. `contracts * contractSize` is its face in the valuation currency; its isolated margin and fixed fee are coins. */
  readonly kind?: 'linear' | 'inverse';
  /** `entry`: the requirement is frozen on the value at the entry price. */
  readonly requirementBasis?: 'mark' | 'entry';
  /** `flat`: the tier's rate on the whole position, so the requirement jumps at a boundary. `sizeLinear`: `rate + rateSlope * coins` on the whole position. */
  readonly tierFamily?: 'marginal' | 'flat' | 'sizeLinear';
  /** What `minNotional` of the tiers counts. Absent: notional of a linear contract, coins of an inverse one. */
  readonly tierUnit?: 'notional' | 'contracts' | 'coin';
  /** sizeLinear: rate per coin. */
  readonly rateSlope?: number | null;
  /** Part of the value that the requirement adds for the fee of closing. */
  readonly feeRate?: number | null;
  /** The value that `feeRate` is taken of; `bankruptcy` = at the price where the isolated margin is gone, for a cross position the entry. */
  readonly feeBasis?: 'mark' | 'entry' | 'bankruptcy';
  /** Fee inside the bankruptcy price, on the value there. */
  readonly closingFeeRate?: number | null;
}

export type ImpactModel = 'none' | 'linear' | 'exponential' | 'squareRoot' | 'orderBook';

export interface Impact {
  readonly model: ImpactModel;
  /** linear: currency per unit, per unit sold. */
  readonly lambda?: number | null;
  /** exponential: units that move the price by a factor e. */
  readonly depth?: number | null;
  /** squareRoot: Y, about 1. */
  readonly coefficient?: number | null;
  /** Fraction of the shocked price below which the curve does not go. */
  readonly floor?: number | null;
}

/** Levels `[price, size]`, best first. */
export interface OrderBook {
  readonly bids: readonly (readonly number[])[];
  readonly asks: readonly (readonly number[])[];
}

export interface MarginTier {
  readonly minNotional: number;
  /** Absent on the last tier: no upper end. */
  readonly maxNotional?: number | null;
  readonly maintenanceMarginRate: number;
  /** Deducted from `rate * notional`, settlement money. Stated, it wins over the recurrence that makes the tiers continuous. */
  readonly maintenanceAmount?: number | null;
}

export interface Portfolio {
  readonly accounts?: readonly MarginAccount[];
  readonly loans?: readonly Loan[];
}

export interface MarginAccount {
  readonly reference: string;
  /** `isolated`: every position stands alone on its own `margin`. */
  readonly marginMode: 'cross' | 'isolated';
  /** Cash without unrealised profit; negative when borrowed. */
  readonly balance?: number;
  readonly collateral?: readonly Collateral[];
  readonly positions?: readonly Position[];
  readonly stopOrders?: readonly StopOrder[];
}

export interface Collateral {
  readonly symbol: string;
  readonly quantity: number;
  readonly haircut?: number;
}

export type PositionSide = 'long' | 'short';

export interface Position {
  readonly symbol: string;
  readonly side: PositionSide;
  readonly contracts: number;
  readonly contractSize?: number | null;
  readonly entryPrice: number;
  /** Isolated accounts: cash behind this position, without unrealised profit. */
  readonly margin?: number | null;
  /** Required whatever the price: fees and funding that the venue set aside, settlement money. */
  readonly fixedFee?: number | null;
}

export type OrderSide = 'buy' | 'sell';

export interface StopOrder {
  readonly symbol: string;
  readonly side: OrderSide;
  /** Contracts. */
  readonly amount: number;
  readonly triggerPrice: number;
  /** Never turns or opens a position. */
  readonly reduceOnly?: boolean;
}

export interface Loan {
  readonly reference: string;
  readonly collateral: readonly LoanCollateral[];
  readonly debts: readonly Debt[];
  /** Largest part of the debt repaid in one call. */
  readonly closeFactor?: number | null;
  /** At or below this health factor one call may repay all of it. */
  readonly fullCloseHealthFactor?: number | null;
  /** So it may where collateral or debt is worth less than this, valuation currency. */
  readonly fullCloseBelow?: number | null;
  /** A call that would leave less than this of collateral or debt, valuation currency, repays all of it. */
  readonly minimumLeftover?: number | null;
  /** The liquidator seizes `repaid * (1 + liquidationBonus)`. */
  readonly liquidationBonus?: number | null;
  /** Share of the seized collateral that is sold on the market. */
  readonly dumpedShare?: number;
}

export interface LoanCollateral {
  readonly symbol: string;
  readonly quantity: number;
  readonly liquidationThreshold: number;
}

/** Without a symbol the debt is cash in the valuation currency. */
export interface Debt {
  readonly symbol?: string | null;
  readonly quantity: number;
}

export interface Scenario {
  readonly shocks?: readonly PriceShock[];
  /** Shock of every asset that `shocks` does not list. */
  readonly marketShock?: number;
  /** Multiplies the depth of every asset: 1 calm, below 1 thinner. */
  readonly depthMultiplier?: number;
  readonly closeOut?: CloseOut;
  readonly impactOverrides?: readonly ImpactOverride[];
}

/** Relative move, -0.1 = falls by 10 %. */
export interface PriceShock {
  readonly symbol: string;
  readonly shock: number;
}

export interface CloseOut {
  /** `full`: everything is sold. `partial`: the smallest slice of the positions that restores `equity >= targetMarginRatio * requirement`. */
  readonly policy: 'full' | 'partial';
  readonly targetMarginRatio?: number | null;
}

export interface ImpactOverride {
  readonly symbol: string;
  readonly impact: Impact;
}
