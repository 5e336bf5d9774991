import { abs, ceilDiv, floorDiv, max, min, mulPpm, mulPpmUp, PPM, type Ratio, ratio, scalePow10, sign } from './fixed-point.js';

/**
 * dYdX v4, all in integers: quote quantums (1e-6 USDC), base quantums (10^atomicResolution coins), rates in parts per million.
 * Source of every formula: dydxprotocol/v4-chain @84d4664b, the file and function named at each.
 */
export const QUOTE_ATOMIC_RESOLUTION = -6;

/** Largest price a book takes, in subticks: 2^64 - 1. */
const MAX_SUBTICKS = 2n ** 64n - 1n;

/** Net collateral and requirements of a position or an account, quote quantums; a position's `nc` is its signed notional. */
export interface Risk {
  readonly nc: bigint;
  readonly mmr: bigint;
  readonly imr: bigint;
}

/** `openInterest*Cap` in quote quantums; an upper cap of 0 turns the scaling off. */
export interface LiquidityTier {
  readonly initialMarginPpm: bigint;
  readonly maintenanceFractionPpm: bigint;
  readonly openInterestLowerCap?: bigint;
  readonly openInterestUpperCap?: bigint;
}

/** A market and its oracle price: `price * 10^priceExponent` USDC per coin. Positive `openInterestQuantums` in base quantums. */
export interface Perpetual {
  readonly id: string;
  readonly price: bigint;
  readonly priceExponent: number;
  readonly atomicResolution: number;
  readonly tier: LiquidityTier;
  readonly openInterestQuantums?: bigint;
}

export interface Position {
  readonly perpetual: Perpetual;
  /** Base quantums; negative = short. */
  readonly quantums: bigint;
}

/** One cross-margined account: quote balance in quote quantums, positions of different perpetuals. */
export interface Subaccount {
  readonly quoteQuantums: bigint;
  readonly positions: readonly Position[];
}

/** A change of one position: `deltaQuantums` has the sign of the trade, against the position it closes. */
export interface Close {
  readonly perpetualId: string;
  readonly deltaQuantums: bigint;
}

/** NC < MMR, and MMR > 0: equality is safe, and so is a negative balance without positions (lib/margin/risk.go IsLiquidatable). */
export function isLiquidatable({ nc, mmr }: Risk): boolean {
  return mmr > 0n && nc < mmr;
}

/** NC >= IMR (lib/margin/risk.go IsInitialCollateralized). */
export function isInitialCollateralized({ nc, imr }: Risk): boolean {
  return nc >= imr;
}

/**
 * 1 if `a` is riskier than `b`, -1 if less, 0 if equal: the lower NC/MMR, then the larger MMR, without any MMR the lower NC.
 * Cross-multiplied, because a division would round (lib/margin/risk.go Cmp).
 */
export function compareRisk(a: Risk, b: Risk): -1 | 0 | 1 {
  const byRatio = sign(b.nc * a.mmr - a.nc * b.mmr);
  if (byRatio !== 0) return byRatio;
  return a.mmr === 0n && b.mmr === 0n ? sign(b.nc - a.nc) : sign(a.mmr - b.mmr);
}

/** `quantums * 10^atomicResolution * price / 10^-6`, quote quantums, signed, towards zero (lib/quantums.go BaseToQuoteQuantums). */
export function notionalQuantums({ price, priceExponent, atomicResolution }: Perpetual, quantums: bigint): bigint {
  return scalePow10(quantums * price, priceExponent + atomicResolution - QUOTE_ATOMIC_RESOLUTION);
}

/** The inverse, base quantums towards zero (lib/quantums.go QuoteToBaseQuantums). */
export function baseQuantums({ price, priceExponent, atomicResolution }: Perpetual, quoteQuantums: bigint): bigint {
  return scalePow10(quoteQuantums, -(priceExponent + atomicResolution - QUOTE_ATOMIC_RESOLUTION)) / price;
}

