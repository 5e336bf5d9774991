import { Args, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { type Connection, connection, ConnectionOf, PageArgs, pageRequest } from '../api/pages.js';
import { Market, MarketInput } from './market.js';
import { MarketsService } from './markets.service.js';

const MarketConnection = ConnectionOf(Market);

@Resolver(() => Market)
export class MarketsResolver {
  constructor(private readonly markets: MarketsService) {}

  @Query(() => Market, { description: 'One market.' })
  market(@Args('id', { type: () => ID }) id: string): Promise<Market> {
    return this.markets.read(id);
  }

  @Query(() => MarketConnection, { name: 'markets', description: 'Markets, newest first.' })
  async list(@Args() args: PageArgs): Promise<Connection<Market>> {
    return connection(await this.markets.list(pageRequest(args)), args);
  }

  @Mutation(() => Market, { description: 'Store a market.' })
  createMarket(@Args('input') input: MarketInput): Promise<Market> {
    return this.markets.create(input);
  }

  @Mutation(() => Market, { description: 'Replace a market as a whole.' })
  replaceMarket(@Args('id', { type: () => ID }) id: string, @Args('input') input: MarketInput): Promise<Market> {
    return this.markets.replace(id, input);
  }

  @Mutation(() => ID, { description: 'Delete a market; answers its id. Simulations keep their own copy.' })
  deleteMarket(@Args('id', { type: () => ID }) id: string): Promise<string> {
    return this.markets.delete(id);
  }
}
