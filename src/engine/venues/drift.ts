import { abs, ceilDiv, max, min, PPM, saturatingSub, sqrtFloor } from './fixed-point.js';

/**
 * Drift v2, all in integers: prices, quote amounts and fees in 1e-6, perpetual sizes in 1e-9, weights and margin ratios in 1e-4,
 * spot amounts in 10^-decimals. Divisions round down unless said. Where the protocol says "its largest integer" this says null.
 * Source of every formula: drift-labs/protocol-v2 @0ae3e3b1, programs/drift/src; the file and function named at each.
 */
export const MARGIN_PRECISION = 10_000n;
export const PRICE_PRECISION = 1_000_000n;
export const BASE_PRECISION = 1_000_000_000n;

/** Buffer above the requirement at which a liquidation ends, 1e-4: 2 % (math/constants.rs). */
export const DEFAULT_LIQUIDATION_MARGIN_BUFFER_RATIO = 200n;

/** ~10 minutes without the user being active, then the liquidator's fee grows (math/liquidation.rs). */
export const LIQUIDATION_FEE_GRACE_SLOTS = 1_500n;

/** 1e-6 per slot (math/constants.rs LIQUIDATION_FEE_INCREASE_PER_SLOT). */
const LIQUIDATION_FEE_INCREASE_PER_SLOT = 1n;

/** Below $50 everything may be closed at once (math/liquidation.rs calculate_max_pct_to_liquidate). */
const TINY_MARGIN_SHORTAGE = 50n * PRICE_PRECISION;

/** A remainder of the seized asset below $1 is seized too (math/liquidation.rs calculate_asset_transfer_for_liability_transfer). */
const DUST_VALUE = PRICE_PRECISION;

const QUOTE_DECIMALS = 6n;
const MARGIN_TO_FEE = PPM / MARGIN_PRECISION;

export type Requirement = 'initial' | 'fill' | 'maintenance';

/** One margin account, cross or isolated, quote amounts in 1e-6; the `*Buffer` fields are those of the exit test. */
export interface MarginState {
  readonly totalCollateral: bigint;
  readonly marginRequirement: bigint;
  /** Requirement with every ratio raised by the buffer. */
  readonly marginRequirementPlusBuffer: bigint;
  /** Buffer on the losses, <= 0. */
  readonly totalCollateralBuffer?: bigint;
}

/** Collateral < requirement: equality is safe (state/margin_calculation.rs meets_margin_requirement). */
export function isLiquidatable({ totalCollateral, marginRequirement }: Pick<MarginState, 'totalCollateral' | 'marginRequirement'>): boolean {
  return totalCollateral < marginRequirement;
}

/** Once begun, a liquidation ends at the requirement plus buffer (state/margin_calculation.rs can_exit_*_margin_liquidation). */
export function canExitLiquidation(state: MarginState): boolean {
  return marginShortage(state) === 0n;
}

/** What is missing up to the requirement plus buffer, >= 0 (state/margin_calculation.rs margin_shortage). */
export function marginShortage({ totalCollateral, totalCollateralBuffer = 0n, marginRequirementPlusBuffer }: MarginState): bigint {
  return saturatingSub(marginRequirementPlusBuffer, totalCollateral + totalCollateralBuffer);
}

/** `requirement + liabilityValue * bufferRatio` (state/margin_calculation.rs add_cross_margin_margin_requirement). */
export function withBuffer(marginRequirement: bigint, liabilityValue: bigint, bufferRatio = DEFAULT_LIQUIDATION_MARGIN_BUFFER_RATIO): bigint {
  return marginRequirement + (liabilityValue * bufferRatio) / MARGIN_PRECISION;
}

/** `size` in 1e-9, `imfFactor` in 1e-6, `weight` in 1e-4. */
export interface SizedWeight {
  readonly size: bigint;
  readonly imfFactor: bigint;
  readonly weight: bigint;
}

