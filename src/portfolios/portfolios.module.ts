import { Module } from '@nestjs/common';
import { VenuesModule } from '../venues/venues.module.js';
import { PositionLinesController } from './position-lines.controller.js';
import { PositionLinesResolver } from './position-lines.resolver.js';
import { PositionLinesService } from './position-lines.service.js';
import { PortfoliosController } from './portfolios.controller.js';
import { PortfoliosResolver } from './portfolios.resolver.js';
import { PortfoliosService } from './portfolios.service.js';

@Module({ imports: [VenuesModule], controllers: [PortfoliosController, PositionLinesController], providers: [PortfoliosService, PortfoliosResolver, PositionLinesService, PositionLinesResolver], exports: [PortfoliosService] })
export class PortfoliosModule {}
