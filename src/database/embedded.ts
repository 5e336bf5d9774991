import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { chmod, chown, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
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
const START_ATTEMPTS = 5;
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 15_000;
const POLL_MS = 50;

/**
 * The PostgreSQL server that lives in the npm package, listening on loopback only, its password in a file of mode 0600.
 * Attaches to the server of the same folder if one is running; otherwise creates the cluster (first time) and starts it.
 */
export async function startEmbeddedPostgres(wantedDir: string): Promise<EmbeddedPostgres> {
  const runner = await serverRunner(join(wantedDir, 'postgres'));
  const binaries = await postgresBinaries(runner);
  const dataDir = await preparedDataDir(wantedDir, runner);
  return withLock(join(dataDir, 'boot.lock'), async () => {
    const password = await keptPassword(dataDir);
    const home: Home = { dataDir, cluster: join(dataDir, 'postgres'), password, runner, binaries };
    if (!(await exists(home.cluster))) await createCluster(home);
    const { pid, port } = (await runningServer(home)) ?? (await startServer(home));
    const stop = await enter(home, pid);
    return { url: await databaseUrl(home, port), dataDir, stop };
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

/** The server of this folder that is already up, or null; a pid file left by a killed server is put aside. */
async function runningServer(home: Home): Promise<Server | null> {
  const pidFile = join(home.cluster, 'postmaster.pid');
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const lines = (await readFile(pidFile, 'utf8').catch(() => '')).split('\n');
    const pid = Number(lines[0]);
    if (!pid || !(await isPostgres(pid))) {
      await rm(pidFile, { force: true });
      return null;
    }
    const port = Number(lines[3]);
    if (port && (await answers(home, port))) return { pid, port };
    await sleep(POLL_MS);
  }
  throw new Error(`A PostgreSQL server holds ${home.cluster} but does not answer; see postgres.log beside it.`);
}

/** A number can pass to another process after a crash, so on Linux the name is looked at too. */
async function isPostgres(pid: number): Promise<boolean> {
  if (!isAlive(pid)) return false;
  if (process.platform !== 'linux') return true;
  return (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim() === 'postgres';
}

async function startServer(home: Home): Promise<Server> {
  const logFile = join(home.dataDir, 'postgres.log');
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    await rm(logFile, { force: true });
    const log = await open(logFile, 'w', 0o600);
    const options = ['-D', home.cluster, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='];
    // Detached: Ctrl-C reaches this process alone, which lets requests finish before it stops the server.
    const child = spawn(home.binaries.postgres, options, { ...home.runner, cwd: home.dataDir, env: serverEnv(), stdio: ['ignore', log.fd, log.fd], detached: true, windowsHide: true });
    await log.close();
    let hasEnded = false;
    child.once('error', () => (hasEnded = true)).once('exit', () => (hasEnded = true));
    child.unref();
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!hasEnded && Date.now() < deadline) {
      if (await answers(home, port)) return { pid: child.pid!, port };
      await sleep(POLL_MS);
    }
    // The port was taken meanwhile, or the children of a killed server are still leaving.
    if (attempt === START_ATTEMPTS) throw new Error(`PostgreSQL does not start:\n${(await readFile(logFile, 'utf8')).trim().split('\n').slice(-10).join('\n')}`);
    await sleep(attempt * 200);
  }
}

/** Writes this process down as a user of the server; answers how to leave. Users that were killed do not count. */
async function enter(home: Home, serverPid: number): Promise<() => Promise<void>> {
  const users = join(home.dataDir, 'users');
  const mine = join(users, String(process.pid));
  await mkdir(users, { recursive: true, mode: 0o755 });
  await writeFile(mine, '');
  const leave = () => {
    process.off('exit', leave);
    rmSync(mine, { force: true });
    const isLast = !readdirSync(users).some((pid) => isAlive(Number(pid)));
    if (isLast && isAlive(serverPid)) shutDown(home, serverPid);
    return isLast;
  };
  process.once('exit', leave);
  return () =>
    withLock(join(home.dataDir, 'boot.lock'), async () => {
      const deadline = Date.now() + STOP_TIMEOUT_MS;
      if (leave()) while (isAlive(serverPid) && Date.now() < deadline) await sleep(POLL_MS);
    });
}

/** A fast shutdown: sessions are ended, everything committed is kept. */
function shutDown(home: Home, pid: number): void {
  if (process.platform === 'win32') spawnSync(home.binaries.pgCtl, ['kill', 'INT', String(pid)], { windowsHide: true });
  else process.kill(pid, 'SIGINT');
}

async function databaseUrl(home: Home, port: number): Promise<string> {
  const client = new pg.Client(connection(home, port));
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

/** Two boots at the same moment take turns; the lock of a dead process is void. */
async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const lock = await open(file, 'wx', 0o644).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
      return null;
    });
    if (lock) {
      await lock.writeFile(String(process.pid));
      await lock.close();
      break;
    }
    const holder = Number(await readFile(file, 'utf8').catch(() => ''));
    if ((holder && !isAlive(holder)) || Date.now() > deadline) await rm(file, { force: true });
    else await sleep(POLL_MS);
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
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
