import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { asCaller, caller } from '../api/caller.js';
import { Database } from '../database/database.js';
import { SafeClient } from '../database/pulse.js';
import type { SimulationState } from './simulation.js';

/** Where a trigger of the database tells every move of a simulation, with its commit; whatever the queue, whoever moved it. */
const CHANNEL = 'simulation_changes';
/** A lost notification, or a connection that is away, costs so much time. */
const POLL_MS = 1000;

export interface Change {
  readonly id: string;
  readonly state: SimulationState;
  readonly progress: number;
  readonly version: number;
}

type Listener = (change: Change) => void;

/** Tells how simulations move, over one connection of its own for the whole process, opened when first asked. */
@Injectable()
export class ChangesFeed implements OnModuleDestroy {
  private readonly log = new Logger('ChangesFeed');
  /** By tenant and id: who asks for another tenant's simulation is in nobody's way. */
  private readonly watched = new Map<string, { readonly tenant: string; readonly id: string; readonly listeners: Set<Listener> }>();
  private client: SafeClient | null = null;
  private polling?: NodeJS.Timeout;

  constructor(private readonly database: Database) {}

  /** Calls the listener at each move of a simulation that the caller may read, and at least each second, until the answered function is called. */
  watch(id: string, listener: Listener): () => void {
    const { tenant } = caller();
    const entry = this.watched.get(`${tenant} ${id}`) ?? { tenant, id, listeners: new Set() };
    this.watched.set(`${tenant} ${id}`, entry);
    entry.listeners.add(listener);
    this.polling ??= setInterval(() => void this.poll(), POLL_MS).unref();
    void this.listen();
    return () => {
      entry.listeners.delete(listener);
      if (entry.listeners.size === 0) this.watched.delete(`${tenant} ${id}`);
      if (this.watched.size > 0) return;
      clearInterval(this.polling);
      this.polling = undefined;
    };
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.polling);
    this.watched.clear();
    await this.client?.end().catch(() => undefined);
  }

  private tell({ tenant, ...change }: Change & { readonly tenant: string }): void {
    for (const listener of this.watched.get(`${tenant} ${change.id}`)?.listeners ?? []) listener(change);
  }

  /** One statement a tenant, however many simulations are watched; listens again where the connection was lost. */
  private async poll(): Promise<void> {
    void this.listen();
    const idsOf = new Map<string, string[]>();
    for (const { tenant, id } of this.watched.values()) idsOf.set(tenant, [...(idsOf.get(tenant) ?? []), id]);
    for (const [tenant, ids] of idsOf) {
      const where = { tenant, id: { in: ids } };
      const moved = await asCaller({ tenant }, async () => this.database.simulation.findMany({ where, select: { id: true, state: true, progress: true, version: true } })).catch(() => []);
      moved.forEach((change) => this.tell({ tenant, ...change }));
    }
  }

  private async listen(): Promise<void> {
    if (this.client) return;
    const client = (this.client = new SafeClient({ connectionString: this.database.url }));
    this.database.pool.pulse.mind(client);
    const lost = () => {
      if (this.client === client) this.client = null;
    };
    client.on('error', lost).on('end', lost).on('notification', ({ payload }) => this.tell(JSON.parse(payload!) as Change & { tenant: string }));
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
    } catch (error) {
      this.log.warn(`No notifications of ${CHANNEL}: ${(error as Error).message}`);
      lost();
      await client.end().catch(() => undefined);
    }
  }
}
