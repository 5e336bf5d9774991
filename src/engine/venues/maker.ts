import { min, mulDivDown, mulDivHalfUp, RAY, WAD } from './lending-math.js';

/**
 * Maker / Sky, liquidations 2.0, in the protocol's integers: `ink`, `art`, `lot` and factors named so in wad; `rate`, `spot`, prices and cuts
 * in ray; `tab`, `dust`, holes and money in rad. Prices come from the delayed oracle (OSM, one hour).
 * Source: makerdao/dss @fa4f6630, src/spot.sol, dog.sol, clip.sol, abaci.sol.
 */

const BLN = 10n ** 9n;

/** Oracle price in units of the reference `par`: wad to ray, rounded down. */
export const feedPrice = (price: bigint, par = RAY) => mulDivDown(price * BLN, RAY, par);

/** Price over liquidation ratio `mat` (ray), rounded down. */
export const spotPrice = (price: bigint, mat: bigint, par = RAY) => mulDivDown(feedPrice(price, par), RAY, mat);

export interface Vault {
  readonly ink: bigint;
  readonly art: bigint;
  readonly rate: bigint;
  readonly spot: bigint;
}

/** Strict: collateral at the spot price equal to the debt is safe, and so is everything while the spot price is 0. */
export const isUnsafe = ({ ink, art, rate, spot }: Vault) => spot > 0n && ink * spot < art * rate;

/** Oracle price (wad) below which the vault is unsafe, rounded up: `art * rate * mat / ink`; null without collateral. */
export const liquidationPrice = ({ ink, art, rate }: Omit<Vault, 'spot'>, mat: bigint) => (ink === 0n ? null : (art * rate * mat + ink * RAY * BLN - 1n) / (ink * RAY * BLN));

export interface Limits {
  /** Liquidation penalty, wad: 1.13 = 13 %. */
  readonly chop: bigint;
  readonly dust: bigint;
  /** Room of all auctions and of this collateral's, and what they hold already. */
  readonly Hole: bigint;
  readonly Dirt: bigint;
  readonly hole: bigint;
  readonly dirt: bigint;
}

export interface Bark {
  /** Debt (normalised) and collateral taken from the vault. */
  readonly dart: bigint;
  readonly dink: bigint;
  /** Debt taken, and what the auction must raise: with the penalty, rounded down. */
  readonly due: bigint;
  readonly tab: bigint;
}

export type BarkRefusal = 'notUnsafe' | 'limitHit' | 'dustyAuction' | 'nullAuction';

/**
 * Takes as much of the vault as the room for auctions allows, `dart = min(art, room / rate / chop)` rounded down twice; all of it where the
 * rest would be dust, even above the room. A part that is dust itself is refused. Collateral pro rata, rounded down.
 */
export function bark(vault: Vault, limits: Limits): Bark | BarkRefusal {
  if (!isUnsafe(vault)) return 'notUnsafe';
  if (limits.Hole <= limits.Dirt || limits.hole <= limits.dirt) return 'limitHit';
  const { ink, art, rate } = vault;
  const room = min(limits.Hole - limits.Dirt, limits.hole - limits.dirt);
  const wanted = min(art, (room * WAD) / rate / limits.chop);
  const dart = (art - wanted) * rate < limits.dust ? art : wanted;
  if (dart < art && dart * rate < limits.dust) return 'dustyAuction';
  const dink = mulDivDown(ink, dart, art);
  return dink === 0n ? 'nullAuction' : { dart, dink, due: dart * rate, tab: mulDivDown(dart * rate, limits.chop, WAD) };
}

/** Starting price, rounded down; `buf` in ray. */
export const topPrice = (feed: bigint, buf: bigint) => mulDivDown(feed, buf, RAY);

/** Keeper's reward, rad: flat `tip` (rad) plus `chip` (wad) of the tab, rounded down. */
export const kickIncentive = (tab: bigint, { tip, chip }: { readonly tip: bigint; readonly chip: bigint }) => tip + mulDivDown(tab, chip, WAD);

