-- AlterTable
ALTER TABLE "simulations" ALTER COLUMN "scenario_id" DROP NOT NULL,
ADD COLUMN     "sweep" JSONB,
ADD COLUMN     "verifies" UUID,
ADD COLUMN     "shards" INTEGER NOT NULL DEFAULT 1,
ADD COLUMN     "shards_done" INTEGER NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "simulation_shards" (
    "simulation_id" UUID NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "tenant" TEXT NOT NULL,
    "first_point" INTEGER NOT NULL,
    "point_count" INTEGER NOT NULL,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "leased_until" TIMESTAMPTZ(3),

    CONSTRAINT "simulation_shards_pkey" PRIMARY KEY ("simulation_id","ordinal")
);

-- CreateTable
CREATE TABLE "tenant_turns" (
    "tenant" TEXT NOT NULL,
    "served_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "tenant_turns_pkey" PRIMARY KEY ("tenant")
);

-- CreateTable
CREATE TABLE "simulation_points" (
    "tenant" TEXT NOT NULL DEFAULT current_setting('unwind.tenant'::text, true),
    "simulation_id" UUID NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "hash" TEXT NOT NULL,
    "body" JSON NOT NULL,

    CONSTRAINT "simulation_points_pkey" PRIMARY KEY ("simulation_id","ordinal")
);

-- CreateIndex
CREATE INDEX "simulations_verifies_idx" ON "simulations"("verifies");

-- CreateIndex
CREATE INDEX "simulation_shards_tenant_simulation_id_ordinal_idx" ON "simulation_shards"("tenant", "simulation_id", "ordinal");

-- AddForeignKey
ALTER TABLE "simulations" ADD CONSTRAINT "simulations_verifies_fkey" FOREIGN KEY ("verifies") REFERENCES "simulations"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "simulation_shards" ADD CONSTRAINT "simulation_shards_simulation_id_fkey" FOREIGN KEY ("simulation_id") REFERENCES "simulations"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "simulation_points" ADD CONSTRAINT "simulation_points_simulation_id_fkey" FOREIGN KEY ("simulation_id") REFERENCES "simulations"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "simulation_points" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "simulation_points" FORCE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "simulation_points" USING ("tenant" = (SELECT unwind_tenant())) WITH CHECK ("tenant" = (SELECT unwind_tenant()));
ALTER TABLE "simulation_shards" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "simulation_shards" FORCE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "simulation_shards" USING ("tenant" = (SELECT unwind_tenant())) WITH CHECK ("tenant" = (SELECT unwind_tenant()));
-- Workers look over all tenants for whose turn it is (src/simulations/shards.ts); they read results and inputs as the tenant alone.
CREATE POLICY "work" ON "simulation_shards" USING ((SELECT current_setting('unwind.tenant'::text, true)) = '*jobs');
ALTER TABLE "tenant_turns" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "tenant_turns" FORCE ROW LEVEL SECURITY;
CREATE POLICY "work" ON "tenant_turns" USING ((SELECT current_setting('unwind.tenant'::text, true)) = '*jobs');

-- What is under way goes on as one shard.
INSERT INTO "simulation_shards" ("simulation_id", "ordinal", "tenant", "first_point", "point_count", "attempt")
SELECT "id", 1, "tenant", 1, 0, "attempt" FROM "simulations" WHERE "state" IN ('queued', 'running');

-- What is final has no parts left.
UPDATE "simulations" SET "shards_done" = 1 WHERE "state" = 'succeeded';

-- The fencing number is the shard's now.
ALTER TABLE "simulations" DROP COLUMN "attempt";
