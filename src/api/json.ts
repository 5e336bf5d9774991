import { getLocation, type ParseError, printParseErrorCode, visit } from 'jsonc-parser';
import { StringDecoder } from 'node:string_decoder';
import { Piscina } from 'piscina';
import { type Issue, pointer } from './errors.js';
import { atOnce, giveWay, inTurns, type Work } from './turns.js';

/** Levels of nesting of a document; ours need 6. */
export const DEPTH_MAX = 32;
/** Keys of one object; objects by symbol have some thousands. */
export const KEYS_MAX = 100_000;
/** Elements of one list that a client sends; a portfolio has 20,000 accounts. */
export const ELEMENTS_MAX = 100_000;
/** Characters of one text that a client sends; a file inside a message has a million. */
export const TEXT_MAX = 2_000_000;
/** Characters that are read in one go. */
export const PART_CHARS = 64 * 1024;

/** What a text may have at most. */
export interface JsonLimits {
  readonly depth: number;
  readonly elements: number;
  readonly text: number;
}

const OWN: JsonLimits = { depth: DEPTH_MAX, elements: Infinity, text: Infinity };

/** Thrown as data: the caller says how the door tells it. */
export class JsonError extends Error {
  constructor(readonly issue: Issue) {
    super(issue.message);
  }
}

/** JSON.parse that names the place of a syntax error, and refuses deep nesting, a key given twice and the names that every object has; throws JsonError. */
export function parseJson(text: string, depth = DEPTH_MAX): unknown {
  try {
    return atOnce(reading(text, { ...OWN, depth }, text.length));
  } catch (error) {
    throw error instanceof NoJson ? new JsonError(syntaxIssue(text)) : error;
  }
}

/** The same for UTF-8 as it arrives, within the bounds of what a client may send, and in turns with all else: the whole text never stands in memory. */
export async function parseJsonInTurns(chunks: AsyncIterable<Uint8Array>, depth = DEPTH_MAX): Promise<unknown> {
  const reader = new JsonReader({ depth, elements: ELEMENTS_MAX, text: TEXT_MAX });
  const decoder = new StringDecoder('utf8');
  const bytes: Uint8Array[] = [];
  try {
    for await (const chunk of chunks) {
      bytes.push(chunk);
      await inTurns(reader.read(decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))));
      await giveWay();
    }
    await inTurns(reader.read(decoder.end()));
    return await inTurns(reader.end());
  } catch (error) {
    if (!(error instanceof NoJson)) throw error;
    throw new JsonError(await syntaxIssueElsewhere(bytes));
  }
}

/** In a thread, since it looks through the whole text in one go. */
async function syntaxIssueElsewhere(chunks: readonly Uint8Array[]): Promise<Issue> {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  if (length <= PART_CHARS) return syntaxIssue(Buffer.concat(chunks).toString());
  const bytes = new Uint8Array(new SharedArrayBuffer(length));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
    await giveWay();
  }
  elsewhere ??= new Piscina({ filename: new URL('./json.thread.js', import.meta.url).href, minThreads: 0, maxThreads: 1, idleTimeout: 10_000 });
  return elsewhere.run(bytes) as Promise<Issue>;
}

let elsewhere: Piscina | undefined;

/** The text is no JSON; `syntaxIssue` says where. */
export class NoJson extends Error {}

/** An object or list that is not closed yet. What lies before `from` is in `value`, if it was too long to be parsed in one go. Places are those in the reader's text. */
interface Frame {
  readonly keys: Set<string> | null;
  step: string | number;
  expectsKey: boolean;
  /** Where its bracket stands. */
  at: number;
  from: number;
  /** Where the present element begins. */
  element: number;
  value: unknown[] | Record<string, unknown> | null;
  /** What stands between the element before it and its bracket: known once a part of it was taken. */
  before: string | null;
  /** The present element is in `value` already: `from` is behind it. */
  isTaken: boolean;
}

/** The value of a text of our own as JSON.parse has it, in parts of about `partChars`. Throws JsonError and NoJson. */
export function* reading(text: string, limits = OWN, partChars = PART_CHARS): Work<unknown> {
  const reader = new JsonReader(limits, partChars);
  yield* reader.read(text);
  return yield* reader.end();
}

/**
 * The value of a text that comes in pieces, as JSON.parse has it: one pass without recursion finds where elements end, and JSON.parse reads runs of them.
 * Throws JsonError for what JSON.parse would let pass, wherever it stands, and at the end NoJson.
 */
