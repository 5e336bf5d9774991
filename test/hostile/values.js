/** What no field expects. */

/** Text put into a JSON document as it is. */
export class Raw {
  constructor(text) {
    this.text = text;
  }
}

/** An object as pairs, so that a key can come twice. */
export class Pairs {
  constructor(pairs) {
    this.pairs = pairs;
  }
}

/** JSON.stringify that knows Raw and Pairs. */
export function jsonOf(value) {
  if (value instanceof Raw) return value.text;
  if (value instanceof Pairs) return `{${value.pairs.map(([key, inner]) => `${JSON.stringify(key)}:${jsonOf(inner)}`).join()}}`;
  if (Array.isArray(value)) return `[${value.map(jsonOf).join()}]`;
  if (typeof value === 'object' && value !== null) return `{${Object.entries(value).filter(([, inner]) => inner !== undefined).map(([key, inner]) => `${JSON.stringify(key)}:${jsonOf(inner)}`).join()}}`;
  return JSON.stringify(value) ?? 'null';
}

export const TEXTS = [
  '', ' ', '\u0000', 'a\u0000b', '\ud800', '\udc00', '\ud83d', 'x\udfff', '\ufeff', '\u202e', '\u2028', '\uffff', '\u0008', '\r\n', '\t', '\u007f', '\u0085', '\u00a0',
  'é', 'e\u0301', 'ﬀ', 'İ', 'ı', 'ß', 'K', '👩‍👩‍👧‍👦', 'Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢', 'ＢＴＣ', 'בוקר', '\u{10ffff}', 'x'.repeat(201), '👩'.repeat(100), 'e\u0301'.repeat(100), 'x'.repeat(100_000),
  'NaN', 'Infinity', 'null', 'undefined', 'true', '0', '-0', '1e400', '0x10', '1_000', '１２', '__proto__', 'constructor', 'toString', 'hasOwnProperty', '$ne', '$where',
  "' OR 1=1 --", "'; DROP TABLE markets; --", '%', '_', '\\', '\\x', '%s%n', '%00', '${7*7}', '{{7*7}}', '<script>', '../../etc/passwd', '/etc/passwd', 'file:///etc/passwd', 'http://127.0.0.1/', 'javascript:x',
  '=1+1', '@SUM(A1)', '+1', '-1', '2026-02-30T00:00:00Z', '2026-01-01', '0000-00-00T00:00:00Z', '-000001-01-01T00:00:00Z', '+275760-09-13T00:00:00Z', '9999-12-31T23:59:59Z', '9999-12-31T23:59:59.999999999-23:59', '10000-01-01T00:00:00Z', '0001-01-01T00:00:00Z', '0001-01-01T00:00:00+23:59', '0000-01-01T00:00:00Z', '2026-01-01T24:00:00Z', '2016-12-31T23:59:60Z',
  `${'a'.repeat(50)}!`, `${'0'.repeat(5000)}1`, `${' '.repeat(50_000)}x`, `${'9'.repeat(400)}`, 'BTC/USDT:USDT', 'BTC/USDT:USDT-261225-100000-C',
];

export const IDS = [
  '0', '1', '-1', '1.5', 'null', 'undefined', '*', '%', '00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '019A0000-0000-7000-8000-00000000000A', '{019a0000-0000-7000-8000-000000000000}', '019a00000000700080000000000000',
  '019a0000-0000-7000-8000-0000000000000', ' 019a0000-0000-7000-8000-000000000000', '019a0000-0000-7000-8000-000000000000\n', '019a0000-0000-7000-8000-00000000000g', 'urn:uuid:019a0000-0000-7000-8000-000000000000', '０19a0000-0000-7000-8000-000000000000',
];

const NUMBERS = ['NaN', 'Infinity', '-Infinity', '1e400', '-1e400', '1e308', '-1e308', '1e-400', '5e-324', '-0', '0', '0.0', '-1', '1e15', '1.0000000000000001e15', '9007199254740993', '2147483648', '-2147483649', '4294967296', '18446744073709551616', '1e999999999', '01', '.5', '1.', '+1', '0x1F', '1n', '1_0', '1'.repeat(400), `0.${'1'.repeat(10_000)}`, '1.5', '0.1', '1e-300'];

const CONTAINERS = ['[]', '{}', '[[]]', '[null]', '{"":0}', '{"a":{}}', '[1,"2",null,{}]', '{"__proto__":{"isAdmin":true}}', '{"constructor":{"prototype":{"x":1}}}', '{"toString":1}', '{"valueOf":null}', '{"length":1e9}', '{"then":"x"}', '{"toJSON":1}', '{"$ref":"#"}', '{"set":1}', '{"increment":1}', '{"connect":{"id":"x"}}', '{"0":1,"length":1}'];

/** Something that is not what was there. */
export function hostileValue(chance) {
  switch (chance.below(7)) {
    case 0:
    case 1:
      return new Raw(chance.pick(NUMBERS));
    case 2:
      return chance.pick(TEXTS);
    case 3:
      return new Raw(chance.pick(CONTAINERS));
    case 4:
      return chance.pick([null, true, false, [], {}, new Raw('"\\ud800"'), new Raw('"\\u0000"'), new Raw('"\\udc00\\ud800"'), new Raw('undefined'), new Raw('"\\x41"'), new Raw('"a\nb"')]);
    case 5:
      return nested(chance.pick([5, 31, 32, 33, 200, 5000]), chance.is(0.5));
    default:
      return chance.pick([chance.pick(IDS), Array.from({ length: chance.pick([0, 2, 513, 5000]) }, () => ({})), Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`k${i}`, i]))]);
  }
}