/**
 * Initial margin fraction under open interest: `imf + floor((1 - imf) * (OI - lower) / (upper - lower))` between the caps, ppm
 * (x/perpetuals/types/liquidity_tier.go GetAdjustedInitialMarginPpm). Open interest in quote quantums.
 */
export function adjustedInitialMarginPpm(tier: LiquidityTier, openInterestQuoteQuantums: bigint): bigint {
  const { initialMarginPpm, openInterestLowerCap: lower = 0n, openInterestUpperCap: upper = 0n } = tier;
  if (upper === 0n || openInterestQuoteQuantums <= lower) return initialMarginPpm;
  if (openInterestQuoteQuantums >= upper) return PPM;
  return initialMarginPpm + floorDiv((PPM - initialMarginPpm) * (openInterestQuoteQuantums - lower), upper - lower);
}

/** Maintenance fraction of the notional, ppm, rounded down; for display only, requirements round up (liquidity_tier.go GetMaintenanceMarginPpm). */
export function maintenanceMarginPpm({ initialMarginPpm, maintenanceFractionPpm }: LiquidityTier): bigint {
  return mulPpm(initialMarginPpm, maintenanceFractionPpm);
}

/** `ceil(notional * max(adjusted IMF, the user's own IMF))`, quote quantums (liquidity_tier.go GetInitialMarginQuoteQuantums). */
export function initialMarginQuantums(tier: LiquidityTier, quoteQuantums: bigint, openInterestQuoteQuantums: bigint, customImfPpm = 0n): bigint {
  return mulPpmUp(quoteQuantums, max(adjustedInitialMarginPpm(tier, openInterestQuoteQuantums), customImfPpm));
}

/** `ceil(ceil(notional * IMF) * maintenance fraction)`: open interest does not scale it (x/perpetuals/lib/lib.go). */
export function maintenanceMarginQuantums(tier: LiquidityTier, quoteQuantums: bigint): bigint {
  return mulPpmUp(mulPpmUp(quoteQuantums, tier.initialMarginPpm), tier.maintenanceFractionPpm);
}

/** Signed notional and both requirements of a position (x/perpetuals/lib/lib.go GetPositionNetNotionalValueAndMarginRequirements). */
export function positionRisk(perpetual: Perpetual, quantums: bigint, customImfPpm = 0n): Risk {
  const size = notionalQuantums(perpetual, abs(quantums));
  const openInterest = notionalQuantums(perpetual, perpetual.openInterestQuantums ?? 0n);
  return {
    nc: notionalQuantums(perpetual, quantums),
    mmr: maintenanceMarginQuantums(perpetual.tier, size),
    imr: initialMarginQuantums(perpetual.tier, size, openInterest, customImfPpm),
  };
}

/** TNC, TMMR and TIMR: the balance plus every position, each rounded by itself (x/subaccounts/lib GetRiskForSubaccount). */
export function accountRisk({ quoteQuantums, positions }: Subaccount): Risk {
  let total: Risk = { nc: quoteQuantums, mmr: 0n, imr: 0n };
  for (const { perpetual, quantums } of positions) {
    const { nc, mmr, imr } = positionRisk(perpetual, quantums);
    total = { nc: total.nc + nc, mmr: total.mmr + mmr, imr: total.imr + imr };
  }
  return total;
}

/**
 * Quote quantums the account must receive (negative: pay) for the close so that it ends without a debt:
 * `-DNNV - floor(TNC * |DMMR| / TMMR)`. Equity is shared between the positions in proportion to their MMR; the one division
 * rounds the result up, against the account. Throws without any MMR, where the protocol panics
 * (x/clob/keeper/liquidations.go GetBankruptcyPriceInQuoteQuantums).
 */
export function bankruptcyQuoteQuantums(account: Subaccount, close: Close): bigint {
  const { perpetual, quantums } = closedPosition(account, close);
  const before = positionRisk(perpetual, quantums);
  const after = positionRisk(perpetual, quantums + close.deltaQuantums);
  const total = accountRisk(account);
  if (total.mmr === 0n) throw new RangeError('no maintenance requirement: no bankruptcy price');
  return before.nc - after.nc - floorDiv(total.nc * (before.mmr - after.mmr), total.mmr);
}

