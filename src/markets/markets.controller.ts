import { Body, Controller, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Creates, Deletes, Lists, Reads, Replaces } from '../api/doors.js';
import { type Page, PageQuery, pageRequest } from '../api/pages.js';
import { IfMatch, type Match } from '../api/preconditions.js';
import { Market, MarketInput } from './market.js';
import { MarketsService } from './markets.service.js';

@ApiTags('markets')
@Controller('v1/markets')
export class MarketsController {
  constructor(private readonly markets: MarketsService) {}

  @Creates(Market, 'Store a market.')
  create(@Body() input: MarketInput): Promise<Market> {
    return this.markets.create(input);
  }

  @Lists(Market, 'Markets, newest first.')
  list(@Query() query: PageQuery): Promise<Page<Market>> {
    return this.markets.list(pageRequest(query));
  }

  @Reads(Market, 'One market.')
  read(@Param('id') id: string): Promise<Market> {
    return this.markets.read(id);
  }

  @Replaces(Market, 'Replace a market as a whole.')
  replace(@Param('id') id: string, @Body() input: MarketInput, @IfMatch() match: Match): Promise<Market> {
    return this.markets.replace(id, input, match);
  }

  @Deletes('Delete a market; simulations keep their own copy.')
  async delete(@Param('id') id: string, @IfMatch() match: Match): Promise<void> {
    await this.markets.delete(id, match);
  }
}
