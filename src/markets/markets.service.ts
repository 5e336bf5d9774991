import { Injectable } from '@nestjs/common';
import type { Issue } from '../api/errors.js';
import type { Work } from '../api/turns.js';
import { Database, type Transaction } from '../database/database.js';
import { Documents, type Find, type Own, type Which, wholeRow } from '../database/documents.js';
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

  *issues(market: MarketInput): Work<Issue[]> {
    return [...(yield* marketIssues(market)), ...this.venues.unknown(market)];
  }

  protected findOne(from: Transaction, where: Own): Promise<Market | null> {
    return from.market.findUnique({ where, include: CHILDREN });
  }

  protected findPage(from: Transaction, query: Find): Promise<Market[]> {
    return from.market.findMany({ ...query, include: CHILDREN });
  }

  protected async insert(write: Transaction, id: string, { assets, ...market }: MarketInput): Promise<void> {
    await write.market.create({ data: { id, ...market, ...jsonOf(market) } });
    await insertAssets(write, id, assets);
  }

  protected async update(write: Transaction, which: Which, { assets, ...market }: MarketInput): Promise<void> {
    await write.market.update({ where: which, data: { ...wholeRow(market), ...jsonOf(market) } });
    await write.asset.deleteMany({ where: { marketId: which.id } });
    await insertAssets(write, which.id, assets);
  }

  protected erase(write: Transaction, where: Which): Promise<{ count: number }> {
    return write.market.deleteMany({ where });
  }
}

function jsonOf({ exchanges, crossImpact }: Pick<MarketInput, 'exchanges' | 'crossImpact'>) {
  return { exchanges: exchanges ?? Prisma.DbNull, crossImpact: crossImpact ?? Prisma.DbNull };
}

async function insertAssets(write: Transaction, marketId: string, assets: readonly Asset[]): Promise<void> {
  const json = <T>(value: T | null | undefined) => value ?? Prisma.DbNull;
  await write.asset.createMany({ data: assets.map(({ tiers: _tiers, orderBook, pool, contract, listings, ...asset }, ordinal) => ({ marketId, ordinal, ...asset, orderBook: json(orderBook), pool: json(pool), contract: json(contract), listings: json(listings) })) });
  await write.marginTier.createMany({ data: assets.flatMap(({ tiers }, assetOrdinal) => tiers.map((tier, ordinal) => ({ marketId, assetOrdinal, ordinal, ...tier }))) });
}
