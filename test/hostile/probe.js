/** Loaded into the service under test: answers what it holds after a full collection. */
import { setImmediate } from 'node:timers/promises';

// Threads load it too.
if (process.channel) process.on('message', async () => {
  for (let i = 0; i < 4; i++) {
    globalThis.gc();
    await setImmediate();
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  const sockets = process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
  process.send({ heapUsed, external, rss, sockets });
});
process.channel?.unref();
