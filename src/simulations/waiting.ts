import { Injectable } from '@nestjs/common';
import { ChangesFeed } from './changes-feed.js';
import type { Simulation, SimulationState } from './simulation.js';
import { SimulationsService } from './simulations.service.js';

const FINAL: readonly SimulationState[] = ['succeeded', 'failed', 'cancelled'];

/** Waits for simulations, without a connection or a thread for each. */
@Injectable()
export class Waiting {
  /** Ends of all waits at hand. */
  private readonly waits = new Set<() => void>();
  /** The service stops. */
  isOver = false;

  constructor(
    private readonly simulations: SimulationsService,
    private readonly feed: ChangesFeed,
  ) {}

  /** Lets all who wait go, and nobody wait any more. */
  end(): void {
    this.isOver = true;
    for (const end of this.waits) end();
  }

  /** The simulation in its final state, or null when it has none after so many seconds; throws NOT_FOUND. */
  async final(id: string, seconds: number): Promise<Simulation | null> {
    let end = () => {};
    const over = new Promise<void>((resolve) => (end = resolve));
    const timer = setTimeout(end, seconds * 1000);
    const unwatch = this.feed.watch(id, ({ state }) => FINAL.includes(state) && end());
    this.waits.add(end);
    try {
      const now = await this.simulations.read(id); // read after the watch began, so that no move falls between
      if (FINAL.includes(now.state)) return now;
      if (!this.isOver) await over;
      const then = await this.simulations.read(id);
      return FINAL.includes(then.state) ? then : null;
    } finally {
      clearTimeout(timer);
      unwatch();
      this.waits.delete(end);
    }
  }
}