function nested(levels, isList) {
  return new Raw(isList ? '['.repeat(levels) + ']'.repeat(levels) : '{"a":'.repeat(levels) + '1' + '}'.repeat(levels));
}

/** A header of a request and values that it should not have. */
export const HEADERS = [
  ['content-type', ['', 'text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/json; charset=utf-16', 'application/json; charset=garbage', 'APPLICATION/JSON', 'application/json, text/csv', 'application/json;;;', '*/*', '/', 'a'.repeat(5000), 'application/problem+json', 'text/csv', 'application/x-ndjson', 'application/json; charset="utf-8', 'application/vnd.api+json', 'image/svg+xml', '\u00e9']],
  ['content-encoding', ['gzip', 'br', 'deflate', 'identity', 'gzip, gzip', 'x', '']],
  ['accept', ['', 'text/html', 'image/*', '*/*;q=0', 'application/json;q=0', 'application/json;q=2', 'application/json;q=-1', ';', ',', 'a/b'.repeat(1000), 'text/csv', 'application/x-ndjson', 'application/problem+json', '*', '*/', 'application/*;q=0.5', `${'a/b,'.repeat(2000)}*/*`, 'multipart/mixed; deferSpec=20220824', 'application/graphql-response+json', 'text/event-stream']],
  ['accept-encoding', ['gzip;q=x', '*;q=0', 'identity;q=0']],
  ['accept-charset', ['utf-16', 'x']],
  ['accept-language', ['x'.repeat(500)]],
  ['prefer', ['wait', 'wait=', 'wait=-1', 'wait=1e9', 'wait=NaN', 'wait=0', 'wait=0.001', 'wait="1"', 'wait=99999999999999999999', 'respond-async', 'return=minimal', 'wait=0, wait=1', ';', 'handling=strict', 'x'.repeat(3000)]],
  ['idempotency-key', ['', '"', '""', '"x', 'x'.repeat(256), 'x'.repeat(255), '\u00e9', ' ', '\t', 'a,b', 'a\\"b', '"a\\"b"', "'; DROP TABLE idempotency_keys; --", '%00', '__proto__', 'same', 'same', 'same']],
  ['if-match', ['', '*', '"', '""', 'W/"1"', '1', '"1"', '"-1"', '"1e9"', '"99999999999999999999"', '"2147483648"', '"1", "2"', `${'"1",'.repeat(2000)}"2"`, '"x', 'x"', '\u00e9', '"\u00e9"', ',', '"1" "2"', "\"'; DROP TABLE markets; --\""]],
  ['if-none-match', ['', '*', '"1"', 'W/"1"', 'x', '"', `${'"1",'.repeat(2000)}"2"`]],
  ['if-modified-since', ['x', 'Thu, 01 Jan 1970 00:00:00 GMT']],
  ['range', ['bytes=0-1', 'bytes=-1', 'bytes=9-1', 'x', `bytes=${'0-1,'.repeat(1000)}2-3`]],
  ['expect', ['100-continue', 'x', '200-ok']],
  ['x-request-id', ['', 'x'.repeat(5000), '\u00e9', '"', '{"a":1}', '${jndi:ldap://127.0.0.1/x}', '../..', '%0d%0aset-cookie:x=1']],
  ['x-forwarded-for', ['127.0.0.1', 'x', '::1, '.repeat(500), '999.999.999.999']],
  ['x-forwarded-host', ['evil.example']],
  ['x-forwarded-proto', ['javascript']],
  ['x-http-method-override', ['DELETE', 'x']],
  ['x-original-url', ['/v1/keys']],
  ['host', ['', 'evil.example', '127.0.0.1:99999', 'a b', '[::1', '\u00e9', 'x'.repeat(3000), '@', '127.0.0.1@evil.example']],
  ['origin', ['null', 'http://evil.example', 'x']],
  ['cookie', ['a=b; '.repeat(500), '__proto__=1', '\u00e9', '=']],
  ['connection', ['upgrade', 'keep-alive, close', 'content-length', 'x', '']],
  ['upgrade', ['websocket', 'h2c', 'x']],
  ['te', ['trailers', 'gzip', 'x']],
  ['trailer', ['content-length']],
  ['traceparent', ['00-0-0-0', 'x'.repeat(1000)]],
  ['apollo-require-preflight', ['', 'x']],
  ['x-apollo-operation-name', ['', '\u00e9']],
  ['__proto__', ['x']],
  ['constructor', ['x']],
];

export const METHODS = ['HEAD', 'OPTIONS', 'TRACE', 'CONNECT', 'PATCH', 'PUT', 'DELETE', 'POST', 'GET', 'PROPFIND', 'MKCOL', 'LOCK', 'PURGE', 'SEARCH', 'QUERY', 'SOURCE', 'get', 'FOO', 'G\u00cbT', '', 'X'.repeat(3000)];

/** What comes instead of a part of a path, already encoded or not. */
export const PATH_PARTS = [
  '%00', '%', '%zz', '%c0%ae%c0%ae', '%ff', '%ed%a0%80', '%2e%2e', '%2e%2e%2f%2e%2e%2fetc%2fpasswd', '..%2f..%2f..%2fetc%2fpasswd', '../../../../etc/passwd', '..;/', '..\\..\\', '%5c..%5c', '.', '..', '%252e', '%2f', '//', ':', '::', '*', '~', ';a=b', '%20', '%0d%0aset-cookie:x=1', '%0a', '%F0%9F%92%A9', '__proto__', 'constructor', 'toString', '{id}', ':id', '%7Bid%7D', 'null', 'a'.repeat(199), 'a'.repeat(201), 'a'.repeat(6000), '?', '#', '[', '%u0041', "'%20OR%201=1--", 'positions:import', 'x:y', '\u00e9', '%E2%80%AE',
];
