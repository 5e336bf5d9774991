import { PassThrough } from 'node:stream';
import { Injectable, Logger, type StreamableFile } from '@nestjs/common';
import { to as copyTo } from 'pg-copy-streams';
import { invalidInput } from '../api/errors.js';
import { attached } from '../api/file-doors.js';
import { LineWriter } from '../api/lines.js';
import { JSON_TYPE, type LineType, type MediaType, NDJSON_TYPE } from '../api/media.js';
import { bodies, type Page } from '../api/pages.js';
import { copiedRows } from '../database/copied.js';
import { pour } from '../database/pour.js';
import { type RawClient, RawConnections } from '../database/raw.js';
import type { AccountAttribution } from './attributions.js';
import { type EntryQuery, type EntryRequest, entryRequest } from './entries.js';
import type { AccountOutcome, LedgerEntry, Round, Threshold } from './results.js';
import { type Kind, ROW_FILTERS, ROW_TABLES, RowPages, type Rows } from './row-pages.js';
import { SimulationsService } from './simulations.service.js';

/** Lists that are to be had as files too. */
type FileKind = Exclude<Kind, 'points'>;

/** Columns of CSV. A round is as many lines as it shows forced trades, or one without any. */
type RoundLine = Pick<Round, 'entryCount'> & Partial<LedgerEntry>;
export const ENTRY_COLUMNS = ['round', 'party', 'account', 'position', 'symbol', 'exchange', 'action', 'cause', 'quantity', 'unfilled', 'priceBefore', 'priceAfter', 'executionPrice', 'slippage', 'loss'] as const satisfies readonly (keyof LedgerEntry)[];
export const ROUND_COLUMNS = ['entryCount', ...ENTRY_COLUMNS] as const satisfies readonly (keyof RoundLine)[];
export const ATTRIBUTION_COLUMNS = ['account', 'position', 'symbol', 'move', 'share'] as const satisfies readonly (keyof AccountAttribution)[];
export const ACCOUNT_COLUMNS = ['account', 'symbol', 'state', 'cause', 'round', 'equityBefore', 'equityShocked', 'equityAfter', 'healthFactorBefore', 'healthFactorAfter', 'leverageBefore', 'leverageAfter', 'valueSold', 'valueBought', 'debtRepaid', 'liquidationPenalty', 'wasToxic', 'badDebt', 'coveredByFund', 'coveredByDeleveraging', 'coveredBySocialisation', 'uncovered', 'liquidationFee', 'haircut', 'socialisedLoss', 'deleveragedValue', 'adlRank', 'adlProbability'] as const satisfies readonly (keyof AccountOutcome)[];
export const THRESHOLD_COLUMNS = ['account', 'symbol', 'markPrice', 'exposure', 'liquidationPrice', 'liquidationPriceBelow', 'liquidationPriceAbove', 'reasonBelow', 'reasonAbove', 'bankruptcyPrice', 'distance', 'isInBreach'] as const satisfies readonly (keyof Threshold)[];

const COLUMNS = { rounds: ROUND_COLUMNS, entries: ENTRY_COLUMNS, attributions: ATTRIBUTION_COLUMNS, accounts: ACCOUNT_COLUMNS, thresholds: THRESHOLD_COLUMNS } as const;

/** The rows of a simulation in the form that the client takes: a page of JSON, or all of them as a file. */
@Injectable()
export class ResultRowsService {
  private readonly log = new Logger('ResultRows');

  constructor(
    private readonly simulations: SimulationsService,
    private readonly pages: RowPages,
    private readonly raw: RawConnections,
  ) {}

  /** Throws NOT_FOUND, or INVALID_INPUT when a file is asked for by the page. */
  async answer<K extends FileKind>(kind: K, id: string, query: EntryQuery, type: MediaType): Promise<Page<Rows[K]> | StreamableFile> {
    if (type !== JSON_TYPE) return this.file(kind, id, query, type);
    return this.page(kind, id, entryRequest(query));
  }

  /** Throws NOT_FOUND. */
  async page<K extends Kind>(kind: K, id: string, request: EntryRequest): Promise<Page<Rows[K]>> {
    await this.simulations.read(id);
    const [page] = await this.pages.of(kind, [id], request);
    return bodies(page!);
  }

  private async file(kind: FileKind, id: string, { limit, cursor, reference, round }: EntryQuery, type: LineType): Promise<StreamableFile> {
    const issues = Object.entries({ limit, cursor }).flatMap(([name, value]) => (value === undefined ? [] : [{ pointer: `/${name}`, code: 'FORBIDDEN' as const, message: 'is only for pages: a file has all rows' }]));
    if (issues.length > 0) throw invalidInput(issues);
    const by = entryRequest({ reference, round });
    await this.simulations.read(id);
    const out = new PassThrough().on('error', () => undefined); // logged below, whether or not the answer has begun
    const feed = async (client: RawClient) => {
      const filters = ROW_FILTERS[kind].map((column) => (by[column] === undefined ? '' : `AND ${column} = ${client.escapeLiteral(String(by[column]))}`));
      const rows = copiedRows(client.query(copyTo(`COPY (SELECT body FROM ${ROW_TABLES[kind]} WHERE simulation_id = ${client.escapeLiteral(id)}::uuid ${filters.join(' ')} ORDER BY ordinal) TO STDOUT`)));
      await pour(fileText(kind, type, rows), out);
    };
    this.raw.transaction(feed).catch((error: Error) => {
      if (!out.destroyed) this.log.warn(`The ${kind} of simulation ${id} break off: ${error.message}`);
      out.destroy(error);
    });
    return attached(out, type, `${kind}-${id}`);
  }
}

async function* fileText(kind: FileKind, type: LineType, batches: AsyncIterable<(string | null)[][]>): AsyncGenerator<string> {
  const writer = new LineWriter(type, COLUMNS[kind]);
  if (writer.header) yield writer.header;
  for await (const batch of batches) {
    let text = '';
    for (const [body] of batch) {
      if (type === NDJSON_TYPE) text += `${body}\n`;
      else for (const line of flat(kind, JSON.parse(body!) as Round)) text += writer.line(line);
    }
    yield text;
  }
}

function flat(kind: FileKind, body: Round): Readonly<Record<string, unknown>>[] {
  if (kind !== 'rounds') return [{ ...body }];
  const { round, entryCount, entries } = body;
  return entries.length === 0 ? [{ round, entryCount }] : entries.map((entry): RoundLine & Record<string, unknown> => ({ entryCount, ...entry }));
}
