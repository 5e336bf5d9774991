-- CreateEnum
CREATE TYPE "institution_rule" AS ENUM ('target', 'linear');

-- AlterTable
ALTER TABLE "portfolios" ADD COLUMN     "institution_count" INTEGER NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "institutions" (
    "tenant" TEXT NOT NULL DEFAULT current_setting('unwind.tenant'::text, true),
    "portfolio_id" UUID NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "reference" TEXT NOT NULL,
    "exchange" TEXT,
    "other_assets" DOUBLE PRECISION NOT NULL,
    "cash" DOUBLE PRECISION NOT NULL,
    "liabilities" DOUBLE PRECISION NOT NULL,
    "leverage_max" DOUBLE PRECISION NOT NULL,
    "leverage_target" DOUBLE PRECISION,
    "resolution_leverage" DOUBLE PRECISION,
    "rule" "institution_rule" NOT NULL,

    CONSTRAINT "institutions_pkey" PRIMARY KEY ("portfolio_id","ordinal")
);

-- CreateTable
CREATE TABLE "institution_holdings" (
    "tenant" TEXT NOT NULL DEFAULT current_setting('unwind.tenant'::text, true),
    "portfolio_id" UUID NOT NULL,
    "institution_ordinal" INTEGER NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "symbol" TEXT NOT NULL,
    "quantity" DOUBLE PRECISION NOT NULL,
    "is_illiquid" BOOLEAN NOT NULL,

    CONSTRAINT "institution_holdings_pkey" PRIMARY KEY ("portfolio_id","institution_ordinal","ordinal")
);

-- CreateIndex
CREATE UNIQUE INDEX "institutions_portfolio_id_reference_key" ON "institutions"("portfolio_id", "reference");

-- AddForeignKey
ALTER TABLE "institutions" ADD CONSTRAINT "institutions_portfolio_id_fkey" FOREIGN KEY ("portfolio_id") REFERENCES "portfolios"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "institution_holdings" ADD CONSTRAINT "institution_holdings_portfolio_id_institution_ordinal_fkey" FOREIGN KEY ("portfolio_id", "institution_ordinal") REFERENCES "institutions"("portfolio_id", "ordinal") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "institutions" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "institutions" FORCE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "institutions" USING ("tenant" = (SELECT unwind_tenant())) WITH CHECK ("tenant" = (SELECT unwind_tenant()));

ALTER TABLE "institution_holdings" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "institution_holdings" FORCE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "institution_holdings" USING ("tenant" = (SELECT unwind_tenant())) WITH CHECK ("tenant" = (SELECT unwind_tenant()));
