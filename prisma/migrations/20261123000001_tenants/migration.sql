-- Whose each row is. What was stored before belongs to the tenant of the open service.

ALTER TABLE "markets" ADD COLUMN "tenant" TEXT NOT NULL DEFAULT 'local';
ALTER TABLE "markets" ALTER COLUMN "tenant" SET DEFAULT current_setting('unwind.tenant'::text, true);
ALTER TABLE "assets" ADD COLUMN "tenant" TEXT NOT NULL DEFAULT 'local';
ALTER TABLE "assets" ALTER COLUMN "tenant" SET DEFAULT current_setting('unwind.tenant'::text, true);
ALTER TABLE "margin_tiers" ADD COLUMN "tenant" TEXT NOT NULL DEFAULT 'local';
ALTER TABLE "margin_tiers" ALTER COLUMN "tenant" SET DEFAULT current_setting('unwind.tenant'::text, true);
ALTER TABLE "portfolios" ADD COLUMN "tenant" TEXT NOT NULL DEFAULT 'local';
ALTER TABLE "portfolios" ALTER COLUMN "tenant" SET DEFAULT current_setting('unwind.tenant'::text, true);
ALTER TABLE "accounts" ADD COLUMN "tenant" TEXT NOT NULL DEFAULT 'local';
ALTER TABLE "accounts" ALTER COLUMN "tenant" SET DEFAULT current_setting('unwind.tenant'::text, true);
ALTER TABLE "collateral" ADD COLUMN "tenant" TEXT NOT NULL DEFAULT 'local';
ALTER TABLE "collateral" ALTER COLUMN "tenant" SET DEFAULT current_setting('unwind.tenant'::text, true);
ALTER TABLE "positions" ADD COLUMN "tenant" TEXT NOT NULL DEFAULT 'local';
ALTER TABLE "positions" ALTER COLUMN "tenant" SET DEFAULT current_setting('unwind.tenant'::text, true);
ALTER TABLE "stop_orders" ADD COLUMN "tenant" TEXT NOT NULL DEFAULT 'local';
ALTER TABLE "stop_orders" ALTER COLUMN "tenant" SET DEFAULT current_setting('unwind.tenant'::text, true);
ALTER TABLE "loans" ADD COLUMN "tenant" TEXT NOT NULL DEFAULT 'local';
ALTER TABLE "loans" ALTER COLUMN "tenant" SET DEFAULT current_setting('unwind.tenant'::text, true);
ALTER TABLE "loan_collateral" ADD COLUMN "tenant" TEXT NOT NULL DEFAULT 'local';
ALTER TABLE "loan_collateral" ALTER COLUMN "tenant" SET DEFAULT current_setting('unwind.tenant'::text, true);
ALTER TABLE "debts" ADD COLUMN "tenant" TEXT NOT NULL DEFAULT 'local';
ALTER TABLE "debts" ALTER COLUMN "tenant" SET DEFAULT current_setting('unwind.tenant'::text, true);
ALTER TABLE "scenarios" ADD COLUMN "tenant" TEXT NOT NULL DEFAULT 'local';
ALTER TABLE "scenarios" ALTER COLUMN "tenant" SET DEFAULT current_setting('unwind.tenant'::text, true);
ALTER TABLE "input_snapshots" ADD COLUMN "tenant" TEXT NOT NULL DEFAULT 'local';
ALTER TABLE "input_snapshots" ALTER COLUMN "tenant" SET DEFAULT current_setting('unwind.tenant'::text, true);
ALTER TABLE "simulations" ADD COLUMN "tenant" TEXT NOT NULL DEFAULT 'local';
ALTER TABLE "simulations" ALTER COLUMN "tenant" SET DEFAULT current_setting('unwind.tenant'::text, true);
ALTER TABLE "simulation_rounds" ADD COLUMN "tenant" TEXT NOT NULL DEFAULT 'local';
ALTER TABLE "simulation_rounds" ALTER COLUMN "tenant" SET DEFAULT current_setting('unwind.tenant'::text, true);
ALTER TABLE "simulation_accounts" ADD COLUMN "tenant" TEXT NOT NULL DEFAULT 'local';
ALTER TABLE "simulation_accounts" ALTER COLUMN "tenant" SET DEFAULT current_setting('unwind.tenant'::text, true);
ALTER TABLE "simulation_thresholds" ADD COLUMN "tenant" TEXT NOT NULL DEFAULT 'local';
ALTER TABLE "simulation_thresholds" ALTER COLUMN "tenant" SET DEFAULT current_setting('unwind.tenant'::text, true);

-- A reference is unique in its tenant.
DROP INDEX "markets_reference_key";
CREATE UNIQUE INDEX "markets_tenant_reference_key" ON "markets"("tenant", "reference");
DROP INDEX "portfolios_reference_key";
CREATE UNIQUE INDEX "portfolios_tenant_reference_key" ON "portfolios"("tenant", "reference");
DROP INDEX "scenarios_reference_key";
CREATE UNIQUE INDEX "scenarios_tenant_reference_key" ON "scenarios"("tenant", "reference");
CREATE INDEX "markets_tenant_id_idx" ON "markets"("tenant", "id");
CREATE INDEX "portfolios_tenant_id_idx" ON "portfolios"("tenant", "id");
CREATE INDEX "scenarios_tenant_id_idx" ON "scenarios"("tenant", "id");
CREATE INDEX "simulations_tenant_id_idx" ON "simulations"("tenant", "id");

