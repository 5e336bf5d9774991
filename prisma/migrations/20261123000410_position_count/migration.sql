-- AlterTable
ALTER TABLE "portfolios" ADD COLUMN     "position_count" INTEGER NOT NULL DEFAULT 0;

-- Portfolios that are there already
UPDATE "portfolios" SET "position_count" = (SELECT count(*) FROM "positions" WHERE "positions"."portfolio_id" = "portfolios"."id");
