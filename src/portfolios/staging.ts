import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import { type Faults, type Line, linesOf } from '../api/lines.js';
import type { Upload } from '../api/media.js';
import { flatCheck } from '../api/validation.js';
import type { RawClient } from '../database/raw.js';
import { lineIssues } from './portfolio-rules.js';
import { ACCOUNT_COLUMNS, COLUMNS, POSITION_COLUMNS, PositionLine } from './position-line.js';
import { PORTFOLIO_POSITIONS_MAX } from './portfolio.js';

/** Lines of the file, in the columns of COLUMNS; gone with the transaction. */
const CREATE = `
  CREATE TEMP TABLE lines (
    line int NOT NULL, account text COLLATE "C" NOT NULL, margin_mode margin_mode NOT NULL, balance float8,
    symbol text COLLATE "C", side position_side, contracts float8, contract_size float8, entry_price float8, margin float8, fixed_fee float8
  ) ON COMMIT DROP`;

const isPosition = flatCheck(PositionLine, COLUMNS);
const isAccount = flatCheck(PositionLine, ACCOUNT_COLUMNS);

/** Streams the file into the table `lines`; the lines that are wrong go to `faults` instead. Reads no faster than PostgreSQL takes. */
export async function stage(client: RawClient, upload: Upload, faults: Faults): Promise<void> {
  await client.query(CREATE);
  await pipeline(linesOf(upload, PositionLine, faults), (batches: AsyncIterable<Line[]>) => copyText(batches, faults), client.query(copyFrom('COPY lines FROM STDIN')));
  await client.query('ANALYZE lines');
}

async function* copyText(batches: AsyncIterable<Line[]>, faults: Faults): AsyncGenerator<Buffer> {
  let count = 0;
  for await (const batch of batches) {
    let text = '';
    for (const { line, raw } of batch) {
      const issues = issuesOf(raw as Partial<PositionLine>);
      if (issues.length === 0) text += copyLine(line, raw);
      else for (const each of issues) faults.add(line, each);
      if (++count > PORTFOLIO_POSITIONS_MAX) return faults.add(line, { pointer: '', code: 'OUT_OF_RANGE', message: `is beyond the ${PORTFOLIO_POSITIONS_MAX} that one import may have` });
    }
    if (text) yield Buffer.from(text);
  }
}

function issuesOf(raw: Partial<PositionLine>) {
  const holdsPosition = POSITION_COLUMNS.some((column) => raw[column] !== undefined);
  const issues = (holdsPosition ? isPosition : isAccount)(raw);
  return issues.length > 0 ? issues : lineIssues(raw, holdsPosition);
}

function copyLine(line: number, raw: Line['raw']): string {
  let text = String(line);
  for (const column of COLUMNS) text += `\t${copyField(raw[column])}`;
  return `${text}\n`;
}

/** Texts have no control characters: the field words say so. */
function copyField(value: unknown): string {
  if (value == null) return '\\N';
  return typeof value === 'string' ? value.replaceAll('\\', '\\\\') : String(value);
}
