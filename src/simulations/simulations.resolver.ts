import { Args, ID, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { type Connection, connection, ConnectionOf, PageArgs, pageRequest, RowArgs, rowConnection, rowRequest } from '../api/pages.js';
import { AccountOutcome, Round, Threshold } from './results.js';
import { Simulation, SimulationInput } from './simulation.js';
import { SimulationsService } from './simulations.service.js';

const SimulationConnection = ConnectionOf(Simulation);
const RoundConnection = ConnectionOf(Round);
const AccountConnection = ConnectionOf(AccountOutcome);
const ThresholdConnection = ConnectionOf(Threshold);

@Resolver(() => Simulation)
export class SimulationsResolver {
  constructor(private readonly simulations: SimulationsService) {}

  @Query(() => Simulation, { description: 'One simulation: its state, and its answer once there is one.' })
  simulation(@Args('id', { type: () => ID }) id: string): Promise<Simulation> {
    return this.simulations.read(id);
  }

  @Query(() => SimulationConnection, { name: 'simulations', description: 'Simulations, newest first.' })
  async list(@Args() args: RowArgs): Promise<Connection<Simulation>> {
    return connection(await this.simulations.list(pageRequest(args)), args);
  }

  @Mutation(() => Simulation, { description: 'Start a simulation on copies of a market, a portfolio and a scenario.' })
  startSimulation(@Args('input') input: SimulationInput): Promise<Simulation> {
    return this.simulations.start(input);
  }

  @Mutation(() => Simulation, { description: 'Stop a simulation that has not finished.' })
  cancelSimulation(@Args('id', { type: () => ID }) id: string): Promise<Simulation> {
    return this.simulations.cancel(id);
  }

  @Mutation(() => ID, { description: 'Delete a simulation with its results; answers its id.' })
  deleteSimulation(@Args('id', { type: () => ID }) id: string): Promise<string> {
    return this.simulations.delete(id);
  }

  @ResolveField(() => RoundConnection, { description: 'The rounds, in order.' })
  async rounds(@Parent() { id }: Simulation, @Args() args: RowArgs): Promise<Connection<Round>> {
    return rowConnection(await this.simulations.rounds(id, rowRequest(args)), args);
  }

  @ResolveField(() => AccountConnection, { description: 'What became of each account, by reference.' })
  async accounts(@Parent() { id }: Simulation, @Args() args: PageArgs): Promise<Connection<AccountOutcome>> {
    return rowConnection(await this.simulations.accounts(id, rowRequest(args)), args);
  }

  @ResolveField(() => ThresholdConnection, { description: 'Standalone liquidation prices of each account before the shock, by reference.' })
  async thresholds(@Parent() { id }: Simulation, @Args() args: PageArgs): Promise<Connection<Threshold>> {
    return rowConnection(await this.simulations.thresholds(id, rowRequest(args)), args);
  }
}
