import { ApiError } from './errors.js';

export const WAIT_SECONDS_MAX = 60;

/** Seconds of `Prefer: wait=N` (RFC 7240), at most WAIT_SECONDS_MAX; null without one, and for preferences that nobody knows. */
export function preferredWait(header: string | readonly string[] | undefined): number | null {
  const preferences = [header ?? []].flat().flatMap((line) => line.split(/[,;]/));
  const seconds = preferences.map((each) => /^\s*wait\s*=\s*"?(\d{1,9})"?\s*$/i.exec(each)?.[1]).find((found) => found !== undefined);
  return seconds === undefined ? null : Math.min(Number(seconds), WAIT_SECONDS_MAX);
}

/** The same of the argument waitSeconds; throws INVALID_INPUT below 0. */
export function askedWait(seconds: number | null | undefined): number | null {
  if (seconds == null) return null;
  if (seconds < 0) throw new ApiError('INVALID_INPUT', 'waitSeconds must be a whole number >= 0.', [{ pointer: '/waitSeconds', code: 'OUT_OF_RANGE', message: 'must be a whole number >= 0' }]);
  return Math.min(seconds, WAIT_SECONDS_MAX);
}
