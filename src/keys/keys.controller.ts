import { Body, Controller, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Creates, Deletes, Lists, Reads } from '../api/doors.js';
import { ShownOnce } from '../api/idempotency-key.js';
import { type Page, pageRequest, RowQuery } from '../api/pages.js';
import { Needs } from '../api/scopes.js';
import { ApiKey, ApiKeyInput, IssuedApiKey } from './key.js';
import { KeysService } from './keys.service.js';

@ApiTags('keys')
@Controller('v1/keys')
export class KeysController {
  constructor(private readonly keys: KeysService) {}

  @Needs('admin')
  @ShownOnce()
  @Creates(IssuedApiKey, 'Make a key; its secret is shown in this answer alone.')
  create(@Body() input: ApiKeyInput): Promise<IssuedApiKey> {
    return this.keys.create(input);
  }

  @Needs('admin')
  @Lists(ApiKey, 'Keys of the tenant, newest first, revoked ones too.')
  list(@Query() query: RowQuery): Promise<Page<ApiKey>> {
    return this.keys.list(pageRequest(query));
  }

  @Needs('admin')
  @Reads(ApiKey, 'One key.')
  read(@Param('id') id: string): Promise<ApiKey> {
    return this.keys.read(id);
  }

  @Needs('admin')
  @Deletes('Revoke a key: every process refuses it within 2 seconds.')
  async revoke(@Param('id') id: string): Promise<void> {
    await this.keys.revoke(id);
  }
}
