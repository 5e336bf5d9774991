import { ASSETS_MAX, Flag, Numeric, Output, Price, Quantity, Text } from '../api/fields.js';
import type * as engine from '../engine/index.js';
import { EXCHANGES_MAX } from '../markets/exchange.js';

export const LISTINGS_MAX = ASSETS_MAX * EXCHANGES_MAX;

@Output('An asset on one exchange; prices are last prices.')
export class ListingImpact implements engine.ListingImpact {
  @Text('Symbol of the asset.')
  symbol: string;

  @Text('Name of the exchange.')
  exchange: string;

  @Price('Before the shock.')
  priceBefore: number;

  @Price('After the shock alone.')
  shockedPrice: number;

  @Price('At the end of the rounds.')
  finalPrice: number;

  @Quantity('Units sold by force.')
  quantitySold: number;

  @Quantity('Units bought by force.')
  quantityBought: number;

  @Numeric('Net units sold by arbitrage; negative = bought.')
  quantityArbitraged: number;

  @Numeric('Net units that found no order-book level; negative = could not be bought.')
  unfilled: number;

  @Flag('The impact curve reached its floor or ceiling.')
  isBounded: boolean;
}

@Output('Whether somebody could earn by trading in a circle against the cross-impact.')
export class CrossImpactCheck implements engine.CrossImpactCheck {
  @Flag('Selling A moves B as selling B moves A.')
  isSymmetric: boolean;

  @Flag('No trade in a circle earns: the symmetric part of the matrix, with the own slopes of the assets, has no negative eigenvalue.')
  isPositiveSemidefinite: boolean;
}

@Output('How far the listings of one asset are apart.')
export class Divergence implements engine.Divergence {
  @Text('Symbol of the asset.')
  symbol: string;

  @Quantity('Largest gap between two last prices, relative to their mean.')
  gap: number;
}
