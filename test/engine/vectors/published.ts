import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Published numbers of the venues, one JSON array a venue: ../shared/vectors beside the project, or the folder that UNWIND_VECTORS names. */
const FOLDER = process.env.UNWIND_VECTORS || fileURLToPath(new URL('../../../../shared/vectors', import.meta.url));

export const isPresent = existsSync(FOLDER);

/** The vectors of every file whose name starts so; none where this machine has no such file. */
export function vectorsOf<Vector>(name: string): Vector[] {
  if (!isPresent) return [];
  const files = readdirSync(FOLDER).filter((file) => file.startsWith(name) && file.endsWith('.json'));
  return files.flatMap((file) => JSON.parse(readFileSync(`${FOLDER}/${file}`, 'utf8')) as Vector[]);
}
