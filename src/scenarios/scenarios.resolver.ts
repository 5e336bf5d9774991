import { Args, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { type Connection, connection, ConnectionOf, PageArgs, pageRequest } from '../api/pages.js';
import { Scenario, ScenarioInput } from './scenario.js';
import { ScenariosService } from './scenarios.service.js';

const ScenarioConnection = ConnectionOf(Scenario);

@Resolver(() => Scenario)
export class ScenariosResolver {
  constructor(private readonly scenarios: ScenariosService) {}

  @Query(() => Scenario, { description: 'One scenario.' })
  scenario(@Args('id', { type: () => ID }) id: string): Promise<Scenario> {
    return this.scenarios.read(id);
  }

  @Query(() => ScenarioConnection, { name: 'scenarios', description: 'Scenarios, newest first.' })
  async list(@Args() args: PageArgs): Promise<Connection<Scenario>> {
    return connection(await this.scenarios.list(pageRequest(args)), args);
  }

  @Mutation(() => Scenario, { description: 'Store a scenario.' })
  createScenario(@Args('input') input: ScenarioInput): Promise<Scenario> {
    return this.scenarios.create(input);
  }

  @Mutation(() => Scenario, { description: 'Replace a scenario as a whole.' })
  replaceScenario(@Args('id', { type: () => ID }) id: string, @Args('input') input: ScenarioInput): Promise<Scenario> {
    return this.scenarios.replace(id, input);
  }

  @Mutation(() => ID, { description: 'Delete a scenario; answers its id. Simulations keep their own copy.' })
  deleteScenario(@Args('id', { type: () => ID }) id: string): Promise<string> {
    return this.scenarios.delete(id);
  }
}
