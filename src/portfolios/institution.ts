import { ASSETS_MAX, choice, Choice, Flag, List, Numeric, Part, Quantity, Text } from '../api/fields.js';

/** A leverage is assets over equity, so it is above 1 where there is any debt. */
const LEVERAGE = { above: 1 } as const;

export const InstitutionRule = choice('InstitutionRule', 'What an institution sells.', 'target', 'linear');

@Part('What an institution owns of one asset.')
export class InstitutionHolding {
  @Text('CCXT symbol of an asset of the market.')
  symbol: string;

  @Quantity('Units.')
  quantity: number;

  @Flag('Its price moves, but nobody can sell it.')
  isIlliquid: boolean = false;
}

@Part('A leveraged balance sheet: above leverageMax it pays debt back, from cash and then by selling the same part of every holding, down to leverageTarget. Without equity it sells everything.')
export class Institution {
  @Text('Own name, unique among accounts, loans and institutions.')
  reference: string;

  @List(() => InstitutionHolding, ASSETS_MAX, 'What it owns that has a price.')
  holdings: InstitutionHolding[] = [];

  @Quantity('What neither a price moves nor anybody can sell, valuation currency.')
  otherAssets: number = 0;

  @Quantity('Pays debt back before anything is sold, valuation currency.')
  cash: number = 0;

  @Quantity('Debt, valuation currency.')
  liabilities: number;

  @Numeric('Assets over equity above which it acts. Equal to the target: it sells off every rise; larger: a buffer.', LEVERAGE)
  leverageMax: number;

  @Numeric('Assets over equity that it returns to; absent: leverageMax.', { min: 1, optional: true })
  leverageTarget?: number | null;

  @Numeric('Assets over equity above which it is resolved: everything is sold. Absent: only without equity.', { above: 1, optional: true })
  resolutionLeverage?: number | null;

  @Choice(InstitutionRule, 'target: what brings its leverage to the target. linear: (leverageTarget - 1) times its loss so far, by the weights it began with.')
  rule: keyof typeof InstitutionRule = 'target';

  @Text('Name of an exchange of the market; absent: the first.', { optional: true })
  exchange?: string | null;
}