export class JsonReader {
  /** What no frame has taken yet, and what has come after it. */
  private text = '';
  private coming = '';
  /** The next character to look at; if it opens a text without an end so far, where to look on for that. */
  private next = 0;
  private lookOn = 0;
  private readonly root = frameOf('[', -1);
  private readonly frames: Frame[] = [];
  private isJson = true;

  constructor(
    private readonly limits: JsonLimits,
    private readonly partChars = PART_CHARS,
  ) {}

  /** Looks at another piece of the text; at several together where much of the text could not be taken, so that no part of it is copied again and again. */
  *read(piece: string): Work<void> {
    this.coming += piece;
    const untaken = this.firstUntaken();
    if (this.coming.length < this.text.length - untaken) return;
    yield* this.look(untaken);
  }

  /** The value, once all pieces were read. */
  *end(): Work<unknown> {
    yield* this.look(this.firstUntaken());
    if (!this.isJson || this.frames.length > 0 || this.next < this.text.length) throw new NoJson();
    return rootValue(this.text, this.root);
  }

  /** Lets go of the text before `untaken` and looks at what has come. */
  private *look(untaken: number): Work<void> {
    const { frames, root, limits, partChars } = this;
    const text = this.text.slice(untaken) + this.coming;
    this.text = text;
    this.coming = '';
    for (const frame of [root, ...frames]) shift(frame, -untaken);
    let i = this.next - untaken;
    const lookOn = this.lookOn - untaken;
    let pause = i + partChars;
    for (; i < text.length; i++) {
      if (i >= pause) {
        pause = i + partChars;
        yield;
      }
      const frame = frames.at(-1);
      switch (text[i]) {
        case '{':
        case '[':
          if (frames.length === limits.depth) throw new JsonError({ pointer: this.here(), code: 'TOO_DEEP', message: `is nested deeper than ${limits.depth} levels` });
          frames.push(frameOf(text[i]!, i));
          break;
        case '}':
        case ']':
          frames.pop();
          if (frame?.value) this.attempt(() => close(text, frame, frames.at(-1) ?? root, i));
          break;
        case ',':
          if (frame && i - frame.from >= partChars) this.attempt(() => split(text, [root, ...frames], i));
          else if (frame?.isTaken) this.attempt(() => nothingMore(text, frame, i));
          if (frame) frame.element = i + 1;
          if (frame?.keys) frame.expectsKey = true;
          else if (frame && (frame.step = Number(frame.step) + 1) === limits.elements) throw new JsonError({ pointer: this.around(), code: 'OUT_OF_RANGE', message: `has more than ${limits.elements} elements` });
          break;
        case '"': {
          let end = endOfString(text, Math.max(i, lookOn));
          for (; end < 0; end = endOfString(text, -end)) yield;
          if (frame?.keys && frame.expectsKey && end < text.length) this.takeKey(frame, decoded(text.slice(i, end + 1)));
          if (end - i > limits.text) throw new JsonError({ pointer: this.here(), code: 'OUT_OF_RANGE', message: `is longer than ${limits.text} characters` });
          if (end === text.length) {
            [this.next, this.lookOn] = [i, end - 1];
            return;
          }
          i = end;
        }
      }
    }
    [this.next, this.lookOn] = [i, 0];
  }

  private takeKey(frame: Frame, key: string): void {
    frame.step = key;
    frame.expectsKey = false;
    if (key in Object.prototype) throw new JsonError({ pointer: this.here(), code: 'UNKNOWN_PROPERTY', message: 'is not a property of this object' });
    if (frame.keys!.has(key)) throw new JsonError({ pointer: this.here(), code: 'DUPLICATE', message: 'is given twice' });
    if (frame.keys!.size === KEYS_MAX) throw new JsonError({ pointer: this.around(), code: 'OUT_OF_RANGE', message: `has more than ${KEYS_MAX} keys` });
    frame.keys!.add(key);
  }

  /** Of the present element, and of the object or list around it. */
  private here(): string {
    return pointer(this.frames.map(({ step }) => step));
  }

  private around(): string {
    return pointer(this.frames.slice(0, -1).map(({ step }) => step));
  }

  /** A syntax error is told at the end, after all that JSON.parse would let pass. */
  private attempt(part: () => void): void {
    try {
      if (this.isJson) part();
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.isJson = false;
    }
  }

