import { PAGE_BYTES_MAX } from '../api/pages.js';
import type { Transaction } from './database.js';
import type { Find } from './documents.js';
import { Prisma } from './generated/client.js';

/** Where documents may be large; which of them are listed, and what a document holds besides its row. */
const NOUNS = {
  market: { table: Prisma.sql`markets`, listed: Prisma.empty, children: Prisma.sql`+ (SELECT coalesce(sum(octet_length(asset::text)), 0) FROM assets asset WHERE asset.market_id = own.id) + (SELECT coalesce(sum(octet_length(tier::text)), 0) FROM margin_tiers tier WHERE tier.market_id = own.id)` },
  simulation: { table: Prisma.sql`simulations`, listed: Prisma.sql`AND verifies IS NULL`, children: Prisma.empty },
} as const;
/** No id is above it. */
const LAST = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/**
 * How many documents make a page, newest first, and whether there are more: `limit` at most, and as many as PAGE_BYTES_MAX lets in.
 * Sizes are taken one by one until that is full: nothing large is looked at in vain.
 */
export async function fitting(from: Transaction, noun: keyof typeof NOUNS, { tenant, id, reference }: Find['where'], limit: number): Promise<{ readonly take: number; readonly isMore: boolean }> {
  const { table, listed, children } = NOUNS[noun];
  const named = reference === undefined ? Prisma.empty : Prisma.sql`AND reference = ${reference}`;
  const [page] = await from.$queryRaw<[{ take: number; seen: number }]>`
    WITH RECURSIVE page AS (
      SELECT 0 AS place, ${id?.lt ?? LAST}::uuid AS id, 0::numeric AS bytes
      UNION ALL
      SELECT place + 1, own.id, bytes + octet_length(own::text) ${children}
      FROM page CROSS JOIN LATERAL (SELECT * FROM ${table} WHERE tenant = ${tenant} AND id < page.id ${listed} ${named} ORDER BY id DESC LIMIT 1) own
      WHERE place <= ${limit} AND (place <= 1 OR bytes <= ${PAGE_BYTES_MAX})
    )
    SELECT count(*)::int AS seen, count(*) FILTER (WHERE place <= ${limit} AND (place = 1 OR bytes <= ${PAGE_BYTES_MAX}))::int AS take FROM page WHERE place > 0`;
  return { take: page.take, isMore: page.take < page.seen };
}
