import { Controller, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Lists, Reads } from '../api/doors.js';
import { bodies, type Page, RowQuery, rowRequest } from '../api/pages.js';
import { Venue } from './venue.js';
import { VenuesService } from './venues.service.js';

@ApiTags('venues')
@Controller('v1/venues')
export class VenuesController {
  constructor(private readonly venues: VenuesService) {}

  @Lists(Venue, 'Rule packs of venues with their sources, by id.')
  list(@Query() query: RowQuery): Page<Venue> {
    return bodies(this.venues.list(rowRequest(query)));
  }

  @Reads(Venue, 'The rule pack of one venue.')
  read(@Param('id') id: string): Venue {
    return this.venues.read(id);
  }
}
