import { type CloseOut, impactCurve, type Institution, type Loan, type MarginAccount, type MarginTier, type Market, type Portfolio, type Scenario } from '../../src/engine/index.js';

/**
 * A second, slow engine, written from the definitions without rows or maintenance amounts, in units: only parts of holdings are rounded up to lots. It is the
 * independent route that the real one is compared with. The requirement is summed tier by tier (rate times the part of the notional inside the tier).
 */
interface Party {
  readonly reference: string;
  readonly isLoan: boolean;
  /** Largest, target and resolution leverage; what else it owns, cash among it. Its `cash` is all that less the debt. */
  readonly balance?: { readonly max: number; readonly target: number; readonly resolution: number; readonly other: number; readonly isLinear: boolean; purse: number };
  readonly terms: { closeFactor: number; bonus: number; dumped: number; fullCloseHealthFactor: number; fullCloseBelow: number; minimumLeftover: number };
  /** Before entry values are taken off it. */
  readonly money: number;
  cash: number;
  readonly holdings: Holding[];
  stops: { symbol: string; sold: number; trigger: number; reduceOnly: boolean }[];
  closed: boolean;
}

interface Holding {
  readonly symbol: string;
  readonly first: number;
  quantity: number;
  readonly weight: number;
  readonly kind: 'contract' | 'collateral' | 'debt' | 'illiquid';
}

type Prices = Record<string, number>;

export interface NaiveResult {
  readonly prices: Prices;
  readonly rounds: number;
  readonly closedIn: Record<string, number>;
  /** At the final prices, before anybody bears a loss. */
  readonly equity: Record<string, number>;
  readonly toxic: ReadonlySet<string>;
}

const TOLERANCE = 1e-12;
/** Of what is a whole number of lots but for binary. */
const ROUNDING = 2 ** -50;

/** What a party wants to trade of a holding; the proceeds of a liquidator's sale are not the party's. */
interface Order {
  readonly party: Party;
  readonly holding: Holding;
  readonly quantity: number;
  readonly forLiquidator: boolean;
}

