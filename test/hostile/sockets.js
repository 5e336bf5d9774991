/** What is no well-formed request at all, written to a socket as it is. */
import { connect } from 'node:net';
import { Chance } from './random.js';
import { IDS } from './values.js';

const JSON_HEAD = (key) => `POST /v1/scenarios HTTP/1.1\r\nhost: x\r\n${key}content-type: application/json\r\n`;
const GET = (key, more = '') => `GET /v1/markets?limit=1 HTTP/1.1\r\nhost: x\r\n${key}${more}\r\n`;
const CLOSE = 'connection: close\r\n';

/** Each gives `chunks`, and if need be `ending`, `pauseMs`, `answersWanted`; `mayBeSilent`: the service owes no answer. */
const ATTACKS = {
  'half a head': (key, chance) => ({ chunks: [GET(key).slice(0, chance.below(60))], ending: chance.pick(['fin', 'destroy', 'reset']), mayBeSilent: true }),
  'a head byte by byte': () => ({ chunks: [...GET('', CLOSE)].map(String), pauseMs: 1 }),
  'a body cut off': (key, chance) => ({ chunks: [`${JSON_HEAD(key)}content-length: 1000\r\n\r\n{"name":"x`], ending: chance.pick(['fin', 'destroy', 'reset']), mayBeSilent: true }),
  'a body longer than said': (key) => ({ chunks: [`${JSON_HEAD(key)}content-length: 5\r\n\r\n{"name":"cut off"}`], answersWanted: 2 }),
  'a length that is none': (key, chance) => ({ chunks: [`${JSON_HEAD(key)}content-length: ${chance.pick(['-1', 'NaN', '1e3', '0x10', '+5', '1, 2', '', '99999999999999999999', '5 5', '５'])}\r\n\r\n{"a":1}`], ending: 'fin' }),
  'two lengths': (key) => ({ chunks: [`${JSON_HEAD(key)}content-length: 7\r\ncontent-length: 8\r\n\r\n{"a":1}`] }),
  'length and chunks': (key) => ({ chunks: [`${JSON_HEAD(key)}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n`] }),
  'a transfer encoding that is none': (key, chance) => ({ chunks: [`${JSON_HEAD(key)}transfer-encoding: ${chance.pick(['x', 'gzip', 'chunked, identity', 'identity', 'xchunked', ' chunked', '', 'chunked\r\ntransfer-encoding: x'])}\r\n${CLOSE}\r\n7\r\n{"a":1}\r\n0\r\n\r\n`], ending: 'fin' }),
  'chunks that are none': (key, chance) => ({ chunks: [`${JSON_HEAD(key)}transfer-encoding: chunked\r\n${CLOSE}\r\n${chance.pick(['-1', 'zz', 'fffffffffffffffff', '7;' + 'x'.repeat(20_000), '7\n', '0x7', ''])}\r\n{"a":1}\r\n0\r\n\r\n`], ending: 'fin' }),
  'chunks of one byte': (key, chance) => ({ chunks: [`${JSON_HEAD(key)}transfer-encoding: chunked\r\n${CLOSE}\r\n`, '1\r\n{\r\n'.repeat(chance.pick([1, 2000])), '0\r\n\r\n'] }),
  'trailers': (key) => ({ chunks: [`${JSON_HEAD(key)}transfer-encoding: chunked\r\n${CLOSE}\r\n1\r\n{\r\n0\r\nauthorization: Bearer x\r\n__proto__: x\r\n\r\n`] }),
  'pipelining': (key, chance) => { const n = chance.pick([2, 20, 100]); return { chunks: [GET(key).repeat(n - 1) + GET(key, CLOSE)], answersWanted: n, mustHave: n }; },
  'pipelining and garbage': (key) => ({ chunks: [GET(key) + '\u0000\u0001garbage\r\n\r\n'] }),
  'pipelining and leaving': (key) => ({ chunks: [GET(key).repeat(20)], ending: 'reset', mayBeSilent: true }),
  'huge headers': (key, chance) => ({ chunks: [GET(key, chance.is(0.5) ? `x-big: ${'x'.repeat(100_000)}\r\n` : Array.from({ length: 3000 }, (_, i) => `x-${i}: ${i}\r\n`).join(''))] }),
  'a huge address': () => ({ chunks: [`GET /v1/markets/${'x'.repeat(70_000)} HTTP/1.1\r\nhost: x\r\n\r\n`] }),
  'another version': (key, chance) => ({ chunks: [GET(key, CLOSE).replace('HTTP/1.1', chance.pick(['HTTP/0.9', 'HTTP/2.0', 'HTTP/9.9', 'HTTP/1.', 'HTTP', 'http/1.1', 'HTTPS/1.1', 'ICY/1.0']))], ending: 'fin' }),
  'version 1.0': (key) => ({ chunks: [GET(key).replace('HTTP/1.1', 'HTTP/1.0')] }),
  'another protocol': (key, chance) => ({ chunks: [chance.pick(['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', Buffer.from('16030100c8010000c40303', 'hex'), 'SSH-2.0-x\r\n', 'EHLO x\r\n', '*1\r\n$4\r\nPING\r\n', Buffer.from('0000000804d2162f', 'hex'), 'GET /\r\n\r\n'])], ending: 'fin', mayBeSilent: true }),
  'noise': (_key, chance) => ({ chunks: [chance.bytes(1 + chance.below(3000))], ending: 'fin', mayBeSilent: true }),
  'bytes in headers': (key, chance) => ({ chunks: [GET(key, `x-a: ${chance.pick(['\u0000', '\r', '\n', '\u007f', 'a\r\n b', '\u001b[31m'])}\r\n${CLOSE}`)], ending: 'fin' }),
  'a header that is none': (key, chance) => ({ chunks: [GET(key, `${chance.pick(['x', ': x', 'x : y', ' x: y', 'x y: z', '\u00e9: x', '(: x', '\t: x'])}\r\n${CLOSE}`)], ending: 'fin' }),
  'bare line feeds': (key) => ({ chunks: [GET(key, CLOSE).replaceAll('\r\n', '\n')], ending: 'fin' }),
  'bare carriage returns': (key) => ({ chunks: [GET(key, CLOSE).replaceAll('\r\n', '\r')], ending: 'fin', mayBeSilent: true }),
  'no host': (key) => ({ chunks: [`GET /v1/markets HTTP/1.1\r\n${key}${CLOSE}\r\n`] }),
  'two hosts': (key) => ({ chunks: [GET(key, `host: y\r\n${CLOSE}`)] }),
  'other forms of address': (key, chance) => ({ chunks: [`${chance.pick(['GET http://evil.example/v1/markets', 'OPTIONS *', 'GET *', 'GET evil.example:80', 'GET v1/markets', 'GET ?x', 'GET #', 'GET \\v1\\markets', 'GET /v1/markets#x', 'GET  /v1/markets', 'GET /v1/markets /x', `GET /v1/markets/${encodeURIComponent(chance.pick(IDS))}`])} HTTP/1.1\r\nhost: x\r\n${key}${CLOSE}\r\n`], ending: 'fin' }),
  'expect': (key, chance) => ({ chunks: [`${JSON_HEAD(key)}expect: ${chance.pick(['100-continue', '100-Continue', 'x'])}\r\n${CLOSE}content-length: 7\r\n\r\n`, '{"a":1}'] }),
  'upgrade': (key, chance) => ({ chunks: [GET(key, `connection: upgrade\r\nupgrade: ${chance.pick(['websocket', 'h2c', 'x'])}\r\nsec-websocket-version: 99\r\nsec-websocket-key: x\r\n`)], answersWanted: 1, mayBeSilent: true }),
  'a socket to graphql': (key) => ({ chunks: [`GET /graphql HTTP/1.1\r\nhost: x\r\n${key}connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n`, Buffer.from('81ffffffffffffffff', 'hex')], isGraphql: true, ending: 'fin', mayBeSilent: true }),
  'an import that breaks off': (key, chance, idOf) => ({ chunks: [`POST /v1/portfolios/${idOf('portfolios', chance)}/positions:import HTTP/1.1\r\nhost: x\r\n${key}content-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n`, '7\r\n{"a":1}\r\n', '20\r\n{"acc'], ending: chance.pick(['fin', 'destroy', 'reset']), mayBeSilent: true }),
  'a body where none belongs': (key) => ({ chunks: [`GET /v1/markets HTTP/1.1\r\nhost: x\r\n${key}${CLOSE}content-length: 7\r\n\r\n{"a":1}`] }),
  'connecting and leaving': (_key, chance) => ({ chunks: [''], ending: chance.pick(['reset', 'destroy', 'fin']), mayBeSilent: true }),
};

