/** Hostile requests to every operation of openapi.json. */
import { mutated, spoiltLines, spoiltText } from './bodies.js';
import { HEADERS, IDS, jsonOf, METHODS, PATH_PARTS, TEXTS, hostileValue } from './values.js';
import { Chance } from './random.js';

const QUERY_VALUES = ['', '0', '-1', '1', '100', '101', '1e2', '1.5', ' 1', '1 ', '+1', '٣', 'NaN', 'null', '99999999999999999999', '2147483648', '0x10', 'true', '[]', '{}', '%00', '%', '%ff', '%ed%a0%80', 'a'.repeat(5000), ...IDS.map(encodeURIComponent)];

export class RestAttack {
  /** `idOf(name, chance)`: id of a stored thing; `keyOf(chance)`: an Authorization header, or none. */
  constructor(openapi, documents, { idOf, idToDeleteOf, keyOf }) {
    Object.assign(this, { documents, idOf, idToDeleteOf, keyOf });
    this.operations = Object.entries(openapi.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })));
  }

  /** Request number `i`: each operation in its turn. */
  request(seed, i) {
    const chance = new Chance(seed, 1, i);
    const { path, method, operation } = this.operations[i % this.operations.length];
    const request = { method, path, operation, headers: [...this.keyOf(chance)], body: null, kind: 'plain' };
    request.target = this.target(request, chance, chance.is(0.15));
    this.addBody(request, chance);
    const query = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query').map(({ name }) => name);
    if (query.length > 0 && chance.is(0.6)) request.target += `?${this.query(query, chance)}`;
    if (chance.is(0.35)) this.spoilHeaders(request, chance);
    if (chance.is(0.04)) this.spoilMethod(request, chance);
    if (chance.is(0.06)) this.spoilPath(request, chance);
    return request;
  }

  target({ path, method }, chance, isWild) {
    const noun = path.split('/')[2];
    return path.replaceAll(/\{\w+\}/g, () => {
      if (isWild) return chance.is(0.5) ? encodeURIComponent(chance.pick([...IDS, ...TEXTS.filter((text) => text.isWellFormed?.() ?? !/[\ud800-\udfff]/.test(text))])).slice(0, 7000) : chance.pick(PATH_PARTS);
      return method === 'DELETE' ? this.idToDeleteOf(noun, chance) : this.idOf(noun, chance);
    });
  }

  query(names, chance) {
    const pairs = names.filter(() => chance.is(0.6)).map((name) => `${name}=${chance.pick(QUERY_VALUES)}`);
    if (chance.is(0.15)) pairs.push(chance.pick(['x=1', '__proto__=1', '__proto__[x]=1', 'constructor=1', 'limit', '&&&', '=', 'limit=1&limit=2', 'limit[]=1', 'limit[$gt]=1', 'cursor=1&cursor=2', 'a=b&'.repeat(1500), '%=%', '%00=1', 'mode=replace&mode=append', 'dryRun=1', 'toString=1']));
    return pairs.join('&');
  }

  addBody(request, chance) {
    const content = request.operation.requestBody?.content;
    if (!content) {
      if (chance.is(0.1)) [request.body, request.kind] = [Buffer.from(jsonOf(hostileValue(chance))), 'body where none belongs'];
      if (request.body && chance.is(0.7)) request.headers.push(['content-type', 'application/json']);
      return;
    }
    const type = chance.pick(Object.keys(content));
    request.headers.push(['content-type', type]);
    if (type !== 'application/json') {
      [request.body, request.kind] = [spoiltLines(this.documents.named('PositionLine', chance), type === 'text/csv', chance), 'lines'];
      return;
    }
    const valid = this.documents.of(content[type].schema, chance);
    if (chance.is(0.08)) [request.body, request.kind] = [Buffer.from(jsonOf(valid)), 'valid'];
    else if (chance.is(0.8)) [request.body, request.kind] = [Buffer.from(jsonOf(mutated(valid, chance))), 'field'];
    else [request.body, request.kind] = [spoiltText(jsonOf(valid), chance), 'text'];
  }

  spoilHeaders(request, chance) {
    for (let times = 1 + chance.below(3); times > 0; times--) {
      const [name, values] = chance.pick(HEADERS);
      request.headers = request.headers.filter(([other]) => other !== name || chance.is(0.1)); // sometimes twice
      request.headers.push([name, chance.pick(values)]);
    }
    request.kind += '+header';
  }

  spoilMethod(request, chance) {
    request.method = chance.pick(METHODS);
    request.kind += '+method';
  }

  spoilPath(request, chance) {
    const parts = request.target.split('/');
    parts[1 + chance.below(parts.length - 1)] = chance.pick(PATH_PARTS);
    request.target = chance.is(0.1) ? chance.pick(['*', 'http://evil.example/v1/markets', '//evil.example/v1/markets', '/', '/v1', '/V1/MARKETS', '/v1/markets/', '/v1//markets', '/docs/../../package.json', '/docs/%2e%2e/%2e%2e/package.json', '/docs/..%2f..%2fpackage.json', '/graphiql/../../package.json', '/openapi.json', '/metrics', '/livez', '/readyz', '/docs', '/graphiql', '/favicon.ico', '/.env', '/%67raphql']) : parts.join('/');
    request.isGraphql = request.target === '/%67raphql';
    request.kind += '+path';
  }
}