/** `bankruptcyAdjustmentPpm` at least 1e6; the genesis spread is 1_500_000 (150 % of the position's MMR). */
export interface FillablePriceConfig {
  readonly bankruptcyAdjustmentPpm: bigint;
  readonly spreadToMaintenanceMarginRatioPpm: bigint;
}

/**
 * Worst price a liquidation order takes, quote quantums per base quantum, exact: `(PNNV - ABR * SMMR * PMMR) / PS` with
 * `ABR = clamp(BA * (1 - TNC / TMMR), 0, 1)` (liquidations.go GetFillablePrice). It is the same for every slice of the position.
 */
export function fillablePrice(account: Subaccount, perpetualId: string, config: FillablePriceConfig): Ratio {
  const { perpetual, quantums } = closedPosition(account, { perpetualId, deltaQuantums: null });
  const position = positionRisk(perpetual, quantums);
  const total = accountRisk(account);
  if (total.mmr === 0n) throw new RangeError('no maintenance requirement: no fillable price');
  const whole = PPM * total.mmr;
  const rating = min(max(config.bankruptcyAdjustmentPpm * (total.mmr - total.nc), 0n), whole);
  const scale = whole * PPM;
  return ratio(position.nc * scale - rating * config.spreadToMaintenanceMarginRatioPpm * position.mmr, quantums * scale);
}

/**
 * The fillable price on the book: subticks, rounded up to a tick when a long is sold and down when a short is bought back, within
 * one tick and the largest 64-bit tick (liquidations.go ConvertFillablePriceToSubticks). A subtick is worth
 * `10^quantumConversionExponent` quote quantums per base quantum.
 */
export function fillableSubticks(price: Ratio, book: { readonly isLong: boolean; readonly quantumConversionExponent: number; readonly subticksPerTick: bigint }): bigint {
  const shift = 10n ** BigInt(Math.abs(book.quantumConversionExponent));
  const numerator = book.quantumConversionExponent < 0 ? price.numerator * shift : price.numerator;
  const denominator = book.quantumConversionExponent < 0 ? price.denominator : price.denominator * shift;
  const tick = book.subticksPerTick;
  const aligned = book.isLong ? ceilDiv(ceilDiv(numerator, denominator), tick) : floorDiv(floorDiv(numerator, denominator), tick);
  return min(max(aligned, 1n), MAX_SUBTICKS / tick) * tick;
}

/**
 * What a fill pays into the insurance fund, quote quantums; negative = the fund pays. `fillQuoteQuantums - bankruptcy price`, a surplus
 * capped at `floor(|fill| * maxLiquidationFeePpm)` (liquidations.go GetLiquidationInsuranceFundDelta).
 * `fillQuoteQuantums` is signed like the bankruptcy price: received for a sale, negative for a purchase.
 */
export function insuranceFundDelta(account: Subaccount, fill: Close & { readonly fillQuoteQuantums: bigint; readonly maxLiquidationFeePpm: bigint }): bigint {
  const delta = fill.fillQuoteQuantums - bankruptcyQuoteQuantums(account, fill);
  return delta <= 0n ? delta : min(mulPpm(abs(fill.fillQuoteQuantums), fill.maxLiquidationFeePpm), delta);
}

/** The fund may not end below zero; a fill that would do so is invalid and the account is deleveraged (x/clob/keeper/deleveraging.go IsValidInsuranceFundDelta). */
export function isInsuranceFundDeltaValid(fundQuoteQuantums: bigint, delta: bigint): boolean {
  return delta >= 0n || fundQuoteQuantums + delta >= 0n;
}

/** Per block and position; genesis: 1,000 USDC and 10 %. Notional in quote quantums. */
export interface PositionBlockLimits {
  readonly minPositionNotionalLiquidated: bigint;
  readonly maxPositionPortionLiquidatedPpm: bigint;
}

