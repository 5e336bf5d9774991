import { Body, Controller, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Acts, Deletes, Lists, Reads, Starts } from '../api/doors.js';
import { bodies, type Page, PageQuery, pageRequest, RowQuery, rowRequest } from '../api/pages.js';
import { AccountOutcome, Round, Threshold } from './results.js';
import { Simulation, SimulationInput } from './simulation.js';
import { SimulationsService } from './simulations.service.js';

@ApiTags('simulations')
@Controller('v1/simulations')
export class SimulationsController {
  constructor(private readonly simulations: SimulationsService) {}

  @Starts(Simulation, 'Start a simulation on copies of a market, a portfolio and a scenario.')
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

  @Deletes('Delete a simulation with its results.')
  async delete(@Param('id') id: string): Promise<void> {
    await this.simulations.delete(id);
  }

  @Lists(Round, 'The rounds of a simulation, in order.', ':id/rounds')
  async rounds(@Param('id') id: string, @Query() query: RowQuery): Promise<Page<Round>> {
    return bodies(await this.simulations.rounds(id, rowRequest(query)));
  }

  @Lists(AccountOutcome, 'What became of each account, by reference.', ':id/accounts')
  async accounts(@Param('id') id: string, @Query() query: PageQuery): Promise<Page<AccountOutcome>> {
    return bodies(await this.simulations.accounts(id, rowRequest(query)));
  }

  @Lists(Threshold, 'Standalone liquidation prices of each account before the shock, by reference.', ':id/thresholds')
  async thresholds(@Param('id') id: string, @Query() query: PageQuery): Promise<Page<Threshold>> {
    return bodies(await this.simulations.thresholds(id, rowRequest(query)));
  }
}
