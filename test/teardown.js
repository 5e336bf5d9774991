import { once } from 'node:events';
import { rm } from 'node:fs/promises';

export default async function teardown() {
  const { dataDir, postgres, service } = globalThis.unwindUnderTest;
  if (service.exitCode === null) {
    service.kill('SIGTERM');
    await once(service, 'exit');
  }
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true });
}
