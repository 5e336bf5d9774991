import { Injectable } from '@nestjs/common';
import { caller } from '../api/caller.js';
import { type Page, PAGE_BYTES_MAX, pageWith, type Row } from '../api/pages.js';
import { Database } from '../database/database.js';
import { Prisma } from '../database/generated/client.js';
import type { AccountAttribution } from './attributions.js';
import type { EntryRequest } from './entries.js';
import type { AccountOutcome, LedgerEntry, Round, Threshold } from './results.js';
import type { SweepPoint } from './sweep.js';

/** Lists under a simulation, each in a table of its own. */
export const ROW_TABLES = { rounds: 'simulation_rounds', entries: 'simulation_entries', attributions: 'simulation_attributions', accounts: 'simulation_accounts', thresholds: 'simulation_thresholds', points: 'simulation_points' } as const;
/** Columns that they may be asked for by; what else an address says is passed over. */
export const ROW_FILTERS: Readonly<Record<Kind, readonly ('reference' | 'round')[]>> = { rounds: [], entries: ['reference', 'round'], attributions: ['reference'], accounts: ['reference'], thresholds: ['reference'], points: [] };

export interface Rows {
  readonly rounds: Round;
  readonly entries: LedgerEntry;
  readonly attributions: AccountAttribution;
  readonly accounts: AccountOutcome;
  readonly thresholds: Threshold;
  readonly points: SweepPoint;
}

export type Kind = keyof Rows;

/** Pages of rows under simulations that the caller was shown. */
@Injectable()
export class RowPages {
  constructor(private readonly database: Database) {}

  /** One page a simulation, in the order of the ids, by one statement; together they hold PAGE_BYTES_MAX at most, but a row each. */
  async of<K extends Kind>(kind: K, ids: readonly string[], { limit, after, ...by }: EntryRequest): Promise<Page<Row<Rows[K]>>[]> {
    const filters = ROW_FILTERS[kind].map((column) => (by[column] === undefined ? Prisma.empty : Prisma.sql`AND ${Prisma.raw(column)} = ${by[column]}`));
    const asked = [...new Set(ids)];
    const found = await this.database.$queryRaw<{ simulationId: string; id: string; body: Rows[K] | null }[]>`
      SELECT asked.id AS "simulationId", page.ordinal::text AS id, CASE WHEN place <= ${limit} AND (place = 1 OR bytes <= ${Math.floor(PAGE_BYTES_MAX / asked.length)}) THEN page.body END AS body
      FROM unnest(${asked}::uuid[]) asked (id) CROSS JOIN LATERAL (
        SELECT ordinal, body, row_number() OVER (ORDER BY ordinal) AS place, sum(octet_length(body::text)) OVER (ORDER BY ordinal) AS bytes FROM (
          SELECT ordinal, body FROM ${Prisma.raw(ROW_TABLES[kind])} own
          WHERE own.tenant = ${caller().tenant} AND own.simulation_id = asked.id AND own.ordinal > ${Number(after ?? 0)} ${Prisma.join([Prisma.empty, ...filters], ' ')} ORDER BY own.ordinal LIMIT ${limit + 1}
        ) listed
      ) page ORDER BY page.ordinal`;
    const rowsOf = new Map(asked.map((id): [string, typeof found] => [id, []]));
    for (const row of found) rowsOf.get(row.simulationId)!.push(row);
    return ids.map((id) => {
      const rows = rowsOf.get(id)!;
      const items = rows.flatMap(({ id, body }) => (body === null ? [] : [{ id, body }]));
      return pageWith(items, items.length < rows.length);
    });
  }
}