export function naiveCascade(market: Market, portfolio: Portfolio, scenario: Scenario): NaiveResult {
  const asset = (symbol: string) => market.assets.find((candidate) => candidate.symbol === symbol)!;
  const tiersOf = (symbol: string) => asset(symbol).tiers ?? [];
  const shocked: Prices = {};
  for (const { symbol, price } of market.assets) shocked[symbol] = price * (1 + (scenario.shocks?.find((s) => s.symbol === symbol)?.shock ?? scenario.marketShock ?? 0));
  const curve = (symbol: string) => impactCurve(asset(symbol), scenario.impactOverrides?.find((o) => o.symbol === symbol)?.impact ?? asset(symbol).impact ?? { model: 'none' }, shocked[symbol], scenario.depthMultiplier ?? 1);
  const closeOut = scenario.closeOut ?? { policy: 'full' };
  /** A part of a quantity, rounded up to lots. */
  const wholeLots = (part: number, { symbol, quantity }: Pick<Holding, 'symbol' | 'quantity'>, least = 0) => {
    const lot = asset(symbol).lotSize!;
    const all = Math.abs(quantity) / lot;
    const lots = Math.max(least, Math.ceil(part * all * (1 - ROUNDING)));
    return lots < all * (1 - TOLERANCE) ? Math.sign(quantity) * lots * lot : quantity;
  };
  const all = parties(portfolio);
  const first = Object.fromEntries(market.assets.map(({ symbol, price }) => [symbol, price]));
  const gross = new Map(all.map((party) => [party, grossOf(party, first)]));
  const netSold: Prices = Object.fromEntries(market.assets.map(({ symbol }) => [symbol, 0]));
  const closedIn: Record<string, number> = {};
  const toxic = new Set<string>();
  let prices = shocked;
  for (let round = 1; ; round++) {
    const orders: Order[] = [];
    let hasActed = false;
    for (const party of all.filter(({ closed }) => !closed)) {
      if (party.balance) {
        const { balance, holdings } = party;
        const value = (held: readonly Holding[]) => held.reduce((sum, h) => sum + h.quantity * prices[h.symbol], 0);
        const assets = value(holdings) + balance.other + balance.purse;
        const equity = value(holdings) + party.cash;
        const tolerance = TOLERANCE * gross.get(party)!;
        const lost = holdings.reduce((sum, h) => sum + h.first * (first[h.symbol] - prices[h.symbol]), 0);
        if (balance.isLinear ? lost <= tolerance : partyHealth(party, prices, tiersOf) >= -tolerance) continue;
        const tradable = holdings.filter(({ kind }) => kind === 'collateral');
        const isResolved = equity <= 0 || assets > balance.resolution * equity + tolerance;
        if (balance.isLinear && !isResolved) {
          const part = Math.min(1, ((balance.target - 1) * lost) / tradable.reduce((sum, h) => sum + h.first * first[h.symbol], 0));
          const more = tradable
            .map((holding) => ({ party, holding, quantity: wholeLots(part, { ...holding, quantity: holding.first }) - (holding.first - holding.quantity), forLiquidator: false }))
            .filter(({ holding, quantity }) => quantity > TOLERANCE * holding.first);
          orders.push(...more);
          if (more.length > 0) closedIn[party.reference] ??= round;
          continue;
        }
        const payment = isResolved || balance.purse <= tolerance ? 0 : Math.max(0, Math.min(balance.purse, assets - balance.target * equity));
        balance.purse -= payment;
        const part = isResolved ? 1 : Math.min(1, (assets - balance.target * equity - payment) / value(tradable));
        if (part > 0) for (const holding of tradable) orders.push({ party, holding, quantity: wholeLots(part, holding), forLiquidator: false });
        const isNew = isResolved || payment > 0 || (part > 0 && value(tradable) > 0);
        if (isNew) closedIn[party.reference] ??= round;
        hasActed ||= isNew;
        party.closed = isResolved;
        continue;
      }
      const slack = TOLERANCE * gross.get(party)!;
      const health = naiveHealth(party.cash, party.holdings, prices, tiersOf);
      if (party.isLoan ? health < -slack : health < slack) {
        const begun = closedIn[party.reference] as number | undefined;
        closedIn[party.reference] ??= round;
        if (party.isLoan) {
          const worth = (kind: Holding['kind']) => party.holdings.filter((h) => h.kind === kind).reduce((sum, h) => sum + h.quantity * prices[h.symbol], 0);
          const debt = -party.cash - worth('debt');
          const healthFactor = 1 + health / debt;
          const part = naivePart(party.terms, { debt, collateral: worth('collateral'), healthFactor, tolerance: slack });
          const fraction = Math.min(1, (part * debt * (1 + party.terms.bonus)) / worth('collateral'));
          const taken = new Map(party.holdings.filter(({ kind }) => kind === 'collateral').map((holding) => [holding, wholeLots(fraction, holding)]));
          const seized = [...taken].reduce((sum, [{ symbol }, units]) => sum + units * prices[symbol], 0);
          const repaid = part === 1 && fraction < 1 ? debt : Math.min(debt, seized / (1 + party.terms.bonus));
          for (const holding of party.holdings) {
            if (holding.kind === 'debt') holding.quantity *= 1 - repaid / debt;
            if (holding.kind !== 'collateral') continue;
            orders.push({ party, holding, quantity: wholeLots(party.terms.dumped, { ...holding, quantity: taken.get(holding)! }), forLiquidator: true });
            holding.quantity -= taken.get(holding)!;
          }
          party.cash *= 1 - repaid / debt;
          const debtLeft = debt - repaid;
          if (debtLeft > slack && 1 + naiveHealth(party.cash, party.holdings, prices, tiersOf) / debtLeft < healthFactor * (1 - 1e-9)) toxic.add(party.reference);
          party.closed = worth('collateral') === 0;
          hasActed = true; // whether or not anything of it is sold
        } else if (closeOut.policy === 'staged' && begun !== undefined && round < begun + (closeOut.cooldown ?? 1)) {
          hasActed = true; // waits for its second stage
        } else {
          const part = closedPart(party, prices, tiersOf, closeOut, begun === undefined);
          for (const holding of part === 1 ? party.holdings : party.holdings.filter(({ kind }) => kind === 'contract')) orders.push({ party, holding, quantity: wholeLots(part, holding, closeOut.policy === 'partial' ? 1 : 0), forLiquidator: false });
          party.closed = part === 1;
        }
        continue;
      }
      for (const stop of party.stops.filter(({ symbol, sold, trigger }) => Math.sign(sold) * (prices[symbol] - trigger) <= TOLERANCE * trigger)) {
        party.stops = party.stops.filter((other) => other !== stop);
        const contracts = party.holdings.filter((h) => h.kind === 'contract' && h.symbol === stop.symbol);
        const holding = contracts.find((h) => Math.sign(h.quantity) === Math.sign(stop.sold)) ?? contracts[0];
        const ordered = orders.filter((order) => order.holding === holding).reduce((sum, order) => sum + order.quantity, 0);
        const reducible = Math.max(0, Math.sign(stop.sold) * (holding.quantity - ordered));
        orders.push({ party, holding, quantity: stop.reduceOnly ? Math.sign(stop.sold) * Math.min(Math.abs(stop.sold), reducible) : stop.sold, forLiquidator: false });
      }
    }
    if (!hasActed && !orders.some(({ quantity }) => quantity !== 0)) return { prices, rounds: round - 1, closedIn, toxic, equity: Object.fromEntries(all.map((p) => [p.reference, p.holdings.reduce((sum, h) => sum + h.quantity * prices[h.symbol], p.cash)])) };
    const next: Prices = { ...prices };
    for (const { symbol } of market.assets) {
      const mine = orders.filter(({ holding, quantity }) => holding.symbol === symbol && quantity !== 0);
      const net = mine.reduce((sum, { quantity }) => sum + quantity, 0);
      const { price, average } = curve(symbol);
      const execution = Math.abs(net) < 1e-9 ? prices[symbol] : average(netSold[symbol], netSold[symbol] + net);
      for (const { party, holding, quantity } of mine.filter(({ forLiquidator }) => !forLiquidator)) {
        holding.quantity -= quantity;
        party.cash += quantity * execution;
      }
      netSold[symbol] += net;
      if (Math.abs(net) >= 1e-9) next[symbol] = price(netSold[symbol]);
    }
    prices = next;
  }
}

