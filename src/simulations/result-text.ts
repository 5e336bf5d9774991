import type { RunResult } from './run.js';

// Threads load this file: it must not pull in the messages with all of Nest behind them.

/** Characters of rows that are stored by one statement, about. */
const PART_CHARS = 256 * 1024;

/** Rows of one table as JSON text in UTF-8, a list a part, by column. */
export interface ResultRows {
  readonly model: 'simulationRound' | 'simulationEntry' | 'simulationAccount' | 'simulationAttribution' | 'simulationThreshold';
  readonly columns: readonly string[];
  readonly parts: readonly Uint8Array<ArrayBuffer>[];
}

/** The rows of a result, written where they are computed, so that who stores them has nothing left to do. */
export function rowsOf({ rounds, entries, accounts, attributions, thresholds }: RunResult): ResultRows[] {
  const ofParty = (body: { readonly account: string }, i: number) => ({ ordinal: i + 1, reference: body.account });
  return [
    written('simulationRound', ['ordinal'], rounds, ({ round }) => ({ ordinal: round })),
    written('simulationEntry', ['ordinal', 'reference', 'round'], entries, (body, i) => ({ ...ofParty(body, i), round: body.round })),
    written('simulationAccount', ['ordinal', 'reference'], accounts, ofParty),
    written('simulationAttribution', ['ordinal', 'reference'], attributions, ofParty),
    written('simulationThreshold', ['ordinal', 'reference'], thresholds, ofParty),
  ];
}

function written<T extends object>(model: ResultRows['model'], keys: readonly string[], bodies: readonly T[], keyOf: (body: T, i: number) => object): ResultRows {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let rows: string[] = [];
  let chars = 0;
  const end = () => {
    if (rows.length > 0) parts.push(new TextEncoder().encode(`[${rows.join()}]`));
    rows = [];
    chars = 0;
  };
  for (const [i, body] of bodies.entries()) {
    const row = JSON.stringify({ ...keyOf(body, i), body });
    rows.push(row);
    chars += row.length;
    if (chars >= PART_CHARS) end();
  }
  end();
  return { model, columns: [...keys, 'body'], parts };
}
