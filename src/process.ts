import { ConfigError } from './config.js';

const SHUTDOWN_TIMEOUT_MS = 30_000;

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
