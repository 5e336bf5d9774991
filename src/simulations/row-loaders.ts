import { Injectable } from '@nestjs/common';
import DataLoader from 'dataloader';
import type { Page, Row } from '../api/pages.js';
import type { EntryRequest } from './entries.js';
import { type Kind, RowPages, type Rows } from './row-pages.js';

type Loader = DataLoader<string, Page<Row<Rows[Kind]>>>;

/** Pages of rows for GraphQL: one statement for all simulations of an answer, however many those are. */
@Injectable()
export class RowLoaders {
  /** Of one request: what one caller reads is never another one's. */
  private readonly loaders = new WeakMap<object, Map<string, Loader>>();

  constructor(private readonly pages: RowPages) {}

  /** `context` is that of the GraphQL request. */
  page<K extends Kind>(context: object, kind: K, simulationId: string, request: EntryRequest): Promise<Page<Row<Rows[K]>>> {
    const own = this.loaders.get(context) ?? new Map<string, Loader>();
    this.loaders.set(context, own);
    const name = JSON.stringify([kind, request]);
    const loader = own.get(name) ?? new DataLoader((ids: readonly string[]) => this.pages.of(kind, ids, request), { cache: false }); // a subscription asks again
    own.set(name, loader);
    return loader.load(simulationId) as Promise<Page<Row<Rows[K]>>>;
  }
}
