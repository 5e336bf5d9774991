import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LOG_LEVELS } from './operations/log.js';

export interface Config {
  readonly host: string;
  readonly port: number;
  /** False: when the port is busy the next free one is taken. */
  readonly portIsFixed: boolean;
  /** Absent: the embedded PostgreSQL is used. */
  readonly databaseUrl?: string;
  /** The server runs queued simulations itself; off where worker processes do. */
  readonly runsSimulations: boolean;
  readonly logLevel: string;
  /** Requests a minute of one caller. */
  readonly rateLimit: number;
  /** No authentication: everybody who reaches the service is the local tenant. */
  readonly isOpen: boolean;
  /** What API keys are stored under: there where authentication is on. */
  readonly keySecret?: string;
  /** Home of the embedded PostgreSQL. */
  readonly dataDir: string;
  readonly jobs: JobSettings;
}

/** How simulations are queued and run. */
export interface JobSettings {
  /** Absent: the queue is in the database. */
  readonly redisUrl?: string;
  /** Threads of this process; as many shards run in it at a time. */
  readonly threads: number;
  /** Shards of one tenant that run at a time, over all processes. */
  readonly runningMax: number;
  /** Simulations of one tenant that wait; what comes beyond is refused. */
  readonly queuedMax: number;
  /** Of a run, and of one shard of a sweep: what it is estimated at before it is accepted, and when it is ended. */
  readonly runSecondsMax: number;
  /** Of all shards of a sweep together, estimated. */
  readonly sweepSecondsMax: number;
  /** Of the thread of a run or question. */
  readonly runMemoryMbMax: number;
  /** Threads for questions that are answered at once; they wait for no simulation. */
  readonly questionThreads: number;
  /** Questions that wait for such a thread, and how long; what comes beyond is refused. */
  readonly questionsWaitingMax: number;
  readonly questionWaitSecondsMax: number;
  /** When a question is ended. */
  readonly questionSecondsMax: number;
}

/** The folder of package.json, from src/ as from dist/. */
export const PROJECT_ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');

const DEFAULT_PORT = 3000;
const PORT_MAX = 65_535;
const THREADS_MAX = 256;
const TENANT_MAX = 1_000_000;
const SWEEP_SECONDS_MAX = 31_536_000;
/** What timers can be set to. */
const RUN_SECONDS_MAX = 2_000_000;
const QUESTION_SECONDS_MAX = 86_400;
/** Less than this and a thread cannot even start. */
const MEMORY_MB_MIN = 64;
const MEMORY_MB_MAX = 1_048_576;
const QUESTIONS_MAX = 100_000;
export const DEFAULT_JOBS: JobSettings = {
  threads: availableParallelism(),
  runningMax: 64,
  queuedMax: 1000,
  runSecondsMax: 3600,
  sweepSecondsMax: 172_800,
  runMemoryMbMax: 2048,
  questionThreads: availableParallelism(),
  questionsWaitingMax: 100,
  questionWaitSecondsMax: 10,
  questionSecondsMax: 60,
};
const DEFAULT_RATE_LIMIT = 60_000;
const KEY_SECRET_MIN = 32;

