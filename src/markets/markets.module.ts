import { Module } from '@nestjs/common';
import { VenuesModule } from '../venues/venues.module.js';
import { MarketsController } from './markets.controller.js';
import { MarketsResolver } from './markets.resolver.js';
import { MarketsService } from './markets.service.js';

@Module({ imports: [VenuesModule], controllers: [MarketsController], providers: [MarketsService, MarketsResolver], exports: [MarketsService] })
export class MarketsModule {}
