import { Args, ID, Query, Resolver } from '@nestjs/graphql';
import { type Connection, ConnectionOf, RowArgs, rowConnection, rowRequest } from '../api/pages.js';
import { Needs } from '../api/scopes.js';
import { Venue } from './venue.js';
import { VenuesService } from './venues.service.js';

const VenueConnection = ConnectionOf(Venue);

@Resolver(() => Venue)
export class VenuesResolver {
  constructor(private readonly venues: VenuesService) {}

  @Needs('read')
  @Query(() => Venue, { description: 'The rule pack of one venue.' })
  venue(@Args('id', { type: () => ID }) id: string): Venue {
    return this.venues.read(id);
  }

  @Needs('read')
  @Query(() => VenueConnection, { name: 'venues', description: 'Rule packs of venues with their sources, by id.' })
  list(@Args() args: RowArgs): Connection<Venue> {
    return rowConnection(this.venues.list(rowRequest(args)), args);
  }
}
