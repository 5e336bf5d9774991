/** Files of one flat object a line, NDJSON or CSV, read and written in constant memory. */
import { isUtf8 } from 'node:buffer';
import { pipeline, Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { CsvError, parse } from 'csv-parse';
import { type Issue, pointer } from './errors.js';
import { type Described, describedFields } from './fields.js';
import { JsonError, parseJson } from './json.js';
import { type LineType, NDJSON_TYPE, type Upload } from './media.js';

/** Bytes of one line. */
export const LINE_BYTES_MAX = 16 * 1024;
const LINE_DEPTH_MAX = 2;
const LF = 10;
const BATCH = 500;
/** What JSON calls a number. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** One object of a file and the line where it starts. */
export interface Line {
  readonly line: number;
  readonly raw: Readonly<Record<string, unknown>>;
}

/** Issues of a file: all are counted, the first ones are kept. */
export interface Faults {
  add(line: number, issue: Issue): void;
  /** So many that are not told. */
  more(count: number): void;
}

type Message = new () => object;

/**
 * The objects of a file, in the batches that they arrive in; blank lines are passed over. Text of CSV becomes what the field words of `type` say, an empty field is an absent one.
 * What is wrong with a line goes to `faults`; where nothing after it can be read, the reading ends there.
 */
export function linesOf({ type, bytes }: Upload, message: Message, faults: Faults): AsyncGenerator<Line[]> {
  return type === NDJSON_TYPE ? ndjsonLines(bytes, faults) : csvLines(bytes, message, faults);
}

async function* ndjsonLines(bytes: AsyncIterable<Buffer>, faults: Faults): AsyncGenerator<Line[]> {
  let line = 0;
  for await (const part of wholeLines(bytes, faults)) {
    const batch: Line[] = [];
    const text = line === 0 ? part.toString().replace(/^\uFEFF/, '') : part.toString();
    const last = text.endsWith('\n') ? text.length - 1 : text.length;
    for (const each of text.slice(0, last).split('\n')) {
      line++;
      if (/^[ \t\r]*$/.test(each)) continue;
      const raw = jsonObject(each, line, faults);
      if (raw) batch.push({ line, raw });
    }
    yield batch;
  }
}

function jsonObject(text: string, line: number, faults: Faults): Line['raw'] | null {
  try {
    const value = parseJson(text, LINE_DEPTH_MAX);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Line['raw'];
    faults.add(line, { pointer: '', code: 'WRONG_TYPE', message: 'must be an object' });
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    faults.add(line, { ...error.issue, message: error.issue.message.replace(' at line 1, column', ' at column') });
  }
  return null;
}

async function* csvLines(bytes: AsyncIterable<Buffer>, message: Message, faults: Faults): AsyncGenerator<Line[]> {
  const records = parse({ bom: true, info: true, relax_column_count: true, skip_empty_lines: true, record_delimiter: ['\r\n', '\n'], max_record_size: LINE_BYTES_MAX, encoding: 'utf8' });
  pipeline(Readable.from(wholeLines(bytes, faults), { objectMode: true }), records, () => undefined); // an error of either ends the loop below
  const words = describedFields(message);
  let columns: Column[] | null = null;
  let batch: Line[] = [];
  try {
    for await (const { record, info } of records as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      // the parser tells where a record ends
      const line = info.lines - record.reduce((sum, field) => sum + field.split('\n').length - 1, 0);
      if (!columns) {
        columns = columnsOf(record, words);
        if (!hasRightColumns(columns, line, faults)) return;
        continue;
      }
      if (record.length !== columns.length) faults.add(line, { pointer: '', code: 'WRONG_TYPE', message: `has ${record.length} fields where the header has ${columns.length}` });
      else batch.push({ line, raw: csvObject(record, columns) });
      if (batch.length === BATCH) {
        yield batch;
        batch = [];
      }
    }
    if (!columns) faults.add(1, { pointer: '', code: 'MISSING', message: 'is not there: a CSV file starts with the names of its columns' });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    faults.add(Number(error.lines ?? 1), { pointer: '', code: 'SYNTAX', message: `is not CSV: ${error.message.replace(/ at line \d+.*$/, '')}` });
  }
  yield batch;
}

interface Column {
  readonly name: string;
  /** Undefined: not a field of the message. */
  readonly word: Described | undefined;
}

function columnsOf(header: readonly string[], words: ReadonlyMap<string, Described>): Column[] {
  return header.map((name) => ({ name, word: words.get(name) }));
}

function hasRightColumns(columns: readonly Column[], line: number, faults: Faults): boolean {
  const wrong = columns.flatMap(({ name, word }, i): Issue[] => {
    if (!word) return [{ pointer: pointer([name]), code: 'UNKNOWN_PROPERTY', message: 'is not a column of this file' }];
    return columns.findIndex((other) => other.name === name) < i ? [{ pointer: pointer([name]), code: 'DUPLICATE', message: 'is given twice' }] : [];
  });
  for (const each of wrong) faults.add(line, each);
  return wrong.length === 0;
}

function csvObject(record: readonly string[], columns: readonly Column[]): Line['raw'] {
  const raw: Record<string, unknown> = {};
  for (const [i, { name, word }] of columns.entries()) {
    const text = record[i]!;
    if (text !== '') raw[name] = word!.type === 'number' && NUMBER.test(text) ? Number(text) : text;
  }
  return raw;
}

/** Parts that end where a line ends, the last one where the file does. Nothing is read beyond a line that is too long or not UTF-8. */
async function* wholeLines(bytes: AsyncIterable<Buffer>, faults: Faults): AsyncGenerator<Buffer> {
  let line = 1;
  let rest: Buffer = Buffer.alloc(0);
  const isText = (part: Buffer) => {
    if (isUtf8(part)) return true;
    const lines = part.toString('latin1').split('\n');
    faults.add(line + lines.findIndex((each) => !isUtf8(Buffer.from(each, 'latin1'))), { pointer: '', code: 'SYNTAX', message: 'is not UTF-8' });
    return false;
  };
  for await (const chunk of bytes) {
    const end = chunk.lastIndexOf(LF) + 1;
    if (end > 0) {
      const part = Buffer.concat([rest, chunk.subarray(0, end)]);
      if (!isText(part)) return;
      yield part;
      await setImmediate(); // a fast sender would otherwise fill 32 reads in one turn of the event loop
      for (let at = part.indexOf(LF); at !== -1; at = part.indexOf(LF, at + 1)) line++;
      rest = chunk.subarray(end);
    } else rest = Buffer.concat([rest, chunk]);
    if (rest.length > LINE_BYTES_MAX) return faults.add(line, { pointer: '', code: 'OUT_OF_RANGE', message: `is longer than ${LINE_BYTES_MAX} bytes` });
  }
  if (rest.length > 0 && isText(rest)) yield rest;
}

/** A value as a field of CSV (RFC 4180), quoted where it must be; numbers as JSON writes them. */
export function csvField(value: unknown): string {
  if (value == null) return '';
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The lines of a file of flat objects: of NDJSON without what is absent, of CSV with a header and every column. */
export class LineWriter {
  constructor(
    private readonly type: LineType,
    private readonly columns: readonly string[],
  ) {}

  get header(): string {
    return this.type === NDJSON_TYPE ? '' : `${this.columns.map(csvField).join(',')}\n`;
  }

  line(row: Readonly<Record<string, unknown>>): string {
    if (this.type !== NDJSON_TYPE) return `${this.columns.map((column) => csvField(row[column])).join(',')}\n`;
    const present: Record<string, unknown> = {};
    for (const column of this.columns) if (row[column] != null) present[column] = row[column];
    return `${JSON.stringify(present)}\n`;
  }
}