/** Part of the contracts that a liquidatable account closes; 1: of everything. The slice is found by halving. */
function closedPart({ cash, holdings }: Party, prices: Prices, tiersOf: (symbol: string) => readonly MarginTier[], closeOut: CloseOut, isFirst: boolean): number {
  const own = holdings.reduce((sum, { symbol, quantity, weight }) => sum + quantity * prices[symbol] * weight, cash);
  if (closeOut.policy === 'full' || own <= 0 || (closeOut.policy === 'staged' && !isFirst)) return 1;
  if (closeOut.policy === 'staged') return closeOut.firstFraction ?? 0.5;
  const required = (kept: number) => holdings.reduce((sum, { symbol, quantity, kind }) => (kind === 'contract' ? sum + bracketed(tiersOf(symbol), kept * Math.abs(quantity) * prices[symbol]) : sum), 0);
  let [low, high] = [0, 1];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (required(middle) * (closeOut.targetMarginRatio ?? 1.25) <= own) low = middle;
    else high = middle;
  }
  return 1 - low;
}

/** Part of a loan's debt that one call repays: what it would leave behind is asked after trying it. */
function naivePart(terms: Party['terms'], { debt, collateral, healthFactor, tolerance }: { debt: number; collateral: number; healthFactor: number; tolerance: number }): number {
  if (healthFactor * debt <= terms.fullCloseHealthFactor * debt + tolerance) return 1;
  if (debt < terms.fullCloseBelow - tolerance || collateral < terms.fullCloseBelow - tolerance) return 1;
  const collateralLeft = collateral - terms.closeFactor * debt * (1 + terms.bonus);
  const debtLeft = debt * (1 - terms.closeFactor);
  if (collateralLeft <= 0 || debtLeft === 0) return terms.closeFactor;
  return debtLeft < terms.minimumLeftover - tolerance || collateralLeft < terms.minimumLeftover - tolerance ? 1 : terms.closeFactor;
}

/** Health of a party at prices: of an institution `equity - assets / leverageMax`. */
export function partyHealth({ cash, holdings, balance }: Party, prices: Prices, tiersOf: (symbol: string) => readonly MarginTier[]): number {
  if (!balance) return naiveHealth(cash, holdings, prices, tiersOf);
  const worth = holdings.reduce((sum, { symbol, quantity }) => sum + quantity * prices[symbol], 0);
  return worth + cash - (worth + balance.other + balance.purse) / balance.max;
}

/** What a rounding error is relative to: everything that a party holds and owes, at prices. */
export function grossOf({ money, holdings, balance }: Party, prices: Prices): number {
  return Math.abs(money) + holdings.reduce((sum, { symbol, quantity }) => sum + Math.abs(quantity) * prices[symbol], 0) + (balance ? 2 * (balance.other + balance.purse) : 0);
}

/** Health of holdings at prices, from the definition. */
export function naiveHealth(cash: number, holdings: readonly Holding[], prices: Prices, tiersOf: (symbol: string) => readonly MarginTier[]): number {
  return holdings.reduce((sum, { symbol, quantity, weight, kind }) => {
    const value = quantity * prices[symbol];
    return sum + value * weight - (kind === 'contract' ? bracketed(tiersOf(symbol), Math.abs(value)) : 0);
  }, cash);
}

