import { StringDecoder } from 'node:string_decoder';
import { setImmediate } from 'node:timers/promises';

const UNESCAPED: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** Rows of `COPY ... TO STDOUT` in PostgreSQL's text format, as its texts, in the batches they arrive in. */
export async function* copiedRows(bytes: AsyncIterable<Buffer>): AsyncGenerator<(string | null)[][]> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of bytes) {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop()!;
    if (lines.length > 0) yield lines.map((line) => line.split('\t').map(fieldOf));
    await setImmediate(); // others take their turn between two reads
  }
}

function fieldOf(text: string): string | null {
  if (text === '\\N') return null;
  return text.includes('\\') ? text.replaceAll(/\\(.)/g, (_, letter: string) => UNESCAPED[letter] ?? letter) : text;
}
