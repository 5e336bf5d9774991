import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { chmod, chown, link, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { postgresBinaries, type PostgresBinaries } from './postgres-binaries.js';
import { isReachable, REACHABLE_HOME, serverRunner, type Runner } from './postgres-user.js';

export interface EmbeddedPostgres {
  readonly url: string;
  readonly dataDir: string;
  /** Leaves the server; the last process to leave stops it. Safe to call twice. */
  stop(): Promise<void>;
}

const USER = 'unwind';
const DATABASE = 'unwind';
const START_TIMEOUT_MS = 60_000;
const RESTART_PAUSE_MS = 100;
/** How soon a server that was killed is noticed by the processes that use it. */
const SUPERVISE_MS = 250;
const STOP_TIMEOUT_MS = 15_000;
const POLL_MS = 50;

/**
 * The PostgreSQL server that lives in the npm package, listening on loopback only, its password in a file of mode 0600.
 * Attaches to the server of the same folder if one is running; otherwise creates the cluster (first time) and starts it.
 * As long as this process uses it, a server that dies is started again where it was.
 */
export async function startEmbeddedPostgres(wantedDir: string): Promise<EmbeddedPostgres> {
  const runner = await serverRunner(join(wantedDir, 'postgres'));
  const binaries = await postgresBinaries(runner);
  const dataDir = await preparedDataDir(wantedDir, runner);
  return withLock(join(dataDir, 'boot.lock'), async () => {
    const password = await keptPassword(dataDir);
    const home: Home = { dataDir, cluster: join(dataDir, 'postgres'), password, runner, binaries };
    if (!(await exists(home.cluster))) await createCluster(home);
    const server = (await runningServer(home)) ?? (await startServer(home, await portInUse(home)));
    const url = await databaseUrl(home, server.port);
    return { url, dataDir, stop: await enter(home, supervise(home, server)) };
  });
}

interface Home {
  readonly dataDir: string;
  readonly cluster: string;
  readonly password: string;
  readonly runner: Runner;
  readonly binaries: PostgresBinaries;
}

interface Server {
  readonly pid: number;
  readonly port: number;
}

/** Which server it is at the moment. */
interface Supervised {
  pid(): number;
  end(): void;
}

/** As root the folder must be open to the user of the server; when a folder above bars the way, a place under /var/lib is used and named. */
async function preparedDataDir(wantedDir: string, runner: Runner): Promise<string> {
  await mkdir(wantedDir, { recursive: true, mode: 0o700 });
  if (!runner) return wantedDir;
  await chmod(wantedDir, 0o711);
  if (await isReachable(wantedDir, runner)) return wantedDir;
  const fallback = join(REACHABLE_HOME, createHash('sha256').update(wantedDir).digest('hex').slice(0, 12));
  await mkdir(fallback, { recursive: true, mode: 0o711 });
  console.log(`PostgreSQL does not run as root and its user cannot enter ${wantedDir}: the data are in ${fallback} instead (UNWIND_DATA_DIR chooses another place).`);
  return fallback;
}

async function keptPassword(dataDir: string): Promise<string> {
  const file = join(dataDir, 'password');
  if (!(await exists(file))) await writeFile(file, randomBytes(32).toString('base64url'), { mode: 0o600 });
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${file} cannot be read (${error.code}): the data belong to another user. Start as that user, or choose another folder with UNWIND_DATA_DIR.`);
  });
}

/** Made under another name and renamed when complete, so that an interrupted first run leaves nothing half-made. */
async function createCluster(home: Home): Promise<void> {
  const unfinished = `${home.cluster}.new`;
  const passwordFile = join(home.dataDir, 'password.initdb');
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { mode: 0o700 });
  await writeFile(passwordFile, home.password, { mode: 0o600 });
  if (home.runner) await Promise.all([unfinished, passwordFile].map((path) => chown(path, home.runner!.uid, home.runner!.gid)));
  try {
    const options = ['-D', unfinished, '-U', USER, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`, '--encoding=UTF8', '--locale=C', '--no-instructions'];
    const child = spawn(home.binaries.initdb, options, { ...home.runner, cwd: home.dataDir, env: serverEnv(), stdio: ['ignore', 'ignore', 'pipe'], windowsHide: true });
    let complaint = '';
    child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
    const code = await new Promise<number | null>((done, fail) => child.once('error', fail).once('close', done));
    if (code !== 0) throw new Error(`PostgreSQL could not create its data folder ${unfinished}: ${complaint.trim() || `exit code ${code}`}`);
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(unfinished, home.cluster);
}

