import { createServer, type RequestListener, type Server } from 'node:http';
import { registry } from './metrics.js';

/** What a process without doors answers: it lives, it can work (`isReady` resolves), its metrics. */
export function openProbes({ host, port }: { readonly host: string; readonly port: number }, isReady: () => Promise<unknown>): Server {
  const answers: Readonly<Record<string, () => Promise<string>>> = {
    '/livez': async () => OK,
    '/readyz': async () => isReady().then(() => OK),
    '/metrics': () => registry.metrics(),
  };
  const listener: RequestListener = async ({ url = '' }, response) => {
    const answer = answers[url];
    if (!answer) return void response.writeHead(404).end();
    const text = await answer().catch(() => null);
    response.writeHead(text === null ? 503 : 200, { 'content-type': url === '/metrics' ? registry.contentType : 'application/json' }).end(text ?? '{"status":"unavailable"}');
  };
  return createServer((request, response) => void listener(request, response)).listen(port, host);
}

const OK = '{"status":"ok"}';
