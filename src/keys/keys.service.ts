import { Injectable } from '@nestjs/common';
import { v7 as uuid } from 'uuid';
import { caller } from '../api/caller.js';
import { invalidInput, notFound } from '../api/errors.js';
import { isId } from '../api/fields.js';
import { type Page, pageOf, type PageRequest } from '../api/pages.js';
import { Database } from '../database/database.js';
import { Credentials } from './credentials.js';
import type { ApiKey, ApiKeyInput, IssuedApiKey, Scope } from './key.js';

/** The keys of the caller's tenant. */
@Injectable()
export class KeysService {
  constructor(
    private readonly database: Database,
    private readonly credentials: Credentials,
  ) {}

  async create({ name, scopes, expiresAt = null }: ApiKeyInput): Promise<IssuedApiKey> {
    if (expiresAt && expiresAt.getTime() <= Date.now()) throw invalidInput([{ pointer: '/expiresAt', code: 'OUT_OF_RANGE', message: 'must be in the future' }]);
    const { secret, hash } = this.credentials.issue();
    const key = await this.database.apiKey.create({ data: { id: uuid(), tenant: caller().tenant, name, scopes, expiresAt, hash } });
    return { ...keyOf(key), secret };
  }

  /** Throws NOT_FOUND. */
  async read(id: string): Promise<ApiKey> {
    const key = isId(id) ? await this.database.apiKey.findFirst({ where: { id, tenant: caller().tenant } }) : null;
    if (!key) throw notFound('key', id);
    return keyOf(key);
  }

  async list({ limit, after }: PageRequest): Promise<Page<ApiKey>> {
    const found = await this.database.apiKey.findMany({ where: { tenant: caller().tenant, ...(after && { id: { lt: after } }) }, orderBy: { id: 'desc' }, take: limit + 1 });
    return pageOf(found.map(keyOf), limit);
  }

  /** Answers the id; throws NOT_FOUND. What was revoked before stays so. */
  async revoke(id: string): Promise<string> {
    await this.read(id);
    await this.database.apiKey.updateMany({ where: { id, tenant: caller().tenant, revokedAt: null }, data: { revokedAt: new Date() } });
    this.credentials.forget(id);
    return id;
  }
}

/** The database knows scopes as text. */
function keyOf<T extends { readonly scopes: string[] }>(row: T): Omit<T, 'scopes'> & { scopes: Scope[] } {
  return { ...row, scopes: row.scopes as Scope[] };
}
