import { connect, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { Fleet } from './fleet.js';

/** Redis as the service sees it: away while the door is shut. */
class Door {
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;

  private port = 0;

  private constructor(private readonly target: URL) {
    this.server = createServer((client) => {
      const redis = connect(Number(target.port), target.hostname);
      for (const socket of [client, redis]) this.sockets.add(socket.on('error', () => undefined).on('close', () => (client.destroy(), redis.destroy())));
      client.pipe(redis).pipe(client);
    });
  }

  static async before(url: string): Promise<Door> {
    const door = new Door(new URL(url));
    await door.open();
    door.port = (door.server.address() as { port: number }).port;
    return door;
  }

  get url(): string {
    return Object.assign(new URL(this.target), { hostname: '127.0.0.1', port: String(this.port) }).href;
  }

  async open(): Promise<void> {
    if (this.server.listening) return;
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
  }

  async shut(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
    await closed;
  }
}

const where = process.env.UNWIND_TEST_REDIS ? test : test.skip;

where('while Redis (UNWIND_TEST_REDIS) is away simulations are accepted, run and cancelled, and afterwards too', async () => {
  const redis = await Door.before(process.env.UNWIND_TEST_REDIS!);
  const fleet = await new Fleet({ REDIS_URL: redis.url }).open();
  try {
    const ids = await fleet.store();
    const finished = async () => (await fleet.final((await fleet.start(ids)).id)).state;
    fleet.work();
    fleet.work();
    expect(await finished()).toBe('succeeded');

    await redis.shut();
    const began = Date.now();
    const accepted = await Promise.all(Array.from({ length: 10 }, () => fleet.start(ids)));
    expect(accepted.map(({ state }) => state)).toEqual(accepted.map(() => 'queued'));
    expect(Date.now() - began).toBeLessThan(5000);
    expect(await Promise.all(accepted.map(async ({ id }) => (await fleet.final(id)).state))).toEqual(accepted.map(() => 'succeeded'));
    const long = await fleet.start(await fleet.store({ accounts: 3000 }));
    expect((await fleet.call('POST', `/v1/simulations/${long.id}/cancel`)).state).toBe('cancelled');
    fleet.work(); // born while it is away
    expect(await finished()).toBe('succeeded');

    await redis.open();
    expect(await finished()).toBe('succeeded');
    await fleet.stopWorkers();
    const waiting = await fleet.start(ids);
    await redis.shut();
    const worker = fleet.work();
    expect((await fleet.final(waiting.id)).state).toBe('succeeded');
    const told = Date.now();
    await fleet.stopWorkers();
    expect([worker.exitCode, Date.now() - told < 15_000]).toEqual([0, true]);
  } finally {
    await redis.open(); // what is left in it is put away through it
    await fleet.close();
    await redis.shut();
  }
}, 240_000);
