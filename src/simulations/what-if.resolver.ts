import { Args, Query, Resolver } from '@nestjs/graphql';
import { Needs } from '../api/scopes.js';
import { WhatIf, WhatIfInput } from './what-if.js';
import { WhatIfService } from './what-if.service.js';

@Resolver(() => WhatIf)
export class WhatIfResolver {
  constructor(private readonly service: WhatIfService) {}

  @Needs('simulate')
  @Query(() => WhatIf, { description: 'What orders and transfers would change, before anything is done: nothing is stored.' })
  whatIf(@Args('input') input: WhatIfInput): Promise<WhatIf> {
    return this.service.answer(input);
  }
}
