import { AsyncLocalStorage } from 'node:async_hooks';
import type { FastifyReply } from 'fastify';

const clients = new AsyncLocalStorage<AbortSignal>();

/** Aborted when the client of the request at hand goes away before its answer; outside of requests nobody does. */
export function clientGone(): AbortSignal | undefined {
  return clients.getStore();
}

/** Runs `work`, and all it awaits, for the client of that reply. */
export function forClient<T>({ raw }: FastifyReply, work: () => T): T {
  const gone = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) gone.abort();
  });
  return clients.run(gone.signal, work);
}
