import { inTurns, type Work } from './turns.js';

/** Characters that are written in one go, about. */
const PART_CHARS = 32 * 1024;
const SMALL_CHARS = PART_CHARS / 8;

/** Elements of a list that is not written in one go. */
const LONG = 100;

/** How values become text: as JSON.stringify does, or in a form of its own. */
export interface JsonForm {
  readonly stringify: (value: unknown) => string;
  /** The object with its keys in the order in which they are written. */
  readonly ordered: (value: object) => object;
}

const PLAIN: JsonForm = { stringify: JSON.stringify, ordered: (value) => value };

/** The text that `form` gives a value, in parts; the value is an object or a list. Lists of objects inside objects are written run by run. */
export function* jsonText(value: object, form = PLAIN): Work<string[]> {
  const parts: string[] = [];
  yield* write(value, form, parts);
  return parts;
}

/** The same as bytes, written in turns with all else. */
export async function jsonBytes(value: object, form = PLAIN): Promise<Uint8Array<ArrayBuffer>> {
  return inTurns(encoded(await inTurns(jsonText(value, form))));
}

/** Fresh memory is slow to write to; what is small does not wait for a turn. */
function* encoded(parts: readonly string[]): Work<Uint8Array<ArrayBuffer>> {
  let size = 0;
  for (const part of parts) {
    size += Buffer.byteLength(part);
    if (part.length > SMALL_CHARS) yield;
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    at += Buffer.from(bytes.buffer, at).write(part);
    if (part.length > SMALL_CHARS) yield;
  }
  return bytes;
}

function* write(value: unknown, form: JsonForm, out: string[]): Work<void> {
  if (Array.isArray(value)) yield* writeList(value, form, out);
  else if (isOpen(value)) yield* writeObject(form.ordered(value), form, out);
  else out.push(form.stringify(value) ?? 'null');
}

/** An object that is no more than its fields. */
function isOpen(value: unknown): value is object {
  return typeof value === 'object' && value !== null && typeof (value as { toJSON?: unknown }).toJSON !== 'function';
}

function* writeObject(value: object, form: JsonForm, out: string[]): Work<void> {
  let before = '{';
  for (const [key, inner] of Object.entries(value) as [string, unknown][]) {
    if (inner === undefined || typeof inner === 'function' || typeof inner === 'symbol') continue;
    out.push(`${before}${JSON.stringify(key)}:`);
    before = ',';
    yield* write(inner, form, out);
  }
  out.push(before === '{' ? '{}' : '}');
}

/** As many elements at a time as make a part, by the size of those before; what holds a long list is a part of its own. */
function* writeList(list: readonly unknown[], form: JsonForm, out: string[]): Work<void> {
  let before = '[';
  let count = 1;
  for (let at = 0, end = 0; at < list.length; at = end) {
    while (end < Math.min(at + count, list.length) && !hasLongList(list[end])) end++;
    out.push(before);
    before = ',';
    if (end === at) yield* write(list[end++], form, out);
    else {
      const run = form.stringify(list.slice(at, end));
      out.push(run.slice(1, -1));
      count = Math.max(1, Math.min(2 * count, Math.floor(((end - at) * PART_CHARS) / run.length)));
    }
    yield;
  }
  out.push(before === '[' ? '[]' : ']');
}

function hasLongList(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.length > LONG || value.some(hasLongList);
  for (const key in value) if (hasLongList((value as Readonly<Record<string, unknown>>)[key])) return true;
  return false;
}
