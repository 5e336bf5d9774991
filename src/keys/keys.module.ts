import { type DynamicModule, Module } from '@nestjs/common';
import { Credentials, KEY_SECRET } from './credentials.js';
import { KeysController } from './keys.controller.js';
import { KeysResolver } from './keys.resolver.js';
import { KeysService } from './keys.service.js';

@Module({})
export class KeysModule {
  /** Without a secret the service is open. */
  static with(keySecret: string | null): DynamicModule {
    return { module: KeysModule, controllers: [KeysController], providers: [KeysService, KeysResolver, Credentials, { provide: KEY_SECRET, useValue: keySecret }], exports: [Credentials] };
  }
}
