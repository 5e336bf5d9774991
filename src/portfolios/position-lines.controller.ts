import { Controller, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Lists } from '../api/doors.js';
import { attached, Exports, Imports } from '../api/file-doors.js';
import { Accepted, type LineType, type Upload, UploadBody } from '../api/media.js';
import { bodies, type Page, pairRequest, RowQuery } from '../api/pages.js';
import { ImportQuery, importOptions, PositionLine, PositionsImport } from './position-line.js';
import { PositionLinesService } from './position-lines.service.js';

@ApiTags('portfolios')
@Controller('v1/portfolios')
export class PositionLinesController {
  constructor(private readonly lines: PositionLinesService) {}

  @Lists(PositionLine, 'The positions of a portfolio, each with its account.', ':id/positions')
  async list(@Param('id') id: string, @Query() query: RowQuery): Promise<Page<PositionLine>> {
    return bodies(await this.lines.page(id, pairRequest(query)));
  }

  @Imports(PositionsImport, PositionLine, 'Import positions from a file, all of it or nothing.', ':id/positions::import')
  import(@Param('id') id: string, @Query() query: ImportQuery, @UploadBody() upload: Upload): Promise<PositionsImport> {
    return this.lines.import(id, upload, importOptions(query));
  }

  @Exports(PositionLine, 'All accounts and positions as a file that an import takes.', ':id/positions::export')
  async export(@Param('id') id: string, @Accepted() type: LineType) {
    return attached(await this.lines.export(id, type), type, `positions-${id}`);
  }
}
