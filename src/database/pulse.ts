import type { Socket } from 'node:net';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** How often the database is asked whether it is there, and how long an answer may take. */
const BEAT_MS = 500;
const ANSWER_MS = 1500;
const CONNECT_MS = 5000;

/** A connection whose loss ends the queries at hand and nothing else; an 'error' that nobody listens to would end the process. */
export class SafeClient extends pg.Client {
  constructor(config: pg.ClientConfig) {
    super({ connectionTimeoutMillis: CONNECT_MS, keepAlive: true, ...config });
  }

  override emit(event: string | symbol, ...args: unknown[]): boolean {
    return event === 'error' && this.listenerCount('error') === 0 ? false : super.emit(event, ...args);
  }

  /** Ends it here and now: the other side may never answer. What is under way rejects. */
  cut(): void {
    this.socket.destroy();
  }

  /** It alone does not keep the process alive. */
  unref(): void {
    this.socket.unref();
  }

  private get socket(): Socket {
    return (this as unknown as { connection: { stream: Socket } }).connection.stream;
  }
}

/**
 * Whether the database answers, asked over a connection of its own, as long as anybody uses it. Where it does not, packets may be lost without
 * a word and a query would wait for many minutes: then all connections are cut, and none is given out until it answers again.
 */
export class Pulse {
  private static readonly all = new Map<string, Pulse>();

  /** The one of this process. */
  static of(url: string): Pulse {
    const pulse = Pulse.all.get(url) ?? new Pulse(url);
    Pulse.all.set(url, pulse);
    return pulse;
  }

  private isAway = false;
  private users = 0;
  private client?: SafeClient;
  private readonly minded = new Set<SafeClient>();
  private readonly waiting = new Set<() => void>();

  private constructor(private readonly url: string) {}

  /** Beats until all who use it have left. */
  use(): void {
    if (this.users++ === 0) void this.beat();
  }

  leave(): void {
    if (--this.users > 0) return;
    void this.client?.end().catch(() => undefined);
    this.client = undefined;
  }

  /** Cuts the connection when the database goes away. */
  mind(client: SafeClient): void {
    this.minded.add(client);
    client.once('end', () => this.minded.delete(client));
  }

  /** What `connected` answers; rejects at once while the database is away, and as soon as it goes. What comes too late is put back. */
  async unlessAway<T>(connected: () => Promise<T>, putBack: (late: T) => void): Promise<T> {
    if (this.isAway) throw away();
    let wasTold = false;
    let tell = () => {};
    const gone = new Promise<never>((_, fail) => {
      tell = () => {
        wasTold = true;
        fail(away());
      };
    });
    this.waiting.add(tell);
    const connection = connected();
    connection.then((late) => wasTold && putBack(late), () => undefined);
    try {
      return await Promise.race([connection, gone]);
    } finally {
      this.waiting.delete(tell);
    }
  }

  private async beat(): Promise<void> {
    while (this.users > 0) {
      try {
        await inTime(this.ask());
        this.isAway = false;
      } catch (error) {
        this.client?.cut();
        this.client = undefined;
        if (isSilence(error as { code?: string })) this.lose();
      }
      await sleep(BEAT_MS, undefined, { ref: false });
    }
  }

  private async ask(): Promise<void> {
    if (!this.client) {
      const client = (this.client = new SafeClient({ connectionString: this.url }));
      client.on('end', () => {
        if (this.client === client) this.client = undefined;
      });
      await client.connect();
      client.unref();
    }
    await this.client?.query('SELECT 1');
  }

  private lose(): void {
    this.isAway = true;
    for (const client of this.minded) client.cut();
    for (const tell of this.waiting) tell();
  }
}

/** Connections that are cut when the database goes away, and not given out before it is back. */
export class GuardedPool extends pg.Pool {
  readonly pulse: Pulse;
  private isInUse = false;

  constructor(connectionString: string, options: pg.PoolConfig = {}) {
    const pulse = Pulse.of(connectionString);
    class Minded extends SafeClient {
      constructor(config: pg.ClientConfig) {
        super(config);
        pulse.mind(this);
      }
    }
    super({ connectionString, Client: Minded as unknown as NonNullable<pg.PoolConfig['Client']>, ...options });
    this.pulse = pulse;
    this.on('error', () => undefined); // an idle connection that is lost is not given out again
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(taken: Taken): void;
  override connect(taken?: Taken): Promise<pg.PoolClient> | void {
    const client = this.given();
    if (!taken) return client;
    client.then((client) => taken(undefined, client, client.release.bind(client)), (error: Error) => taken(error, undefined, () => undefined));
  }

  protected given(): Promise<pg.PoolClient> {
    if (!this.isInUse && !this.ending) this.pulse.use();
    this.isInUse ||= !this.ending;
    return this.pulse.unlessAway(() => super.connect(), (late) => late.release());
  }

  override end(): Promise<void>;
  override end(done: () => void): void;
  override end(done?: () => void): Promise<void> | void {
    const ended = super.end().finally(() => {
      if (this.isInUse) this.pulse.leave();
      this.isInUse = false;
    });
    return done ? void ended.then(done, done) : ended;
  }
}

type Taken = (error: Error | undefined, client: pg.PoolClient | undefined, release: (error?: Error | boolean) => void) => void;

function away(): Error {
  return Object.assign(new Error('Connection terminated: the database does not answer'), { code: 'ECONNREFUSED' });
}

/** A server that refuses with words of its own is there, unless it says that it starts or stops. */
function isSilence({ code }: { code?: string }): boolean {
  return !code || !/^[0-9A-Z]{5}$/.test(code) || /^(57P0|08)/.test(code);
}

/** What was too busy here to read an answer that had come is no silence: the event loop gets a turn before that is said. */
async function inTime(asked: Promise<void>): Promise<void> {
  const over = new AbortController();
  asked.catch(() => undefined);
  const late = sleep(ANSWER_MS, undefined, { ref: false, signal: over.signal }).then(() => turn()).then(() => {
    throw new Error('no answer in time');
  });
  late.catch(() => undefined);
  try {
    await Promise.race([asked, late]);
  } finally {
    over.abort();
  }
}