export class SocketAttack {
  constructor({ idOf, keyOf }) {
    Object.assign(this, { idOf, keyOf });
  }

  request(seed, i) {
    const chance = new Chance(seed, 3, i);
    const names = Object.keys(ATTACKS);
    const kind = names[i % names.length];
    const key = this.keyOf(chance).map(([name, value]) => `${name}: ${value}\r\n`).join('');
    const attack = ATTACKS[kind](key, chance, this.idOf);
    return { ...attack, kind, chunks: attack.chunks.map((chunk) => (Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk, 'latin1'))), answersWanted: attack.answersWanted ?? (attack.ending ? undefined : 1) };
  }
}

/** Clients that send a byte at a time and never come to an end: slowloris, in heads and in bodies. */
export function slowClients(count, { host, port }, key) {
  const sockets = Array.from({ length: count }, (_, i) => {
    const socket = connect(port, host);
    socket.on('error', () => undefined);
    socket.write(i % 2 ? 'GET /v1/markets HTTP/1.1\r\nhost: x\r\nx-slow: ' : `${JSON_HEAD(key)}content-length: 1000000\r\n\r\n{"name":"`);
    return socket;
  });
  const timer = setInterval(() => sockets.forEach((socket) => !socket.destroyed && socket.write('x')), 500);
  return () => {
    clearInterval(timer);
    for (const socket of sockets) socket.destroy();
  };
}
