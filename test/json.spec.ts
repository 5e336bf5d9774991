import fc from 'fast-check';
import { DEPTH_MAX, ELEMENTS_MAX, JsonError, JsonReader, KEYS_MAX, NoJson, parseJson, parseJsonInTurns, TEXT_MAX } from '../src/api/json.js';
import { atOnce } from '../src/api/turns.js';

/** In parts of a few characters, so that a short text is many. */
const PARTS = [1, 2, 3, 5, 8, 20];

const LIMITS = { depth: DEPTH_MAX, elements: 1000, text: 1000 };

/** A text that comes in pieces, read in parts. */
function read(pieces: readonly string[], part: number): unknown {
  const reader = new JsonReader(LIMITS, part);
  for (const piece of pieces) atOnce(reader.read(piece));
  return atOnce(reader.end());
}

/** A text cut at those places. */
function cut(text: string, places: readonly number[]): string[] {
  const at = [0, ...places.map((place) => place % (text.length + 1)), text.length].sort((a, b) => a - b);
  return at.slice(1).map((end, i) => text.slice(at[i], end));
}

async function* arriving(text: string, bytes = 1000): AsyncGenerator<Buffer> {
  const all = Buffer.from(text);
  for (let at = 0; at < all.length; at += bytes) yield all.subarray(at, at + bytes);
}

/** The value, or what is thrown. */
function outcome(read: () => unknown): unknown {
  try {
    return { value: read() };
  } catch (error) {
    if (error instanceof JsonError) return { issue: error.issue.code };
    if (error instanceof NoJson || error instanceof SyntaxError) return 'no JSON';
    throw error;
  }
}

const key = fc.oneof(fc.constantFrom('a', 'b', 'é', '"', '\\', '\\"', '7', '1', ''), fc.string());
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof({ maxDepth: 5 }, fc.constantFrom<unknown>(null, true, false, 0, -1.5e300, 'x', '[', '{"a":[1,', ']}', ',', ' '), fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.array(tie('value'), { maxLength: 6 }), fc.dictionary(key, tie('value'), { maxKeys: 6 })),
}));
const text = fc.tuple(value, fc.constantFrom<string | number>('', 1, '\t', '  \n')).map(([each, indent]) => ` ${JSON.stringify(each, null, indent)}\n`).filter((each) => !/__proto__|"(toString|valueOf|constructor|hasOwnProperty|isPrototypeOf|propertyIsEnumerable|toLocaleString|__\w+__)"/.test(each));

const places = fc.oneof(fc.constant([]), fc.array(fc.nat(), { maxLength: 12 }), fc.constant(Array.from({ length: 500 }, (_, i) => i)));

test('a text read in parts and pieces has the value of JSON.parse, in the same order of keys', () => {
  fc.assert(
    fc.property(text, places, fc.constantFrom(...PARTS), (json, at, part) => {
      const value = read(cut(json, at), part);
      expect(value).toEqual(JSON.parse(json));
      expect(JSON.stringify(value)).toBe(JSON.stringify(JSON.parse(json)));
    }),
    { numRuns: 2000, seed: 1 },
  );
});

test('a text with characters put in, taken out or changed is refused in parts where it is refused whole', () => {
  let refused = 0;
  const edit = fc.tuple(fc.nat(), fc.nat({ max: 2 }), fc.constantFrom('', ',', '[', ']', '{', '}', '"', ':', '\\', ' ', '1', 'a', '\n', '],[', '},{', ',,', '"a":1', '//', '\u0000', '.'));
  fc.assert(
    fc.property(text, fc.array(edit, { minLength: 1, maxLength: 3 }), places, fc.constantFrom(...PARTS), (json, edits, at, part) => {
      const edited = edits.reduce((sofar, [at, cut, put]) => `${sofar.slice(0, at % sofar.length)}${put}${sofar.slice((at % sofar.length) + cut)}` || ' ', json);
      const [whole, inParts] = [outcome(() => read([edited], edited.length)), outcome(() => read(cut(edited, at), part))];
      expect(inParts).toEqual(whole);
      if (typeof whole === 'object' && 'value' in whole!) expect(whole.value).toEqual(JSON.parse(edited));
      else refused++;
      if (whole === 'no JSON') expect(() => JSON.parse(edited) as unknown).toThrow(SyntaxError);
    }),
    { numRuns: 5000, seed: 2 },
  );
  expect(refused).toBeGreaterThan(1000);
});

test.each([
  ['a list without an end', '[1, 2', 'SYNTAX', '/1'],
  ['a word that is none', '{"a": [1, {"b": tru}]}', 'SYNTAX', '/a/1/b'],
  ['a key twice', '{"a": [{"b": 1, "c": 2, "b": 3}]}', 'DUPLICATE', '/a/0/b'],
  ['lists in lists', `{"a": ${'['.repeat(DEPTH_MAX)}`, 'TOO_DEEP', `/a${'/0'.repeat(DEPTH_MAX - 1)}`],
  ['a name that every object has', '{"a": [{}, {"__proto__": 1}', 'UNKNOWN_PROPERTY', '/a/1/__proto__'],
  ['too many keys', `{"a": {${Array.from({ length: KEYS_MAX + 1 }, (_, i) => `"${i}":1`).join()}}}`, 'OUT_OF_RANGE', '/a'],
])('%s', (_what, json, code, pointer) => {
  expect(outcomeOf(json)).toMatchObject({ code, pointer });
});

function outcomeOf(json: string): unknown {
  try {
    return parseJson(json);
  } catch (error) {
    return (error as JsonError).issue;
  }
}

test.each([
  ['a list of too many elements', `{"a": [${'{},'.repeat(ELEMENTS_MAX)}{}], "b`, 'OUT_OF_RANGE', '/a'],
  ['a list of too many elements in a list', `[1, [${'2,'.repeat(ELEMENTS_MAX)}`, 'OUT_OF_RANGE', '/1'],
  ['a text that is too long', `[{}, {"a": "${'x'.repeat(TEXT_MAX + 100_000)}`, 'OUT_OF_RANGE', '/1/a'],
  ['no JSON at the end', `{"a": [${'1,'.repeat(20_000)}1], "b": tru}`, 'SYNTAX', '/b'],
])('of what a client sends: %s', async (_what, json, code, pointer) => {
  await expect(parseJsonInTurns(arriving(json, 10_000))).rejects.toMatchObject({ issue: { code, pointer } });
});

test('characters of several bytes may be cut anywhere', async () => {
  const value = { é: ['€', '𝄞', '\u0000'], 'a€': 'ü' };
  expect(await parseJsonInTurns(arriving(JSON.stringify(value), 1))).toEqual(value);
});

test('a long text in small pieces is not copied again and again', async () => {
  const json = `[${' '.repeat(1_000_000)}"${'x'.repeat(TEXT_MAX - 10)}"]`;
  expect(JSON.stringify(await parseJsonInTurns(arriving(json, 100)))).toHaveLength(TEXT_MAX - 6);
}, 10_000);

test('a string of quotes that are no end is looked through in turns', () => {
  const json = `["${'\\"'.repeat(100_000)}"]`;
  const reader = new JsonReader({ ...LIMITS, text: Infinity });
  expect([...reader.read(json)].length).toBeGreaterThan(20);
  expect(atOnce(reader.end())).toEqual(JSON.parse(json));
});
