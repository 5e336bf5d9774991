import { Args, ID, Query, Resolver } from '@nestjs/graphql';
import { Mutates } from '../api/graphql-doors.js';
import { type Connection, connection, ConnectionOf, PageArgs, pageRequest } from '../api/pages.js';
import { IfVersion, type Match } from '../api/preconditions.js';
import { Needs } from '../api/scopes.js';
import { Market, MarketInput } from './market.js';
import { MarketsService } from './markets.service.js';

const MarketConnection = ConnectionOf(Market);

@Resolver(() => Market)
export class MarketsResolver {
  constructor(private readonly markets: MarketsService) {}

  @Needs('read')
  @Query(() => Market, { description: 'One market.' })
  market(@Args('id', { type: () => ID }) id: string): Promise<Market> {
    return this.markets.read(id);
  }

  @Needs('read')
  @Query(() => MarketConnection, { name: 'markets', description: 'Markets, newest first.' })
  async list(@Args() args: PageArgs): Promise<Connection<Market>> {
    return connection(await this.markets.list(pageRequest(args)), args);
  }

  @Needs('write')
  @Mutates(() => Market, 'Store a market.')
  createMarket(@Args('input') input: MarketInput): Promise<Market> {
    return this.markets.create(input);
  }

  @Needs('write')
  @Mutates(() => Market, 'Replace a market as a whole.')
  replaceMarket(@Args('id', { type: () => ID }) id: string, @Args('input') input: MarketInput, @IfVersion() match: Match): Promise<Market> {
    return this.markets.replace(id, input, match);
  }

  @Needs('write')
  @Mutates(() => ID, 'Delete a market; answers its id. Simulations keep their own copy.')
  deleteMarket(@Args('id', { type: () => ID }) id: string, @IfVersion() match: Match): Promise<string> {
    return this.markets.delete(id, match);
  }
}