/** sqrt(size) in 1e-5: `floor(sqrt(10 * size + 1))`. */
const sqrtSize = (size: bigint) => sqrtFloor(size * 10n + 1n);

/** `0.8 * w + sqrt(size) * imf`, and at least `w` when bounded, 1e-4 (math/margin.rs calculate_size_premium_liability_weight). */
export function sizePremiumLiabilityWeight({ size, imfFactor, weight }: SizedWeight, isBounded = true): bigint {
  if (imfFactor === 0n) return weight;
  const premium = weight - weight / 5n + (sqrtSize(size) * imfFactor) / (100_000n * MARGIN_TO_FEE);
  return isBounded ? max(weight, premium) : premium;
}

/** `min(w, 1.1 / (1 + sqrt(size) * imf))`, 1e-4 (math/margin.rs calculate_size_discount_asset_weight). */
export function sizeDiscountAssetWeight({ size, imfFactor, weight }: SizedWeight): bigint {
  if (imfFactor === 0n) return weight;
  const discount = ((PPM + PPM / 10n) * MARGIN_PRECISION) / (PPM + (sqrtSize(size) * imfFactor) / 100_000n);
  return min(weight, discount);
}

/** `ratioHighLeverage*` of 0: the market has no such mode. Ratios 1e-4, imf 1e-6. */
export interface PerpMarket {
  readonly marginRatioInitial: bigint;
  readonly marginRatioMaintenance: bigint;
  readonly imfFactor: bigint;
  readonly highLeverageMarginRatioInitial?: bigint;
  readonly highLeverageMarginRatioMaintenance?: bigint;
}

/**
 * Margin ratio of a position of `size` (1e-9), 1e-4. In high-leverage mode the initial and fill ratios start lower and return to the ordinary
 * ones while the size premium eats the 20 % discount (state/perp_market.rs get_margin_ratio, math/margin.rs
 * calc_high_leverage_mode_initial_margin_ratio_from_size).
 */
export function perpMarginRatio(market: PerpMarket, size: bigint, requirement: Requirement, isHighLeverageUser = false): bigint {
  const { highLeverageMarginRatioInitial: initial = 0n, highLeverageMarginRatioMaintenance: maintenance = 0n, imfFactor } = market;
  const ordinary = ofRequirement(market.marginRatioInitial, market.marginRatioMaintenance, requirement);
  if (!isHighLeverageUser || initial === 0n || maintenance === 0n) return sizePremiumLiabilityWeight({ size, imfFactor, weight: ordinary });
  const ratio = ofRequirement(initial, maintenance, requirement);
  if (requirement === 'maintenance') return sizePremiumLiabilityWeight({ size, imfFactor, weight: ratio });
  const sized = sizePremiumLiabilityWeight({ size, imfFactor, weight: ordinary }, false);
  if (sized >= ordinary) return sized === ordinary ? ratio : sized;
  const discountLeft = saturatingSub(PPM, ((ordinary - sized) * PPM) / (ordinary / 5n));
  return (max(saturatingSub(ordinary, ratio), 1n) * discountLeft) / PPM + ratio;
}

/** Requirement of a perpetual position, 1e-6 quote: `liabilityValue * ratio` (math/margin.rs calculate_perp_position_value_and_pnl). */
export function perpMarginRequirement(liabilityValue: bigint, marginRatio: bigint): bigint {
  return (liabilityValue * marginRatio) / MARGIN_PRECISION;
}

/** Weight of a deposit of `amount` (10^-decimals), 1e-4; `initialAssetWeight` already scaled (state/spot_market.rs get_asset_weight). */
export function spotAssetWeight(
  market: { readonly decimals: number; readonly imfFactor: bigint; readonly initialAssetWeight: bigint; readonly maintenanceAssetWeight: bigint },
  amount: bigint,
  requirement: Requirement,
): bigint {
  const weight = ofRequirement(market.initialAssetWeight, market.maintenanceAssetWeight, requirement);
  return sizeDiscountAssetWeight({ size: toBase(amount, market.decimals), imfFactor: market.imfFactor, weight });
}

