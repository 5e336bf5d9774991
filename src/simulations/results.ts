import { ASSETS_MAX, choice, Choice, Flag, Fraction, List, Numeric, One, Output, Price, Quantity, Text, Whole } from '../api/fields.js';
import type * as engine from '../engine/index.js';
import { EXCHANGES_MAX } from '../markets/exchange.js';
import { AssetAttribution } from './attributions.js';
import { Cause, ForcedAction } from './causes.js';
import { Equilibrium } from './equilibria.js';
import { CrossImpactCheck, Divergence, ListingImpact, LISTINGS_MAX } from './listings.js';
import { ExchangeLosses } from './losses.js';
import { ROUND_ENTRIES_MAX } from './run.js';

/** What the engine answers, as messages. Moves are currency per unit, negative = down; quantities are units; money is the valuation currency. */

export const PartyKind = choice('PartyKind', 'A cross account, one position on its own margin, a loan, an institution, or who closes gaps between exchanges.', 'account', 'isolatedPosition', 'loan', 'institution', 'arbitrage');
export const AccountState = choice('AccountState', 'What became of an account.', 'untouched', 'stopped', 'reduced', 'called', 'deleveraged', 'liquidated');
export const NoThreshold = choice('NoThreshold', 'Why there is no liquidation price on that side.', 'neverReached', 'neverHealthy');

export const Uncertified = choice('Uncertified', "Why nothing can be said of other equilibria: the market remembers, somebody's forced trades push both ways or may shrink as the price goes on, a fault of a published model is reproduced, or the search was too long.", 'faults', 'contractRules', 'partialCloseOut', 'stopOrders', 'mixedExposure', 'iterations', 'recovery', 'lag', 'throughput', 'volatilityThinning', 'arbitrage', 'negativeCrossImpact', 'valueBasis', 'maxRounds');

@Output('How far the price of one asset goes, and why.')
export class AssetImpact implements engine.AssetImpact {
  @Text('Symbol of the asset.')
  symbol: string;

  @Price('Mark before the shock.')
  priceBefore: number;

  @Price('Mark after the shock alone.')
  shockedPrice: number;

  @Price('Mark once nobody is forced to act any more.')
  finalPrice: number;

  @Price('Lowest from the shock to the end: a price that recovers ends above it.')
  lowestPrice: number;

  @Price('Highest from the shock to the end.')
  highestPrice: number;

  @Numeric('finalPrice less where it would be once the temporary part of the impact is gone; 0 without recovery.')
  displacementLeft: number;

  @Numeric('shockedPrice - priceBefore.')
  exogenousMove: number;

  @Numeric('finalPrice - shockedPrice: what forced trading adds.')
  endogenousMove: number;

  @Numeric('(finalPrice - priceBefore) / exogenousMove; 1 when nothing is forced; null when the price moves without a shock.', { nullable: true })
  amplification: number | null;

  @Quantity('Units sold by force.')
  quantitySold: number;

  @Quantity('Units bought by force.')
  quantityBought: number;

  @Quantity('Proceeds of the forced sales at their execution prices.')
  valueSold: number;

  @Quantity('Cost of the forced purchases at their execution prices.')
  valueBought: number;

  @Price('Mean price of all forced trades; null without any.', { nullable: true })
  executionPrice: number | null;

  @Numeric('Net units that found no order-book level; negative = could not be bought.')
  unfilled: number;

  @Price('finalPrice at the worst equilibrium; null where none can be certified.', { nullable: true })
  worstPrice: number | null;

  @Flag('The impact curve reached its floor or ceiling.')
  isBounded: boolean;

  @Quantity('Units per lot that the engine counted in.', { above: 0 })
  lotSize: number;
}

@Output('The cascade in figures.')
export class Totals implements engine.Totals {
  @Whole('Parties: cross accounts, isolated positions and loans.')
  accounts: number;

  @Whole('Parties in breach before the shock; not counted as its victims.')
  inBreachBefore: number;

  @Whole('Parties liquidated by the shock alone.')
  liquidatedByShock: number;

  @Whole("Parties liquidated by others' forced selling.")
  liquidatedByCascade: number;

  @Whole('Stop orders triggered.')
  stopsTriggered: number;

  @Quantity('Proceeds of all forced sales.')
  valueSold: number;

  @Quantity('Cost of all forced purchases.')
  valueBought: number;

  @Quantity('Negative equity of closed accounts plus debt left without collateral.')
  badDebt: number;

  @Whole('Rounds until nobody acted.')
  rounds: number;

  @Flag('Nobody acts at the final prices; false: the bound on rounds was reached first.')
  isFixedPoint: boolean;

