import { AsyncLocalStorage } from 'node:async_hooks';

/** What a key may do; each operation names the one that it needs. */
export const SCOPES = ['read', 'write', 'simulate', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** Who asks: everything read or written belongs to the caller's tenant, which the credential alone decides. */
export interface Caller {
  readonly tenant: string;
  /** What its credential allows; absent where there is no credential to ask: in a job. */
  readonly scopes?: readonly Scope[];
}

/** The one tenant of a service that is open on loopback. */
export const LOCAL: Caller = { tenant: 'local', scopes: SCOPES };

/** Without a credential, or outside every request and job: sees and writes no row. */
export const NOBODY: Caller = { tenant: '', scopes: [] };

/** The service itself. No tenant can have these names, and the policies of the database give each one table: unfinished simulations, and keys. */
export const JOBS: Caller = { tenant: '*jobs' };
export const KEYS: Caller = { tenant: '*keys' };

export const TENANT_MAX = 63;

/** What a tenant may be called; the database holds everything else for no tenant. */
export function isTenant(text: string): boolean {
  return text.length <= TENANT_MAX && /^[a-z0-9][a-z0-9_-]*$/.test(text);
}

const callers = new AsyncLocalStorage<Caller>();

/** The caller of the request, job or subscription at hand. */
export function caller(): Caller {
  return callers.getStore() ?? NOBODY;
}

/** Runs `work`, and all it awaits, as `who`; a query that Prisma has not begun yet begins here. */
export function asCaller<T>(who: Caller, work: () => T): T {
  return callers.run(who, () => {
    const made = work();
    return isThenable(made) ? (Promise.resolve(made) as T) : made;
  });
}

function isThenable(value: unknown): boolean {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}