/** The same for a reset, only where neither the tab nor the lot at the feed price is dust. */
export function redoIncentive({ tab, lot, feed, chost }: { readonly tab: bigint; readonly lot: bigint; readonly feed: bigint; readonly chost: bigint }, terms: { readonly tip: bigint; readonly chip: bigint }): bigint {
  return tab >= chost && lot * feed >= chost ? kickIncentive(tab, terms) : 0n;
}

/** Dust with the penalty, rounded down: the least that a part may leave in an auction. */
export const chost = (dust: bigint, chop: bigint) => mulDivDown(dust, chop, WAD);

/** How an auction's price falls. `tau` and `step` in seconds, `cut` in ray. */
export type Decrease = { readonly kind: 'linear'; readonly tau: bigint } | { readonly kind: 'stairstep'; readonly cut: bigint; readonly step: bigint } | { readonly kind: 'exponential'; readonly cut: bigint };

/** Price after `elapsed` seconds, rounded down: `top * (tau - t) / tau` and 0 from tau on; `top * cut^floor(t / step)`; `top * cut^t`. */
export function auctionPrice(top: bigint, elapsed: bigint, decrease: Decrease): bigint {
  switch (decrease.kind) {
    case 'linear':
      return elapsed >= decrease.tau ? 0n : mulDivDown(top, ((decrease.tau - elapsed) * RAY) / decrease.tau, RAY);
    case 'stairstep':
      return mulDivDown(top, rayPower(decrease.cut, elapsed / decrease.step), RAY);
    case 'exponential':
      return mulDivDown(top, rayPower(decrease.cut, elapsed), RAY);
  }
}

/** `base^n` in ray by squaring; each product rounds halves up. */
export function rayPower(base: bigint, n: bigint): bigint {
  let power = n % 2n === 1n ? base : RAY;
  for (let square = base, rest = n / 2n; rest > 0n; rest /= 2n) {
    square = mulDivHalfUp(square, square, RAY);
    if (rest % 2n === 1n) power = mulDivHalfUp(power, square, RAY);
  }
  return power;
}

/** Strictly more than `tail` seconds, or strictly below `cusp` (ray) of the starting price. */
export function needsRedo(auction: { readonly price: bigint; readonly top: bigint; readonly elapsed: bigint }, { tail, cusp }: { readonly tail: bigint; readonly cusp: bigint }): boolean {
  return auction.elapsed > tail || mulDivDown(auction.price, RAY, auction.top) < cusp;
}

export interface Auction {
  readonly tab: bigint;
  readonly lot: bigint;
}

/** `tab` and `lot` are those of the auction afterwards: both 0 once it is over. */
export interface Take extends Auction {
  /** Collateral bought and money paid. */
  readonly slice: bigint;
  readonly owe: bigint;
  /** Collateral that goes back to the vault's owner once the tab is paid, and tab that nothing is left to pay. */
  readonly returned: bigint;
  readonly unpaid: bigint;
}

/**
 * Buys up to `amount` of the lot. Never pays more than the tab (slice rounded down). A part that would leave less than `chost` is cut so
 * that exactly `chost` stays; where the tab is no more than that, only all of it can be bought and a part is refused.
 */
export function take({ tab, lot }: Auction, { amount, price, chost: least }: { readonly amount: bigint; readonly price: bigint; readonly chost: bigint }): Take | 'noPartialPurchase' {
  let slice = min(lot, amount);
  let owe = slice * price;
  if (owe > tab) {
    owe = tab;
    slice = owe / price;
  } else if (owe < tab && slice < lot && tab - owe < least) {
    if (tab <= least) return 'noPartialPurchase';
    owe = tab - least;
    slice = owe / price;
  }
  const left = { tab: tab - owe, lot: lot - slice };
  const isOver = left.tab === 0n || left.lot === 0n;
  return { ...(isOver ? { tab: 0n, lot: 0n } : left), slice, owe, returned: isOver ? left.lot : 0n, unpaid: isOver ? left.tab : 0n };
}