  /** What lies before it nobody asks for again. */
  private firstUntaken(): number {
    const stack = [this.root, ...this.frames];
    const innermost = stack.findIndex((_, k) => stack[k + 1]?.before == null);
    return this.isJson ? stack[innermost]!.from : this.next;
  }
}

function frameOf(bracket: string, at: number): Frame {
  return { keys: bracket === '{' ? new Set() : null, step: bracket === '{' ? '' : 0, expectsKey: bracket === '{', at, from: at + 1, element: at + 1, value: null, before: null, isTaken: false };
}

function shift(frame: Frame, by: number): void {
  frame.at += by;
  frame.from += by;
  frame.element += by;
}

/** Takes the elements of the innermost frame up to the comma at `end` into its value, and those of the frames around it that lie before. */
function split(text: string, frames: readonly Frame[], end: number): void {
  for (const [k, frame] of frames.entries()) {
    const outer = frames[k - 1];
    if (outer) frame.before ??= text.slice(outer.from, frame.at);
    if (k === frames.length - 1) take(text, frame, end);
    else if (frame.element > frame.from) take(text, frame, frame.element - 1);
  }
}

function take(text: string, frame: Frame, end: number): void {
  if (frame.isTaken) return nothingMore(text, frame, end);
  frame.value ??= frame.keys ? {} : [];
  const part = text.slice(frame.from, end);
  if (Array.isArray(frame.value)) {
    const elements = JSON.parse(`[${part}]`) as unknown[];
    if (elements.length === 0) throw new SyntaxError();
    for (const element of elements) frame.value.push(element);
  } else {
    const members = JSON.parse(`{${part}}`) as object;
    if (Object.keys(members).length === 0) throw new SyntaxError();
    Object.assign(frame.value, members);
  }
  frame.from = end + 1;
}

/** Between an element that was taken and the comma or bracket at `end` there may be blanks alone. */
function nothingMore(text: string, frame: Frame, end: number): void {
  if (!isBlank(text.slice(frame.from, end))) throw new SyntaxError();
  frame.isTaken = false;
  frame.from = end + 1;
}

/** Puts a frame that was taken in parts into the one around it. */
function close(text: string, frame: Frame, parent: Frame, end: number): void {
  if (text[end] !== (frame.keys ? '}' : ']')) throw new SyntaxError();
  if (parent.isTaken) throw new SyntaxError();
  take(text, frame, end);
  const before = frame.before ?? text.slice(parent.from, frame.at);
  if (parent.keys) {
    parent.value ??= {};
    const [key] = Object.keys(JSON.parse(`{${before}0}`) as object);
    (parent.value as Record<string, unknown>)[key!] = frame.value;
  } else {
    if (!isBlank(before)) throw new SyntaxError();
    parent.value ??= [];
    (parent.value as unknown[]).push(frame.value);
  }
  parent.from = end + 1;
  parent.isTaken = true;
}

function rootValue(text: string, root: Frame): unknown {
  try {
    if (!root.value) return JSON.parse(text);
    nothingMore(text, root, text.length);
    return (root.value as unknown[])[0];
  } catch (error) {
    throw error instanceof SyntaxError ? new NoJson() : error;
  }
}

function isBlank(text: string): boolean {
  return /^[ \t\r\n]*$/.test(text);
}

/** Strings of quotes that are no end are looked through so many at a time. */
const QUOTES_MAX = 4096;

/** Index of the closing quote, or the end of the text; negative: where to look on. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  for (let tried = 0; end !== -1; end = text.indexOf('"', end + 1)) {
    if (tried++ === QUOTES_MAX) return -(end - 1);
    let backslashes = 0;
    while (text[end - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}

function decoded(literal: string): string {
  if (!literal.includes('\\')) return literal.slice(1, -1);
  try {
    return JSON.parse(literal) as string;
  } catch {
    return literal;
  }
}

/** Where the text is no JSON, and what is wrong there. */
export function syntaxIssue(text: string): Issue {
  let first: (ParseError & { line: number; column: number }) | undefined;
  visit(text, {
    onError: (error, offset, length, line, column) => (first ??= { error, offset, length, line: line + 1, column: column + 1 }),
  }, { disallowComments: true });
  if (!first) return { pointer: '', code: 'SYNTAX', message: 'is not JSON' };
  const what = printParseErrorCode(first.error);
  return { pointer: pointer(getLocation(text, first.offset).path), code: 'SYNTAX', message: `is not JSON: ${what} at line ${first.line}, column ${first.column}` };
}
