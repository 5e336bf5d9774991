import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { run } from './process.js';

const SERVER = process.env.UNWIND_TEST_DATABASE_URL ?? '';
const created: string[] = [];

afterAll(async () => {
  for (const name of created) await sql(SERVER, `DROP DATABASE ${name} WITH (FORCE)`);
});

test('the migrations lead to what prisma/schema.prisma says', async () => {
  const [migrated, printed] = [await emptyDatabase(), await emptyDatabase()];
  expect(await run('database/migrate.js', [], { DATABASE_URL: migrated })).toMatchObject({ code: 0, output: expect.stringMatching(/^Applied \d{14}_init/) });
  expect(await run('database/migrate.js', [], { DATABASE_URL: migrated })).toMatchObject({ code: 0, output: expect.stringMatching(/^Nothing to apply/) });
  const { code, output } = await run('database/migrate.js', ['--print'], { DATABASE_URL: printed });
  expect(code).toBe(0);
  await sql(printed, output);
  expect(await structure(migrated)).toEqual(await structure(printed));
});

test('two servers that migrate at the same moment take turns', async () => {
  const database = await emptyDatabase();
  const outcomes = await Promise.all([1, 2].map(() => run('database/migrate.js', [], { DATABASE_URL: database })));
  expect(outcomes.map(({ code }) => code)).toEqual([0, 0]);
  expect(outcomes.filter(({ output }) => output.startsWith('Applied'))).toHaveLength(1);
});

async function emptyDatabase(): Promise<string> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await sql(SERVER, `CREATE DATABASE ${name}`);
  created.push(name);
  return Object.assign(new URL(SERVER), { pathname: `/${name}` }).href;
}

/** Columns, constraints, indexes and enums, as text. */
async function structure(url: string): Promise<unknown[]> {
  return [
    await sql(url, `SELECT table_name, column_name, data_type, udt_name, is_nullable, column_default, datetime_precision FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> '_prisma_migrations' ORDER BY 1, 2`),
    await sql(url, `SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> coalesce(to_regclass('_prisma_migrations'), 0) ORDER BY 1, 2`),
    await sql(url, `SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> '_prisma_migrations' ORDER BY 1`),
    await sql(url, `SELECT t.typname, e.enumlabel FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid ORDER BY t.typname, e.enumsortorder`),
  ];
}

async function sql(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}
