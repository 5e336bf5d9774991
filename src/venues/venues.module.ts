import { Module } from '@nestjs/common';
import { readPacks } from './packs.js';
import { VenuesController } from './venues.controller.js';
import { VenuesResolver } from './venues.resolver.js';
import { VenuesService } from './venues.service.js';

@Module({ controllers: [VenuesController], providers: [{ provide: VenuesService, useFactory: async () => new VenuesService(await readPacks()) }, VenuesResolver], exports: [VenuesService] })
export class VenuesModule {}
