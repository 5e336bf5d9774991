import { defineConfig } from 'prisma/config';

// Our own code applies migrations (src/database/migrate.ts); any executable here keeps `prisma generate` from looking for its native engine.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  ...(process.env.DATABASE_URL && { datasource: { url: process.env.DATABASE_URL } }),
});
