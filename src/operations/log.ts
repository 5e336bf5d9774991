import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { LoggerService } from '@nestjs/common';
import { type Level, type Logger, pino } from 'pino';
import { caller } from '../api/caller.js';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** What a client may send as X-Request-Id; anything else gets a new one. */
const REQUEST_ID = /^[\w.:-]{1,128}$/;

const current = new AsyncLocalStorage<string>();

/** One JSON object a line on stderr, with the request at hand and its tenant; never a body, a header or a query. */
export function openLog(level: string): Logger {
  return pino({ level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime, mixin: () => (current.getStore() ? { requestId: current.getStore(), tenant: caller().tenant } : {}) }, pino.destination({ dest: 2, sync: true }));
}

export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

/** Everything that `work` logs carries the id. */
export function asRequest<T>(id: string, work: () => T): T {
  return current.run(id, work);
}

/** What Nest and its providers log. */
export class NestLog implements LoggerService {
  constructor(private readonly to: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  private write(level: Level, message: unknown, rest: readonly unknown[]): void {
    const context = rest.at(-1);
    this.to[level]({ ...(typeof context === 'string' && { context }), ...(message instanceof Error && { err: message }) }, message instanceof Error ? message.message : String(message));
  }
}
