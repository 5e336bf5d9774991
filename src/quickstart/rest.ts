import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Simulation } from '../simulations/simulation.js';

const PAGE = 100;
const POLL_MS = 100;
const SIMULATION_TIMEOUT_MS = 120_000;

/** The service's own REST API, as any client uses it. */
export class Rest {
  constructor(private readonly address: string) {}

  /** Stores the document of a file; one that has its reference already is replaced. */
  async store<T extends { id: string }>(noun: string, file: URL): Promise<T> {
    const document = JSON.parse(await readFile(file, 'utf8')) as { reference: string };
    const { items } = await this.call<Page<T>>('GET', `/v1/${noun}?reference=${encodeURIComponent(document.reference)}`);
    return items[0] ? this.call('PUT', `/v1/${noun}/${items[0].id}`, document) : this.call('POST', `/v1/${noun}`, document);
  }

  /** Runs to the end; throws unless it succeeds. */
  async simulate(input: { marketId: string; portfolioId: string; scenarioId: string }): Promise<Simulation> {
    const { id } = await this.call<Simulation>('POST', '/v1/simulations', input);
    const deadline = Date.now() + SIMULATION_TIMEOUT_MS;
    while (Date.now() < deadline) {
      const simulation = await this.call<Simulation>('GET', `/v1/simulations/${id}`);
      if (simulation.state === 'succeeded') return simulation;
      if (simulation.state !== 'queued' && simulation.state !== 'running') throw new Error(`The simulation ${simulation.state}: ${simulation.error?.detail ?? 'no reason given'}`);
      await sleep(POLL_MS);
    }
    throw new Error(`The simulation ${id} has not finished after ${SIMULATION_TIMEOUT_MS / 1000} s.`);
  }

  /** All pages of a list. */
  async all<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | undefined;
    do {
      const page: Page<T> = await this.call('GET', `${path}?limit=${PAGE}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
      items.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor);
    return items;
  }

  private async call<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(`${this.address}${path}`, { method, ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }) });
    if (!response.ok) throw new Error(`${method} ${path} answers ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  }
}

interface Page<T> {
  readonly items: T[];
  readonly nextCursor?: string;
}
