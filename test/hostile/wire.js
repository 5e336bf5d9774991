/** HTTP as bytes, so that anything can be sent; every request has a connection of its own. */
import { connect } from 'node:net';

/** `method`, `target`, `headers` as pairs and `body` as bytes; or `chunks`: bytes as they are, each a while after the one before. */
export function bytesOf({ method, target, headers, body }, { host, port }) {
  const names = new Set(headers.map(([name]) => name.toLowerCase()));
  const all = [...(names.has('host') ? [] : [['host', `${host}:${port}`]]), ...headers, ...(names.has('connection') ? [] : [['connection', 'close']])];
  if (body && !names.has('content-length') && !names.has('transfer-encoding')) all.push(['content-length', String(body.length)]);
  return Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\n${all.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`, 'utf8'), body ?? Buffer.alloc(0)]);
}

/**
 * Sends a request and reads all that comes back.
 * @returns {Promise<{answers: {status: number, headers: Map<string, string>, body: Buffer}[], ms: number, failure?: string}>}
 */
export function send(request, address, timeoutMs = 20_000) {
  const chunks = request.chunks ?? [bytesOf(request, address)];
  return new Promise((done) => {
    const started = performance.now();
    const received = [];
    const socket = connect(address.port, address.host);
    let failure;
    const timer = setTimeout(() => {
      failure = 'no end of the answer';
      socket.destroy();
    }, timeoutMs);
    socket.on('data', (data) => {
      received.push(data);
      // Where the server would keep the connection, the answers asked for are enough.
      if (request.answersWanted && answersOf(Buffer.concat(received), request).filter(({ isWhole }) => isWhole).length >= request.answersWanted) socket.destroy();
    });
    socket.on('error', (error) => (failure ??= error.code));
    socket.on('close', () => {
      clearTimeout(timer);
      done({ answers: answersOf(Buffer.concat(received), request), ms: performance.now() - started, failure });
    });
    socket.on('connect', async () => {
      for (const [i, chunk] of chunks.entries()) {
        if (i > 0) await new Promise((next) => setTimeout(next, request.pauseMs ?? 5));
        if (socket.destroyed) return;
        socket.write(chunk);
      }
      if (request.ending === 'reset') socket.resetAndDestroy();
      else if (request.ending === 'destroy') socket.destroy();
      else if (request.ending === 'fin') socket.end();
    });
  });
}

/** The answers in a stream of bytes; interim ones (1xx) are passed over. */
function answersOf(bytes, { method }) {
  const answers = [];
  while (bytes.length > 0) {
    const end = bytes.indexOf('\r\n\r\n');
    if (end === -1) return [...answers, { status: 0, headers: new Map(), body: bytes, isWhole: false }];
    const [first, ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(first)?.[1] ?? 0);
    const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
    let rest = bytes.subarray(end + 4);
    let [body, isWhole] = [Buffer.alloc(0), true];
    if (status >= 200 && status !== 204 && status !== 304 && method !== 'HEAD') {
      if (headers.get('transfer-encoding') === 'chunked') [body, rest, isWhole] = unchunked(rest);
      else {
        const length = headers.has('content-length') ? Number(headers.get('content-length')) : rest.length;
        [body, rest, isWhole] = [rest.subarray(0, length), rest.subarray(length), rest.length >= length];
      }
    }
    if (status === 0) return [...answers, { status, headers, body: bytes, isWhole: false }];
    if (status >= 200) answers.push({ status, headers, body, isWhole });
    bytes = rest;
  }
  return answers;
}

function unchunked(bytes) {
  const parts = [];
  for (;;) {
    const end = bytes.indexOf('\r\n');
    const size = end === -1 ? NaN : parseInt(bytes.subarray(0, end).toString('latin1'), 16);
    if (Number.isNaN(size) || bytes.length < end + 2 + size + 2) return [Buffer.concat(parts), Buffer.alloc(0), false];
    if (size === 0) return [Buffer.concat(parts), bytes.subarray(end + 4), true];
    parts.push(bytes.subarray(end + 2, end + 2 + size));
    bytes = bytes.subarray(end + 2 + size + 2);
  }
}

const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

/** The request as a command; its bytes are in `file`. */
export function commandOf(request, { host, port }, file) {
  if (request.chunks) return `nc ${host} ${port} < ${file}   # ${request.chunks.length} writes, ${request.pauseMs ?? 5} ms apart${request.ending ? `, then ${request.ending}` : ''}`;
  const headers = request.headers.map(([name, value]) => `-H ${quoted(value === '' ? `${name};` : `${name}: ${value}`)}`).join(' ');
  return `curl -isS --path-as-is -g -X ${quoted(request.method)} ${headers} ${request.body ? `--data-binary @${file} ` : ''}${quoted(`http://${host}:${port}${request.target}`)}`;
}