/** Weight of a borrow of `amount` (10^-decimals), 1e-4 (state/spot_market.rs get_liability_weight). */
export function spotLiabilityWeight(
  market: { readonly decimals: number; readonly imfFactor: bigint; readonly initialLiabilityWeight: bigint; readonly maintenanceLiabilityWeight: bigint },
  amount: bigint,
  requirement: Requirement,
): bigint {
  const weight = ofRequirement(market.initialLiabilityWeight, market.maintenanceLiabilityWeight, requirement);
  return sizePremiumLiabilityWeight({ size: toBase(amount, market.decimals), imfFactor: market.imfFactor, weight });
}

/**
 * `w` while the market's deposits are worth less than `scaleStart`, then `w * scaleStart / deposits`, 1e-4; a start of 0 never scales
 * (state/spot_market.rs get_scaled_initial_asset_weight). Values 1e-6 quote.
 */
export function scaledInitialAssetWeight(initialAssetWeight: bigint, depositValue: bigint, scaleStart: bigint): bigint {
  return scaleStart === 0n || depositValue < scaleStart ? initialAssetWeight : (initialAssetWeight * scaleStart) / depositValue;
}

/**
 * Weight of unrealised profit (1e-6 quote), 1e-4; a loss counts in full. Initial and fill weights shrink with the market's unsettled profit
 * above `maxImbalance` (0 = never) and with the size of the profit (state/perp_market.rs get_unrealized_asset_weight).
 */
export function unrealizedAssetWeight(
  market: { readonly initialWeight: bigint; readonly maintenanceWeight: bigint; readonly imfFactor: bigint; readonly maxImbalance?: bigint; readonly netUnsettledPnl?: bigint },
  unrealizedPnl: bigint,
  requirement: Requirement,
): bigint {
  if (unrealizedPnl <= 0n) return MARGIN_PRECISION;
  if (requirement === 'maintenance') return market.maintenanceWeight;
  const { maxImbalance = 0n, netUnsettledPnl = 0n, initialWeight } = market;
  const weight = maxImbalance > 0n && netUnsettledPnl > maxImbalance ? (initialWeight * maxImbalance) / netUnsettledPnl : initialWeight;
  return weight === 0n ? 0n : sizeDiscountAssetWeight({ size: unrealizedPnl * 1_000n, imfFactor: market.imfFactor, weight });
}

/** Amount * price, 1e-6 quote: deposits down, debts up in magnitude (math/spot_balance.rs get_token_value). */
export function tokenValue(amount: bigint, decimals: number, price: bigint): bigint {
  const unit = 10n ** BigInt(decimals);
  return amount < 0n ? -ceilDiv(-amount * price, unit) : (amount * price) / unit;
}

/** Fees 1e-6, `marginRatio` 1e-4 (with the buffer), prices 1e-6. */
export interface PerpClose {
  readonly marginShortage: bigint;
  readonly marginRatio: bigint;
  readonly liquidatorFee: bigint;
  readonly ifFee: bigint;
  readonly oraclePrice: bigint;
  readonly quoteOraclePrice: bigint;
}

/**
 * Base amount (1e-9) whose close covers the shortage: `shortage / (price * quotePrice * (ratio - liquidatorFee) - price * ifFee)`;
 * null where closing frees nothing (math/liquidation.rs calculate_base_asset_amount_to_cover_margin_shortage).
 */
export function baseAmountToCoverShortage(close: PerpClose): bigint | null {
  const ratio = close.marginRatio * MARGIN_TO_FEE;
  if (close.oraclePrice === 0n || ratio <= close.liquidatorFee) return null;
  const price = (close.oraclePrice * close.quoteOraclePrice) / PRICE_PRECISION;
  const freed = (price * (ratio - close.liquidatorFee)) / PPM - (close.oraclePrice * close.ifFee) / PPM;
  return freed <= 0n ? null : (close.marginShortage * BASE_PRECISION) / freed;
}

