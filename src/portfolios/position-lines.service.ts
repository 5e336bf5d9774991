import { PassThrough, type Readable } from 'node:stream';
import { Injectable, Logger } from '@nestjs/common';
import { to as copyTo } from 'pg-copy-streams';
import { caller } from '../api/caller.js';
import { ApiError, invalidInput, notFound } from '../api/errors.js';
import { isId } from '../api/fields.js';
import { LineWriter } from '../api/lines.js';
import { CSV_TYPE, type LineType, NDJSON_TYPE, type Upload } from '../api/media.js';
import { type Page, pageOf, type PageRequest, type Row } from '../api/pages.js';
import { copiedRows } from '../database/copied.js';
import { Database } from '../database/database.js';
import { own, SNAPSHOT } from '../database/documents.js';
import { pour } from '../database/pour.js';
import { type RawClient, RawConnections } from '../database/raw.js';
import { FileFaults } from './file-faults.js';
import { check, merge } from './merge.js';
import { PORTFOLIO_POSITIONS_MAX } from './portfolio.js';
import { COLUMNS, type ImportMode, type ImportPositionsInput, type PositionLine, type PositionsImport } from './position-line.js';
import { stage } from './staging.js';

export interface ImportOptions {
  readonly mode: ImportMode;
  readonly dryRun: boolean;
}

/** Positions of a stored portfolio by the million: as files in and out, and in pages. */
@Injectable()
export class PositionLinesService {
  private readonly log = new Logger('PositionLines');

  constructor(
    private readonly database: Database,
    private readonly raw: RawConnections,
  ) {}

  /** All of the file or nothing. Throws NOT_FOUND; INVALID_INPUT or INCONSISTENT_INPUT with lines; TOO_MANY_POSITIONS. */
  async import(id: string, upload: Upload, { mode, dryRun }: ImportOptions): Promise<PositionsImport> {
    const work = async (client: RawClient) => {
      await find(client, id, '');
      const faults = new FileFaults();
      await stage(client, upload, faults);
      const isReadable = faults.count === 0;
      await find(client, id, 'FOR UPDATE'); // only now: a slow upload keeps nobody waiting
      await check(client, id, mode, faults);
      faults.refuse(isReadable ? 'INCONSISTENT_INPUT' : 'INVALID_INPUT');
      const done = await merge(client, id, mode);
      if (done.positionCount > PORTFOLIO_POSITIONS_MAX || done.accountCount > PORTFOLIO_POSITIONS_MAX) throw new ApiError('TOO_MANY_POSITIONS', `The portfolio would hold ${done.positionCount} positions in ${done.accountCount} accounts; ${PORTFOLIO_POSITIONS_MAX} of each are the most. Nothing was imported.`);
      return { portfolioId: id, mode, dryRun, ...done };
    };
    return this.raw.transaction(work, { keep: !dryRun });
  }

  /** The same for a file that came inside a message. */
  importText({ portfolioId, ndjson, csv, mode, dryRun }: ImportPositionsInput): Promise<PositionsImport> {
    if (ndjson != null && csv != null) throw invalidInput([{ pointer: '/csv', code: 'FORBIDDEN', message: 'is given besides ndjson' }]);
    const text = ndjson ?? csv;
    if (text == null) throw invalidInput([{ pointer: '/ndjson', code: 'MISSING', message: 'is missing: give ndjson or csv' }]);
    return this.import(portfolioId, { type: ndjson != null ? NDJSON_TYPE : CSV_TYPE, bytes: chunks(Buffer.from(text)) }, { mode, dryRun });
  }

  /** The canonical file of all accounts and positions as one moment saw them; an account without positions is a line of its own. Throws NOT_FOUND. */
  async export(id: string, type: LineType): Promise<Readable> {
    const writer = new LineWriter(type, COLUMNS);
    return this.streamed(id, async (client, out) => {
      const rows = copiedRows(client.query(copyTo(`COPY (${EVERYTHING.replaceAll('$1', `'${id}'::uuid`)}) TO STDOUT`)));
      await pour(fileText(writer, rows), out);
    });
  }

