-- AlterTable
ALTER TABLE "simulation_shards" ADD COLUMN     "losses" INTEGER NOT NULL DEFAULT 0;
