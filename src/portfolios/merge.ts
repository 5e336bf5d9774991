import type { IssueCode } from '../api/errors.js';
import type { Faults } from '../api/lines.js';
import type { RawClient } from '../database/raw.js';
import { FAULTS_TOLD_MAX } from './file-faults.js';
import { POSITIONS_MAX } from './portfolio.js';
import type { ImportMode, PositionsImport } from './position-line.js';

// From the table `lines` (staging.ts) into the portfolio: what contradicts, then one merge. $1 is the portfolio, whose row is locked.

/** Accounts that the file names, with what its lines say of them, and what is stored. */
const NAME_ACCOUNTS = `
  CREATE TEMP TABLE named ON COMMIT DROP AS
  SELECT f.*, a.ordinal, a.margin_mode AS stored_mode
  FROM (SELECT account AS reference, min(line) AS line, min(margin_mode) AS margin_mode, max(margin_mode) AS other_mode, min(balance) AS balance, max(balance) AS other_balance, count(symbol) AS positions FROM lines GROUP BY account) f
  LEFT JOIN accounts a ON a.portfolio_id = $1 AND a.reference = f.reference`;

interface Check {
  readonly code: IssueCode;
  readonly pointer: string;
  /** Rows (line, message), of which there is one for each fault. */
  readonly sql: string;
  /** Looks at stored positions, which a replacement removes. */
  readonly onlyAppend?: true;
}

const CHECKS: readonly Check[] = [
  {
    code: 'DUPLICATE',
    pointer: '/symbol',
    sql: `SELECT line, 'is held ' || side || ' by the account on line ' || first AS message
          FROM (SELECT line, side, min(line) OVER (PARTITION BY account, symbol, side) AS first FROM lines WHERE symbol IS NOT NULL) p WHERE line > first`,
  },
  {
    code: 'DUPLICATE',
    pointer: '/symbol',
    onlyAppend: true,
    sql: `SELECT l.line, 'is held ' || l.side || ' by the account already' AS message
          FROM lines l JOIN accounts a ON a.portfolio_id = $1 AND a.reference = l.account
          JOIN positions p ON p.portfolio_id = $1 AND p.account_ordinal = a.ordinal AND p.symbol = l.symbol AND p.side = l.side`,
  },
  {
    code: 'DUPLICATE',
    pointer: '/account',
    sql: `SELECT n.line, 'is the reference of a loan of the portfolio' AS message FROM named n JOIN loans l ON l.portfolio_id = $1 AND l.reference = n.reference`,
  },
  {
    code: 'FORBIDDEN',
    pointer: '/marginMode',
    sql: `SELECT l.line, 'is ' || first.margin_mode || ' on line ' || n.line AS message
          FROM named n JOIN lines first ON first.line = n.line JOIN lines l ON l.account = n.reference AND l.margin_mode <> first.margin_mode WHERE n.margin_mode <> n.other_mode`,
  },
  {
    code: 'FORBIDDEN',
    pointer: '/marginMode',
    sql: `SELECT line, 'is ' || stored_mode || ' in the stored account' AS message FROM named WHERE margin_mode = other_mode AND margin_mode <> stored_mode`,
  },
  {
    code: 'FORBIDDEN',
    pointer: '/balance',
    sql: `SELECT l.line, 'is ' || s.balance || ' on line ' || s.line AS message
          FROM (SELECT DISTINCT ON (l.account) l.account, l.line, l.balance FROM lines l JOIN named n ON n.reference = l.account AND n.balance <> n.other_balance WHERE l.balance IS NOT NULL ORDER BY l.account, l.line) s
          JOIN lines l ON l.account = s.account AND l.balance <> s.balance`,
  },
  {
    code: 'OUT_OF_RANGE',
    pointer: '/account',
    sql: `SELECT n.line, 'holds ' || n.positions + held.count || ' positions; an account may hold ${POSITIONS_MAX}' AS message
          FROM named n CROSS JOIN LATERAL (SELECT CASE WHEN $2 AND n.ordinal IS NOT NULL THEN (SELECT count(*) FROM positions p WHERE p.portfolio_id = $1 AND p.account_ordinal = n.ordinal) ELSE 0 END AS count) held
          WHERE n.positions + held.count > ${POSITIONS_MAX}`,
  },
];

/** Stop orders of isolated accounts that would reduce nothing; the line is the account's first, or 1 where the file does not name it. */
const UNHELD = `
  SELECT coalesce(n.line, 1) AS line, 'is isolated and stored with a stop order that reduces a ' || o.symbol || ' position, which account ' || a.reference || ' would not hold' AS message
  FROM stop_orders o JOIN accounts a ON a.portfolio_id = $1 AND a.ordinal = o.account_ordinal AND a.margin_mode = 'isolated' LEFT JOIN named n ON n.reference = a.reference
  WHERE o.portfolio_id = $1 AND NOT EXISTS (SELECT FROM lines l WHERE l.account = a.reference AND l.symbol = o.symbol AND l.side = CASE o.side WHEN 'sell' THEN 'long' ELSE 'short' END::position_side)`;

