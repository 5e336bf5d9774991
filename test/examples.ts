/** Plays the requests of examples/api and compares the answers with those shown there. */
import { type Exchange, exchanges, type Shown } from '../src/docs/examples.js';

const SHOWN_HEADERS = ['Location', 'ETag', 'Link', 'Preference-Applied'];
const ID = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g;
/** Text that is another one each time: instants of the service, cursors, secrets, the tenant. */
const VARIES = /At$|^(nextCursor|Link|secret|tenant)$/;

/** How many moves a simulation makes, and when, is another thing each time; where it ends is not. */
const EVENTS = /^retry: [^]*"state":"(\w+)"(?![^]*"state")/;

export { type Exchange, exchanges, type Shown };

/** What the examples show, and what it is in reality. */
export class Cast {
  private readonly real = new Map<string, string>();

  /** Text of the examples as it is in reality. */
  inReality(text: string): string {
    let found = text;
    for (const [shown, real] of this.real) found = found.replaceAll(shown, real);
    return found;
  }

  /** The other way. */
  asShown<T>(value: T): T {
    let text = JSON.stringify(value);
    for (const [shown, real] of this.real) text = text.replaceAll(real, shown);
    return JSON.parse(text) as T;
  }

  /** Where a real answer differs from the shown one. Learns what the ids and other names that are given anew each time are in reality. */
  differences(shown: unknown, real: unknown, at = '', within: unknown = undefined): string[] {
    if (isObject(shown) && isObject(real)) {
      const names = new Set([...Object.keys(shown), ...Object.keys(real)]);
      return [...names].flatMap((name) => (name in shown === name in real ? this.differences(shown[name], real[name], `${at}/${name}`, shown) : [`${at}/${name} is ${name in shown ? 'shown' : 'answered'} alone`]));
    }
    if (Array.isArray(shown) && Array.isArray(real)) return shown.length === real.length ? shown.flatMap((value, i) => this.differences(value, real[i], `${at}/${i}`)) : [`${at} has ${real.length} elements, not ${shown.length}`];
    if (this.isOneAnew(at.slice(at.lastIndexOf('/') + 1), shown, real, within)) return [];
    return Object.is(shown, real) ? [] : [`${at} is ${JSON.stringify(real)}, not ${JSON.stringify(shown)}`];
  }

  private isOneAnew(name: string, shown: unknown, real: unknown, within: unknown): boolean {
    if (typeof shown === 'number' && name === 'version') return isObject(within) && 'state' in within; // raised by every move of a simulation
    if (typeof shown !== 'string' || typeof real !== 'string') return false;
    if (VARIES.test(name)) return this.learn(shown, real);
    if (EVENTS.test(shown)) return EVENTS.exec(shown)![1] === EVENTS.exec(real)?.[1];
    const [ids, realIds] = [shown.match(ID) ?? [], real.match(ID) ?? []];
    if (ids.length === 0 || ids.length !== realIds.length) return false;
    ids.forEach((id, i) => this.learn(id, realIds[i]!));
    return this.inReality(shown) === real;
  }

  private learn(shown: string, real: string): boolean {
    if (shown !== real) this.real.set(shown, real);
    return true;
  }
}

/** Sends a request of the examples as it is in reality. */
export async function send(address: string, key: string, cast: Cast, { request, headers = {}, body }: Exchange): Promise<Shown & { readonly type: string }> {
  const [method, path] = cast.inReality(request).split(' ') as [string, string];
  const sent = body === undefined ? undefined : cast.inReality(typeof body === 'string' ? body : JSON.stringify(body));
  const response = await fetch(address + path, { method, ...(sent !== undefined && { body: sent }), headers: { authorization: `Bearer ${key}`, ...(sent !== undefined && { 'content-type': 'application/json' }), ...lowered(headers) } });
  const [type, text] = [response.headers.get('content-type')?.split(';', 1)[0] ?? '', await response.text()];
  const answer = /json$/.test(type) && !type.endsWith('ndjson') ? JSON.parse(text) : text;
  const told = SHOWN_HEADERS.filter((name) => response.headers.has(name) && !(name === 'ETag' && isAnew(response.headers.get(name)!, answer))).map((name) => [name, response.headers.get(name)!]);
  return { status: response.status, type, ...(told.length > 0 && { headers: Object.fromEntries(told) }), ...(text && { body: answer }) };
}

/** The real answer as it is to be shown: what is another one each time stays as it was shown. */
export function asRecorded(shown: unknown, real: unknown, name = ''): unknown {
  if (Array.isArray(real)) return real.map((value, i) => asRecorded(Array.isArray(shown) ? shown[i] : undefined, value));
  if (isObject(real)) return Object.fromEntries(Object.entries(real).map(([key, value]) => [key, asRecorded(isObject(shown) ? shown[key] : undefined, value, key)]));
  return typeof shown === 'string' && typeof real === 'string' && VARIES.test(name) ? shown : real;
}

/** A tag that is the version of a document is the same each time, one that is made of its content or counts its moves is not. */
function isAnew(tag: string, answer: unknown): boolean {
  return !/^"\d+"$/.test(tag) || (isObject(answer) && 'state' in answer);
}

function lowered(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const LINE = 150;

/** JSON in which what fits on a line stands on one. */
export function pretty(value: unknown, indent = ''): string {
  const line = inline(value);
  if (indent !== '' && indent.length + line.length <= LINE) return line;
  const inner = `${indent}  `;
  if (Array.isArray(value)) return `[\n${value.map((item) => inner + pretty(item, inner)).join(',\n')}\n${indent}]`;
  if (isObject(value)) return `{\n${Object.entries(value).map(([name, item]) => `${inner}${JSON.stringify(name)}: ${pretty(item, inner)}`).join(',\n')}\n${indent}}`;
  return line;
}

function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  if (isObject(value)) return `{ ${Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}: ${inline(item)}`).join(', ')} }`;
  return JSON.stringify(value);
}