/** `min = min(limit, N)`, `max = max(min, floor(N * portion))`, quote quantums (liquidations.go GetMaxAndMinPositionNotionalLiquidatable). */
export function notionalLiquidatable({ perpetual, quantums }: Position, limits: PositionBlockLimits): { readonly min: bigint; readonly max: bigint } {
  const notional = abs(notionalQuantums(perpetual, quantums));
  const smallest = min(limits.minPositionNotionalLiquidated, notional);
  return { min: smallest, max: max(smallest, mulPpm(notional, limits.maxPositionPortionLiquidatedPpm)) };
}

/**
 * Largest size the block may close, base quantums signed as the trade: the position's and the subaccount's limit (what is left of it),
 * down to the step size but at least one step (liquidations.go GetLiquidatablePositionSizeDelta).
 */
export function liquidatableDelta(
  position: Position,
  limits: PositionBlockLimits & { readonly subaccountNotionalLeft: bigint; readonly stepBaseQuantums: bigint },
): bigint {
  const { perpetual, quantums } = position;
  const step = limits.stepBaseQuantums;
  const allowed = min(notionalLiquidatable(position, limits).max, limits.subaccountNotionalLeft);
  if (abs(notionalQuantums(perpetual, quantums)) <= allowed || abs(quantums) <= step) return -quantums;
  const size = min(max((baseQuantums(perpetual, allowed) / step) * step, step), abs(quantums));
  return quantums > 0n ? -size : size;
}

/** At the bankruptcy price when TNC < 0, else at the oracle price if the market is in final settlement, else not (deleveraging.go CanDeleverageSubaccount). */
export function deleveraging({ nc }: Risk, isFinalSettlement: boolean): 'atBankruptcyPrice' | 'atOraclePrice' | null {
  if (nc < 0n) return 'atBankruptcyPrice';
  return isFinalSettlement ? 'atOraclePrice' : null;
}

/**
 * An account may end below its initial requirement only by getting no riskier: MMR not larger, NC/MMR not lower; without positions, more collateral
 * (x/subaccounts/lib/updates.go IsValidStateTransitionForUndercollateralizedSubaccount).
 */
export function isValidTransition(before: Risk, after: Risk): boolean {
  if (isInitialCollateralized(after)) return true;
  if (after.mmr > before.mmr) return false;
  if (after.mmr === 0n || before.mmr === 0n) return after.mmr === before.mmr && after.nc > before.nc;
  return compareRisk(after, before) <= 0;
}

export interface Deleveraged {
  readonly liquidated: Subaccount;
  readonly offsetting: Subaccount;
  /** What the liquidated account received, quote quantums. */
  readonly quoteQuantums: bigint;
}

/**
 * Closes the liquidated account's position against the opposite one, both at the liquidated account's bankruptcy price, or at the oracle
 * price. `deltaQuantums` is the liquidated account's trade. Null where the two bankruptcy prices do not overlap, that is where one of the
 * accounts may not make the change, and where the position is too small to require any margin and so has no bankruptcy price
 * (deleveraging.go ProcessDeleveraging).
 */
export function deleverage(liquidated: Subaccount, offsetting: Subaccount, close: Close & { readonly isAtOraclePrice?: boolean }): Deleveraged | null {
  const { perpetualId, deltaQuantums } = close;
  const { perpetual } = closedPosition(liquidated, close);
  closedPosition(offsetting, { perpetualId, deltaQuantums: -deltaQuantums });
  const before = { liquidated: accountRisk(liquidated), offsetting: accountRisk(offsetting) };
  if (before.liquidated.mmr === 0n && !close.isAtOraclePrice) return null;
  const quoteQuantums = close.isAtOraclePrice ? notionalQuantums(perpetual, -deltaQuantums) : bankruptcyQuoteQuantums(liquidated, close);
  const after = {
    liquidated: traded(liquidated, close, quoteQuantums),
    offsetting: traded(offsetting, { perpetualId, deltaQuantums: -deltaQuantums }, -quoteQuantums),
    quoteQuantums,
  };
  const isValid = isValidTransition(before.liquidated, accountRisk(after.liquidated)) && isValidTransition(before.offsetting, accountRisk(after.offsetting));
  return isValid ? after : null;
}

