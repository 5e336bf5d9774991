import { Injectable } from '@nestjs/common';
import type { Issue } from '../api/errors.js';
import { Database, type Transaction } from '../database/database.js';
import { Documents, type Find, wholeRow } from '../database/documents.js';
import { Prisma } from '../database/generated/client.js';
import { VenuesService } from '../venues/venues.service.js';
import { type Asset, type Market, MarketInput } from './market.js';
import { marketIssues } from './market-rules.js';

const CHILDREN = { assets: { orderBy: { ordinal: 'asc' }, include: { tiers: { orderBy: { ordinal: 'asc' } } } } } as const;

@Injectable()
export class MarketsService extends Documents<MarketInput, Market> {
  constructor(
    database: Database,
    private readonly venues: VenuesService,
  ) {
    super(database, 'market');
  }

  issues(market: MarketInput): Issue[] {
    return [...marketIssues(market), ...this.venues.unknown(market)];
  }

  protected findOne(from: Transaction, id: string): Promise<Market | null> {
    return from.market.findUnique({ where: { id }, include: CHILDREN });
  }

  protected findPage(from: Transaction, query: Find): Promise<Market[]> {
    return from.market.findMany({ ...query, include: CHILDREN });
  }

  protected async insert(write: Transaction, id: string, { assets, ...market }: MarketInput): Promise<void> {
    await write.market.create({ data: { id, ...market } });
    await insertAssets(write, id, assets);
  }

  protected async update(write: Transaction, id: string, { assets, ...market }: MarketInput): Promise<void> {
    await write.market.update({ where: { id }, data: wholeRow(market) });
    await write.asset.deleteMany({ where: { marketId: id } });
    await insertAssets(write, id, assets);
  }

  protected erase(id: string): Promise<{ count: number }> {
    return this.database.market.deleteMany({ where: { id } });
  }
}

async function insertAssets(write: Transaction, marketId: string, assets: readonly Asset[]): Promise<void> {
  await write.asset.createMany({ data: assets.map(({ tiers: _tiers, orderBook, contract, ...asset }, ordinal) => ({ marketId, ordinal, ...asset, orderBook: orderBook ?? Prisma.DbNull, contract: contract ?? Prisma.DbNull })) });
  await write.marginTier.createMany({ data: assets.flatMap(({ tiers }, assetOrdinal) => tiers.map((tier, ordinal) => ({ marketId, assetOrdinal, ordinal, ...tier }))) });
}
