import { Injectable } from '@nestjs/common';
import { caller } from '../api/caller.js';
import type { Issue } from '../api/errors.js';
import { type Page, pageOf } from '../api/pages.js';
import { eachOf } from '../api/rules.js';
import { inTurns, type Work } from '../api/turns.js';
import { Database, type Transaction } from '../database/database.js';
import { Documents, type Find, type Own, type Which, wholeRow, withoutNulls } from '../database/documents.js';
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

  /** One for each id, in their order, by one statement; undefined where there is none. */
  async readAll(ids: readonly string[]): Promise<(Scenario | undefined)[]> {
    const found = await this.database.scenario.findMany({ where: { tenant: caller().tenant, id: { in: [...ids] } } });
    const scenarioOf = new Map((await inTurns(withoutNulls(found))).map((scenario) => [scenario.id, scenario]));
    return ids.map((id) => scenarioOf.get(id.toLowerCase()));
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
