/**
 * What the engine is given: plain objects, quantities in units of the asset, money in the valuation currency, rates as fractions.
 * The API's messages have these shapes, so a stored document goes in as it is.
 */

export interface Market {
  readonly assets: readonly Asset[];
  /** Where accounts stand and assets trade. Empty: one without a name, whose mark is the last price, without fund and fee. */
  readonly exchanges?: readonly Exchange[] | null;
  /** What selling one asset does to the price of another, on top of its own impact. */
  readonly crossImpact?: readonly CrossImpact[] | null;
}

/** An exchange or lending market: its own order flow, mark, fund and rules of loss. */
export interface Exchange {
  readonly name: string;
  readonly markPrice?: MarkPrice | null;
  /** Valuation currency; absent: 0. */
  readonly insuranceFund?: number | null;
  /** Part of the value closed by force that goes to the fund, as far as the account has anything left. */
  readonly liquidationFeeRate?: number | null;
  /** Absent: nobody else pays, and what the fund cannot pay stays uncovered. */
  readonly deleveraging?: Deleveraging | null;
}

/** What an exchange calls the price, from the last prices of all listings of the asset. */
export interface MarkPrice {
  /** `last`: of the exchange itself; `indexMedian`, `indexMean`: of all listings by `indexWeight`. */
  readonly rule: 'last' | 'indexMedian' | 'indexMean';
  /** Rounds by which the mark is late. */
  readonly lag?: number;
}

/** Who pays when the fund is empty (auto-deleveraging); what is left is socialised. */
export interface Deleveraging {
  /** `queue`: by return times leverage; `proRata`: the same part of what everybody can give; `cappedProRata`: the same part of everybody's equity, as far as he can; `none`: socialised at once. */
  readonly policy: 'none' | 'queue' | 'proRata' | 'cappedProRata';
  /** `profit` (the default): the other side gives unrealised profit. `contracts`: what found no counterparty in the book is closed against the other side. */
  readonly method?: 'profit' | 'contracts' | null;
  /** Price at which contracts of both sides are closed against each other; absent: `bankruptcy`. */
  readonly price?: 'bankruptcy' | 'mark' | null;
}

/** `lambda`: currency per unit of `symbol`, per unit of `soldSymbol` sold. */
export interface CrossImpact {
  readonly symbol: string;
  readonly soldSymbol: string;
  readonly lambda: number;
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
  readonly pool?: LiquidityPool | null;
  readonly tiers?: readonly MarginTier[] | null;
  /** Margin rules of the asset's contract. Absent: linear, requirement on the mark, marginal tiers, no fee. */
  readonly contract?: ContractRules | null;
  /** Where it trades, each with its own depth. Empty: on the first exchange, with the asset's own impact. */
  readonly listings?: readonly Listing[] | null;
}