/** Weights 1e-4, multipliers and fee 1e-6 (`1 + fee` of the asset, `1 - fee` of the liability). */
export interface SpotPair {
  readonly assetWeight: bigint;
  readonly assetMultiplier: bigint;
  readonly liabilityWeight: bigint;
  readonly liabilityMultiplier: bigint;
  readonly liabilityDecimals: number;
  readonly liabilityPrice: bigint;
}

/**
 * Liability (10^-decimals, at least 1) whose transfer covers the shortage:
 * `shortage / (price * (wL - wA * mA / mL) - price * ifFee * wL)`; null where a transfer frees nothing
 * (math/liquidation.rs calculate_liability_transfer_to_cover_margin_shortage).
 */
export function liabilityTransferToCoverShortage(pair: SpotPair, marginShortage: bigint, ifFee: bigint): bigint | null {
  if (pair.assetWeight >= pair.liabilityWeight) return null;
  const liability = pair.liabilityWeight * 10n;
  const asset = (pair.assetWeight * 10n * pair.assetMultiplier) / pair.liabilityMultiplier;
  if (asset >= liability) return null;
  const freed = pair.liabilityPrice * (liability - asset) - ((pair.liabilityPrice * ifFee) / PPM) * liability;
  if (freed <= 0n) return null;
  const [up, down] = scales(BigInt(pair.liabilityDecimals) - QUOTE_DECIMALS);
  return max((marginShortage * up * PRICE_PRECISION * MARGIN_PRECISION * 10n) / freed / down, 1n);
}

/** An amount of a token, 10^-decimals. */
export interface TokenAmount {
  readonly amount: bigint;
  readonly decimals: number;
}

/** With its liquidation multiplier and its price, both 1e-6. */
export interface TokenSide extends TokenAmount {
  readonly multiplier: bigint;
  readonly price: bigint;
}

/** Liability paid for a whole asset, rounded up: `ceil(asset * priceA * mL / (priceL * mA))` (math/liquidation.rs calculate_liability_transfer_implied_by_asset_amount). */
export function liabilityImpliedByAsset(asset: TokenSide, liability: Omit<TokenSide, 'amount'>): bigint {
  const [up, down] = scales(BigInt(liability.decimals - asset.decimals));
  return ceilDiv(ceilDiv(asset.amount * up * asset.price * liability.multiplier, liability.price * asset.multiplier), down);
}

/**
 * Asset seized for a liability, at least 1: `liability * priceL * mA / (priceA * mL)`, and the whole balance `asset.amount` where the difference is
 * worth less than $1 (math/liquidation.rs calculate_asset_transfer_for_liability_transfer).
 */
export function assetTransferForLiability(asset: TokenSide, liability: TokenSide): bigint {
  const [up, down] = scales(BigInt(asset.decimals - liability.decimals));
  const transfer = max((liability.amount * up * liability.price * asset.multiplier) / (asset.price * liability.multiplier) / down, 1n);
  const [valueUp, valueDown] = scales(BigInt(asset.decimals) - QUOTE_DECIMALS);
  const difference = (((abs(transfer - asset.amount) * asset.price) / PRICE_PRECISION) * valueUp) / valueDown;
  return difference < DUST_VALUE ? asset.amount : transfer;
}

/** `1 + fee` where the liquidator buys, `1 - fee` where he sells, 1e-6 (math/liquidation.rs calculate_liquidation_multiplier). */
export function liquidationMultiplier(fee: bigint, type: 'premium' | 'discount'): bigint {
  return type === 'premium' ? PPM + fee : PPM - fee;
}

/**
 * Share of the shortage that may be freed now, 1e-4: all of it below $50, else `initialPct + slots / duration` (at most 1) of the shortage there was
 * at the beginning, less what is freed already (math/liquidation.rs calculate_max_pct_to_liquidate).
 */
