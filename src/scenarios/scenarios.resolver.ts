import { Args, ID, Query, Resolver } from '@nestjs/graphql';
import { Mutates } from '../api/graphql-doors.js';
import { type Connection, connection, ConnectionOf, PageArgs, pageRequest } from '../api/pages.js';
import { IfVersion, type Match } from '../api/preconditions.js';
import { Needs } from '../api/scopes.js';
import { Scenario, ScenarioInput } from './scenario.js';
import { ScenariosService } from './scenarios.service.js';

const ScenarioConnection = ConnectionOf(Scenario);

@Resolver(() => Scenario)
export class ScenariosResolver {
  constructor(private readonly scenarios: ScenariosService) {}

  @Needs('read')
  @Query(() => Scenario, { description: 'One scenario.' })
  scenario(@Args('id', { type: () => ID }) id: string): Promise<Scenario> {
    return this.scenarios.read(id);
  }

  @Needs('read')
  @Query(() => ScenarioConnection, { name: 'scenarios', description: 'Scenarios, newest first.' })
  async list(@Args() args: PageArgs): Promise<Connection<Scenario>> {
    return connection(await this.scenarios.list(pageRequest(args)), args);
  }

  @Needs('write')
  @Mutates(() => Scenario, 'Store a scenario.')
  createScenario(@Args('input') input: ScenarioInput): Promise<Scenario> {
    return this.scenarios.create(input);
  }

  @Needs('write')
  @Mutates(() => Scenario, 'Replace a scenario as a whole.')
  replaceScenario(@Args('id', { type: () => ID }) id: string, @Args('input') input: ScenarioInput, @IfVersion() match: Match): Promise<Scenario> {
    return this.scenarios.replace(id, input, match);
  }

  @Needs('write')
  @Mutates(() => ID, 'Delete a scenario; answers its id. Simulations keep their own copy.')
  deleteScenario(@Args('id', { type: () => ID }) id: string, @IfVersion() match: Match): Promise<string> {
    return this.scenarios.delete(id, match);
  }
}
