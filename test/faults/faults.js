// `npm run faults` does to the service what the world does, one program after the other; `-- --kills 300` is the long form. Each prints its counts, and fails where one is wrong.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { option } from './house.js';

const FOLDER = import.meta.dirname ?? new URL('.', import.meta.url).pathname;
const KILLS = option('kills', 6);
const ROUNDS = Math.max(1, Math.round(KILLS / 30));

const programs = [
  ['kills.js', '--kills', KILLS, '--minutes', option('minutes', 120)],
  ['crowd.js', '--rounds', 2 * ROUNDS],
  ['away.js', '--rounds', ROUNDS],
  ['disk.js'],
  ['stop.js', '--rounds', ROUNDS],
];
for (const [program, ...args] of programs) {
  const { status } = spawnSync(process.execPath, [join(FOLDER, program), ...args.map(String)], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