/** What contradicts itself or the portfolio. */
export async function check(client: RawClient, id: string, mode: ImportMode, faults: Faults): Promise<void> {
  await client.query(NAME_ACCOUNTS.replace('$1', `'${id}'::uuid`)); // no parameters in CREATE TABLE AS; the id was found before
  await client.query('CREATE UNIQUE INDEX ON named (reference)');
  await client.query('ANALYZE named');
  const checks = mode === 'append' ? CHECKS : [...CHECKS.filter(({ onlyAppend }) => !onlyAppend), { code: 'UNHELD', pointer: '/account', sql: UNHELD } as const];
  for (const { code, pointer, sql } of checks) {
    const { rows } = await client.query<{ line: number; message: string; total: number }>(`WITH parameters AS (SELECT $1::uuid, $2::boolean), faults AS (${sql}) SELECT *, (count(*) OVER ())::int AS total FROM faults ORDER BY line LIMIT ${FAULTS_TOLD_MAX}`, [id, mode === 'append']);
    for (const { line, message } of rows) faults.add(line, { pointer, code, message });
    faults.more((rows[0]?.total ?? 0) - rows.length);
  }
}

/** Writes the accounts and positions of the file. What an account has besides stays as it is. */
export async function merge(client: RawClient, id: string, mode: ImportMode): Promise<Omit<PositionsImport, 'portfolioId' | 'mode' | 'dryRun'>> {
  const count = async (sql: string) => (await client.query(sql, [id])).rowCount ?? 0;
  const positionsRemoved = mode === 'replace' ? await count('DELETE FROM positions WHERE portfolio_id = $1') : 0;
  await count('UPDATE accounts a SET balance = n.balance FROM named n WHERE a.portfolio_id = $1 AND a.ordinal = n.ordinal AND a.margin_mode = \'cross\' AND n.balance <> a.balance');
  if (mode === 'replace') await reorder(count);
  const accountsCreated = await count(`
    INSERT INTO accounts (portfolio_id, ordinal, reference, margin_mode, balance)
    SELECT $1, ${mode === 'replace' ? 'rank' : '(SELECT count(*) FROM accounts WHERE portfolio_id = $1) + row_number() OVER (ORDER BY line) - 1'}, reference, margin_mode, coalesce(balance, 0)
    FROM (SELECT *, row_number() OVER (ORDER BY line) - 1 AS rank FROM named) n WHERE ordinal IS NULL`);
  const positions = await count(`
    INSERT INTO positions (portfolio_id, account_ordinal, ordinal, symbol, side, contracts, contract_size, entry_price, margin, fixed_fee)
    SELECT $1, a.ordinal, ${mode === 'replace' ? '0' : '(SELECT count(*) FROM positions p WHERE p.portfolio_id = $1 AND p.account_ordinal = a.ordinal)'} + row_number() OVER (PARTITION BY l.account ORDER BY l.line) - 1,
      l.symbol, l.side, l.contracts, l.contract_size, l.entry_price, l.margin, l.fixed_fee
    FROM lines l JOIN accounts a ON a.portfolio_id = $1 AND a.reference = l.account WHERE l.symbol IS NOT NULL`);
  const { rows } = await client.query<{ account_count: number; position_count: number; named: number }>(
    `UPDATE portfolios SET account_count = account_count + $2, position_count = position_count - $3 + $4, updated_at = clock_timestamp() WHERE id = $1
     RETURNING account_count, position_count, (SELECT count(*) FROM named)::int AS named`,
    [id, accountsCreated, positionsRemoved, positions],
  );
  const { account_count: accountCount, position_count: positionCount, named: accounts } = rows[0]!;
  return { positions, accounts, accountsCreated, positionsRemoved, positionCount, accountCount };
}

/** Stored accounts in the order of the file, after them those it does not name; below zero first, since a key is unique at every row. */
async function reorder(count: (sql: string) => Promise<number>): Promise<void> {
  const moved = await count(`
    UPDATE accounts a SET ordinal = -1 - o.wanted
    FROM (
      SELECT a.ordinal, coalesce(n.rank, (SELECT count(*) FROM named) + row_number() OVER (PARTITION BY n.rank IS NULL ORDER BY a.ordinal) - 1) AS wanted
      FROM accounts a LEFT JOIN (SELECT ordinal, row_number() OVER (ORDER BY line) - 1 AS rank FROM named) n ON n.ordinal = a.ordinal WHERE a.portfolio_id = $1
    ) o WHERE a.portfolio_id = $1 AND a.ordinal = o.ordinal AND o.wanted <> a.ordinal`);
  if (moved > 0) await count('UPDATE accounts SET ordinal = -1 - ordinal WHERE portfolio_id = $1 AND ordinal < 0');
  await count('UPDATE named n SET ordinal = a.ordinal FROM accounts a WHERE a.portfolio_id = $1 AND a.reference = n.reference AND a.ordinal <> n.ordinal');
}

