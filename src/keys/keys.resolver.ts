import { Args, ID, Query, Resolver } from '@nestjs/graphql';
import { Mutates } from '../api/graphql-doors.js';
import { ShownOnce } from '../api/idempotency-key.js';
import { type Connection, connection, ConnectionOf, pageRequest, RowArgs } from '../api/pages.js';
import { Needs } from '../api/scopes.js';
import { ApiKey, ApiKeyInput, IssuedApiKey } from './key.js';
import { KeysService } from './keys.service.js';

const ApiKeyConnection = ConnectionOf(ApiKey);

@Resolver(() => ApiKey)
export class KeysResolver {
  constructor(private readonly keys: KeysService) {}

  @Needs('admin')
  @Query(() => ApiKey, { description: 'One key.' })
  apiKey(@Args('id', { type: () => ID }) id: string): Promise<ApiKey> {
    return this.keys.read(id);
  }

  @Needs('admin')
  @Query(() => ApiKeyConnection, { name: 'apiKeys', description: 'Keys of the tenant, newest first, revoked ones too.' })
  async list(@Args() args: RowArgs): Promise<Connection<ApiKey>> {
    return connection(await this.keys.list(pageRequest(args)), args);
  }

  @Needs('admin')
  @ShownOnce()
  @Mutates(() => IssuedApiKey, 'Make a key; its secret is shown in this answer alone.')
  createApiKey(@Args('input') input: ApiKeyInput): Promise<IssuedApiKey> {
    return this.keys.create(input);
  }

  @Needs('admin')
  @Mutates(() => ID, 'Revoke a key, which every process refuses within 2 seconds; answers its id.')
  revokeApiKey(@Args('id', { type: () => ID }) id: string): Promise<string> {
    return this.keys.revoke(id);
  }
}
