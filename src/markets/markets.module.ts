import { Module } from '@nestjs/common';
import { MarketsController } from './markets.controller.js';
import { MarketsResolver } from './markets.resolver.js';
import { MarketsService } from './markets.service.js';

@Module({ controllers: [MarketsController], providers: [MarketsService, MarketsResolver], exports: [MarketsService] })
export class MarketsModule {}
