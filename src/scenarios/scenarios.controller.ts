import { Body, Controller, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Creates, Deletes, Lists, Reads, Replaces } from '../api/doors.js';
import { type Page, PageQuery, pageRequest } from '../api/pages.js';
import { IfMatch, type Match } from '../api/preconditions.js';
import { Scenario, ScenarioInput } from './scenario.js';
import { ScenariosService } from './scenarios.service.js';

@ApiTags('scenarios')
@Controller('v1/scenarios')
export class ScenariosController {
  constructor(private readonly scenarios: ScenariosService) {}

  @Creates(Scenario, 'Store a scenario.')
  create(@Body() input: ScenarioInput): Promise<Scenario> {
    return this.scenarios.create(input);
  }

  @Lists(Scenario, 'Scenarios, newest first.')
  list(@Query() query: PageQuery): Promise<Page<Scenario>> {
    return this.scenarios.list(pageRequest(query));
  }

  @Reads(Scenario, 'One scenario.')
  read(@Param('id') id: string): Promise<Scenario> {
    return this.scenarios.read(id);
  }

  @Replaces(Scenario, 'Replace a scenario as a whole.')
  replace(@Param('id') id: string, @Body() input: ScenarioInput, @IfMatch() match: Match): Promise<Scenario> {
    return this.scenarios.replace(id, input, match);
  }

  @Deletes('Delete a scenario; simulations keep their own copy.')
  async delete(@Param('id') id: string, @IfMatch() match: Match): Promise<void> {
    await this.scenarios.delete(id, match);
  }
}
