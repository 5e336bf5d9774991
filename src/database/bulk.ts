import type { Database, Transaction } from './database.js';
import { Prisma } from './generated/client.js';

/** Tables that take rows by the ten thousand. */
const TABLES = {
  account: 'accounts',
  collateral: 'collateral',
  position: 'positions',
  stopOrder: 'stop_orders',
  loan: 'loans',
  loanCollateral: 'loan_collateral',
  debt: 'debts',
  simulationRound: 'simulation_rounds',
  simulationAccount: 'simulation_accounts',
  simulationThreshold: 'simulation_thresholds',
} as const;

type Model = keyof typeof TABLES;
type Row<M extends Model> = Exclude<NonNullable<Prisma.Args<Database[M], 'createMany'>['data']>, readonly unknown[]>;

/** What `createMany` does, in one statement with one parameter, ten times faster on 100,000 rows. */
export async function insertRows<M extends Model>(write: Transaction, model: M, rows: readonly Row<M>[]): Promise<void> {
  if (rows.length === 0) return;
  const table = Prisma.raw(`"${TABLES[model]}"`);
  const columns = rows.map((row) => Object.fromEntries(Object.entries(row).map(([field, value]) => [columnName(field), value])));
  await write.$executeRaw`INSERT INTO ${table} SELECT * FROM json_populate_recordset(NULL::${table}, ${JSON.stringify(columns)}::json)`;
}

/** As every `@map` of prisma/schema.prisma: `entryPrice` is `entry_price`. */
function columnName(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
