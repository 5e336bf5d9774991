-- AlterTable
ALTER TABLE "simulations" ADD COLUMN     "so_far" JSON;

-- AlterTable
ALTER TABLE "simulation_changes" ADD COLUMN     "so_far" JSON;

CREATE OR REPLACE FUNCTION "tell_simulation"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO "simulation_changes" ("simulation_id", "version", "tenant", "state", "progress", "so_far", "shards_done")
        VALUES (NEW."id", NEW."version", NEW."tenant", NEW."state", NEW."progress", NEW."so_far", NEW."shards_done");
    PERFORM pg_notify('simulation_changes', json_build_object('id', NEW."id", 'tenant', NEW."tenant", 'state', NEW."state", 'progress', NEW."progress", 'version', NEW."version")::text);
    RETURN NULL;
END $$;

DROP TRIGGER "tell_simulation" ON "simulations";
CREATE TRIGGER "tell_simulation" AFTER UPDATE ON "simulations" FOR EACH ROW
    WHEN (OLD."state" IS DISTINCT FROM NEW."state" OR OLD."progress" IS DISTINCT FROM NEW."progress" OR OLD."so_far"::text IS DISTINCT FROM NEW."so_far"::text OR OLD."shards_done" IS DISTINCT FROM NEW."shards_done") EXECUTE FUNCTION "tell_simulation"();
