import { Body, Controller, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Creates, Deletes, Lists, Reads, Replaces } from '../api/doors.js';
import { type Page, PageQuery, pageRequest } from '../api/pages.js';
import { IfMatch, type Match } from '../api/preconditions.js';
import { Portfolio, PortfolioInput, PortfolioSummary } from './portfolio.js';
import { PortfoliosService } from './portfolios.service.js';

@ApiTags('portfolios')
@Controller('v1/portfolios')
export class PortfoliosController {
  constructor(private readonly portfolios: PortfoliosService) {}

  @Creates(Portfolio, 'Store a portfolio.')
  create(@Body() input: PortfolioInput): Promise<Portfolio> {
    return this.portfolios.create(input);
  }

  @Lists(PortfolioSummary, 'Portfolios without their accounts and loans, newest first.')
  list(@Query() query: PageQuery): Promise<Page<PortfolioSummary>> {
    return this.portfolios.list(pageRequest(query));
  }

  @Reads(Portfolio, 'One portfolio.')
  read(@Param('id') id: string): Promise<Portfolio> {
    return this.portfolios.read(id);
  }

  @Replaces(Portfolio, 'Replace a portfolio as a whole.')
  replace(@Param('id') id: string, @Body() input: PortfolioInput, @IfMatch() match: Match): Promise<Portfolio> {
    return this.portfolios.replace(id, input, match);
  }

  @Deletes('Delete a portfolio; simulations keep their own copy.')
  async delete(@Param('id') id: string, @IfMatch() match: Match): Promise<void> {
    await this.portfolios.delete(id, match);
  }
}
