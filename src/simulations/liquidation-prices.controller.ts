import { Body, Controller } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Acts } from '../api/doors.js';
import { LiquidationPrices, LiquidationPricesInput } from './liquidation-prices.js';
import { LiquidationPricesService } from './liquidation-prices.service.js';

@ApiTags('what-if')
@Controller('v1/liquidation-prices')
export class LiquidationPricesController {
  constructor(private readonly prices: LiquidationPricesService) {}

  @Acts(LiquidationPrices, 'Standalone liquidation prices with the terms that make them; along a scenario, and for two prices together. Nothing is stored.')
  answer(@Body() input: LiquidationPricesInput): Promise<LiquidationPrices> {
    return this.prices.answer(input);
  }
}
