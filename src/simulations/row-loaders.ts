import { Injectable } from '@nestjs/common';
import DataLoader from 'dataloader';
import { caller } from '../api/caller.js';
import { type Page, pageOf, type Row } from '../api/pages.js';
import { Database } from '../database/database.js';
import { Prisma } from '../database/generated/client.js';
import type { AccountAttribution } from './attributions.js';
import type { EntryRequest } from './entries.js';
import type { AccountOutcome, LedgerEntry, Round, Threshold } from './results.js';
import type { SweepPoint } from './sweep.js';

/** Lists under a simulation, each in a table of its own. */
const TABLES = { rounds: 'simulation_rounds', entries: 'simulation_entries', attributions: 'simulation_attributions', accounts: 'simulation_accounts', thresholds: 'simulation_thresholds', points: 'simulation_points' } as const;

interface Rows {
  readonly rounds: Round;
  readonly entries: LedgerEntry;
  readonly attributions: AccountAttribution;
  readonly accounts: AccountOutcome;
  readonly thresholds: Threshold;
  readonly points: SweepPoint;
}

type Kind = keyof Rows;
type Loader = DataLoader<string, Page<Row<never>>>;

/** Pages of rows under simulations that the caller was shown: one statement for all simulations of an answer, however many those are. */
@Injectable()
export class RowLoaders {
  /** Of one request: what one caller reads is never another one's. */
  private readonly loaders = new WeakMap<object, Map<string, Loader>>();

  constructor(private readonly database: Database) {}

  /** `context` is that of the GraphQL request. */
  page<K extends Kind>(context: object, kind: K, simulationId: string, request: EntryRequest): Promise<Page<Row<Rows[K]>>> {
    const own = this.loaders.get(context) ?? new Map<string, Loader>();
    this.loaders.set(context, own);
    const name = JSON.stringify([kind, request]);
    const loader = own.get(name) ?? new DataLoader((ids: readonly string[]) => this.pages(kind, ids, request), { cache: false }); // a subscription asks again
    own.set(name, loader);
    return loader.load(simulationId) as Promise<Page<Row<Rows[K]>>>;
  }

  private async pages(kind: Kind, ids: readonly string[], { limit, after, reference, round }: EntryRequest): Promise<Page<Row<never>>[]> {
    const named = reference === undefined ? Prisma.empty : Prisma.sql`AND reference = ${reference}`;
    const inRound = round === undefined ? Prisma.empty : Prisma.sql`AND round = ${round}`;
    const found = await this.database.$queryRaw<{ simulationId: string; ordinal: number; body: never }[]>`
      SELECT asked.id AS "simulationId", page.ordinal, page.body FROM unnest(${[...new Set(ids)]}::uuid[]) asked (id) CROSS JOIN LATERAL (
        SELECT ordinal, body FROM ${Prisma.raw(TABLES[kind])} own
        WHERE own.tenant = ${caller().tenant} AND own.simulation_id = asked.id AND own.ordinal > ${Number(after ?? 0)} ${named} ${inRound} ORDER BY own.ordinal LIMIT ${limit + 1}
      ) page ORDER BY page.ordinal`;
    const rowsOf = new Map<string, Row<never>[]>();
    for (const { simulationId, ordinal, body } of found) rowsOf.set(simulationId, [...(rowsOf.get(simulationId) ?? []), { id: String(ordinal), body }]);
    return ids.map((id) => pageOf(rowsOf.get(id) ?? [], limit));
  }
}
