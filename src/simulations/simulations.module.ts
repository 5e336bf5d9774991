import { Module } from '@nestjs/common';
import { MarketsModule } from '../markets/markets.module.js';
import { PortfoliosModule } from '../portfolios/portfolios.module.js';
import { ScenariosModule } from '../scenarios/scenarios.module.js';
import { VenuesModule } from '../venues/venues.module.js';
import { Acceptance } from './acceptance.js';
import { AskedDocuments } from './asked.service.js';
import { ChangesFeed } from './changes-feed.js';
import { ComputeModule } from './compute.module.js';
import { CostLimits } from './cost-limits.js';
import { EventsService } from './events.service.js';
import { Inputs } from './inputs.js';
import { LiquidationPricesController } from './liquidation-prices.controller.js';
import { LiquidationPricesResolver } from './liquidation-prices.resolver.js';
import { LiquidationPricesService } from './liquidation-prices.service.js';
import { PositionsService } from './positions.service.js';
import { ResultRowsService } from './result-rows.service.js';
import { SimulationsController } from './simulations.controller.js';
import { SimulationsResolver } from './simulations.resolver.js';
import { SimulationsService } from './simulations.service.js';
import { RowLoaders } from './row-loaders.js';
import { RowPages } from './row-pages.js';
import { Streams } from './streams.js';
import { Waiting } from './waiting.js';
import { VerificationsService } from './verifications.service.js';
import { WhatIfController } from './what-if.controller.js';
import { WhatIfResolver } from './what-if.resolver.js';
import { WhatIfService } from './what-if.service.js';

@Module({
  imports: [ComputeModule, MarketsModule, PortfoliosModule, ScenariosModule, VenuesModule],
  controllers: [SimulationsController, WhatIfController, LiquidationPricesController],
  providers: [Acceptance, CostLimits, VerificationsService, SimulationsService, ResultRowsService, SimulationsResolver, WhatIfService, WhatIfResolver, LiquidationPricesService, LiquidationPricesResolver, PositionsService, AskedDocuments, Inputs, ChangesFeed, Waiting, EventsService, Streams, RowLoaders, RowPages],
  exports: [PositionsService, Waiting, Streams],
})
export class SimulationsModule {}