export function maxPctToLiquidate(at: {
  readonly marginShortage: bigint;
  readonly marginFreed: bigint;
  readonly slotsElapsed: bigint;
  readonly initialPct: bigint;
  readonly duration: bigint;
}): bigint {
  if (at.marginShortage < TINY_MARGIN_SHORTAGE) return MARGIN_PRECISION;
  const elapsed = at.duration === 0n ? MARGIN_PRECISION : (at.slotsElapsed * MARGIN_PRECISION) / at.duration;
  const freeable = ((at.marginShortage + at.marginFreed) * min(elapsed + at.initialPct, MARGIN_PRECISION)) / MARGIN_PRECISION;
  return (saturatingSub(freeable, at.marginFreed) * MARGIN_PRECISION) / at.marginShortage;
}

/** Base fee for the first 1,500 slots of inactivity, from then on base + 1e-6 per slot since the last activity, capped; 1e-6 (math/liquidation.rs get_liquidation_fee). */
export function liquidationFee(baseFee: bigint, maxFee: bigint, slotsElapsed: bigint): bigint {
  return slotsElapsed < LIQUIDATION_FEE_GRACE_SLOTS ? baseFee : min(baseFee + slotsElapsed * LIQUIDATION_FEE_INCREASE_PER_SLOT, maxFee);
}

/** `min(max, 0.95 * (ratio - liquidatorFee - shortage / (size * price)))`, at least 0, 1e-6 (math/liquidation.rs calculate_perp_if_fee). `baseAmount` 1e-9. */
export function perpIfFee(close: Omit<PerpClose, 'ifFee'> & { readonly baseAmount: bigint; readonly maxIfFee: bigint }): bigint {
  const ratio = close.marginRatio * MARGIN_TO_FEE;
  const price = (close.oraclePrice * close.quoteOraclePrice) / PRICE_PRECISION;
  if (price === 0n || ratio <= close.liquidatorFee || close.baseAmount === 0n) return 0n;
  const shortage = (((close.marginShortage * BASE_PRECISION) / close.baseAmount) * PRICE_PRECISION) / price;
  return min(close.maxIfFee, (saturatingSub(ratio - close.liquidatorFee, shortage) * 19n) / 20n);
}

/** `min(max, (wL - wA * mA / mL - shortage / (amount * price)) / wL)`, at least 0, 1e-6 (math/liquidation.rs calculate_spot_if_fee). `amount` of the liability, 10^-decimals. */
export function spotIfFee(pair: SpotPair, marginShortage: bigint, amount: bigint, maxIfFee: bigint): bigint {
  if (pair.assetWeight >= pair.liabilityWeight || pair.liabilityPrice === 0n || amount === 0n || pair.liabilityMultiplier === 0n) return 0n;
  const liability = pair.liabilityWeight * MARGIN_TO_FEE;
  const asset = (pair.assetWeight * MARGIN_TO_FEE * pair.assetMultiplier) / pair.liabilityMultiplier;
  const shortage = (marginShortage * PPM * 10n ** BigInt(pair.liabilityDecimals)) / amount / pair.liabilityPrice;
  return min(maxIfFee, (saturatingSub(saturatingSub(liability, asset), shortage) * PPM) / liability);
}

/** Limit price of the liquidation order, 1e-6: oracle less the fee when a long is sold, plus the fee when a short is bought back (math/liquidation.rs get_liquidation_order_params). */
export function liquidationLimitPrice(oraclePrice: bigint, liquidatorFee: bigint, isLong: boolean): bigint {
  const fee = (oraclePrice * liquidatorFee) / PPM;
  return isLong ? oraclePrice - fee : oraclePrice + fee;
}

