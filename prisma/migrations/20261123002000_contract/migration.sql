-- AlterTable
ALTER TABLE "markets" ADD COLUMN     "version" INTEGER NOT NULL DEFAULT 1;

-- AlterTable
ALTER TABLE "portfolios" ADD COLUMN     "version" INTEGER NOT NULL DEFAULT 1;

-- AlterTable
ALTER TABLE "scenarios" ADD COLUMN     "version" INTEGER NOT NULL DEFAULT 1;

-- AlterTable
ALTER TABLE "simulations" ADD COLUMN     "version" INTEGER NOT NULL DEFAULT 1;

-- CreateTable
CREATE TABLE "idempotency_keys" (
    "tenant" TEXT NOT NULL DEFAULT current_setting('unwind.tenant'::text, true),
    "key" TEXT NOT NULL,
    "part" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "answer" BYTEA,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("tenant","key","part")
);

-- CreateIndex
CREATE INDEX "idempotency_keys_created_at_idx" ON "idempotency_keys"("created_at");

ALTER TABLE "idempotency_keys" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "idempotency_keys" FORCE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "idempotency_keys" USING ("tenant" = (SELECT unwind_tenant())) WITH CHECK ("tenant" = (SELECT unwind_tenant()));
-- Keys that are a day old are forgotten, whosever they are (src/database/kept-answers.ts).
CREATE POLICY "swept" ON "idempotency_keys" FOR SELECT USING (current_setting('unwind.tenant'::text, true) = '*jobs');
CREATE POLICY "forgotten" ON "idempotency_keys" FOR DELETE USING (current_setting('unwind.tenant'::text, true) = '*jobs');

-- What schema.prisma cannot say: whoever updates a document raises its version.
CREATE FUNCTION "raise_version"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW."version" := OLD."version" + 1;
    RETURN NEW;
END $$;

CREATE TRIGGER "raise_version" BEFORE UPDATE ON "markets" FOR EACH ROW EXECUTE FUNCTION "raise_version"();
CREATE TRIGGER "raise_version" BEFORE UPDATE ON "portfolios" FOR EACH ROW EXECUTE FUNCTION "raise_version"();
CREATE TRIGGER "raise_version" BEFORE UPDATE ON "scenarios" FOR EACH ROW EXECUTE FUNCTION "raise_version"();
CREATE TRIGGER "raise_version" BEFORE UPDATE ON "simulations" FOR EACH ROW EXECUTE FUNCTION "raise_version"();

-- Whoever moves a simulation tells it, with the commit: src/simulations/changes-feed.ts listens.
CREATE FUNCTION "tell_simulation"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('simulation_changes', json_build_object('id', NEW."id", 'tenant', to_jsonb(NEW) ->> 'tenant', 'state', NEW."state", 'progress', NEW."progress")::text);
    RETURN NULL;
END $$;

CREATE TRIGGER "tell_simulation" AFTER UPDATE ON "simulations" FOR EACH ROW
    WHEN (OLD."state" IS DISTINCT FROM NEW."state" OR OLD."progress" IS DISTINCT FROM NEW."progress") EXECUTE FUNCTION "tell_simulation"();
