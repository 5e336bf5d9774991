import { ASSETS_MAX, Ids, List, Numeric, One, Output, Part, Text, Whole } from '../api/fields.js';
import { SHOCK } from '../scenarios/scenario.js';
import { POINTS_MAX, type PointOutcome } from './points.js';
import { AssetImpact, Totals } from './results.js';

@Part('Sizes of a shock at equal distances, ends included.')
export class ShockGrid {
  @Text("CCXT symbol of the asset whose shock it is; absent: the scenario's marketShock.", { optional: true })
  symbol?: string | null;

  @Numeric('First size: -0.1 falls by 10 %.', SHOCK)
  from: number;

  @Numeric('Last size.', SHOCK)
  to: number;

  @Whole('How many sizes.', { min: 2, max: POINTS_MAX })
  steps: number;
}

@Part('One portfolio under many scenarios: those listed, or one scenario at many sizes of its shock.')
export class Sweep {
  @Ids(POINTS_MAX, 'The scenarios, one point each; without scenarioId.', { optional: true })
  scenarioIds?: string[] | null;

  @One(() => ShockGrid, 'Sizes that one shock of the scenario scenarioId takes, one point each.', { optional: true })
  shocks?: ShockGrid | null;
}

@Output('What a cascade comes to at one point of a sweep.')
export class SweepPoint implements PointOutcome {
  @Whole('From 1, in the order asked for.')
  point: number;

  @Text('Name of the scenario.')
  scenario: string;

  @Numeric('Size of the swept shock; null where scenarios are listed.', { nullable: true })
  shock: number | null;

  @List(() => AssetImpact, ASSETS_MAX, 'Each asset, in the order of the market.')
  assets: AssetImpact[];

  @One(() => Totals, 'The cascade in figures.')
  totals: Totals;
}
