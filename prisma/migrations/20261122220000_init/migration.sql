-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "margin_mode" AS ENUM ('cross', 'isolated');

-- CreateEnum
CREATE TYPE "position_side" AS ENUM ('long', 'short');

-- CreateEnum
CREATE TYPE "order_side" AS ENUM ('buy', 'sell');

-- CreateEnum
CREATE TYPE "simulation_state" AS ENUM ('queued', 'running', 'succeeded', 'failed', 'cancelled');

-- CreateTable
CREATE TABLE "markets" (
    "id" UUID NOT NULL,
    "reference" TEXT,
    "name" TEXT NOT NULL,
    "currency" TEXT NOT NULL,
    "as_of" TIMESTAMPTZ(3),
    "source" TEXT,
    "venue" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "markets_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "assets" (
    "market_id" UUID NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "symbol" TEXT NOT NULL,
    "price" DOUBLE PRECISION NOT NULL,
    "lot_size" DOUBLE PRECISION,
    "contract_size" DOUBLE PRECISION NOT NULL,
    "daily_volume" DOUBLE PRECISION,
    "daily_volatility" DOUBLE PRECISION,
    "impact" JSONB NOT NULL,
    "order_book" JSONB,
    "contract" JSONB,

    CONSTRAINT "assets_pkey" PRIMARY KEY ("market_id","ordinal")
);

-- CreateTable
CREATE TABLE "margin_tiers" (
    "market_id" UUID NOT NULL,
    "asset_ordinal" INTEGER NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "min_notional" DOUBLE PRECISION NOT NULL,
    "max_notional" DOUBLE PRECISION,
    "maintenance_margin_rate" DOUBLE PRECISION NOT NULL,
    "maintenance_amount" DOUBLE PRECISION,
    "max_leverage" DOUBLE PRECISION,

    CONSTRAINT "margin_tiers_pkey" PRIMARY KEY ("market_id","asset_ordinal","ordinal")
);

-- CreateTable
CREATE TABLE "portfolios" (
    "id" UUID NOT NULL,
    "reference" TEXT,
    "name" TEXT NOT NULL,
    "venue" TEXT,
    "account_count" INTEGER NOT NULL,
    "loan_count" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "portfolios_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "accounts" (
    "portfolio_id" UUID NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "reference" TEXT NOT NULL,
    "margin_mode" "margin_mode" NOT NULL,
    "balance" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "accounts_pkey" PRIMARY KEY ("portfolio_id","ordinal")
);

-- CreateTable
CREATE TABLE "collateral" (
    "portfolio_id" UUID NOT NULL,
    "account_ordinal" INTEGER NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "symbol" TEXT NOT NULL,
    "quantity" DOUBLE PRECISION NOT NULL,
    "haircut" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "collateral_pkey" PRIMARY KEY ("portfolio_id","account_ordinal","ordinal")
);

-- CreateTable
CREATE TABLE "positions" (
    "portfolio_id" UUID NOT NULL,
    "account_ordinal" INTEGER NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "symbol" TEXT NOT NULL,
    "side" "position_side" NOT NULL,
    "contracts" DOUBLE PRECISION NOT NULL,
    "contract_size" DOUBLE PRECISION,
    "entry_price" DOUBLE PRECISION NOT NULL,
    "margin" DOUBLE PRECISION,
    "fixed_fee" DOUBLE PRECISION,

    CONSTRAINT "positions_pkey" PRIMARY KEY ("portfolio_id","account_ordinal","ordinal")
);

-- CreateTable
CREATE TABLE "stop_orders" (
    "portfolio_id" UUID NOT NULL,
    "account_ordinal" INTEGER NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "symbol" TEXT NOT NULL,
    "side" "order_side" NOT NULL,
    "amount" DOUBLE PRECISION NOT NULL,
    "trigger_price" DOUBLE PRECISION NOT NULL,
    "reduce_only" BOOLEAN NOT NULL,

    CONSTRAINT "stop_orders_pkey" PRIMARY KEY ("portfolio_id","account_ordinal","ordinal")
);

-- CreateTable
CREATE TABLE "loans" (
    "portfolio_id" UUID NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "reference" TEXT NOT NULL,
    "close_factor" DOUBLE PRECISION,
    "liquidation_bonus" DOUBLE PRECISION,
    "full_close_health_factor" DOUBLE PRECISION,
    "full_close_below" DOUBLE PRECISION,
    "minimum_leftover" DOUBLE PRECISION,
    "dumped_share" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "loans_pkey" PRIMARY KEY ("portfolio_id","ordinal")
);

-- CreateTable
CREATE TABLE "loan_collateral" (
    "portfolio_id" UUID NOT NULL,
    "loan_ordinal" INTEGER NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "symbol" TEXT NOT NULL,
    "quantity" DOUBLE PRECISION NOT NULL,
    "liquidation_threshold" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "loan_collateral_pkey" PRIMARY KEY ("portfolio_id","loan_ordinal","ordinal")
);

-- CreateTable
CREATE TABLE "debts" (
    "portfolio_id" UUID NOT NULL,
    "loan_ordinal" INTEGER NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "symbol" TEXT,
    "quantity" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "debts_pkey" PRIMARY KEY ("portfolio_id","loan_ordinal","ordinal")
);

