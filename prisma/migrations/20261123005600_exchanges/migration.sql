-- AlterTable
ALTER TABLE "markets" ADD COLUMN     "exchanges" JSONB,
ADD COLUMN     "cross_impact" JSONB;

-- AlterTable
ALTER TABLE "assets" ADD COLUMN     "listings" JSONB;

-- AlterTable
ALTER TABLE "accounts" ADD COLUMN     "exchange" TEXT;

-- AlterTable
ALTER TABLE "loans" ADD COLUMN     "exchange" TEXT;

-- AlterTable
ALTER TABLE "loan_collateral" ADD COLUMN     "oracle" JSONB;

-- AlterTable
ALTER TABLE "debts" ADD COLUMN     "oracle" JSONB;

-- AlterTable
ALTER TABLE "scenarios" ADD COLUMN     "dynamics" JSONB,
ADD COLUMN     "liquidity_regime" TEXT;