/** Like income tax: each tier's rate on the part of the notional inside it. */
export function bracketed(tiers: readonly MarginTier[], notional: number): number {
  return tiers.reduce((sum, { minNotional, maintenanceMarginRate }, k) => {
    const end = tiers[k + 1]?.minNotional ?? Infinity;
    return sum + maintenanceMarginRate * Math.max(0, Math.min(notional, end) - minNotional);
  }, 0);
}

export function parties(portfolio: Portfolio): Party[] {
  return [...(portfolio.accounts ?? []).flatMap(accountParties), ...(portfolio.loans ?? []).map(loanParty), ...(portfolio.institutions ?? []).map(institutionParty)];
}

const NO_TERMS = { closeFactor: 0, bonus: 0, dumped: 0, fullCloseHealthFactor: -Infinity, fullCloseBelow: 0, minimumLeftover: 0 };

function accountParties({ reference, marginMode, balance = 0, collateral = [], positions = [], stopOrders = [] }: MarginAccount): Party[] {
  const sized = positions.map((p) => ({ ...p, quantity: (p.side === 'long' ? 1 : -1) * p.contracts * (p.contractSize ?? 1) }));
  const stops = stopOrders.map((s) => ({ symbol: s.symbol, sold: s.side === 'sell' ? s.amount : -s.amount, trigger: s.triggerPrice, reduceOnly: s.reduceOnly ?? false }));
  const holding = (p: { symbol: string; quantity: number }): Holding => ({ symbol: p.symbol, first: p.quantity, quantity: p.quantity, weight: 1, kind: 'contract' });
  const party = { isLoan: false, terms: NO_TERMS, closed: false };
  if (marginMode === 'isolated') {
    return sized.map((p) => ({ ...party, reference: `${reference}/${p.symbol}`, money: p.margin ?? 0, cash: (p.margin ?? 0) - p.quantity * p.entryPrice, holdings: [holding(p)], stops: stops.filter((s) => s.symbol === p.symbol && Math.sign(s.sold) === Math.sign(p.quantity)) }));
  }
  const cash = sized.reduce((sum, p) => sum - p.quantity * p.entryPrice, balance);
  const spot = collateral.map((c): Holding => ({ symbol: c.symbol, first: c.quantity, quantity: c.quantity, weight: 1 - (c.haircut ?? 0), kind: 'collateral' }));
  return [{ ...party, reference, money: balance, cash, holdings: [...spot, ...sized.map(holding)], stops }];
}

function institutionParty({ reference, holdings, otherAssets = 0, cash = 0, liabilities, leverageMax, leverageTarget, resolutionLeverage, rule }: Institution): Party {
  const balance = { max: leverageMax, target: leverageTarget ?? leverageMax, resolution: resolutionLeverage ?? Infinity, other: otherAssets, isLinear: rule === 'linear', purse: cash };
  const held = holdings.map((h): Holding => ({ symbol: h.symbol, first: h.quantity, quantity: h.quantity, weight: 1, kind: h.isIlliquid ? 'illiquid' : 'collateral' }));
  return { reference, isLoan: false, terms: NO_TERMS, balance, closed: false, money: otherAssets + cash - liabilities, cash: otherAssets + cash - liabilities, holdings: held, stops: [] };
}

function loanParty({ reference, collateral, debts, closeFactor, liquidationBonus, dumpedShare = 1, fullCloseHealthFactor, fullCloseBelow, minimumLeftover }: Loan): Party {
  const holdings: Holding[] = [
    ...collateral.map((c): Holding => ({ symbol: c.symbol, first: c.quantity, quantity: c.quantity, weight: c.liquidationThreshold, kind: 'collateral' })),
    ...debts.flatMap((d): Holding[] => (d.symbol == null ? [] : [{ symbol: d.symbol, first: -d.quantity, quantity: -d.quantity, weight: 1, kind: 'debt' }])),
  ];
  const cash = debts.reduce((sum, d) => (d.symbol == null ? sum - d.quantity : sum), 0);
  const fullClose = { fullCloseHealthFactor: fullCloseHealthFactor ?? -Infinity, fullCloseBelow: fullCloseBelow ?? 0, minimumLeftover: minimumLeftover ?? 0 };
  return { reference, isLoan: true, terms: { closeFactor: closeFactor ?? 1, bonus: liquidationBonus ?? 0, dumped: dumpedShare, ...fullClose }, closed: false, money: cash, cash, holdings, stops: [] };
}
