-- CreateTable
CREATE TABLE "simulation_changes" (
    "simulation_id" UUID NOT NULL,
    "version" INTEGER NOT NULL,
    "tenant" TEXT NOT NULL DEFAULT current_setting('unwind.tenant'::text, true),
    "state" "simulation_state" NOT NULL,
    "progress" DOUBLE PRECISION NOT NULL,
    "shards_done" INTEGER NOT NULL,
    "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "simulation_changes_pkey" PRIMARY KEY ("simulation_id","version")
);

-- AlterTable
ALTER TABLE "simulation_points" ADD COLUMN     "version" INTEGER NOT NULL DEFAULT 0;

-- CreateIndex
CREATE INDEX "simulation_points_simulation_id_version_ordinal_idx" ON "simulation_points"("simulation_id", "version", "ordinal");

-- AddForeignKey
ALTER TABLE "simulation_changes" ADD CONSTRAINT "simulation_changes_simulation_id_fkey" FOREIGN KEY ("simulation_id") REFERENCES "simulations"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What there is already has one change: the one to where it stands. A user who is not above row-level security sees the rows only like this.
ALTER TABLE "simulations" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "simulation_points" NO FORCE ROW LEVEL SECURITY;
INSERT INTO "simulation_changes" ("simulation_id", "version", "tenant", "state", "progress", "shards_done")
    SELECT "id", "version", "tenant", "state", "progress", "shards_done" FROM "simulations";
UPDATE "simulation_points" SET "version" = simulation."version" FROM "simulations" simulation WHERE simulation."id" = "simulation_id";
ALTER TABLE "simulations" FORCE ROW LEVEL SECURITY;
ALTER TABLE "simulation_points" FORCE ROW LEVEL SECURITY;

ALTER TABLE "simulation_changes" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "simulation_changes" FORCE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "simulation_changes" USING ("tenant" = (SELECT unwind_tenant())) WITH CHECK ("tenant" = (SELECT unwind_tenant()));

-- Whoever moves a simulation writes it down under the version that this makes, and tells it with the commit. The row is locked until then:
-- who sees a version sees all before it.
CREATE OR REPLACE FUNCTION "tell_simulation"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO "simulation_changes" ("simulation_id", "version", "tenant", "state", "progress", "shards_done")
        VALUES (NEW."id", NEW."version", NEW."tenant", NEW."state", NEW."progress", NEW."shards_done");
    PERFORM pg_notify('simulation_changes', json_build_object('id', NEW."id", 'tenant', NEW."tenant", 'state', NEW."state", 'progress', NEW."progress", 'version', NEW."version")::text);
    RETURN NULL;
END $$;

DROP TRIGGER "tell_simulation" ON "simulations";
CREATE TRIGGER "tell_simulation" AFTER UPDATE ON "simulations" FOR EACH ROW
    WHEN (OLD."state" IS DISTINCT FROM NEW."state" OR OLD."progress" IS DISTINCT FROM NEW."progress" OR OLD."shards_done" IS DISTINCT FROM NEW."shards_done") EXECUTE FUNCTION "tell_simulation"();
CREATE TRIGGER "tell_new_simulation" AFTER INSERT ON "simulations" FOR EACH ROW EXECUTE FUNCTION "tell_simulation"();