/** Liability per asset, 1e-6: `liability / asset`, rounded down at each step (math/spot_swap.rs calculate_swap_price). */
export function swapPrice(asset: TokenAmount, liability: TokenAmount): bigint {
  const perUnit = (liability.amount * PRICE_PRECISION) / 10n ** BigInt(liability.decimals);
  return (perUnit * 10n ** BigInt(asset.decimals)) / asset.amount;
}

/** A swap in a liquidation may be no worse than `priceA * mL / (priceL * mA)`; equality passes (math/liquidation.rs validate_swap_within_liquidation_boundaries). */
export function isSwapWithinBounds(asset: TokenSide, liability: TokenSide): boolean {
  const worst = (asset.price * PRICE_PRECISION * liability.multiplier) / liability.price / asset.multiplier;
  return swapPrice(asset, liability) >= worst;
}

/** The liquidator's own limit: asset received per liability >= limit, 1e-6; null = none (math/liquidation.rs validate_transfer_satisfies_limit_price). */
export function isWithinLimitPrice(asset: TokenAmount, liability: TokenAmount, limitPrice: bigint | null): boolean {
  return limitPrice === null || swapPrice(liability, asset) >= limitPrice;
}

/**
 * Loss (1e-6 quote) per base unit that longs AND shorts pay through cumulative funding, 1e-9: `ceil(|loss| * 1e9 / (|long| + |short|)) * 1000`.
 * Throws where nobody is left to pay (math/liquidation.rs calculate_funding_rate_deltas_to_resolve_bankruptcy).
 */
export function fundingRateDelta(loss: bigint, baseLong: bigint, baseShort: bigint): bigint {
  const size = abs(baseLong) + abs(baseShort);
  if (size === 0n) throw new RangeError('no open position to carry the loss');
  return ceilDiv(abs(loss) * BASE_PRECISION, size) * 1_000n;
}

/** Tokens (10^-decimals) behind a deposit balance of 1e-9 at the cumulative interest of 1e-10 (math/spot_balance.rs get_token_amount). */
export function depositTokenAmount(depositBalance: bigint, cumulativeDepositInterest: bigint, decimals: number): bigint {
  return (depositBalance * cumulativeDepositInterest) / 10n ** BigInt(19 - decimals);
}

/**
 * What cumulative deposit interest loses to a borrow nobody repays: `ceil(interest * borrow / deposits)`, 0 without deposits
 * (math/liquidation.rs calculate_cumulative_deposit_interest_delta_to_resolve_bankruptcy).
 */
export function depositInterestDelta(borrow: bigint, cumulativeDepositInterest: bigint, totalDeposits: bigint): bigint {
  return totalDeposits === 0n ? 0n : ceilDiv(cumulativeDepositInterest * borrow, totalDeposits);
}

/**
 * Oracle price at which collateral equals the requirement while everything else stands still, doubles: `P - (collateral - requirement) / (q - |q| * ratio)`.
 * The ratio depends on size alone, so the line is straight; null where not positive. Profit at full weight, quote at 1.
 */
export function liquidationPrice(at: { readonly size: number; readonly oraclePrice: number; readonly freeCollateral: number; readonly marginRatio: number }): number | null {
  const price = at.oraclePrice - at.freeCollateral / (at.size - Math.abs(at.size) * at.marginRatio);
  return price > 0 && Number.isFinite(price) ? price : null;
}

function ofRequirement(initial: bigint, maintenance: bigint, requirement: Requirement): bigint {
  return requirement === 'initial' ? initial : requirement === 'maintenance' ? maintenance : (initial + maintenance) / 2n;
}

/** 10^-decimals to 1e-9. */
function toBase(amount: bigint, decimals: number): bigint {
  const [up, down] = scales(BigInt(9 - decimals));
  return (amount * up) / down;
}

/** Factor above and below the line that make 10^exponent. */
function scales(exponent: bigint): readonly [up: bigint, down: bigint] {
  return exponent >= 0n ? [10n ** exponent, 1n] : [1n, 10n ** -exponent];
}
