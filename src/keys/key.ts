import { SCOPES } from '../api/caller.js';
import { choice, Choices, Id, Input, Instant, Output, Text } from '../api/fields.js';

export const Scope = choice('Scope', 'What a key may do. read: see documents and results. write: store, replace, delete. simulate: run and ask the model. admin: manage keys.', ...SCOPES);
export type Scope = keyof typeof Scope;

@Input('What a key is for and what it may do.')
export class ApiKeyInput {
  @Text('Who or what uses it.')
  name: string;

  @Choices(Scope, 'What it may do; each scope once.')
  scopes: Scope[];

  @Instant('When it stops; absent: never.', { optional: true })
  expiresAt?: Date | null;
}

@Output('A key of the tenant, without its secret.')
export class ApiKey extends ApiKeyInput {
  @Id('UUIDv7.')
  id: string;

  @Text('Whose documents it opens.')
  tenant: string;

  @Instant('When it stops.', { nullable: true })
  declare expiresAt: Date | null;

  @Instant('When it was made.')
  createdAt: Date;

  @Instant('When it was last used, to the minute.', { nullable: true })
  lastUsedAt: Date | null;

  @Instant('When it was revoked.', { nullable: true })
  revokedAt: Date | null;
}

@Output('A new key. Its secret is in this answer and nowhere else: only an HMAC of it is stored.')
export class IssuedApiKey extends ApiKey {
  @Text('To be sent as Authorization: Bearer.')
  secret: string;
}
