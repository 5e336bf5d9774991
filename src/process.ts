import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { ConfigError } from './config.js';

const SHUTDOWN_TIMEOUT_MS = 30_000;
const LAST_CALL_MS = 300;
const LAST_TURNS = 5;

/** The body of a process: what is wrong with the environment is told in words, all else with its stack. */
export async function runOrExit(body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    console.error(error instanceof ConfigError ? error.message : error);
    process.exit(1);
  }
}

/** Runs `close` once at the first signal to stop, and ends the process then or after a time. */
export function onStop(close: () => Promise<void>): void {
  let isStopping = false;
  const stop = async (signal: string) => {
    if (isStopping) return;
    isStopping = true;
    console.log(`${signal}: stopping.`);
    setTimeout(() => process.exit(1), SHUTDOWN_TIMEOUT_MS).unref();
    await close().catch((error: unknown) => console.error(error));
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(signal));
}

/** Requests that were sent before the stop, and not read yet, get in: a closing server would cut their connections. */
export async function lastCall(): Promise<void> {
  await sleep(LAST_CALL_MS);
  for (let i = 0; i < LAST_TURNS; i++) await turn();
}