/** The server of this folder that is already up, or null. */
async function runningServer(home: Home): Promise<Server | null> {
  const pidFile = join(home.cluster, 'postmaster.pid');
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const lines = (await readFile(pidFile, 'utf8').catch(() => '')).split('\n');
    const pid = Number(lines[0]);
    if (!isServer(home, pid)) {
      // A number that another process or a corpse has would be taken for a server by PostgreSQL; else it sees by itself what a dead one left.
      if (pid && isAlive(pid)) await rm(pidFile, { force: true });
      return null;
    }
    const port = Number(lines[3]);
    if (port && (await answers(home, port))) return { pid, port };
    await sleep(POLL_MS);
  }
  throw new Error(`A PostgreSQL server holds ${home.cluster} but does not answer; see postgres.log beside it.`);
}

/** Where the processes that use the server look for it; undefined when there are none and any port will do. */
async function portInUse(home: Home): Promise<number | undefined> {
  const port = Number(await readFile(join(home.dataDir, 'port'), 'utf8').catch(() => ''));
  return port && hasUsers(home) ? port : undefined;
}

/** On the given port, or any. Waits for the children of a killed server, which leave by themselves. */
async function startServer(home: Home, wantedPort?: number): Promise<Server> {
  const logFile = join(home.dataDir, 'postgres.log');
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const port = wantedPort ?? (await freePort());
    await rm(logFile, { force: true });
    const log = await open(logFile, 'w', 0o600);
    const options = ['-D', home.cluster, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='];
    // Detached: Ctrl-C reaches this process alone, which lets requests finish before it stops the server.
    const child = spawn(home.binaries.postgres, options, { ...home.runner, cwd: home.dataDir, env: serverEnv(), stdio: ['ignore', log.fd, log.fd], detached: true, windowsHide: true });
    await log.close();
    let hasEnded = false;
    child.once('error', () => (hasEnded = true)).once('exit', () => (hasEnded = true));
    child.unref();
    while (!hasEnded && Date.now() < deadline) {
      if (await answers(home, port)) {
        await writeFile(join(home.dataDir, 'port'), String(port));
        return { pid: child.pid!, port };
      }
      await sleep(POLL_MS);
    }
    if (Date.now() > deadline) throw new Error(`PostgreSQL does not start:\n${(await readFile(logFile, 'utf8')).trim().split('\n').slice(-10).join('\n')}`);
    await sleep(RESTART_PAUSE_MS);
  }
}

/** A server that dies is started again on its port, so that the address of everyone who uses it holds; whoever sees it first does it. */
function supervise(home: Home, { pid, port }: Server): Supervised {
  let isBusy = false;
  let hasEnded = false;
  const revive = () =>
    withLock(join(home.dataDir, 'boot.lock'), async () => {
      if (!hasEnded) ({ pid } = (await runningServer(home)) ?? (await startServer(home, port)));
    });
  const look = async () => {
    if (isBusy || hasEnded || isServer(home, pid)) return;
    isBusy = true;
    console.error('PostgreSQL has ended; it is started again.');
    await revive().catch((error: Error) => console.error(error.message));
    isBusy = false;
  };
  const timer = setInterval(() => void look(), SUPERVISE_MS).unref();
  const end = () => {
    hasEnded = true;
    clearInterval(timer);
  };
  return { pid: () => pid, end };
}

/** Writes this process down as a user of the server; answers how to leave. Users that were killed do not count. */
async function enter(home: Home, server: Supervised): Promise<() => Promise<void>> {
  const users = join(home.dataDir, 'users');
  const mine = join(users, String(process.pid));
  await mkdir(users, { recursive: true, mode: 0o755 });
  await writeFile(mine, identity(process.pid));
  const leave = () => {
    process.off('exit', leave);
    server.end();
    rmSync(mine, { force: true });
    const isLast = !hasUsers(home);
    if (isLast && isServer(home, server.pid())) shutDown(home, server.pid());
    return isLast;
  };
  process.once('exit', leave);
  return () =>
    withLock(join(home.dataDir, 'boot.lock'), async () => {
      const deadline = Date.now() + STOP_TIMEOUT_MS;
      if (leave()) while (identity(server.pid()) && Date.now() < deadline) await sleep(POLL_MS);
    });
}