  @Flag('The certificate, of the equilibria in `equilibrium`. true: there is one on this side of the shocked prices. false: a worse one exists. null: see uncertifiedBecause.', { nullable: true })
  isUnique: boolean | null;

  @Whole('Parties liquidated at the worst equilibrium; null where none can be certified.', { nullable: true })
  liquidatedAtWorst: number | null;

  @Choice(Uncertified, 'Why there is no certificate.', { nullable: true })
  uncertifiedBecause: engine.Uncertified | null;
}

@Output('The rules that the numbers depend on, by name.')
export class Convention {
  @Text('Everybody acts at the same marks, then prices move once.')
  rounds: string;

  @Text('Prices depend on the cumulative quantity, never on that of a round.')
  impact: string;

  @Text('Price that the trades of a round get.')
  execution: string;

  @Text('How a book that is too thin is shared out.')
  fills: string;

  @Text('Order among equals.')
  ties: string;

  @Text('What a full close-out sells.')
  fullClose: string;

  @Text('When a margin account is liquidated.')
  marginTrigger: string;

  @Text('When a loan is called.')
  loanTrigger: string;

  @Text('When fees, fund, deleveraging and socialised losses are booked.')
  losses: string;
}

@Output('The answer of a simulation.')
export class Summary implements engine.Summary {
  @List(() => AssetImpact, ASSETS_MAX, 'Each asset, in the order of the market.')
  assets: AssetImpact[];

  @List(() => ListingImpact, LISTINGS_MAX, 'Each asset on each exchange; none where the market names no exchange.')
  listings: ListingImpact[];

  @One(() => Totals, 'The cascade in figures.')
  totals: Totals;

  @List(() => ExchangeLosses, EXCHANGES_MAX, 'Who bore the losses, exchange by exchange, in the order of the market.')
  exchanges: ExchangeLosses[];

  @One(() => Equilibrium, 'The equilibria of the memoryless responses; null where totals.uncertifiedBecause says why.', { nullable: true })
  equilibrium: Equilibrium | null;

  @List(() => AssetAttribution, ASSETS_MAX, 'Who moved each price.')
  attribution: AssetAttribution[];

  @One(() => CrossImpactCheck, 'Of the market that has cross-impact.', { nullable: true })
  crossImpact: CrossImpactCheck | null;

  @One(() => Convention, 'The rules that the numbers depend on.')
  convention: engine.Summary['convention'];
}

@Output('One asset that traded in a round, on one exchange.')
export class RoundPrice implements engine.RoundPrice {
  @Text('Symbol of the asset.')
  symbol: string;

  @Text('Name of the exchange; null where the market names none.', { nullable: true })
  exchange: string | null;

  @Price('Mark before the round.')
  priceBefore: number;

  @Price('Mark after the round.')
  priceAfter: number;

  @Price('Price of all fills of the round; null when none was possible.', { nullable: true })
  executionPrice: number | null;

  @Quantity('Units sold by force.')
  quantitySold: number;

  @Quantity('Units bought by force.')
  quantityBought: number;

  @Numeric('Net units that found no order-book level.')
  unfilled: number;
}

@Output('One forced trade.')
export class LedgerEntry implements engine.LedgerEntry {
  @Whole('The round, from 1.')
  round: number;

  @Choice(PartyKind, 'Who had to act.')
  party: engine.PartyKind;

  @Text('Reference of the account, loan or institution; arbitrage beside the party of that name.')
  account: string;

  @Text('Symbol of the position where it is isolated.', { nullable: true })
  position: string | null;

  @Text('Symbol of the asset.')
  symbol: string;

  @Text('Name of the exchange; null where the market names none.', { nullable: true })
  exchange: string | null;

  @Choice(ForcedAction, 'What it had to do.')
  action: engine.LedgerEntry['action'];

  @Choice(Cause, 'Why.')
  cause: engine.LedgerEntry['cause'];

  @Numeric('Units sold; negative = bought.')
  quantity: number;

  @Numeric('Units that found no order-book level.')
  unfilled: number;

  @Price('Mark before the round.')
  priceBefore: number;

  @Price('Mark after the round.')
  priceAfter: number;

  @Price('Price of the fill; null without one.', { nullable: true })
  executionPrice: number | null;

  @Numeric('quantity * (mark before the round - execution price).')
  slippage: number;

  @Numeric('What the trade realises: quantity * (entry price of a contract, else mark before the shock - execution price); negative = a gain.')
  loss: number;
}

@Output('One synchronous round of forced trades.')
export class Round implements engine.RoundReport {
  @Whole('From 1.')
  round: number;

  @List(() => RoundPrice, LISTINGS_MAX, 'The assets that traded.')
  prices: RoundPrice[];

  @List(() => Divergence, ASSETS_MAX, 'Of the assets with several listings, once the forced trades are done.')
  divergence: Divergence[];

