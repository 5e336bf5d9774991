import fc from 'fast-check';
import 'reflect-metadata';
import { type Described, describedFields, messageClasses } from '../src/api/fields.js';
import { atOnce } from '../src/api/turns.js';
import { checked, walked } from '../src/api/validation.js';
import '../src/app.module.js';

type Class = new () => object;

/** A value that a field word may let pass, found by what it says of itself in OpenAPI. */
function valueOf(type: Class, name: string, word: Described, depth: number): fc.Arbitrary<unknown> {
  const api = (Reflect.getMetadata('swagger/apiModelProperties', type.prototype as object, name) ?? {}) as { enum?: unknown[]; isArray?: boolean; minimum?: number; exclusiveMinimum?: number; type?: unknown; format?: string; minItems?: number; items?: unknown };
  if (word.part) {
    const part = messageOf(word.part(), depth + 1);
    return api.isArray ? fc.array(part, { minLength: api.minItems ?? 0, maxLength: depth > 0 ? 1 : 3 }) : part;
  }
  const among = api.enum ?? (api.items as { enum?: unknown[] } | undefined)?.enum;
  const choices = among && fc.constantFrom(...among);
  if (choices) return api.isArray ? fc.uniqueArray(choices, { minLength: 1, maxLength: 3 }) : choices;
  if (api.format === 'date-time') return fc.constantFrom('2026-01-31T12:00:00Z', '2024-02-29t01:02:03.5+01:00');
  if (api.format === 'uuid') return api.isArray ? fc.array(fc.uuid(), { minLength: 1, maxLength: 3 }) : fc.uuid();
  if (api.type === 'integer') return fc.integer({ min: api.minimum ?? 1, max: 1000 });
  if (api.type === 'number') return fc.constantFrom(api.minimum ?? 0.5, 0.5, 1, 2.25, 1e9);
  if (api.type === 'boolean') return fc.boolean();
  if (api.type === 'array') return fc.array(fc.tuple(fc.constantFrom(1, 2), fc.constantFrom(1, 0.5)), { maxLength: 3 });
  if (api.type === 'string' && api.isArray) return fc.array(fc.constantFrom('a', 'b'), { maxLength: 3 });
  if (api.type === 'string') return fc.constantFrom('x', 'BTC/USDT:USDT', 'any text');
  return fc.constantFrom([], [{ symbol: 'X' }], { X: { info: {} } });
}

const WRONG: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, -1, 0, 1.5, 1e16, '', 'x'.repeat(300), '\u0000', [], {}, [null], [1], [[]], [{}], [{}, 1], { name: 1 }, [[1, 2], [0, 1]], '2026-02-30T00:00:00Z'),
  fc.constantFrom<unknown>(Array(20_001).fill({}), Array(2001).fill(1), Array(300).fill('x')),
  fc.jsonValue({ maxDepth: 2 }),
);

/** Mostly right, with fields left out, wrong ones and unknown ones now and then. */
function messageOf(type: Class, depth = 0): fc.Arbitrary<object> {
  if (depth > 4) return fc.constant({});
  const words = [...describedFields(type)];
  const fields = words.map(([name, word]) => fc.tuple(fc.constant(name), fc.oneof({ weight: 40 * 6 ** depth, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }), valueOf(type, name, word, depth), WRONG, word.optional ? fc.boolean() : fc.integer({ min: 0, max: 40 * 6 ** depth }).map((n) => n > 0)));
  const unknown = fc.oneof({ weight: 20 * 6 ** depth, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.uniqueArray(fc.constantFrom('zz', 'a b', '7', 'x/y', 'name '), { maxLength: 3 }) });
  return fc.tuple(fc.shuffledSubarray(fields.map((_, i) => i), { minLength: fields.length }), unknown, ...fields).map(([order, extra, ...all]) => {
    const message: Record<string, unknown> = {};
    for (const i of order) {
      const [name, isRight, right, wrong, isThere] = all[i]!;
      if (isThere) message[name] = isRight ? right : wrong;
    }
    for (const name of extra) message[name] = 1;
    return message;
  });
}

const classes = messageClasses().map((type) => [type.name, type] as const);

test('there are messages to look at', () => {
  expect(classes.length).toBeGreaterThan(40);
});

test.each(classes)('%s: the walk in turns makes the same instances and finds the same issues as class-validator', (_name, type) => {
  let [valid, invalid] = [0, 0];
  const arbitrary = fc.oneof({ weight: 9, arbitrary: messageOf(type) }, { weight: 1, arbitrary: WRONG });
  fc.assert(
    fc.property(arbitrary, (raw) => {
      const expected = checked(type, raw);
      const found = atOnce(walked(type, raw));
      expect(found.issues).toEqual(expected.issues);
      if (expected.issues.length > 0) return void invalid++;
      valid++;
      expect(found.message).toStrictEqual(expected.message);
      expect(JSON.stringify(found.message)).toBe(JSON.stringify(expected.message));
    }),
    { numRuns: 80, seed: 5 },
  );
  expect(Math.min(valid, invalid)).toBeGreaterThan(0);
});

test('a list that is too long is told without a look at its elements, and at most 100 issues are told', () => {
  const Portfolio = classes.find(([name]) => name === 'PortfolioInput')![1];
  const found = (raw: unknown) => atOnce(walked(Portfolio, raw)).issues.map(({ pointer, code }) => `${pointer} ${code}`);
  expect(found({ name: 'x', accounts: Array(20_001).fill({}) })).toEqual(['/accounts OUT_OF_RANGE']);
  expect(found({ name: 'x', accounts: Array(20_000).fill({}) })).toHaveLength(100);
});
