import { Body, Controller } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Acts } from '../api/doors.js';
import { WhatIf, WhatIfInput } from './what-if.js';
import { WhatIfService } from './what-if.service.js';

@ApiTags('what-if')
@Controller('v1/what-if')
export class WhatIfController {
  constructor(private readonly whatIf: WhatIfService) {}

  @Acts(WhatIf, 'What orders and transfers would change, before anything is done: nothing is stored.')
  answer(@Body() input: WhatIfInput): Promise<WhatIf> {
    return this.whatIf.answer(input);
  }
}