-- The same input of two tenants is two snapshots.
ALTER TABLE "simulations" DROP CONSTRAINT "simulations_input_hash_fkey";
DROP INDEX "simulations_input_hash_idx";
ALTER TABLE "input_snapshots" DROP CONSTRAINT "input_snapshots_pkey";
ALTER TABLE "input_snapshots" ADD CONSTRAINT "input_snapshots_pkey" PRIMARY KEY ("tenant", "hash");
CREATE INDEX "simulations_tenant_input_hash_idx" ON "simulations"("tenant", "input_hash");
ALTER TABLE "simulations" ADD CONSTRAINT "simulations_tenant_input_hash_fkey" FOREIGN KEY ("tenant", "input_hash") REFERENCES "input_snapshots"("tenant", "hash") ON DELETE RESTRICT ON UPDATE CASCADE;

-- CreateTable
CREATE TABLE "api_keys" (
    "id" UUID NOT NULL,
    "tenant" TEXT NOT NULL DEFAULT current_setting('unwind.tenant'::text, true),
    "name" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "scopes" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "api_keys_hash_key" ON "api_keys"("hash");
CREATE INDEX "api_keys_tenant_id_idx" ON "api_keys"("tenant", "id");

-- Underneath the filter of the application: a connection sees and writes the rows of its tenant, even as owner of the table, and none without one.
-- The subquery is read once a statement, not once a row. A name that no tenant can have is no tenant.
CREATE FUNCTION unwind_tenant() RETURNS TEXT LANGUAGE SQL STABLE RETURN substring(current_setting('unwind.tenant'::text, true) FROM '^[a-z0-9][a-z0-9_-]*$');
ALTER TABLE "markets" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "markets" FORCE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "markets" USING ("tenant" = (SELECT unwind_tenant())) WITH CHECK ("tenant" = (SELECT unwind_tenant()));
ALTER TABLE "assets" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "assets" FORCE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "assets" USING ("tenant" = (SELECT unwind_tenant())) WITH CHECK ("tenant" = (SELECT unwind_tenant()));
ALTER TABLE "margin_tiers" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "margin_tiers" FORCE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "margin_tiers" USING ("tenant" = (SELECT unwind_tenant())) WITH CHECK ("tenant" = (SELECT unwind_tenant()));
ALTER TABLE "portfolios" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "portfolios" FORCE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "portfolios" USING ("tenant" = (SELECT unwind_tenant())) WITH CHECK ("tenant" = (SELECT unwind_tenant()));
ALTER TABLE "accounts" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "accounts" FORCE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "accounts" USING ("tenant" = (SELECT unwind_tenant())) WITH CHECK ("tenant" = (SELECT unwind_tenant()));
ALTER TABLE "collateral" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "collateral" FORCE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "collateral" USING ("tenant" = (SELECT unwind_tenant())) WITH CHECK ("tenant" = (SELECT unwind_tenant()));
ALTER TABLE "positions" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "positions" FORCE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "positions" USING ("tenant" = (SELECT unwind_tenant())) WITH CHECK ("tenant" = (SELECT unwind_tenant()));
ALTER TABLE "stop_orders" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "stop_orders" FORCE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "stop_orders" USING ("tenant" = (SELECT unwind_tenant())) WITH CHECK ("tenant" = (SELECT unwind_tenant()));
ALTER TABLE "loans" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "loans" FORCE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "loans" USING ("tenant" = (SELECT unwind_tenant())) WITH CHECK ("tenant" = (SELECT unwind_tenant()));
ALTER TABLE "loan_collateral" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "loan_collateral" FORCE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "loan_collateral" USING ("tenant" = (SELECT unwind_tenant())) WITH CHECK ("tenant" = (SELECT unwind_tenant()));
ALTER TABLE "debts" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "debts" FORCE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "debts" USING ("tenant" = (SELECT unwind_tenant())) WITH CHECK ("tenant" = (SELECT unwind_tenant()));
ALTER TABLE "scenarios" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "scenarios" FORCE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "scenarios" USING ("tenant" = (SELECT unwind_tenant())) WITH CHECK ("tenant" = (SELECT unwind_tenant()));
ALTER TABLE "input_snapshots" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "input_snapshots" FORCE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "input_snapshots" USING ("tenant" = (SELECT unwind_tenant())) WITH CHECK ("tenant" = (SELECT unwind_tenant()));
ALTER TABLE "simulations" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "simulations" FORCE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "simulations" USING ("tenant" = (SELECT unwind_tenant())) WITH CHECK ("tenant" = (SELECT unwind_tenant()));
ALTER TABLE "simulation_rounds" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "simulation_rounds" FORCE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "simulation_rounds" USING ("tenant" = (SELECT unwind_tenant())) WITH CHECK ("tenant" = (SELECT unwind_tenant()));
ALTER TABLE "simulation_accounts" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "simulation_accounts" FORCE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "simulation_accounts" USING ("tenant" = (SELECT unwind_tenant())) WITH CHECK ("tenant" = (SELECT unwind_tenant()));
ALTER TABLE "simulation_thresholds" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "simulation_thresholds" FORCE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "simulation_thresholds" USING ("tenant" = (SELECT unwind_tenant())) WITH CHECK ("tenant" = (SELECT unwind_tenant()));
ALTER TABLE "api_keys" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "api_keys" FORCE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "api_keys" USING ("tenant" = (SELECT unwind_tenant())) WITH CHECK ("tenant" = (SELECT unwind_tenant()));

-- Two callers of the service itself, each with one table to look at (src/api/caller.ts). No tenant can have such a name.
CREATE POLICY "unfinished" ON "simulations" FOR SELECT USING ((SELECT current_setting('unwind.tenant'::text, true)) = '*jobs' AND "state" IN ('queued', 'running'));
CREATE POLICY "keys" ON "api_keys" FOR SELECT USING ((SELECT current_setting('unwind.tenant'::text, true)) = '*keys');
CREATE POLICY "used" ON "api_keys" FOR UPDATE USING ((SELECT current_setting('unwind.tenant'::text, true)) = '*keys');
