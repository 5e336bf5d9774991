import { Module } from '@nestjs/common';
import { PortfoliosController } from './portfolios.controller.js';
import { PortfoliosResolver } from './portfolios.resolver.js';
import { PortfoliosService } from './portfolios.service.js';

@Module({ controllers: [PortfoliosController], providers: [PortfoliosService, PortfoliosResolver], exports: [PortfoliosService] })
export class PortfoliosModule {}
