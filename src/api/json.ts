import { getLocation, type ParseError, printParseErrorCode, visit } from 'jsonc-parser';
import { Piscina } from 'piscina';
import { type Issue, pointer } from './errors.js';
import { atOnce, inTurns, type Work } from './turns.js';

/** Levels of nesting of a document; ours need 6. */
export const DEPTH_MAX = 32;
/** Keys of one object; objects by symbol have some thousands. */
export const KEYS_MAX = 100_000;
/** Characters that are read in one go. */
export const PART_CHARS = 64 * 1024;

/** Thrown as data: the caller says how the door tells it. */
export class JsonError extends Error {
  constructor(readonly issue: Issue) {
    super(issue.message);
  }
}

/** JSON.parse that names the place of a syntax error, and refuses deep nesting, a key given twice and the names that every object has; throws JsonError. */
export function parseJson(text: string, depthMax = DEPTH_MAX): unknown {
  try {
    return atOnce(reading(text, depthMax, text.length));
  } catch (error) {
    throw error instanceof NoJson ? new JsonError(syntaxIssue(text)) : error;
  }
}

/** The same in turns with all else. */
export async function parseJsonInTurns(text: string, depthMax = DEPTH_MAX): Promise<unknown> {
  try {
    return await inTurns(reading(text, depthMax));
  } catch (error) {
    if (!(error instanceof NoJson)) throw error;
    throw new JsonError(text.length > PART_CHARS ? await syntaxIssueElsewhere(text) : syntaxIssue(text));
  }
}

/** In a thread, since it looks through the whole text in one go. */
function syntaxIssueElsewhere(text: string): Promise<Issue> {
  elsewhere ??= new Piscina({ filename: new URL('./json.thread.js', import.meta.url).href, minThreads: 0, maxThreads: 1, idleTimeout: 10_000 });
  return elsewhere.run(text) as Promise<Issue>;
}

let elsewhere: Piscina | undefined;

/** The text is no JSON; `syntaxIssue` says where. */
export class NoJson extends Error {}

/** An object or list that is not closed yet. What lies before `from` is in `value`, if it was too long to be parsed in one go. */
interface Frame {
  readonly keys: Set<string> | null;
  step: string | number;
  expectsKey: boolean;
  /** Where its bracket stands. */
  readonly at: number;
  from: number;
  /** Where the present element begins. */
  element: number;
  value: unknown[] | Record<string, unknown> | null;
  /** The present element is in `value` already: `from` is behind it. */
  isTaken: boolean;
}

/**
 * The value of a text as JSON.parse has it, in parts of about `partChars`: one pass without recursion finds where elements end, and JSON.parse reads runs of them.
 * Throws JsonError for what JSON.parse would let pass, wherever it stands, and else NoJson.
 */
export function* reading(text: string, depthMax = DEPTH_MAX, partChars = PART_CHARS): Work<unknown> {
  const root = frameOf('[', -1);
  const frames: Frame[] = [];
  const here = () => pointer(frames.map((frame) => frame.step));
  let isJson = true;
  let pause = partChars;
  const attempt = (part: () => void) => {
    try {
      if (isJson) part();
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      isJson = false;
    }
  };
  for (let i = 0; i < text.length; i++) {
    if (i >= pause) {
      pause = i + partChars;
      yield;
    }
    const frame = frames.at(-1);
    switch (text[i]) {
      case '{':
      case '[':
        if (frames.length === depthMax) throw new JsonError({ pointer: here(), code: 'TOO_DEEP', message: `is nested deeper than ${depthMax} levels` });
        frames.push(frameOf(text[i]!, i));
        break;
      case '}':
      case ']':
        frames.pop();
        if (frame?.value) attempt(() => close(text, frame, frames.at(-1) ?? root, i));
        break;
      case ',':
        if (frame && i - frame.from >= partChars) attempt(() => split(text, [root, ...frames], i));
        else if (frame?.isTaken) attempt(() => nothingMore(text, frame, i));
        if (frame) frame.element = i + 1;
        if (frame?.keys) frame.expectsKey = true;
        else if (frame) frame.step = Number(frame.step) + 1;
        break;
      case '"': {
        let end = endOfString(text, i);
        for (; end < 0; end = endOfString(text, -end)) yield;
        if (frame?.keys && frame.expectsKey) {
          const key = decoded(text.slice(i, end + 1));
          frame.step = key;
          frame.expectsKey = false;
          if (key in Object.prototype) throw new JsonError({ pointer: here(), code: 'UNKNOWN_PROPERTY', message: 'is not a property of this object' });
          if (frame.keys.has(key)) throw new JsonError({ pointer: here(), code: 'DUPLICATE', message: 'is given twice' });
          if (frame.keys.size === KEYS_MAX) throw new JsonError({ pointer: pointer(frames.slice(0, -1).map(({ step }) => step)), code: 'OUT_OF_RANGE', message: `has more than ${KEYS_MAX} keys` });
          frame.keys.add(key);
        }
        i = end;
      }
    }
  }
  if (!isJson || frames.length > 0) throw new NoJson();
  return rootValue(text, root);
}

function frameOf(bracket: string, at: number): Frame {
  return { keys: bracket === '{' ? new Set() : null, step: bracket === '{' ? '' : 0, expectsKey: bracket === '{', at, from: at + 1, element: at + 1, value: null, isTaken: false };
}

/** Takes the elements of the innermost frame up to the comma at `end` into its value, and those of the frames around it that lie before. */
function split(text: string, frames: readonly Frame[], end: number): void {
  for (const frame of frames.slice(0, -1)) if (frame.element > frame.from) take(text, frame, frame.element - 1);
  take(text, frames.at(-1)!, end);
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
  take(text, frame, end);
  const before = text.slice(parent.from, frame.at);
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
