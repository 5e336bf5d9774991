import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What peers answered, one JSON file each: ../shared/reference beside the project, or the folder that UNWIND_REFERENCE names. */
const FOLDER = process.env.UNWIND_REFERENCE || fileURLToPath(new URL('../../../../shared/reference', import.meta.url));

/** The peer's file, or null where this machine does not have it. */
export function reference<T>(name: string): T | null {
  const file = `${FOLDER}/${name}.json`;
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as T) : null;
}

/** Beside the title of a suite that needs one. */
export const skipped = (isThere: unknown) => (isThere ? '' : ' (skipped: ../shared is not here)');

/** To `tolerance`, of the value where that is above 1. */
export function close(actual: number, expected: number, tolerance = 1e-9): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(expected)));
}
