import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '../database/database.js';
import { Documents, type Find, wholeRow } from '../database/documents.js';
import type { Scenario, ScenarioInput } from './scenario.js';
import { scenarioIssues } from './scenario-rules.js';

@Injectable()
export class ScenariosService extends Documents<ScenarioInput, Scenario> {
  constructor(database: Database) {
    super(database, 'scenario');
  }

  issues = scenarioIssues;

  protected findOne(from: Transaction, id: string): Promise<Scenario | null> {
    return from.scenario.findUnique({ where: { id } });
  }

  protected findPage(from: Transaction, query: Find): Promise<Scenario[]> {
    return from.scenario.findMany(query);
  }

  protected async insert(write: Transaction, id: string, scenario: ScenarioInput): Promise<void> {
    await write.scenario.create({ data: { id, ...scenario } });
  }

  protected async update(write: Transaction, id: string, scenario: ScenarioInput): Promise<void> {
    await write.scenario.update({ where: { id }, data: wholeRow(scenario) });
  }

  protected erase(id: string): Promise<{ count: number }> {
    return this.database.scenario.deleteMany({ where: { id } });
  }
}
