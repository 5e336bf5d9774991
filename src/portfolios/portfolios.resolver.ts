import { Args, ID, Query, Resolver } from '@nestjs/graphql';
import { Mutates } from '../api/graphql-doors.js';
import { type Connection, connection, ConnectionOf, PageArgs, pageRequest } from '../api/pages.js';
import { IfVersion, type Match } from '../api/preconditions.js';
import { Needs } from '../api/scopes.js';
import { Portfolio, PortfolioInput, PortfolioSummary } from './portfolio.js';
import { PortfoliosService } from './portfolios.service.js';

const PortfolioConnection = ConnectionOf(PortfolioSummary);

@Resolver(() => Portfolio)
export class PortfoliosResolver {
  constructor(private readonly portfolios: PortfoliosService) {}

  @Needs('read')
  @Query(() => Portfolio, { description: 'One portfolio.' })
  portfolio(@Args('id', { type: () => ID }) id: string): Promise<Portfolio> {
    return this.portfolios.read(id);
  }

  @Needs('read')
  @Query(() => PortfolioConnection, { name: 'portfolios', description: 'Portfolios without their accounts and loans, newest first.' })
  async list(@Args() args: PageArgs): Promise<Connection<PortfolioSummary>> {
    return connection(await this.portfolios.list(pageRequest(args)), args);
  }

  @Needs('write')
  @Mutates(() => Portfolio, 'Store a portfolio.')
  createPortfolio(@Args('input') input: PortfolioInput): Promise<Portfolio> {
    return this.portfolios.create(input);
  }

  @Needs('write')
  @Mutates(() => Portfolio, 'Replace a portfolio as a whole.')
  replacePortfolio(@Args('id', { type: () => ID }) id: string, @Args('input') input: PortfolioInput, @IfVersion() match: Match): Promise<Portfolio> {
    return this.portfolios.replace(id, input, match);
  }

  @Needs('write')
  @Mutates(() => ID, 'Delete a portfolio; answers its id. Simulations keep their own copy.')
  deletePortfolio(@Args('id', { type: () => ID }) id: string, @IfVersion() match: Match): Promise<string> {
    return this.portfolios.delete(id, match);
  }
}
