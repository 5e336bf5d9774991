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
  institution: 'institutions',
  institutionHolding: 'institution_holdings',
  simulationRound: 'simulation_rounds',
  simulationEntry: 'simulation_entries',
  simulationAccount: 'simulation_accounts',
  simulationAttribution: 'simulation_attributions',
  simulationThreshold: 'simulation_thresholds',
  simulationPoint: 'simulation_points',
  simulationShard: 'simulation_shards',
} as const;

type Model = keyof typeof TABLES;
type Row<M extends Model> = Plain<Exclude<NonNullable<Prisma.Args<Database[M], 'createMany'>['data']>, readonly unknown[]>>;
/** An absent JSON value is a plain null here: it becomes SQL's. */
type Plain<T> = { [K in keyof T]: typeof Prisma.DbNull extends T[K] ? T[K] | null : T[K] };

/** What `createMany` does, in one statement with one parameter, ten times faster on 100,000 rows. */
export async function insertRows<M extends Model>(write: Transaction, model: M, rows: readonly Row<M>[]): Promise<void> {
  if (rows.length === 0) return;
  const table = Prisma.raw(`"${TABLES[model]}"`);
  const renamed = rows.map((row) => Object.fromEntries(Object.entries(row).map(([field, value]) => [columnName(field), value])));
  const columns = Prisma.raw([...new Set(renamed.flatMap(Object.keys))].map((column) => `"${column}"`).join());
  await write.$executeRaw`INSERT INTO ${table} (${columns}) SELECT ${columns} FROM json_populate_recordset(NULL::${table}, ${JSON.stringify(renamed)}::json)`;
}

/** As every `@map` of prisma/schema.prisma: `entryPrice` is `entry_price`. */
function columnName(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
