/** What the rules of the nouns are written with. */
import { type Issue, type IssueCode, ISSUES_MAX, pointer } from './errors.js';
import type { Work } from './turns.js';

export type Path = readonly (string | number)[];

export function issue(path: Path, code: IssueCode, message: string): Issue {
  return { pointer: pointer(path), code, message };
}

/** Says of one value after the other whether it was there before. */
export function seenBefore(): (value: string) => boolean {
  const seen = new Set<string>();
  return (value) => seen.size === seen.add(value).size;
}

/** Indices of the values that were there before. */
export function repeated(values: readonly string[]): number[] {
  const isRepeated = seenBefore();
  return values.flatMap((value, i) => (isRepeated(value) ? [i] : []));
}

/** What is wrong with each of them, in turns with all else; no more than is told is looked for. */
export function* eachOf<T>(all: Iterable<T>, issuesOf: (each: T, i: number) => readonly Issue[]): Work<Issue[]> {
  const issues: Issue[] = [];
  let i = 0;
  for (const each of all) {
    issues.push(...issuesOf(each, i++));
    if (issues.length >= ISSUES_MAX) break;
    yield;
  }
  return issues;
}
