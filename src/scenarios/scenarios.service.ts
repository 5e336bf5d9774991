import { Injectable } from '@nestjs/common';
import type { Issue } from '../api/errors.js';
import { type Page, pageOf } from '../api/pages.js';
import { eachOf } from '../api/rules.js';
import type { Work } from '../api/turns.js';
import { Database, type Transaction } from '../database/database.js';
import { Documents, type Find, type Own, type Which, wholeRow } from '../database/documents.js';
import { Prisma } from '../database/generated/client.js';
import type { Scenario, ScenarioInput } from './scenario.js';
import { scenarioIssues } from './scenario-rules.js';

@Injectable()
export class ScenariosService extends Documents<ScenarioInput, Scenario> {
  constructor(database: Database) {
    super(database, 'scenario');
  }

  issues(scenario: ScenarioInput): Work<Issue[]> {
    return eachOf([scenario], scenarioIssues);
  }

  protected findOne(from: Transaction, where: Own): Promise<Scenario | null> {
    return from.scenario.findUnique({ where });
  }

  protected async findPage(from: Transaction, { limit, ...query }: Find): Promise<Page<Scenario>> {
    return pageOf(await from.scenario.findMany({ ...query, take: limit + 1 }), limit);
  }

  protected async insert(write: Transaction, id: string, scenario: ScenarioInput): Promise<void> {
    await write.scenario.create({ data: { id, ...scenario, dynamics: scenario.dynamics ?? Prisma.DbNull } });
  }

  protected async update(write: Transaction, which: Which, scenario: ScenarioInput): Promise<void> {
    await write.scenario.update({ where: which, data: { ...wholeRow(scenario), dynamics: scenario.dynamics ?? Prisma.DbNull } });
  }

  protected erase(write: Transaction, where: Which): Promise<{ count: number }> {
    return write.scenario.deleteMany({ where });
  }
}