function hasUsers(home: Home): boolean {
  const users = join(home.dataDir, 'users');
  return existsSync(users) && readdirSync(users).some((pid) => isStill(text(join(users, pid)) || pid));
}

/** A fast shutdown: sessions are ended, everything committed is kept. */
function shutDown(home: Home, pid: number): void {
  if (process.platform === 'win32') spawnSync(home.binaries.pgCtl, ['kill', 'INT', String(pid)], { windowsHide: true });
  else process.kill(pid, 'SIGINT');
}

async function databaseUrl(home: Home, port: number): Promise<string> {
  const client = new pg.Client(connection(home, port));
  client.on('error', () => undefined); // the query at hand rejects by itself
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
    if (!rowCount) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
  return `postgresql://${USER}:${home.password}@127.0.0.1:${port}/${DATABASE}`;
}

async function answers(home: Home, port: number): Promise<boolean> {
  const client = new pg.Client(connection(home, port));
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function connection(home: Home, port: number): pg.ClientConfig {
  return { host: '127.0.0.1', port, user: USER, password: home.password, database: 'postgres', connectionTimeoutMillis: 5_000 };
}

/** Without the PG* variables of the caller, which would steer the server elsewhere; messages in English for the log. */
function serverEnv(): NodeJS.ProcessEnv {
  return { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PG'))), LC_ALL: 'C' };
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer().once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => done(port));
    });
  });
}

/** Those who want it take turns; the lock of a dead process is void. It never stands there without its holder's name. */
async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const me = `${identity(process.pid)} ${randomUUID()}`;
  const mine = `${file}.${me.replaceAll(' ', '.')}`;
  const holder = () => readFile(file, 'utf8').catch(() => '');
  for (;;) {
    await writeFile(mine, me, { mode: 0o644 });
    const isTaken = await link(mine, file).then(() => false, isThere);
    if (!isTaken) break;
    const other = await holder();
    if (other && !isStill(other)) {
      await rename(mine, file);
      await sleep(POLL_MS); // another one may have done the same: the last one has it
      if ((await holder()) === me) break;
    }
    await sleep(POLL_MS);
  }
  try {
    return await work();
  } finally {
    await Promise.all([file, mine].map((each) => rm(each, { force: true })));
  }
}

function isThere(error: NodeJS.ErrnoException): true {
  if (error.code !== 'EEXIST') throw error;
  return true;
}

/** The server of this folder: a number can pass to another process, on Linux we look at what it is and where it works. */
function isServer(home: Home, pid: number): boolean {
  if (!pid || !identity(pid)) return false;
  if (process.platform !== 'linux') return true;
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(home.cluster);
  } catch {
    return statusOf(pid)?.name === 'postgres'; // another user's
  }
}

/** A process by its number and, on Linux, the time of its birth; empty when it is dead, be it that its parent has not seen it yet. */
function identity(pid: number): string {
  if (!isAlive(pid)) return '';
  if (process.platform !== 'linux') return String(pid);
  const status = statusOf(pid);
  return status && !/[ZX]/.test(status.state) ? `${pid} ${status.bornAt}` : '';
}

/** Whether the process that began a line with its identity is the one that has this number today. */
function isStill(line: string): boolean {
  const today = identity(Number.parseInt(line));
  return today !== '' && `${line} `.startsWith(`${today} `);
}

function statusOf(pid: number): { name: string; state: string; bornAt: string } | null {
  const [, name, rest] = /^\d+ \((.*)\) (.*)/s.exec(text(`/proc/${pid}/stat`)) ?? [];
  const fields = rest?.split(' ');
  return fields ? { name: name!, state: fields[0]!, bornAt: fields[19]! } : null;
}

/** Of a file, empty where there is none. */
function text(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function exists(path: string): Promise<boolean> {
  return Boolean(await stat(path).catch(() => null));
}
