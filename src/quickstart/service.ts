import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../config.js';

export interface Service {
  /** Where it listens, once it does; rejects with its words when it ends before. */
  readonly address: Promise<string>;
  /** Prints what the service said so far and lets it speak from now on. */
  show(): void;
  stop(signal?: NodeJS.Signals): void;
  /** Exit code, once it has ended. */
  readonly ended: Promise<number>;
}

/** The service as `npm start` runs it, in a process of its own. */
export function startService(): Service {
  const child = spawn(process.execPath, [join(PROJECT_ROOT, 'dist', 'main.js')], { stdio: ['ignore', 'pipe', 'inherit'] });
  let words = '';
  let isShown = false;
  const ended = new Promise<number>((done, fail) => child.once('error', fail).once('exit', (code) => done(code ?? 1)));
  const listens = new Promise<string>((done) => {
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      if (isShown) process.stdout.write(chunk);
      else words += chunk;
      const found = /listens on (\S+)\n/.exec(words)?.[1];
      if (found) done(found);
    });
  });
  const failed = ended.then((code) => {
    throw new Error(`The service ended with code ${code} before it listened.\n${words}`);
  });
  return {
    address: Promise.race([listens, failed]),
    show() {
      isShown = true;
      process.stdout.write(words);
    },
    stop: (signal = 'SIGTERM') => void child.kill(signal),
    ended,
  };
}