  @Whole('Forced trades of the round.')
  entryCount: number;

  @List(() => LedgerEntry, ROUND_ENTRIES_MAX, `The first ${ROUND_ENTRIES_MAX} forced trades, by account; all are in the simulation's entries.`)
  entries: LedgerEntry[];
}

@Output('What became of one party.')
export class AccountOutcome implements engine.AccountOutcome {
  @Text('Reference of the account, loan or institution.')
  account: string;

  @Text('Symbol of the position where it is isolated.', { nullable: true })
  symbol: string | null;

  @Choice(AccountState, 'What became of it.')
  state: engine.AccountOutcome['state'];

  @Choice(Cause, 'Why it was liquidated; null if it was not.', { nullable: true })
  cause: engine.AccountOutcome['cause'];

  @Whole('Round of its first close-out or call.', { nullable: true })
  round: number | null;

  @Numeric('Equity at the marks before the shock.')
  equityBefore: number;

  @Numeric('Equity at the shocked marks.')
  equityShocked: number;

  @Numeric('Equity at the end, once fees are paid and losses borne.')
  equityAfter: number;

  @Numeric('Margin ratio, health factor of a loan, or leverageMax / leverage of an institution, before the shock; liquidatable at 1 or below (loans, institutions: below 1). Null where nothing is required.', { nullable: true })
  healthFactorBefore: number | null;

  @Numeric('The same at the end.', { nullable: true })
  healthFactorAfter: number | null;

  @Numeric('Institutions: assets / equity before the shock; null without equity.', { nullable: true })
  leverageBefore: number | null;

  @Numeric('The same at the end.', { nullable: true })
  leverageAfter: number | null;

  @Quantity('Proceeds of its forced sales.')
  valueSold: number;

  @Quantity('Cost of its forced purchases.')
  valueBought: number;

  @Quantity('Loans: debt repaid by the calls. Institutions: by cash and sales.')
  debtRepaid: number;

  @Quantity('Loans: value seized beyond the debt repaid, at the marks of the calls.')
  liquidationPenalty: number;

  @Flag('Loans: a call lowered the health factor, because the loan-to-value was above 1 / (1 + bonus).')
  wasToxic: boolean;

  @Quantity('What it cannot pay: the sum of the three covers and of what is uncovered.')
  badDebt: number;

  @Quantity('Part of it that the insurance fund paid.')
  coveredByFund: number;

  @Quantity('Part of it that the other side paid.')
  coveredByDeleveraging: number;

  @Quantity('Part of it that all accounts of the exchange paid.')
  coveredBySocialisation: number;

  @Quantity('Part of it that nobody paid.')
  uncovered: number;

  @Quantity('Fee that it paid for its liquidation.')
  liquidationFee: number;

  @Quantity('Unrealised profit that it gave up by deleveraging.')
  haircut: number;

  @Quantity("Its share of others' losses.")
  socialisedLoss: number;

  @Quantity('Its contracts closed against those of the other side, at the final price.')
  deleveragedValue: number;

  @Whole('Lights in the deleveraging queue before the shock: 5 = in the fifth of the contracts that goes first; the highest of its contracts; null without any.', { nullable: true })
  adlRank: number | null;

  @Fraction('Chance that deleveraging reaches it, if what it must cover is uniform between 0 and what it was here; null without contracts.', { nullable: true })
  adlProbability: number | null;
}

@Output('Where an account is liquidated when one price moves and all others stand still.')
export class Threshold implements engine.Threshold {
  @Text('Reference of the account or loan.')
  account: string;

  @Text('Symbol of the asset whose price moves.')
  symbol: string;

  @Price('Mark of the asset.')
  markPrice: number;

  @Numeric('Net units of the asset in the account; negative = short.')
  exposure: number;

  @Price('The side that hurts: below for a net long, above for a net short.', { nullable: true })
  liquidationPrice: number | null;

  @Price('Liquidated at and below this price.', { nullable: true })
  liquidationPriceBelow: number | null;

  @Price('Liquidated at and above this price.', { nullable: true })
  liquidationPriceAbove: number | null;

  @Choice(NoThreshold, 'Why there is none below.', { nullable: true })
  reasonBelow: engine.NoThreshold | null;

  @Choice(NoThreshold, 'Why there is none above.', { nullable: true })
  reasonAbove: engine.NoThreshold | null;

  @Price('Price at which equity is zero; null if no positive one.', { nullable: true })
  bankruptcyPrice: number | null;

  @Numeric('liquidationPrice / markPrice - 1.', { nullable: true })
  distance: number | null;

  @Flag('Already liquidatable at the mark.')
  isInBreach: boolean;
}
