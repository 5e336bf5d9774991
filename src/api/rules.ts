/** What the rules of the nouns are written with. */
import { type Issue, type IssueCode, pointer } from './errors.js';
import type { Work } from './turns.js';

export type Path = readonly (string | number)[];

export function issue(path: Path, code: IssueCode, message: string): Issue {
  return { pointer: pointer(path), code, message };
}

/** Indices of the values that were there before. */
export function repeated(values: readonly string[]): number[] {
  const seen = new Set<string>();
  return values.flatMap((value, i) => (seen.size === seen.add(value).size ? [i] : []));
}

/** What is wrong with each of them, in turns with all else. */
export function* eachOf<T>(all: Iterable<T>, issuesOf: (each: T, i: number) => readonly Issue[]): Work<Issue[]> {
  const issues: Issue[] = [];
  let i = 0;
  for (const each of all) {
    issues.push(...issuesOf(each, i++));
    yield;
  }
  return issues;
}