-- CreateTable
CREATE TABLE "scenarios" (
    "id" UUID NOT NULL,
    "reference" TEXT,
    "name" TEXT NOT NULL,
    "shocks" JSONB NOT NULL,
    "market_shock" DOUBLE PRECISION NOT NULL,
    "depth_multiplier" DOUBLE PRECISION NOT NULL,
    "close_out" JSONB NOT NULL,
    "impact_overrides" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "scenarios_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "input_snapshots" (
    "hash" TEXT NOT NULL,
    "content" BYTEA NOT NULL,

    CONSTRAINT "input_snapshots_pkey" PRIMARY KEY ("hash")
);

-- CreateTable
CREATE TABLE "simulations" (
    "id" UUID NOT NULL,
    "state" "simulation_state" NOT NULL DEFAULT 'queued',
    "progress" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "input_hash" TEXT NOT NULL,
    "market_id" UUID NOT NULL,
    "portfolio_id" UUID NOT NULL,
    "scenario_id" UUID NOT NULL,
    "engine_version" TEXT NOT NULL,
    "seed" INTEGER NOT NULL,
    "summary" JSON,
    "result_hash" TEXT,
    "error" JSON,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "simulations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "simulation_rounds" (
    "simulation_id" UUID NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "body" JSON NOT NULL,

    CONSTRAINT "simulation_rounds_pkey" PRIMARY KEY ("simulation_id","ordinal")
);

-- CreateTable
CREATE TABLE "simulation_accounts" (
    "simulation_id" UUID NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "reference" TEXT NOT NULL,
    "body" JSON NOT NULL,

    CONSTRAINT "simulation_accounts_pkey" PRIMARY KEY ("simulation_id","ordinal")
);

-- CreateTable
CREATE TABLE "simulation_thresholds" (
    "simulation_id" UUID NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "reference" TEXT NOT NULL,
    "body" JSON NOT NULL,

    CONSTRAINT "simulation_thresholds_pkey" PRIMARY KEY ("simulation_id","ordinal")
);

-- CreateIndex
CREATE INDEX "simulation_accounts_simulation_id_reference_idx" ON "simulation_accounts"("simulation_id", "reference");

-- CreateIndex
CREATE INDEX "simulation_thresholds_simulation_id_reference_idx" ON "simulation_thresholds"("simulation_id", "reference");

-- CreateIndex
CREATE UNIQUE INDEX "markets_reference_key" ON "markets"("reference");

-- CreateIndex
CREATE UNIQUE INDEX "assets_market_id_symbol_key" ON "assets"("market_id", "symbol");

-- CreateIndex
CREATE UNIQUE INDEX "portfolios_reference_key" ON "portfolios"("reference");

-- CreateIndex
CREATE UNIQUE INDEX "accounts_portfolio_id_reference_key" ON "accounts"("portfolio_id", "reference");

-- CreateIndex
CREATE UNIQUE INDEX "loans_portfolio_id_reference_key" ON "loans"("portfolio_id", "reference");

-- CreateIndex
CREATE UNIQUE INDEX "scenarios_reference_key" ON "scenarios"("reference");

-- CreateIndex
CREATE INDEX "simulations_input_hash_idx" ON "simulations"("input_hash");

-- AddForeignKey
ALTER TABLE "assets" ADD CONSTRAINT "assets_market_id_fkey" FOREIGN KEY ("market_id") REFERENCES "markets"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "margin_tiers" ADD CONSTRAINT "margin_tiers_market_id_asset_ordinal_fkey" FOREIGN KEY ("market_id", "asset_ordinal") REFERENCES "assets"("market_id", "ordinal") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_portfolio_id_fkey" FOREIGN KEY ("portfolio_id") REFERENCES "portfolios"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "collateral" ADD CONSTRAINT "collateral_portfolio_id_account_ordinal_fkey" FOREIGN KEY ("portfolio_id", "account_ordinal") REFERENCES "accounts"("portfolio_id", "ordinal") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "positions" ADD CONSTRAINT "positions_portfolio_id_account_ordinal_fkey" FOREIGN KEY ("portfolio_id", "account_ordinal") REFERENCES "accounts"("portfolio_id", "ordinal") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "stop_orders" ADD CONSTRAINT "stop_orders_portfolio_id_account_ordinal_fkey" FOREIGN KEY ("portfolio_id", "account_ordinal") REFERENCES "accounts"("portfolio_id", "ordinal") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "loans" ADD CONSTRAINT "loans_portfolio_id_fkey" FOREIGN KEY ("portfolio_id") REFERENCES "portfolios"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "loan_collateral" ADD CONSTRAINT "loan_collateral_portfolio_id_loan_ordinal_fkey" FOREIGN KEY ("portfolio_id", "loan_ordinal") REFERENCES "loans"("portfolio_id", "ordinal") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "debts" ADD CONSTRAINT "debts_portfolio_id_loan_ordinal_fkey" FOREIGN KEY ("portfolio_id", "loan_ordinal") REFERENCES "loans"("portfolio_id", "ordinal") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "simulations" ADD CONSTRAINT "simulations_input_hash_fkey" FOREIGN KEY ("input_hash") REFERENCES "input_snapshots"("hash") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "simulation_rounds" ADD CONSTRAINT "simulation_rounds_simulation_id_fkey" FOREIGN KEY ("simulation_id") REFERENCES "simulations"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "simulation_accounts" ADD CONSTRAINT "simulation_accounts_simulation_id_fkey" FOREIGN KEY ("simulation_id") REFERENCES "simulations"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "simulation_thresholds" ADD CONSTRAINT "simulation_thresholds_simulation_id_fkey" FOREIGN KEY ("simulation_id") REFERENCES "simulations"("id") ON DELETE CASCADE ON UPDATE CASCADE;
