-- CreateTable
CREATE TABLE "simulation_entries" (
    "tenant" TEXT NOT NULL DEFAULT current_setting('unwind.tenant'::text, true),
    "simulation_id" UUID NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "round" INTEGER NOT NULL,
    "reference" TEXT NOT NULL,
    "body" JSON NOT NULL,

    CONSTRAINT "simulation_entries_pkey" PRIMARY KEY ("simulation_id","ordinal")
);

-- CreateTable
CREATE TABLE "simulation_attributions" (
    "tenant" TEXT NOT NULL DEFAULT current_setting('unwind.tenant'::text, true),
    "simulation_id" UUID NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "reference" TEXT NOT NULL,
    "body" JSON NOT NULL,

    CONSTRAINT "simulation_attributions_pkey" PRIMARY KEY ("simulation_id","ordinal")
);

-- CreateIndex
CREATE INDEX "simulation_entries_simulation_id_round_ordinal_idx" ON "simulation_entries"("simulation_id", "round", "ordinal");

-- CreateIndex
CREATE INDEX "simulation_entries_simulation_id_reference_idx" ON "simulation_entries"("simulation_id", "reference");

-- CreateIndex
CREATE INDEX "simulation_attributions_simulation_id_reference_idx" ON "simulation_attributions"("simulation_id", "reference");

-- AddForeignKey
ALTER TABLE "simulation_entries" ADD CONSTRAINT "simulation_entries_simulation_id_fkey" FOREIGN KEY ("simulation_id") REFERENCES "simulations"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "simulation_attributions" ADD CONSTRAINT "simulation_attributions_simulation_id_fkey" FOREIGN KEY ("simulation_id") REFERENCES "simulations"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "simulation_entries" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "simulation_entries" FORCE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "simulation_entries" USING ("tenant" = (SELECT unwind_tenant())) WITH CHECK ("tenant" = (SELECT unwind_tenant()));

ALTER TABLE "simulation_attributions" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "simulation_attributions" FORCE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "simulation_attributions" USING ("tenant" = (SELECT unwind_tenant())) WITH CHECK ("tenant" = (SELECT unwind_tenant()));
