import { UseInterceptors } from '@nestjs/common';
import { Args, Context, ID, Int, Parent, Query, ResolveField, Resolver, Subscription } from '@nestjs/graphql';
import { Mutates } from '../api/graphql-doors.js';
import { type Connection, connection, ConnectionOf, PageArgs, pageRequest, RowArgs, rowConnection, rowRequest } from '../api/pages.js';
import { AccountAttribution } from './attributions.js';
import { EntryArgs, entryRequest } from './entries.js';
import { IfVersion, type Match } from '../api/preconditions.js';
import { WAIT_SECONDS_MAX } from '../api/prefer.js';
import { SimulationEvent } from './events.js';
import { EventsService, type Followed } from './events.service.js';
import { PreferWait } from './prefer-wait.js';
import { Needs } from '../api/scopes.js';
import { AccountOutcome, LedgerEntry, Round, Threshold } from './results.js';
import { RowLoaders } from './row-loaders.js';
import { Simulation, SimulationInput } from './simulation.js';
import { SimulationsService } from './simulations.service.js';
import { SweepPoint } from './sweep.js';
import { Verification } from './verification.js';
import { VerificationsService } from './verifications.service.js';

/** Read by PreferWait. */
const WAIT = { type: () => Int, nullable: true, description: `Answer once it is done, or after so many seconds; at most ${WAIT_SECONDS_MAX}.` } as const;
const AFTER = { type: () => String, nullable: true, description: 'Id of the last event that the client has: the stream goes on after it.' } as const;

const SimulationConnection = ConnectionOf(Simulation);
const RoundConnection = ConnectionOf(Round);
const EntryConnection = ConnectionOf(LedgerEntry);
const AttributionConnection = ConnectionOf(AccountAttribution);
const AccountConnection = ConnectionOf(AccountOutcome);
const PointConnection = ConnectionOf(SweepPoint);
const ThresholdConnection = ConnectionOf(Threshold);

@Resolver(() => Simulation)
export class SimulationsResolver {
  constructor(
    private readonly simulations: SimulationsService,
    private readonly verifications: VerificationsService,
    private readonly events: EventsService,
    private readonly rows: RowLoaders,
  ) {}

  @Needs('read')
  @Query(() => Simulation, { description: 'One simulation: its state, and its answer once there is one.' })
  simulation(@Args('id', { type: () => ID }) id: string): Promise<Simulation> {
    return this.simulations.read(id);
  }

  @Needs('read')
  @Query(() => SimulationConnection, { name: 'simulations', description: 'Simulations, newest first.' })
  async list(@Args() args: RowArgs): Promise<Connection<Simulation>> {
    return connection(await this.simulations.list(pageRequest(args)), args);
  }

  @Needs('simulate')
  @Mutates(() => Simulation, 'Start a simulation on copies of a market, a portfolio and a scenario.')
  @UseInterceptors(PreferWait)
  startSimulation(@Args('input') input: SimulationInput, @Args('waitSeconds', WAIT) _waitSeconds?: number): Promise<Simulation> {
    return this.simulations.start(input);
  }

  @Needs('simulate')
  @Mutates(() => Simulation, 'Stop a simulation that has not finished.')
  cancelSimulation(@Args('id', { type: () => ID }) id: string): Promise<Simulation> {
    return this.simulations.cancel(id);
  }

  @Needs('simulate')
  @Mutates(() => Verification, 'Run a simulation again from its stored input and say whether the bytes agree. After 10 s the answer says how far that run is.')
  verifySimulation(@Args('id', { type: () => ID }) id: string): Promise<Verification> {
    return this.verifications.verify(id);
  }

  @Needs('write')
  @Mutates(() => ID, 'Delete a simulation with its results; answers its id.')
  deleteSimulation(@Args('id', { type: () => ID }) id: string, @IfVersion() match: Match): Promise<string> {
    return this.simulations.delete(id, match);
  }

  @Needs('read')
  @Subscription(() => Simulation, { resolve: itself, description: 'The simulation as it is, and again each time that it moves, to its final state.' })
  simulationChanged(@Args('id', { type: () => ID }) id: string): Promise<Followed<Simulation>> {
    return this.events.changes(id);
  }

  @Needs('read')
  @Subscription(() => SimulationEvent, { resolve: itself, description: 'What happens to a simulation, as it happens, from its beginning to its final state.' })
  simulationEvents(@Args('id', { type: () => ID }) id: string, @Args('after', AFTER) after?: string): Promise<Followed<SimulationEvent>> {
    return this.events.follow(id, after);
  }

  @ResolveField(() => RoundConnection, { description: 'The rounds, in order.' })
  async rounds(@Parent() { id }: Simulation, @Args() args: RowArgs, @Context() context: object): Promise<Connection<Round>> {
    return rowConnection(await this.rows.page(context, 'rounds', id, rowRequest(args)), args);
  }

  @ResolveField(() => EntryConnection, { description: 'Every forced trade, by round, then by account.' })
  async entries(@Parent() { id }: Simulation, @Args() args: EntryArgs, @Context() context: object): Promise<Connection<LedgerEntry>> {
    return rowConnection(await this.rows.page(context, 'entries', id, entryRequest(args)), args);
  }

  @ResolveField(() => AttributionConnection, { description: "Each party's part of the endogenous move of each asset, by asset, then by account." })
  async attributions(@Parent() { id }: Simulation, @Args() args: PageArgs, @Context() context: object): Promise<Connection<AccountAttribution>> {
    return rowConnection(await this.rows.page(context, 'attributions', id, rowRequest(args)), args);
  }

  @ResolveField(() => AccountConnection, { description: 'What became of each account, by reference.' })
  async accounts(@Parent() { id }: Simulation, @Args() args: PageArgs, @Context() context: object): Promise<Connection<AccountOutcome>> {
    return rowConnection(await this.rows.page(context, 'accounts', id, rowRequest(args)), args);
  }

  @ResolveField(() => ThresholdConnection, { description: 'Standalone liquidation prices of each account before the shock, by reference.' })
  async thresholds(@Parent() { id }: Simulation, @Args() args: PageArgs, @Context() context: object): Promise<Connection<Threshold>> {
    return rowConnection(await this.rows.page(context, 'thresholds', id, rowRequest(args)), args);
  }

  @ResolveField(() => PointConnection, { description: 'The points of a sweep, in order; while it runs, those that are done.' })
  async points(@Parent() { id }: Simulation, @Args() args: RowArgs, @Context() context: object): Promise<Connection<SweepPoint>> {
    return rowConnection(await this.rows.page(context, 'points', id, rowRequest(args)), args);
  }
}

/** What a stream gives is the answer of the field. */
function itself<T>(payload: T): T {
  return payload;
}
