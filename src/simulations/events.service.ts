import { Injectable, Logger } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import { asCaller, caller, type Caller } from '../api/caller.js';
import { invalidInput } from '../api/errors.js';
import { Database } from '../database/database.js';
import { ChangesFeed } from './changes-feed.js';
import { BEGINNING, type Place, placeId, placeOf, SimulationEvent } from './events.js';
import type { Simulation } from './simulation.js';
import { SimulationsService } from './simulations.service.js';
import { type Opening, Streams } from './streams.js';

const CHANGES_AT_ONCE = 100;
/** A round is up to a quarter of a megabyte, and every stream may hold so many. */
const ROWS_AT_ONCE = 4;
/** After so long without a move: is it still there? */
const LOOK_MS = 15_000;
/** A database that does not answer is asked again. */
const RETRY_MS = 1000;
const FINAL: readonly Simulation['state'][] = ['succeeded', 'failed', 'cancelled'];

/** A stream that is open until it is at its end or `return` is called. */
export interface Followed<T> extends AsyncIterableIterator<T, void> {
  /** Nothing follows, and nothing ever will. */
  readonly isOver: boolean;
  return(): Promise<IteratorResult<T, void>>;
}

interface Course {
  readonly simulation: Simulation;
  readonly who: Caller;
  readonly signal: AbortSignal;
  /** Resolves at the next move that was not told yet, and after LOOK_MS. */
  moved(): Promise<void>;
}

/** The course of a simulation from what is stored of it: the same events in the same order whenever, and from whichever process, they are asked for. */
@Injectable()
export class EventsService {
  private readonly log = new Logger('Events');

  constructor(
    private readonly database: Database,
    private readonly simulations: SimulationsService,
    private readonly feed: ChangesFeed,
    private readonly streams: Streams,
  ) {}

  /** All events after that one, or all, as they come, until the final state. Throws NOT_FOUND, INVALID_INPUT and TOO_MANY_STREAMS. */
  async follow(id: string, after?: string | null): Promise<Followed<SimulationEvent>> {
    const from = after ? placeOf(after) : BEGINNING;
    if (!from) throw invalidInput([{ pointer: '/after', code: 'WRONG_TYPE', message: 'must be the id of an event' }]);
    return this.open(id, (course) => this.events(course, from), (simulation) => FINAL.includes(simulation.state) && from.ordinal === undefined && from.version >= simulation.version);
  }

  /** The simulation as it is, and again each time that it has moved, until its final state. Throws NOT_FOUND and TOO_MANY_STREAMS. */
  changes(id: string): Promise<Followed<Simulation>> {
    return this.open(id, (course) => this.states(course));
  }

  private async open<T>(id: string, begin: (course: Course) => AsyncGenerator<T, void>, isOver: (simulation: Simulation) => boolean = () => false): Promise<Followed<T>> {
    const opening = this.streams.open();
    const moves = this.watch(id, opening);
    try {
      const simulation = await this.simulations.read(id); // read after the watch began, so that no move falls between
      const over = isOver(simulation);
      if (over) opening.close();
      return closing(begin({ simulation, who: caller(), signal: opening.signal, moved: moves }), opening, over);
    } catch (error) {
      opening.close();
      throw error;
    }
  }

  private watch(id: string, { signal }: Opening): () => Promise<void> {
    let told = 0;
    let isMoved = false;
    let wake = () => {};
    const rouse = () => {
      isMoved = true;
      wake();
    };
    const unwatch = this.feed.watch(id, ({ version }) => {
      if (version === told) return; // it is told each second
      told = version;
      rouse();
    });
    signal.addEventListener('abort', () => (unwatch(), rouse()), { once: true });
    return async () => {
      let look: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        wake = resolve;
        look = setTimeout(resolve, LOOK_MS);
        if (isMoved || signal.aborted) resolve();
      });
      clearTimeout(look);
      isMoved = false;
    };
  }

  private async *events(course: Course, from: Place): AsyncGenerator<SimulationEvent, void> {
    const { simulation, signal } = course;
    const { id, shards, verifies } = simulation;
    for (let place = from; !signal.aborted; ) {
      const changes = await this.stored(course, (tenant) => this.database.simulationChange.findMany({ where: { tenant, simulationId: id, version: place.ordinal === undefined ? { gt: place.version } : { gte: place.version } }, orderBy: { version: 'asc' }, take: CHANGES_AT_ONCE }));
      for (const { version, state, progress, soFar, shardsDone, changedAt } of changes ?? []) {
        const rows = verifies ? undefined : simulation.sweep ? 'point' : state === 'succeeded' ? 'round' : undefined;
        let ordinal: number | undefined = place.version === version ? (place.ordinal ?? 0) : 0;
        while (rows && ordinal !== undefined) {
          const next: SimulationEvent[] = await this.rows(course, rows, { version, ordinal });
          yield* next;
          ordinal = next.length < ROWS_AT_ONCE ? undefined : placeOf(next.at(-1)!.id)!.ordinal;
        }
        if (signal.aborted) return;
        place = { version };
        yield { id: placeId(place), change: { state, progress, soFar, shards, shardsDone, changedAt } };
        if (FINAL.includes(state)) return;
      }
      if (changes?.length === CHANGES_AT_ONCE) continue;
      if (changes?.length === 0 && !(await this.stored(course, async (tenant) => [await this.database.simulation.count({ where: { tenant, id } })]))?.[0]) return; // it was deleted
      await course.moved();
    }
  }

  private async rows(course: Course, kind: 'point' | 'round', { version, ordinal }: Required<Place>): Promise<SimulationEvent[]> {
    const bounds = { orderBy: { ordinal: 'asc' }, take: ROWS_AT_ONCE } as const;
    const where = { simulationId: course.simulation.id, ordinal: { gt: ordinal } };
    const found = kind === 'point'
      ? await this.stored(course, (tenant) => this.database.simulationPoint.findMany({ where: { tenant, ...where, version }, ...bounds }))
      : await this.stored(course, (tenant) => this.database.simulationRound.findMany({ where: { tenant, ...where }, ...bounds }));
    return (found ?? []).map((row) => ({ id: placeId({ version, ordinal: row.ordinal }), [kind]: row.body }));
  }

  private async *states(course: Course): AsyncGenerator<Simulation, void> {
    for (let version = 0; !course.signal.aborted; await course.moved()) {
      const [simulation] = (await this.stored(course, (tenant) => this.database.simulation.findMany({ where: { tenant, id: course.simulation.id } }))) ?? [];
      if (!simulation) return;
      if (simulation.version > version) yield simulation;
      version = simulation.version;
      if (FINAL.includes(simulation.state)) return;
    }
  }

  /** What `work` reads as the one who follows, however long the database is away; undefined when the stream was closed meanwhile. */
  private async stored<T>({ who, signal, simulation }: Course, work: (tenant: string) => PromiseLike<T[]>): Promise<T[] | undefined> {
    while (!signal.aborted) {
      try {
        return await asCaller(who, () => work(who.tenant));
      } catch (error) {
        this.log.warn(`The events of ${simulation.id} wait for the database: ${(error as Error).message.trim().split('\n').at(-1)}`);
        await pause(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
    return undefined;
  }
}

/** Gives the place of the stream back at its end, and ends it at once when it is left. */
function closing<T>(source: AsyncGenerator<T, void>, opening: Opening, isOver: boolean): Followed<T> {
  return {
    isOver,
    async next() {
      const result = opening.signal.aborted ? { done: true as const, value: undefined } : await source.next();
      if (result.done) opening.close();
      return result;
    },
    return() {
      opening.close();
      return source.return();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
