import { ApiPropertyOptional } from '@nestjs/swagger';
import { invalidInput, type Issue, pointer } from '../api/errors.js';
import { Cash, choice, Choice, FileText, Flag, Id, Input, Output, Text, Whole } from '../api/fields.js';
import { MarginMode, PORTFOLIO_POSITIONS_MAX, Position } from './portfolio.js';

/** Characters of a file that comes inside a GraphQL message; larger ones are uploaded. */
export const INLINE_FILE_MAX = 1_000_000;

export const ImportMode = choice('ImportMode', 'What happens to the positions that the portfolio holds already.', 'replace', 'append');
export type ImportMode = keyof typeof ImportMode;

/**
 * One line of an import or export: a position and the account that holds it. A line with none of the fields of a position states an account that holds none.
 * The order of the fields here is theirs in a canonical file.
 */
@Output('A position with the account that holds it.')
export class PositionLine extends Position {
  @Text('Reference of the account.')
  account: string;

  @Choice(MarginMode, 'Of the account.')
  marginMode: MarginMode;

  @Cash('Cross only: cash of the account, the same on all its lines; absent: as it is, 0 for a new account.', { optional: true })
  balance?: number | null;
}

export const ACCOUNT_COLUMNS = ['account', 'marginMode', 'balance'] as const;
export const POSITION_COLUMNS = ['symbol', 'side', 'contracts', 'contractSize', 'entryPrice', 'margin', 'fixedFee'] as const;
export const COLUMNS = [...ACCOUNT_COLUMNS, ...POSITION_COLUMNS] as const;

@Input('A small file of positions for a portfolio, as NDJSON or as CSV.')
export class ImportPositionsInput {
  @Id('The portfolio.')
  portfolioId: string;

  @FileText('One JSON object a line.', { max: INLINE_FILE_MAX, optional: true })
  ndjson?: string | null;

  @FileText('RFC 4180, with a header row.', { max: INLINE_FILE_MAX, optional: true })
  csv?: string | null;

  @Choice(ImportMode, 'replace: the file is all that the portfolio then holds. append: the file comes after what it holds.')
  mode: ImportMode = 'replace';

  @Flag('Checks everything and writes nothing.')
  dryRun: boolean = false;
}

/** Query of an upload; strings, as an address has them. */
export class ImportQuery {
  @ApiPropertyOptional({ enum: Object.values(ImportMode), default: 'replace', description: 'replace: the file is all that the portfolio then holds. append: the file comes after what it holds.' })
  mode?: string;

  @ApiPropertyOptional({ type: 'boolean', default: false, description: 'Checks everything and writes nothing.' })
  dryRun?: string;
}

/** Throws INVALID_INPUT naming the parameter. */
export function importOptions({ mode = 'replace', dryRun = 'false', ...others }: ImportQuery): { readonly mode: ImportMode; readonly dryRun: boolean } {
  const issues: Issue[] = Object.keys(others).map((name) => ({ pointer: pointer([name]), code: 'UNKNOWN_PROPERTY', message: 'is not a parameter of this address' }));
  if (!Object.hasOwn(ImportMode, mode)) issues.push({ pointer: '/mode', code: 'WRONG_TYPE', message: `must be one of ${Object.keys(ImportMode).join(', ')}` });
  if (dryRun !== 'true' && dryRun !== 'false') issues.push({ pointer: '/dryRun', code: 'WRONG_TYPE', message: 'must be true or false' });
  if (issues.length > 0) throw invalidInput(issues);
  return { mode: mode as ImportMode, dryRun: dryRun === 'true' };
}

const COUNT = { min: 0, max: PORTFOLIO_POSITIONS_MAX } as const;

@Output('What an import did, or would do.')
export class PositionsImport {
  @Id('The portfolio.')
  portfolioId: string;

  @Choice(ImportMode, 'As asked.')
  mode: ImportMode;

  @Flag('Nothing was written.')
  dryRun: boolean;

  @Whole('Positions in the file.', COUNT)
  positions: number;

  @Whole('Accounts named in the file.', COUNT)
  accounts: number;

  @Whole('Those of them that the portfolio lacked.', COUNT)
  accountsCreated: number;

  @Whole('Positions that the file replaced.', COUNT)
  positionsRemoved: number;

  @Whole('Positions that the portfolio then holds.', COUNT)
  positionCount: number;

  @Whole('Accounts that the portfolio then has.', COUNT)
  accountCount: number;
}
