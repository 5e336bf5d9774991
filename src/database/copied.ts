import { StringDecoder } from 'node:string_decoder';
import { giveWay } from '../api/turns.js';

const UNESCAPED: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

const ROWS_AT_ONCE = 100;

/** Rows of `COPY ... TO STDOUT` in PostgreSQL's text format, as its texts, some at a time, in turns with all else. */
export async function* copiedRows(bytes: AsyncIterable<Buffer>): AsyncGenerator<(string | null)[][]> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of bytes) {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop()!;
    for (let at = 0; at < lines.length; at += ROWS_AT_ONCE) {
      yield lines.slice(at, at + ROWS_AT_ONCE).map((line) => line.split('\t').map(fieldOf));
      await giveWay();
    }
  }
}

function fieldOf(text: string): string | null {
  if (text === '\\N') return null;
  return text.includes('\\') ? text.replaceAll(/\\(.)/g, (_, letter: string) => UNESCAPED[letter] ?? letter) : text;
}