  /** Positions in the order of the export. Throws NOT_FOUND. */
  async page(id: string, { limit, after = '-1.0' }: PageRequest): Promise<Page<Row<PositionLine>>> {
    if (!isId(id)) throw notFound('portfolio', id);
    const [account, ordinal] = after.split('.').map(Number) as [number, number];
    const found = await this.database.$transaction(async (from) => {
      if ((await from.portfolio.count({ where: own(id) })) === 0) throw notFound('portfolio', id);
      return from.position.findMany({
        where: { portfolioId: id, OR: [{ accountOrdinal: { gt: account } }, { accountOrdinal: account, ordinal: { gt: ordinal } }] },
        orderBy: [{ accountOrdinal: 'asc' }, { ordinal: 'asc' }],
        take: limit + 1,
        select: { accountOrdinal: true, ordinal: true, symbol: true, side: true, contracts: true, contractSize: true, entryPrice: true, margin: true, fixedFee: true, account: { select: { reference: true, marginMode: true, balance: true } } },
      });
    }, SNAPSHOT);
    return pageOf(
      found.map(({ accountOrdinal, ordinal, account: { reference, marginMode, balance }, ...position }) => ({ id: `${accountOrdinal}.${ordinal}`, body: { account: reference, marginMode, ...(marginMode === 'cross' && { balance }), ...withoutNulls(position) } })),
      limit,
    );
  }

  /** A stream that is fed inside a transaction of its own; the portfolio was found before it is answered. */
  private streamed(id: string, feed: (client: RawClient, out: PassThrough) => Promise<void>): Promise<Readable> {
    const out = new PassThrough();
    return new Promise((answer, fail) => {
      const work = async (client: RawClient) => {
        await find(client, id, '');
        answer(out);
        await feed(client, out);
      };
      this.raw.transaction(work).catch((error: Error) => {
        fail(error);
        out.on('error', () => undefined); // nobody reads it yet, or nobody does any more
        if (!out.destroyed) this.log.warn(`The export of portfolio ${id} breaks off: ${error.message}`);
        out.destroy(error);
      });
    });
  }
}

/** Throws NOT_FOUND. */
async function find(client: RawClient, id: string, lock: 'FOR UPDATE' | ''): Promise<void> {
  const { rowCount } = isId(id) ? await client.query(`SELECT FROM portfolios WHERE id = $1 AND tenant = $2 ${lock}`, [id, caller().tenant]) : { rowCount: 0 };
  if (rowCount === 0) throw notFound('portfolio', id);
}

const EVERYTHING = `
  SELECT a.reference, a.margin_mode, CASE a.margin_mode WHEN 'cross' THEN a.balance END, p.symbol, p.side, p.contracts, p.contract_size, p.entry_price, p.margin, p.fixed_fee
  FROM accounts a LEFT JOIN positions p ON p.portfolio_id = $1 AND p.account_ordinal = a.ordinal WHERE a.portfolio_id = $1 ORDER BY a.ordinal, p.ordinal`;

const TEXTS: ReadonlySet<string> = new Set(['account', 'marginMode', 'symbol', 'side']);

async function* fileText(writer: LineWriter, batches: AsyncIterable<(string | null)[][]>): AsyncGenerator<string> {
  if (writer.header) yield writer.header;
  for await (const batch of batches) {
    let text = '';
    for (const fields of batch) text += writer.line(Object.fromEntries(COLUMNS.map((column, i) => [column, fields[i] === null || TEXTS.has(column) ? fields[i] : Number(fields[i])])));
    yield text;
  }
}

const CHUNK_BYTES = 64 * 1024;

async function* chunks(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
}

function withoutNulls<T extends object>(row: T): T {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as T;
}
