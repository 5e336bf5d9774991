import { Controller, Get } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { ApiError } from './api/errors.js';
import { Public } from './api/scopes.js';
import { Database } from './database/database.js';

@Public()
@ApiExcludeController()
@Controller()
export class HealthController {
  constructor(private readonly database: Database) {}

  /** The process lives. */
  @Get('livez')
  live() {
    return { status: 'ok' };
  }

  /** The process can answer: the database does. */
  @Get('readyz')
  async ready() {
    await this.database.$queryRaw`SELECT 1`.catch(() => {
      throw new ApiError('UNAVAILABLE', 'The database does not answer.');
    });
    return { status: 'ok' };
  }
}
