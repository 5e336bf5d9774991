/** Stands between a service and PostgreSQL and writes down what is executed: the frontend messages of the protocol, version 3 (PostgreSQL manual, 54.7). */
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

export interface Wire {
  /** Where the service finds the database. */
  readonly url: string;
  /** Statements executed since the last call, in the order of their texts. */
  statements(): string[];
  close(): Promise<void>;
}

export async function wireTo(databaseUrl: string): Promise<Wire> {
  const { hostname, port } = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let executed: string[] = [];
  const server = createServer((client) => {
    const database = connect(Number(port || 5432), hostname);
    const heard = listener((text) => executed.push(text));
    for (const socket of [client, database]) sockets.add(socket.on('error', () => undefined).on('close', () => (client.destroy(), database.destroy())));
    client.on('data', heard);
    client.pipe(database);
    database.pipe(client);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: Object.assign(new URL(databaseUrl), { hostname: '127.0.0.1', port: String((server.address() as AddressInfo).port) }).href,
    statements() {
      const all = executed.sort();
      executed = [];
      return all;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}

/** Reads the messages of one connection; the first one has no type. */
function listener(execute: (text: string) => void): (chunk: Buffer) => void {
  let left = Buffer.alloc(0);
  let isStarted = false;
  const prepared = new Map<string, string>();
  const portals = new Map<string, string>();
  return (chunk) => {
    left = Buffer.concat([left, chunk]);
    for (;;) {
      const typed = isStarted ? 1 : 0;
      if (left.length < typed + 4) return;
      const length = typed + left.readInt32BE(typed);
      if (left.length < length) return;
      const type = isStarted ? String.fromCharCode(left[0]!) : '';
      const words = left.subarray(typed + 4, length).toString('latin1').split('\0');
      isStarted = true;
      left = left.subarray(length);
      if (type === 'Q') execute(words[0]!);
      if (type === 'P') prepared.set(words[0]!, words[1]!);
      if (type === 'B') portals.set(words[0]!, prepared.get(words[1]!) ?? '?');
      if (type === 'E') execute(portals.get(words[0]!) ?? '?');
    }
  };
}
