import { Body, Controller, Param, Query, type StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Acts, Deletes, Lists, Reads, Starts } from '../api/doors.js';
import { LastEventId, StreamsEvents } from '../api/event-stream.js';
import { ListsRows } from '../api/file-doors.js';
import { Accepted, type MediaType } from '../api/media.js';
import { type Page, PageQuery, pageRequest, RowQuery, rowRequest } from '../api/pages.js';
import { IfMatch, type Match } from '../api/preconditions.js';
import { AccountAttribution } from './attributions.js';
import { EntryQuery } from './entries.js';
import { SimulationChange, SimulationEvent } from './events.js';
import { EventsService, type Followed } from './events.service.js';
import { PreferWait } from './prefer-wait.js';
import { ACCOUNT_COLUMNS, ATTRIBUTION_COLUMNS, ENTRY_COLUMNS, ResultRowsService, ROUND_COLUMNS, THRESHOLD_COLUMNS } from './result-rows.service.js';
import { AccountOutcome, LedgerEntry, Round, Threshold } from './results.js';
import { Simulation, SimulationInput } from './simulation.js';
import { SimulationsService } from './simulations.service.js';
import { SweepPoint } from './sweep.js';
import { Verification } from './verification.js';
import { VerificationsService } from './verifications.service.js';

@ApiTags('simulations')
@Controller('v1/simulations')
export class SimulationsController {
  constructor(
    private readonly simulations: SimulationsService,
    private readonly rows: ResultRowsService,
    private readonly verifications: VerificationsService,
    private readonly events: EventsService,
  ) {}

  @Starts(Simulation, 'Start a simulation on copies of a market, a portfolio and a scenario.', PreferWait)
  start(@Body() input: SimulationInput): Promise<Simulation> {
    return this.simulations.start(input);
  }

  @Lists(Simulation, 'Simulations, newest first.')
  list(@Query() query: RowQuery): Promise<Page<Simulation>> {
    return this.simulations.list(pageRequest(query));
  }

  @Reads(Simulation, 'One simulation: its state, and its answer once there is one.')
  read(@Param('id') id: string): Promise<Simulation> {
    return this.simulations.read(id);
  }

  @Acts(Simulation, 'Stop a simulation that has not finished.', ':id/cancel')
  cancel(@Param('id') id: string): Promise<Simulation> {
    return this.simulations.cancel(id);
  }

  @Acts(Verification, 'Run a simulation again from its stored input and say whether the bytes agree. After 10 s the answer says how far that run is.', ':id/verify')
  verify(@Param('id') id: string): Promise<Verification> {
    return this.verifications.verify(id);
  }

  @Deletes('Delete a simulation with its results.')
  async delete(@Param('id') id: string, @IfMatch() match: Match): Promise<void> {
    await this.simulations.delete(id, match);
  }

  @ListsRows(Round, ROUND_COLUMNS, 'The rounds of a simulation, in order.', ':id/rounds')
  rounds(@Param('id') id: string, @Query() query: RowQuery, @Accepted() type: MediaType): Promise<Page<Round> | StreamableFile> {
    return this.rows.answer('rounds', id, query, type);
  }

  @ListsRows(LedgerEntry, ENTRY_COLUMNS, 'Every forced trade of a simulation, by round, then by account.', ':id/entries')
  entries(@Param('id') id: string, @Query() query: EntryQuery, @Accepted() type: MediaType): Promise<Page<LedgerEntry> | StreamableFile> {
    return this.rows.answer('entries', id, query, type);
  }

  @ListsRows(AccountAttribution, ATTRIBUTION_COLUMNS, "Each party's part of the endogenous move of each asset, by asset, then by account.", ':id/attributions')
  attributions(@Param('id') id: string, @Query() query: PageQuery, @Accepted() type: MediaType): Promise<Page<AccountAttribution> | StreamableFile> {
    return this.rows.answer('attributions', id, query, type);
  }

  @ListsRows(AccountOutcome, ACCOUNT_COLUMNS, 'What became of each account, by reference.', ':id/accounts')
  accounts(@Param('id') id: string, @Query() query: PageQuery, @Accepted() type: MediaType): Promise<Page<AccountOutcome> | StreamableFile> {
    return this.rows.answer('accounts', id, query, type);
  }

  @ListsRows(Threshold, THRESHOLD_COLUMNS, 'Standalone liquidation prices of each account before the shock, by reference.', ':id/thresholds')
  thresholds(@Param('id') id: string, @Query() query: PageQuery, @Accepted() type: MediaType): Promise<Page<Threshold> | StreamableFile> {
    return this.rows.answer('thresholds', id, query, type);
  }

  @Lists(SweepPoint, 'The points of a sweep, in order; while it runs, those that are done.', ':id/points')
  points(@Param('id') id: string, @Query() query: RowQuery): Promise<Page<SweepPoint>> {
    return this.rows.page('points', id, rowRequest(query));
  }

  @StreamsEvents(SimulationEvent, { change: SimulationChange, round: Round, point: SweepPoint }, 'What happens to a simulation, as it happens, from its beginning to its final state.', ':id/events')
  follow(@Param('id') id: string, @LastEventId() after?: string): Promise<Followed<SimulationEvent>> {
    return this.events.follow(id, after);
  }
}
