import { Module } from '@nestjs/common';
import { VenuesModule } from '../venues/venues.module.js';
import { PortfoliosController } from './portfolios.controller.js';
import { PortfoliosResolver } from './portfolios.resolver.js';
import { PortfoliosService } from './portfolios.service.js';

@Module({ imports: [VenuesModule], controllers: [PortfoliosController], providers: [PortfoliosService, PortfoliosResolver], exports: [PortfoliosService] })
export class PortfoliosModule {}
