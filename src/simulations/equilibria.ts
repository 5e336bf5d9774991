import { ASSETS_MAX, choice, Choice, Flag, List, Numeric, Output, Price, Text, Whole } from '../api/fields.js';
import type * as engine from '../engine/index.js';

export const EquilibriumSide = choice('EquilibriumSide', 'The side of the shocked prices that was searched.', 'sales', 'purchases');

@Output('Both ends of the set of equilibria for one asset.')
export class AssetEquilibria implements engine.AssetEquilibria {
  @Text('Symbol of the asset.')
  symbol: string;

  @Price('Price at the mild equilibrium, the one with the least forced trading.')
  mildPrice: number;

  @Price('Price at the worst equilibrium.')
  worstPrice: number;

  @Numeric('Net units sold by force at the mild one; negative = bought.')
  mildQuantity: number;

  @Numeric('The same at the worst one.')
  worstQuantity: number;

  @Numeric('mildPrice - F(Q(mildPrice)): zero, or what rounding to whole lots leaves.')
  mildResidual: number;

  @Numeric('The same at the worst one.')
  worstResidual: number;
}

@Output('The equilibria P = F(Q(P)) of the memoryless responses: what everybody trades at P alone, whatever the path. The rounds end at the mild one with full closes; with slices, calls and stops they need not.')
export class Equilibrium implements engine.EquilibriumReport {
  @Text('The responses that it speaks of: memorylessResponses.')
  of: engine.EquilibriumReport['of'];

  @Choice(EquilibriumSide, 'The side that was searched.')
  side: engine.EquilibriumReport['side'];

  @Flag('The course ended at the mild equilibrium.')
  isReachedByRounds: boolean;

  @Whole('Parties liquidated or called at the mild one.')
  liquidatedAtMild: number;

  @Whole('Parties liquidated or called at the worst one.')
  liquidatedAtWorst: number;

  @Whole('Evaluations of F(Q(P)) that found the mild one.')
  mildIterations: number;

  @Whole('Evaluations of F(Q(P)) that found the worst one.')
  worstIterations: number;

  @List(() => AssetEquilibria, ASSETS_MAX, 'Each asset, in the order of the market.')
  assets: AssetEquilibria[];
}
