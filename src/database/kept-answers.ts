import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { promisify } from 'node:util';
import { createGunzip, gzip } from 'node:zlib';
import { asCaller, caller, JOBS } from '../api/caller.js';
import { ApiError } from '../api/errors.js';
import { type Answered, Answers, type Keyed } from '../api/idempotency-key.js';
import { reading } from '../api/json.js';
import { jsonBytes } from '../api/json-text.js';
import { giveWay, inTurns } from '../api/turns.js';
import { Database } from './database.js';
import { accompanied, type Companion, effect, type Sql } from './effect.js';

export const KEPT_MS = 24 * 60 * 60 * 1000;
/** JSON of an answer that had no effect: above it the answer is made again. Answers to effects are always kept. */
export const EFFECTLESS_BYTES_MAX = 1024 * 1024;
/** How long a request waits for the first one with its key before it is told to come again. */
export const IN_USE_WAIT_MS = 10_000;
const IN_USE_POLL_MS = 100;
const IN_USE_RETRY_SECONDS = 1;
/** Often, since it is one statement over an index. */
const SWEEP_MS = 5_000;

/** Of one piece of an answer that is unpacked. */
const PIECE_BYTES = 128 * 1024;

const zip = promisify(gzip);

interface Kept {
  readonly answer: Uint8Array | null;
}

/**
 * The row of a key commits with the effect of its request, so that a crash leaves both or neither. Who is first holds an advisory lock of
 * that transaction: it goes with the connection, and nobody waits for it inside the database.
 */
@Injectable()
export class KeptAnswers extends Answers implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly log = new Logger('KeptAnswers');
  /** What this process does under a key right now. */
  private readonly running = new Map<string, Promise<unknown>>();
  private sweeping?: NodeJS.Timeout;

  constructor(private readonly database: Database) {
    super();
  }

  onApplicationBootstrap(): void {
    this.sweeping = setInterval(() => void this.sweep().catch((error: unknown) => this.log.warn((error as Error).message)), SWEEP_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.sweeping);
  }

  async once(request: Keyed, work: () => Promise<unknown>): Promise<Answered> {
    const { tenant } = caller();
    const name = JSON.stringify([tenant, request.key]);
    const deadline = Date.now() + IN_USE_WAIT_MS;
    for (;;) {
      const kept = await keptAnswer((text, ...parameters) => this.database.$queryRawUnsafe(text, ...parameters), tenant, request);
      if (kept) return kept.answer ? { answer: await inTurns(reading(await unzipped(kept.answer))), isReplayed: true } : { answer: await work(), isReplayed: false };
      let first = this.running.get(name);
      if (!first) {
        const mine = this.asFirst(name, new Claim(tenant, request, name), work);
        const outcome = await mine.catch(unlessOvertaken);
        if (outcome) return outcome;
        first = pause(IN_USE_POLL_MS);
      }
      const left = deadline - Date.now();
      if (left <= 0) throw new ApiError('IDEMPOTENCY_KEY_IN_USE', 'The first request with this Idempotency-Key has not been answered yet.', [], { retryAfterSeconds: IN_USE_RETRY_SECONDS });
      await Promise.race([first, pause(left, null, { ref: false })]);
    }
  }

  private async sweep(): Promise<void> {
    await asCaller(JOBS, () => this.database.idempotencyKey.deleteMany({ where: { createdAt: { lt: oldest() } } }));
  }

  private asFirst(name: string, claim: Claim, work: () => Promise<unknown>): Promise<Answered> {
    const answered = accompanied(claim, async () => {
      const answer = await work();
      if (!claim.isKept) await effect(this.database, () => Promise.resolve(new Effectless(answer)));
      return { answer, isReplayed: false };
    });
    const settled = answered.catch(() => undefined).finally(() => this.running.delete(name));
    this.running.set(name, settled);
    return answered;
  }
}

/** Takes the key at the beginning of a transaction and keeps the answer at its end. */
class Claim implements Companion {
  isKept = false;

  constructor(
    private readonly tenant: string,
    private readonly request: Keyed,
    private readonly name: string,
  ) {}

  /** Throws Overtaken when another transaction holds the key, or has kept an answer. */
  async before(sql: Sql): Promise<void> {
    if (this.isKept) throw new Error('A request has one effect.');
    const [lock] = await sql<{ isMine: boolean }>('SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS "isMine"', `idempotency ${this.name}`);
    if (!lock?.isMine || (await keptAnswer(sql, this.tenant, this.request))) throw new Overtaken();
  }

  async after(sql: Sql, result: unknown): Promise<void> {
    const answer = result instanceof Effectless ? result.answer : result;
    const json = typeof answer === 'object' && answer !== null ? await jsonBytes(answer) : JSON.stringify(answer);
    const isLeftOut = result instanceof Effectless && json.length > EFFECTLESS_BYTES_MAX;
    const { tenant, request } = this;
    await sql('DELETE FROM idempotency_keys WHERE tenant = $1 AND key = $2 AND created_at < $3', tenant, request.key, oldest());
    await sql('INSERT INTO idempotency_keys (tenant, key, part, fingerprint, answer) VALUES ($1, $2, $3, $4, $5)', tenant, request.key, request.part, await request.fingerprint(), isLeftOut ? null : await zip(json));
    this.isKept = true;
  }
}

/** An answer that nothing was written for. */
class Effectless {
  constructor(readonly answer: unknown) {}
}

class Overtaken extends Error {}

function unlessOvertaken(error: unknown): null {
  if (error instanceof Overtaken) return null;
  throw error;
}

/** Throws IDEMPOTENCY_KEY_REUSED when the key belongs to another request. */
async function keptAnswer(sql: Sql, tenant: string, { key, part, fingerprint }: Keyed): Promise<Kept | undefined> {
  const rows = await sql<Kept & { part: string; fingerprint: string }>('SELECT part, fingerprint, answer FROM idempotency_keys WHERE tenant = $1 AND key = $2 AND created_at >= $3', tenant, key, oldest());
  if (rows.length === 0) return undefined;
  const mine = await fingerprint();
  if (rows.some((row) => row.fingerprint !== mine)) throw new ApiError('IDEMPOTENCY_KEY_REUSED', 'This Idempotency-Key was used with another body or at another address.');
  return rows.find((row) => row.part === part);
}

/** Piece by piece: others take their turn between two. */
async function unzipped(answer: Uint8Array): Promise<string> {
  const decoder = new StringDecoder('utf8');
  let text = '';
  for await (const piece of Readable.from([answer]).compose(createGunzip({ chunkSize: PIECE_BYTES })) as AsyncIterable<Buffer>) {
    text += decoder.write(piece);
    await giveWay();
  }
  return text + decoder.end();
}

function oldest(): Date {
  return new Date(Date.now() - KEPT_MS);
}
