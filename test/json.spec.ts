import fc from 'fast-check';
import { DEPTH_MAX, JsonError, KEYS_MAX, NoJson, parseJson, reading } from '../src/api/json.js';
import { atOnce } from '../src/api/turns.js';

/** In parts of a few characters, so that a short text is many. */
const PARTS = [1, 2, 3, 5, 8, 20];

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

test('a text read in parts has the value of JSON.parse, in the same order of keys', () => {
  fc.assert(
    fc.property(text, fc.constantFrom(...PARTS), (json, part) => {
      const read = atOnce(reading(json, DEPTH_MAX, part));
      expect(read).toEqual(JSON.parse(json));
      expect(JSON.stringify(read)).toBe(JSON.stringify(JSON.parse(json)));
    }),
    { numRuns: 2000, seed: 1 },
  );
});

test('a text with characters put in, taken out or changed is refused in parts where it is refused whole', () => {
  let refused = 0;
  const edit = fc.tuple(fc.nat(), fc.nat({ max: 2 }), fc.constantFrom('', ',', '[', ']', '{', '}', '"', ':', '\\', ' ', '1', 'a', '\n', '],[', '},{', ',,', '"a":1', '//', '\u0000', '.'));
  fc.assert(
    fc.property(text, fc.array(edit, { minLength: 1, maxLength: 3 }), fc.constantFrom(...PARTS), (json, edits, part) => {
      const edited = edits.reduce((sofar, [at, cut, put]) => `${sofar.slice(0, at % sofar.length)}${put}${sofar.slice((at % sofar.length) + cut)}` || ' ', json);
      const [whole, inParts] = [outcome(() => atOnce(reading(edited, DEPTH_MAX, edited.length))), outcome(() => atOnce(reading(edited, DEPTH_MAX, part)))];
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
  ['[1, 2', 'SYNTAX', '/1'],
  ['{"a": [1, {"b": tru}]}', 'SYNTAX', '/a/1/b'],
  ['{"a": [{"b": 1, "c": 2, "b": 3}]}', 'DUPLICATE', '/a/0/b'],
  [`{"a": ${'['.repeat(DEPTH_MAX)}`, 'TOO_DEEP', `/a${'/0'.repeat(DEPTH_MAX - 1)}`],
  ['{"a": [{}, {"__proto__": 1}', 'UNKNOWN_PROPERTY', '/a/1/__proto__'],
  [`{"a": {${Array.from({ length: KEYS_MAX + 1 }, (_, i) => `"${i}":1`).join()}}}`, 'OUT_OF_RANGE', '/a'],
])('%.40s is %s at %s', (json, code, pointer) => {
  expect(outcomeOf(json)).toMatchObject({ code, pointer });
});

function outcomeOf(json: string): unknown {
  try {
    return parseJson(json);
  } catch (error) {
    return (error as JsonError).issue;
  }
}

test('a string of quotes that are no end is looked through in turns', () => {
  const json = `["${'\\"'.repeat(100_000)}"]`;
  expect(atOnce(reading(json))).toEqual(JSON.parse(json));
  expect([...reading(json)].length).toBeGreaterThan(20);
});
