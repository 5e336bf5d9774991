import { Injectable } from '@nestjs/common';
import type { Issue } from '../api/errors.js';
import { type Page, pageWith } from '../api/pages.js';
import type { Work } from '../api/turns.js';
import { insertRows, partsOf, whole } from '../database/bulk.js';
import { Database, type Transaction } from '../database/database.js';
import { Documents, type Find, type Own, type Which, wholeRow } from '../database/documents.js';
import { fitting } from '../database/fitting.js';
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

  protected async findOne(from: Transaction, where: Own): Promise<Market | null> {
    const market = await from.market.findUnique({ where });
    return market && { ...market, assets: await findAssets(from, where.id) };
  }

  protected async findPage(from: Transaction, { limit, ...query }: Find): Promise<Page<Market>> {
    const { take, isMore } = await fitting(from, 'market', query.where, limit);
    return pageWith(await from.market.findMany({ ...query, take, include: CHILDREN }), isMore);
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
  await insertRows(write, 'asset', assets.map(({ tiers: _tiers, ...asset }, ordinal) => ({ marketId, ordinal, ...asset })));
  await insertRows(write, 'marginTier', assets.flatMap(({ tiers }, assetOrdinal) => tiers.map((tier, ordinal) => ({ marketId, assetOrdinal, ordinal, ...tier }))));
}

async function findAssets(from: Transaction, marketId: string): Promise<Asset[]> {
  const assets = await whole(partsOf(from, 'asset', marketId), ({ ordinal: _ordinal, ...asset }) => ({ ...asset, tiers: [] }) as unknown as Asset);
  await whole(partsOf(from, 'marginTier', marketId), ({ assetOrdinal, ordinal: _ordinal, ...tier }) => assets[assetOrdinal]!.tiers.push(tier as never));
  return assets;
}
