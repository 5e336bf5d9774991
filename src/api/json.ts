import { getLocation, type ParseError, printParseErrorCode, visit } from 'jsonc-parser';
import { type Issue, pointer } from './errors.js';

/** Levels of nesting of a document; ours need 6. */
export const DEPTH_MAX = 32;

/** Thrown as data: the caller says how the door tells it. */
export class JsonError extends Error {
  constructor(readonly issue: Issue) {
    super(issue.message);
  }
}

/** JSON.parse that names the place of a syntax error, and refuses deep nesting, a key given twice and the names that every object has; throws JsonError. */
export function parseJson(text: string, depthMax = DEPTH_MAX): unknown {
  const issue = suspiciousStructure(text, depthMax);
  if (issue) throw new JsonError(issue);
  try {
    return JSON.parse(text);
  } catch {
    throw new JsonError(syntaxIssue(text));
  }
}

interface Frame {
  readonly keys: Set<string> | null;
  step: string | number;
  expectsKey: boolean;
}

/** One pass without recursion; text that is no JSON passes and is left to the parser. */
function suspiciousStructure(text: string, depthMax: number): Issue | null {
  const frames: Frame[] = [];
  const here = () => pointer(frames.map((frame) => frame.step));
  for (let i = 0; i < text.length; i++) {
    const frame = frames.at(-1);
    switch (text[i]) {
      case '{':
      case '[':
        if (frames.length === depthMax) return { pointer: here(), code: 'TOO_DEEP', message: `is nested deeper than ${depthMax} levels` };
        frames.push(text[i] === '{' ? { keys: new Set(), step: '', expectsKey: true } : { keys: null, step: 0, expectsKey: false });
        break;
      case '}':
      case ']':
        frames.pop();
        break;
      case ',':
        if (frame?.keys) frame.expectsKey = true;
        else if (frame) frame.step = Number(frame.step) + 1;
        break;
      case '"': {
        const end = endOfString(text, i);
        if (frame?.keys && frame.expectsKey) {
          const key = decoded(text.slice(i, end + 1));
          frame.step = key;
          frame.expectsKey = false;
          if (key in Object.prototype) return { pointer: here(), code: 'UNKNOWN_PROPERTY', message: 'is not a property of this object' };
          if (frame.keys.has(key)) return { pointer: here(), code: 'DUPLICATE', message: 'is given twice' };
          frame.keys.add(key);
        }
        i = end;
      }
    }
  }
  return null;
}

/** Index of the closing quote, or the end of the text. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
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

function syntaxIssue(text: string): Issue {
  let first: (ParseError & { line: number; column: number }) | undefined;
  visit(text, {
    onError: (error, offset, length, line, column) => (first ??= { error, offset, length, line: line + 1, column: column + 1 }),
  }, { disallowComments: true });
  if (!first) return { pointer: '', code: 'SYNTAX', message: 'is not JSON' };
  const what = printParseErrorCode(first.error);
  return { pointer: pointer(getLocation(text, first.offset).path), code: 'SYNTAX', message: `is not JSON: ${what} at line ${first.line}, column ${first.column}` };
}
