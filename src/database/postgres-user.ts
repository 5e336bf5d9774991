import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Who runs the embedded server: nobody in particular (this very user), or, since PostgreSQL refuses to run as root, an unprivileged user of the system. */
export type Runner = { readonly uid: number; readonly gid: number } | null;

/** Where root puts what the unprivileged user must be able to enter. */
export const REACHABLE_HOME = '/var/lib/unwind';

const CANDIDATES = ['postgres', 'nobody'];

/** The owner of the cluster if there is one already, else the first candidate that exists. */
export async function serverRunner(cluster: string): Promise<Runner> {
  if (process.getuid?.() !== 0) return null;
  const owner = await stat(cluster).catch(() => null);
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const accounts = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of CANDIDATES) {
    const account = accounts.find((fields) => fields[0] === name);
    if (account) return { uid: Number(account[2]), gid: Number(account[3]) };
  }
  throw new Error(`PostgreSQL does not run as root and this system has none of the users ${CANDIDATES.join(', ')}. Start as another user or set DATABASE_URL.`);
}

/** True when the runner may enter the folder and every folder above it. */
export async function isReachable(folder: string, runner: Runner): Promise<boolean> {
  if (!runner) return true;
  for (let path = folder; ; path = dirname(path)) {
    const { mode, uid, gid } = await stat(path);
    const enter = uid === runner.uid ? 0o100 : gid === runner.gid ? 0o010 : 0o001;
    if ((mode & enter) === 0) return false;
    if (path === dirname(path)) return true;
  }
}