/**
 * Offsets a whole position against the given accounts in order from `first`, round robin, at most `maxAccounts` of them; accounts on the
 * same side or without overlap are passed over (deleveraging.go OffsetSubaccountPerpetualPosition, which draws `first` pseudo-randomly).
 * Returns the accounts after, and what is left of the position in base quantums.
 */
export function deleverageRoundRobin(
  liquidated: Subaccount,
  offsetting: readonly Subaccount[],
  order: { readonly perpetualId: string; readonly first: number; readonly maxAccounts: number; readonly isAtOraclePrice?: boolean },
): { readonly liquidated: Subaccount; readonly offsetting: readonly Subaccount[]; readonly remainingQuantums: bigint } {
  const accounts = [...offsetting];
  let left = liquidated;
  let remaining = held(liquidated, order.perpetualId);
  for (let n = 0; n < Math.min(accounts.length, order.maxAccounts) && remaining !== 0n; n++) {
    const index = (n + order.first) % accounts.length;
    const opposite = held(accounts[index], order.perpetualId);
    if (sign(opposite) !== -sign(remaining)) continue;
    const deltaQuantums = abs(remaining) > abs(opposite) ? opposite : -remaining;
    const pair = deleverage(left, accounts[index], { perpetualId: order.perpetualId, deltaQuantums, isAtOraclePrice: order.isAtOraclePrice });
    if (pair === null) continue;
    left = pair.liquidated;
    accounts[index] = pair.offsetting;
    remaining += deltaQuantums;
  }
  return { liquidated: left, offsetting: accounts, remainingQuantums: remaining };
}

/**
 * Oracle price at which NC = MMR with all other prices standing still: `(e - s * p) / (|s| * mmf - s)`, doubles, currency per coin; null where not positive.
 * `equity` and `size` as they are at `oraclePrice`; for a cross account `equity` is less the other positions' MMR (dYdX docs, Liquidation price).
 */
export function liquidationPrice(at: { readonly size: number; readonly oraclePrice: number; readonly equity: number; readonly mmf: number }): number | null {
  const price = (at.equity - at.size * at.oraclePrice) / (Math.abs(at.size) * at.mmf - at.size);
  return price > 0 && Number.isFinite(price) ? price : null;
}

/** Price at which a position with `equity` at `entryPrice` is worth nothing: `entry - equity / size`, doubles; null where not positive (dYdX docs, Contract loss mechanisms). */
export function bankruptcyPrice(at: { readonly size: number; readonly entryPrice: number; readonly equity: number }): number | null {
  const price = at.entryPrice - at.equity / at.size;
  return price > 0 && Number.isFinite(price) ? price : null;
}

function held({ positions }: Subaccount, perpetualId: string): bigint {
  return positions.find(({ perpetual }) => perpetual.id === perpetualId)?.quantums ?? 0n;
}

/** The position a close is about; it must be on the other side of the trade and at least as large. `null` stands for all of it. */
function closedPosition({ positions }: Subaccount, close: { readonly perpetualId: string; readonly deltaQuantums: bigint | null }): Position {
  const position = positions.find(({ perpetual }) => perpetual.id === close.perpetualId);
  const quantums = position?.quantums ?? 0n;
  const delta = close.deltaQuantums ?? -quantums;
  if (position === undefined || quantums * delta >= 0n || abs(delta) > abs(quantums)) {
    throw new RangeError(`a close of ${delta} base quantums does not fit the position of ${quantums} in ${close.perpetualId}`);
  }
  return position;
}

function traded({ quoteQuantums, positions }: Subaccount, { perpetualId, deltaQuantums }: Close, received: bigint): Subaccount {
  return {
    quoteQuantums: quoteQuantums + received,
    positions: positions.flatMap((position) => {
      if (position.perpetual.id !== perpetualId) return [position];
      const quantums = position.quantums + deltaQuantums;
      return quantums === 0n ? [] : [{ ...position, quantums }];
    }),
  };
}