/** An asset on one exchange. What it leaves out is the asset's. */
export interface Listing {
  readonly exchange: string;
  /** Last price before the shock. */
  readonly price?: number | null;
  readonly impact?: Impact | null;
  readonly orderBook?: OrderBook | null;
  readonly pool?: LiquidityPool | null;
  readonly dailyVolume?: number | null;
  /** Weight in indices. */
  readonly indexWeight?: number;
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

export type ImpactModel = 'none' | 'linear' | 'exponential' | 'squareRoot' | 'contSchaanning' | 'orderBook' | 'constantProduct' | 'concentratedLiquidity';

export interface Impact {
  readonly model: ImpactModel;
  /** linear: currency per unit, per unit sold. */
  readonly lambda?: number | null;
  /** exponential: units that move the price by a factor e. contSchaanning: delta, units that take it 1 - 1/e of the way to the floor. */
  readonly depth?: number | null;
  /** squareRoot: Y, about 1. contSchaanning without `depth`: c of its market depth `c * dailyVolume / dailyVolatility * sqrt(horizon)`. */
  readonly coefficient?: number | null;
  /** contSchaanning without `depth`: days over which a sale is spread. */
  readonly horizon?: number | null;
  /** Fraction of the shocked price below which the curve does not go; contSchaanning: which it approaches. */
  readonly floor?: number | null;
  /** `value`: the curve counts money, each round's lots at the price before it. Absent: units. */
  readonly quantityBasis?: 'units' | 'value' | null;
}

/** Levels `[price, size]`, best first. */
export interface OrderBook {
  readonly bids: readonly (readonly number[])[];
  readonly asks: readonly (readonly number[])[];
}

/** An automated market maker. One that holds both reserves along the whole curve states those, one with ranges states them. */
export interface LiquidityPool {
  /** Part of what goes in that the pool keeps. */
  readonly fee?: number;
  /** constantProduct: units of the asset and valuation currency. */
  readonly reserve?: number | null;
  readonly currencyReserve?: number | null;
  /** concentratedLiquidity. */
  readonly ranges?: readonly PoolRange[];
}

/** Liquidity L = sqrt(reserve * currencyReserve) between two prices. */
export interface PoolRange {
  readonly priceLow: number;
  readonly priceHigh: number;
  readonly liquidity: number;
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
  readonly institutions?: readonly Institution[];
}

/** A leveraged balance sheet (README eq. 29-31): above `leverageMax = assets / equity` it pays debt back, from cash and then by selling holdings pro rata, down to `leverageTarget`. */
export interface Institution {
  readonly reference: string;
  readonly exchange?: string | null;
  readonly holdings: readonly InstitutionHolding[];
  /** What neither a price moves nor anybody can sell, valuation currency. */
  readonly otherAssets?: number;
  /** Pays debt back before anything is sold, valuation currency. */
  readonly cash?: number;
  /** Valuation currency. */
  readonly liabilities: number;
  /** Equal to the target: every rise above it is sold off (leverage targeting); larger: a buffer. */
  readonly leverageMax: number;
  /** Absent: leverageMax. */
  readonly leverageTarget?: number | null;
  /** Above this it is resolved: everything is sold. Absent: only without equity, where it is resolved in any case. */
  readonly resolutionLeverage?: number | null;
  /** `linear`: sells `(leverageTarget - 1) * loss` so far, whatever its leverage; the first-order rule, whose portfolio never shrinks. */
  readonly rule?: 'target' | 'linear';
}

export interface InstitutionHolding {
  readonly symbol: string;
  readonly quantity: number;
  /** Its price moves, but nobody can sell it. */
  readonly isIlliquid?: boolean;
}

/** What a protocol takes for the price of an asset: the market's, late by `lag` rounds, or fixed at `price` (absent: the price before the shock). */
export interface Oracle {
  readonly rule: 'market' | 'lagged' | 'pegged';
  readonly lag?: number | null;
  readonly price?: number | null;
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
  /** Absent: the first exchange. */
  readonly exchange?: string | null;
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
  /** Where that is sold. Absent: the first exchange. */
  readonly exchange?: string | null;
}

export interface LoanCollateral {
  readonly symbol: string;
  readonly quantity: number;
  readonly liquidationThreshold: number;
  readonly oracle?: Oracle | null;
}

/** Without a symbol the debt is cash in the valuation currency. */
export interface Debt {
  readonly symbol?: string | null;
  readonly quantity: number;
  readonly oracle?: Oracle | null;
}

export interface Scenario {
  readonly shocks?: readonly PriceShock[];
  /** Shock of every asset that `shocks` does not list. */
  readonly marketShock?: number;
  /** Multiplies the depth of every asset: 1 calm, below 1 thinner. */
  readonly depthMultiplier?: number;
  /** Multiplies it once more, by name. */
  readonly liquidityRegime?: 'calm' | 'stressed' | 'severe' | 'airPocket' | 'aftermath' | null;
  readonly closeOut?: CloseOut;
  readonly impactOverrides?: readonly ImpactOverride[];
  readonly dynamics?: Dynamics | null;
}

/**
 * Faults of published models, README section 5: `wipedOutStop`, who loses his equity on the way stops selling; `needCutToCash`, an institution
 * needs no more than its cash, pays that back and raises as much by sales; `linearUnbounded`, the linear rule sells on beyond holdings and equity; `singlePass`, contracts are shared out with one pass over the remainders.
 */
export type Fault = 'wipedOutStop' | 'needCutToCash' | 'linearUnbounded' | 'singlePass';

/** How the rounds run. With nothing stated: no recovery, no lag, no bound on what is sold in a round, fills along the curve. */
export interface Dynamics {
  /** `equilibrium`: no rounds, one clearing at `P = F(Q(P))` in which everybody trades at the clearing price. */
  readonly clearing?: 'rounds' | 'equilibrium';
  /** Price that forced trades of a round get: the mean along the curve, the mean of the prices before and after, or the price after. */
  readonly execution?: 'average' | 'midpoint' | 'after' | null;
  /** Instead of `execution`: part of the move of a round that its trades bear, from 0 (the price before) to 1 (the price after). */
  readonly executionShare?: number | null;
  /**
   * In which the parties of a round trade: all at once at one price, or one after the other, each along its own part of the curve: by reference, by margin ratio
   * (health factor, leverageMax / leverage), by gross value. Who trades is decided at the marks before the round all the same. Absent: together.
   */
  readonly order?: 'together' | 'byReference' | 'leastHealthFirst' | 'largestFirst' | null;
  /** What institutions sell pays debt back at once, or is cash until they next act. */
  readonly settlement?: 'atOnce' | 'nextRound' | null;
  /** Stop after so many rounds; the result says when that came first. */
  readonly maxRounds?: number | null;
  /** Part of the temporary displacement that is gone a round later. */
  readonly recovery?: number | null;
  /** Part of the displacement that is temporary. */
  readonly temporaryShare?: number | null;
  /** Largest value that one exchange closes by force in a round, valuation currency; the rest waits. */
  readonly throughput?: number | null;
  /** Depth of a round is divided by `1 + volatilityThinning * realised volatility / dailyVolatility` (realised: the moves so far). */
  readonly volatilityThinning?: number | null;
  /** Part of the gap between the listings of an asset that arbitrage closes after every round. */
  readonly arbitrage?: number | null;
  /** To be reproduced on purpose. */
  readonly faults?: readonly Fault[] | null;
}

/** Relative move, -0.1 = falls by 10 %. */
export interface PriceShock {
  readonly symbol: string;
  readonly shock: number;
}

export interface CloseOut {
  /**
   * `full`: everything is sold. `partial`: the smallest slice of the positions that restores `equity >= targetMarginRatio * requirement`.
   * `staged`: `firstFraction` of every contract, and everything when the account is liquidatable `cooldown` rounds later or at any time after.
   */
  readonly policy: 'full' | 'partial' | 'staged';
  readonly targetMarginRatio?: number | null;
  readonly firstFraction?: number | null;
  /** Rounds from the first stage to the second. */
  readonly cooldown?: number | null;
}

export interface ImpactOverride {
  readonly symbol: string;
  readonly impact: Impact;
}