/** Every variable that is wrong, one line each. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The environment has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${problems.map((line) => `  - ${line}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/** Reads the environment once; throws ConfigError with all that is wrong. What `listens` must not be open to others. */
export function parseConfig(env: Readonly<Record<string, string | undefined>>, { listens = false } = {}): Config {
  const problems: string[] = [];
  const host = env.HOST || '127.0.0.1';
  const port = env.PORT ? Number(env.PORT) : DEFAULT_PORT;
  const rateLimit = env.UNWIND_RATE_LIMIT ? Number(env.UNWIND_RATE_LIMIT) : DEFAULT_RATE_LIMIT;
  const logLevel = env.LOG_LEVEL || (env.NODE_ENV === 'production' ? 'info' : 'warn');
  const isOpen = env.UNWIND_AUTH !== 'on';

  if (!Number.isInteger(port) || port < 0 || port > PORT_MAX) problems.push(`PORT must be a whole number from 0 to ${PORT_MAX}, not "${env.PORT}".`);
  if (!Number.isInteger(rateLimit) || rateLimit < 1) problems.push(`UNWIND_RATE_LIMIT must be a whole number of requests a minute, not "${env.UNWIND_RATE_LIMIT}".`);
  if (!(LOG_LEVELS as readonly string[]).includes(logLevel)) problems.push(`LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}, not "${env.LOG_LEVEL}".`);
  if (env.DATABASE_URL && !isUrlOf(env.DATABASE_URL, /^postgres(ql)?:$/)) problems.push('DATABASE_URL must look like postgresql://user:password@host:5432/database (leave it out to use the embedded PostgreSQL).');
  if (env.UNWIND_AUTH && !['on', 'off'].includes(env.UNWIND_AUTH)) problems.push('UNWIND_AUTH must be on or off.');
  if (env.UNWIND_WORKER && !['on', 'off'].includes(env.UNWIND_WORKER)) problems.push('UNWIND_WORKER must be on or off (off: simulations are left to worker processes).');
  if (listens && isOpen && !isLoopback(host)) problems.push(`HOST=${host} can be reached from other machines: set UNWIND_AUTH=on (and UNWIND_KEY_SECRET), or use 127.0.0.1.`);
  if (listens && isOpen && env.NODE_ENV === 'production') problems.push('NODE_ENV=production needs authentication: set UNWIND_AUTH=on (and UNWIND_KEY_SECRET).');
  if (!isOpen && !env.UNWIND_KEY_SECRET) problems.push('UNWIND_AUTH=on needs UNWIND_KEY_SECRET, what API keys are stored under: any secret text, such as `openssl rand -hex 32` gives, the same for all processes.');
  if (env.UNWIND_KEY_SECRET && env.UNWIND_KEY_SECRET.length < KEY_SECRET_MIN) problems.push(`UNWIND_KEY_SECRET must have at least ${KEY_SECRET_MIN} characters.`);
  if (env.REDIS_URL && !isUrlOf(env.REDIS_URL, /^rediss?:$/)) problems.push('REDIS_URL must look like redis://user:password@host:6379/0 (leave it out to keep the queue in the database).');
  const whole = (name: string, max: number, otherwise: number, min = 1) => {
    const value = env[name] ? Number(env[name]) : otherwise;
    if (!Number.isInteger(value) || value < min || value > max) problems.push(`${name} must be a whole number from ${min} to ${max}, not "${env[name]}".`);
    return value;
  };
  const jobs = {
    ...(env.REDIS_URL && { redisUrl: env.REDIS_URL }),
    threads: whole('UNWIND_THREADS', THREADS_MAX, DEFAULT_JOBS.threads),
    runningMax: whole('UNWIND_TENANT_RUNNING_MAX', TENANT_MAX, DEFAULT_JOBS.runningMax),
    queuedMax: whole('UNWIND_TENANT_QUEUED_MAX', TENANT_MAX, DEFAULT_JOBS.queuedMax),
    runSecondsMax: whole('UNWIND_RUN_SECONDS_MAX', RUN_SECONDS_MAX, DEFAULT_JOBS.runSecondsMax),
    sweepSecondsMax: whole('UNWIND_SWEEP_SECONDS_MAX', SWEEP_SECONDS_MAX, DEFAULT_JOBS.sweepSecondsMax),
    runMemoryMbMax: whole('UNWIND_RUN_MEMORY_MB_MAX', MEMORY_MB_MAX, DEFAULT_JOBS.runMemoryMbMax, MEMORY_MB_MIN),
    questionThreads: whole('UNWIND_QUESTION_THREADS', THREADS_MAX, DEFAULT_JOBS.questionThreads),
    questionsWaitingMax: whole('UNWIND_QUESTIONS_WAITING_MAX', QUESTIONS_MAX, DEFAULT_JOBS.questionsWaitingMax, 0),
    questionWaitSecondsMax: whole('UNWIND_QUESTION_WAIT_SECONDS_MAX', QUESTION_SECONDS_MAX, DEFAULT_JOBS.questionWaitSecondsMax),
    questionSecondsMax: whole('UNWIND_QUESTION_SECONDS_MAX', QUESTION_SECONDS_MAX, DEFAULT_JOBS.questionSecondsMax),
  };
  if (problems.length > 0) throw new ConfigError(problems);

  return {
    host,
    port,
    portIsFixed: Boolean(env.PORT),
    runsSimulations: env.UNWIND_WORKER !== 'off',
    logLevel,
    rateLimit,
    isOpen,
    ...(env.UNWIND_KEY_SECRET && { keySecret: env.UNWIND_KEY_SECRET }),
    ...(env.DATABASE_URL && { databaseUrl: env.DATABASE_URL }),
    dataDir: resolve(env.UNWIND_DATA_DIR || join(PROJECT_ROOT, '.unwind')),
    jobs,
  };
}

function isUrlOf(text: string, protocol: RegExp): boolean {
  return URL.canParse(text) && protocol.test(new URL(text).protocol);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
