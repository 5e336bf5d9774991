import { ApiError, type Issue } from '../api/errors.js';
import type { Faults } from '../api/lines.js';

/** Issues of a file that are told; all are counted. */
export const FAULTS_TOLD_MAX = 100;
/** Kept until they are sorted: the checks of a file find theirs one after the other. */
const KEPT_MAX = 10 * FAULTS_TOLD_MAX;

/** What is wrong with a file: the first lines of it, and how much in all. */
export class FileFaults implements Faults {
  private readonly told: (Issue & { readonly line: number })[] = [];
  private total = 0;

  add(line: number, issue: Issue): void {
    this.total++;
    if (this.told.length < KEPT_MAX) this.told.push({ line, ...issue });
  }

  more(count: number): void {
    this.total += count;
  }

  get count(): number {
    return this.total;
  }

  /** Throws when there is any. */
  refuse(code: 'INVALID_INPUT' | 'INCONSISTENT_INPUT'): void {
    const issues = this.told.sort((a, b) => a.line - b.line).slice(0, FAULTS_TOLD_MAX);
    const [first] = issues;
    if (!first) return;
    const rest = this.total > 1 ? ` (and ${this.total - 1} more)` : '';
    throw new ApiError(code, `Line ${first.line}${first.pointer && `, ${first.pointer.slice(1)}`}: ${first.message}${rest}. Nothing was imported.`, issues, { issueCount: this.total });
  }
}
