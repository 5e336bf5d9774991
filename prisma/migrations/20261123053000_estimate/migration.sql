-- AlterTable
ALTER TABLE "simulations" ADD COLUMN     "estimate" JSON;
