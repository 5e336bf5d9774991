import { Args, Query, Resolver } from '@nestjs/graphql';
import { Needs } from '../api/scopes.js';
import { LiquidationPrices, LiquidationPricesInput } from './liquidation-prices.js';
import { LiquidationPricesService } from './liquidation-prices.service.js';

@Resolver(() => LiquidationPrices)
export class LiquidationPricesResolver {
  constructor(private readonly prices: LiquidationPricesService) {}

  @Needs('simulate')
  @Query(() => LiquidationPrices, { description: 'Standalone liquidation prices with the terms that make them; along a scenario, and for two prices together. Nothing is stored.' })
  liquidationPrices(@Args('input') input: LiquidationPricesInput): Promise<LiquidationPrices> {
    return this.prices.answer(input);
  }
}
