import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');

export interface Outcome {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a compiled program of dist/ to its end. */
export async function run(file: string, args: string[] = [], env: Record<string, string> = {}): Promise<Outcome> {
  const child = start(file, args, env);
  const output = collected(child);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output: output() };
}

/** Runs the text of a module in the folder of the project to its end. */
export async function evaluate(script: string): Promise<Outcome> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = collected(child);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output: output() };
}

export interface Service {
  readonly address: string;
  readonly child: ChildProcess;
  output(): string;
  /** Sends the signal and waits for the end. */
  end(signal?: NodeJS.Signals): Promise<void>;
}

/** A service of its own, once it says that it listens; fails with its output when it ends before. */
export async function service(env: Record<string, string>, file = 'main.js'): Promise<Service> {
  const child = start(file, [], env);
  const output = collected(child);
  const address = await new Promise<string>((done, fail) => {
    child.stdout!.on('data', () => {
      const found = /listens on (\S+)/.exec(output())?.[1];
      if (found) done(found);
    });
    child.once('exit', (code) => fail(new Error(`ended with ${code}:\n${output()}`)));
  });
  const end = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  };
  return { address, child, output, end };
}

export function start(file: string, args: string[], env: Record<string, string>): ChildProcess {
  const { DATABASE_URL: _url, PORT: _port, HOST: _host, ...inherited } = process.env;
  return spawn(process.execPath, [resolve(ROOT, 'dist', file), ...args], { cwd: ROOT, env: { ...inherited, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
}

function collected(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return () => text;
}
