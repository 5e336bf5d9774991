import { isIP } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Config {
  readonly host: string;
  readonly port: number;
  /** False: when the port is busy the next free one is taken. */
  readonly portIsFixed: boolean;
  /** Absent: the embedded PostgreSQL is used. */
  readonly databaseUrl?: string;
  /** The server runs queued simulations itself; off where worker processes do. */
  readonly runsSimulations: boolean;
  /** Home of the embedded PostgreSQL. */
  readonly dataDir: string;
}

/** The folder of package.json, from src/ as from dist/. */
export const PROJECT_ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');

const DEFAULT_PORT = 3000;
const PORT_MAX = 65_535;

/** Every variable that is wrong, one line each. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The environment has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${problems.map((line) => `  - ${line}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/** Reads the environment once; throws ConfigError with all that is wrong. */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const problems: string[] = [];
  const host = env.HOST || '127.0.0.1';
  const port = env.PORT ? Number(env.PORT) : DEFAULT_PORT;
  const openIsAllowed = env.UNWIND_ALLOW_OPEN === '1';

  if (!Number.isInteger(port) || port < 0 || port > PORT_MAX) problems.push(`PORT must be a whole number from 0 to ${PORT_MAX}, not "${env.PORT}".`);
  if (env.DATABASE_URL && !isPostgresUrl(env.DATABASE_URL)) problems.push('DATABASE_URL must look like postgresql://user:password@host:5432/database (leave it out to use the embedded PostgreSQL).');
  if (env.UNWIND_ALLOW_OPEN && !openIsAllowed) problems.push('UNWIND_ALLOW_OPEN must be 1 or left out.');
  if (env.UNWIND_WORKER && !['on', 'off'].includes(env.UNWIND_WORKER)) problems.push('UNWIND_WORKER must be on or off (off: simulations are left to worker processes).');
  if (!isLoopback(host) && !openIsAllowed) {
    problems.push(`HOST=${host} can be reached from other machines and this version has no authentication yet. Use 127.0.0.1, or set UNWIND_ALLOW_OPEN=1 if the network in front of it is closed.`);
  }
  if (problems.length > 0) throw new ConfigError(problems);

  return {
    host,
    port,
    portIsFixed: Boolean(env.PORT),
    runsSimulations: env.UNWIND_WORKER !== 'off',
    ...(env.DATABASE_URL && { databaseUrl: env.DATABASE_URL }),
    dataDir: resolve(env.UNWIND_DATA_DIR || join(PROJECT_ROOT, '.unwind')),
  };
}

function isPostgresUrl(text: string): boolean {
  return URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
