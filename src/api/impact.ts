/** How selling moves a price: a market says it of its assets, a scenario says it anew. */
import type { Issue } from './errors.js';
import { choice, Choice, Fraction, Part, Quantity } from './fields.js';
import { issue, type Path } from './rules.js';

export const ImpactModel = choice('ImpactModel', 'How a sale moves the price.', 'none', 'linear', 'exponential', 'squareRoot', 'contSchaanning', 'orderBook', 'constantProduct', 'concentratedLiquidity');
export type ImpactModel = keyof typeof ImpactModel;

export const QuantityBasis = choice('QuantityBasis', 'What a curve counts.', 'units', 'value');

@Part('How selling moves the price of an asset.')
export class Impact {
  @Choice(ImpactModel, 'Shape of the curve.')
  model: ImpactModel;

  @Quantity('linear: fall of the price in currency per unit, for each unit sold.', { above: 0, optional: true })
  lambda?: number | null;

  @Quantity('exponential: units that move the price by a factor e. contSchaanning: units that take it 1 - 1/e of the way to the floor; absent: (1 - floor) * coefficient * dailyVolume / dailyVolatility * sqrt(horizon).', { above: 0, optional: true })
  depth?: number | null;

  @Quantity('squareRoot: Y in Y * dailyVolatility * sqrt(quantity / dailyVolume); 1 when absent. contSchaanning: 0.4 when absent.', { above: 0, optional: true })
  coefficient?: number | null;

  @Quantity('contSchaanning: days over which a sale is spread; 20 when absent.', { above: 0, optional: true })
  horizon?: number | null;

  @Fraction('Fraction of the shocked price below which the price cannot fall; absent: 0.01, for exponential 1e-9, for contSchaanning, which only approaches it, 0.5.', { above: 0, below: 1, optional: true })
  floor?: number | null;

  @Choice(QuantityBasis, "units sold, or their value at each round's price before it (the parameters are then per unit of currency); absent: units.", { optional: true })
  quantityBasis?: keyof typeof QuantityBasis | null;
}

const PARAMETERS: Readonly<Record<ImpactModel, readonly (keyof Impact)[]>> = { none: [], linear: ['lambda'], exponential: ['depth'], squareRoot: [], contSchaanning: [], orderBook: [], constantProduct: [], concentratedLiquidity: [] };

/** Parameters that the model needs and the impact itself lacks. */
export function impactIssues(impact: Impact, at: Path): Issue[] {
  return PARAMETERS[impact.model].filter((field) => impact[field] == null).map((field) => issue([...at, field], 'MISSING', `is needed by the impact model ${impact.model}`));
}
