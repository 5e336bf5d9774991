import { Args, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { type Connection, connection, ConnectionOf, PageArgs, pageRequest } from '../api/pages.js';
import { Portfolio, PortfolioInput, PortfolioSummary } from './portfolio.js';
import { PortfoliosService } from './portfolios.service.js';

const PortfolioConnection = ConnectionOf(PortfolioSummary);

@Resolver(() => Portfolio)
export class PortfoliosResolver {
  constructor(private readonly portfolios: PortfoliosService) {}

  @Query(() => Portfolio, { description: 'One portfolio.' })
  portfolio(@Args('id', { type: () => ID }) id: string): Promise<Portfolio> {
    return this.portfolios.read(id);
  }

  @Query(() => PortfolioConnection, { name: 'portfolios', description: 'Portfolios without their accounts and loans, newest first.' })
  async list(@Args() args: PageArgs): Promise<Connection<PortfolioSummary>> {
    return connection(await this.portfolios.list(pageRequest(args)), args);
  }

  @Mutation(() => Portfolio, { description: 'Store a portfolio.' })
  createPortfolio(@Args('input') input: PortfolioInput): Promise<Portfolio> {
    return this.portfolios.create(input);
  }

  @Mutation(() => Portfolio, { description: 'Replace a portfolio as a whole.' })
  replacePortfolio(@Args('id', { type: () => ID }) id: string, @Args('input') input: PortfolioInput): Promise<Portfolio> {
    return this.portfolios.replace(id, input);
  }

  @Mutation(() => ID, { description: 'Delete a portfolio; answers its id. Simulations keep their own copy.' })
  deletePortfolio(@Args('id', { type: () => ID }) id: string): Promise<string> {
    return this.portfolios.delete(id);
  }
}
