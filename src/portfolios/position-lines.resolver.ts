import { Args, ID, Query, Resolver } from '@nestjs/graphql';
import { Mutates } from '../api/graphql-doors.js';
import { type Connection, ConnectionOf, pairRequest, RowArgs, rowConnection } from '../api/pages.js';
import { Needs } from '../api/scopes.js';
import { ImportPositionsInput, PositionLine, PositionsImport } from './position-line.js';
import { PositionLinesService } from './position-lines.service.js';

const PositionLineConnection = ConnectionOf(PositionLine);

@Resolver()
export class PositionLinesResolver {
  constructor(private readonly lines: PositionLinesService) {}

  @Needs('read')
  @Query(() => PositionLineConnection, { name: 'positions', description: 'The positions of a portfolio, each with its account.' })
  async list(@Args('portfolioId', { type: () => ID }) portfolioId: string, @Args() args: RowArgs): Promise<Connection<PositionLine>> {
    return rowConnection(await this.lines.page(portfolioId, pairRequest(args)), args);
  }

  @Needs('write')
  @Mutates(() => PositionsImport, 'Import positions from a small file, all of it or nothing; a large one is uploaded to POST /v1/portfolios/{id}/positions:import.')
  importPositions(@Args('input') input: ImportPositionsInput): Promise<PositionsImport> {
    return this.lines.importText(input);
  }
}
