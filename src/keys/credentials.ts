import { createHmac, randomBytes } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { asCaller, type Caller, KEYS, LOCAL, NOBODY, type Scope } from '../api/caller.js';
import { ApiError } from '../api/errors.js';
import { unauthenticated } from '../api/scopes.js';
import { Database } from '../database/database.js';

export const KEY_SECRET = Symbol('UNWIND_KEY_SECRET');

const SECRET_BYTES = 32;
const SECRET = /^unw_[A-Za-z0-9_-]{43}$/;
/** How long a key that another process revoked is still taken here; this process forgets it at once. */
export const REMEMBERED_MS = 2_000;
const REMEMBERED_MAX = 10_000;
const USE_NOTED_EVERY_MS = 60_000;

interface Known {
  readonly who: Caller;
  readonly id: string;
  /** Until when, in milliseconds, it may be taken without asking. */
  readonly until: number;
}

/** From credential to caller. Without a secret of its own the service is open, and everybody is the one local tenant. */
@Injectable()
export class Credentials {
  private readonly log = new Logger('Credentials');
  private readonly known = new Map<string, Known>();

  constructor(
    private readonly database: Database,
    @Inject(KEY_SECRET) private readonly keySecret: string | null,
  ) {}

  /** The caller behind an Authorization header, NOBODY without one; throws UNAUTHENTICATED when it is wrong, expired or revoked. */
  async callerOf(authorization?: string): Promise<Caller> {
    if (this.keySecret === null) return LOCAL;
    if (authorization === undefined) return NOBODY;
    const secret = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
    if (!secret || !SECRET.test(secret)) throw unauthenticated('The credential is no key of this service: Authorization: Bearer unw_...');
    return this.callerWith(this.hash(secret));
  }

  /** A secret that nobody can guess, and what is stored of it. */
  issue(): { readonly secret: string; readonly hash: string } {
    const secret = `unw_${randomBytes(SECRET_BYTES).toString('base64url')}`;
    return { secret, hash: this.hash(secret) };
  }

  forget(id: string): void {
    for (const [hash, known] of this.known) if (known.id === id) this.known.delete(hash);
  }

  /** Keys are found by this, so the time that a comparison takes tells nothing about them, and a stolen table opens nothing without the service's secret. */
  private hash(secret: string): string {
    if (this.keySecret === null) throw new ApiError('AUTHENTICATION_OFF', 'The service is open and has no keys: start it with UNWIND_AUTH=on and UNWIND_KEY_SECRET.');
    return createHmac('sha256', this.keySecret).update(secret).digest('hex');
  }

  private async callerWith(hash: string): Promise<Caller> {
    const known = this.known.get(hash);
    if (known && known.until > Date.now()) return known.who;
    this.known.delete(hash);
    const key = await asCaller(KEYS, () => this.database.apiKey.findFirst({ where: { hash } }));
    const now = Date.now();
    if (!key || key.revokedAt || (key.expiresAt && key.expiresAt.getTime() <= now)) throw unauthenticated('The key is unknown, expired or revoked.');
    const who = { tenant: key.tenant, scopes: key.scopes as Scope[] };
    if (this.known.size >= REMEMBERED_MAX) this.known.clear();
    this.known.set(hash, { who, id: key.id, until: Math.min(now + REMEMBERED_MS, key.expiresAt?.getTime() ?? Infinity) });
    if (!key.lastUsedAt || now - key.lastUsedAt.getTime() > USE_NOTED_EVERY_MS) this.noteUse(key.id);
    return who;
  }

  private noteUse(id: string): void {
    asCaller(KEYS, () => this.database.apiKey.updateMany({ where: { id }, data: { lastUsedAt: new Date() } })).catch((error: unknown) => this.log.warn(error));
  }
}
