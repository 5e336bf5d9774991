import { readdir, readFile } from 'node:fs/promises';
import { join, normalize, relative, sep } from 'node:path';
import { ROOT } from './process.js';

const SRC = join(ROOT, 'src');
const LINES_MAX = 400;

/** Which folders of src a folder may import; '.' are the files of src itself. Not listed: anything. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  engine:      [],
  api:         [],
  database:    ['api', '.'],
  docs:        ['api'],
  venues:      ['api'],
  markets:     ['api', 'database', 'venues'],
  portfolios:  ['api', 'database', 'venues'],
  scenarios:   ['api', 'database', 'engine'],
  simulations: ['api', 'database', 'engine', 'markets', 'portfolios', 'scenarios', 'venues', 'operations', '.'],
  keys:        ['api', 'database', '.'],
  ccxt:        ['api', 'markets', 'portfolios', 'simulations'],
};

interface Source {
  readonly path: string;
  readonly text: string;
  /** Modules it imports: paths within src, or names of packages. */
  readonly imports: readonly string[];
}

let sources: Source[];

beforeAll(async () => {
  const files = (await readdir(SRC, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile() && entry.name.endsWith('.ts'));
  const paths = files.map((entry) => join(entry.parentPath ?? entry.path, entry.name)).filter((path) => !path.includes(`${sep}generated${sep}`));
  sources = await Promise.all(paths.map(readSource));
});

async function readSource(path: string): Promise<Source> {
  const text = await readFile(path, 'utf8');
  const named = [...text.matchAll(/^(?:import|export)\b[^'";]*?\bfrom '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm)].map((match) => (match[1] ?? match[2] ?? match[3])!);
  return { path: relative(SRC, path), text, imports: named.map((name) => (name.startsWith('.') ? normalize(join(relative(SRC, path), '..', name)) : name)) };
}

const folderOf = (path: string) => (path.includes(sep) ? path.split(sep)[0]! : '.');
const isOurs = (module: string) => module.endsWith('.js');

test('every folder imports only what the picture of the architecture allows', () => {
  const violations = sources.flatMap(({ path, imports }) => {
    const folder = folderOf(path);
    const allowed = MAY_IMPORT[folder];
    return allowed ? imports.filter((module) => isOurs(module) && folderOf(module) !== folder && !allowed.includes(folderOf(module))).map((module) => `${path} imports ${module}`) : [];
  });
  expect(violations).toEqual([]);
});

test('the engine imports nothing outside its folder, no package and nothing of Node', () => {
  const violations = sources.filter(({ path }) => folderOf(path) === 'engine').flatMap(({ path, imports }) => imports.filter((module) => folderOf(module) !== 'engine').map((module) => `${path} imports ${module}`));
  expect(violations).toEqual([]);
});

test('outside its folder the engine is known by its index alone, and only to simulations and the rules of scenarios', () => {
  const violations = sources.filter(({ path }) => folderOf(path) !== 'engine').flatMap(({ path, imports }) => imports.filter((module) => folderOf(module) === 'engine' && (module !== join('engine', 'index.js') || !(folderOf(path) === 'simulations' || path === join('scenarios', 'scenario-rules.ts')))).map((module) => `${path} imports ${module}`));
  expect(violations).toEqual([]);
});

test('controllers and resolvers are imported by modules alone', () => {
  const violations = sources.filter(({ path }) => !path.endsWith('.module.ts')).flatMap(({ path, imports }) => imports.filter((module) => /\.(controller|resolver)\.js$/.test(module)).map((module) => `${path} imports ${module}`));
  expect(violations).toEqual([]);
});

test(`no source is longer than ${LINES_MAX} lines`, () => {
  expect(sources.filter(({ text }) => text.split('\n').length > LINES_MAX).map(({ path }) => path)).toEqual([]);
});

test('nothing is left to do in the sources', () => {
  expect(sources.filter(({ text }) => /\b(TODO|FIXME|XXX|HACK)\b/.test(text)).map(({ path }) => path)).toEqual([]);
});

test('no folder is named after its shape', () => {
  const banned = ['common', 'utils', 'helpers', 'dto', 'models', 'args', 'interfaces'];
  expect(sources.filter(({ path }) => path.split(sep).some((part) => banned.includes(part))).map(({ path }) => path)).toEqual([]);
});

test('the README shows what the first command prints', async () => {
  const [readme, answer] = await Promise.all(['README.md', 'examples/perp-cascade/answer.txt'].map((file) => readFile(join(ROOT, file), 'utf8')));
  expect(readme).toContain(answer!.trimEnd());
});
