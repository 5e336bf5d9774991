/**
 * Field words: type, limits, validation, GraphQL, OpenAPI and description of a field in one line.
 * A field with an initialiser is optional in the input and has that default; `optional: true` is for fields that may be absent altogether.
 */
import { applyDecorators } from '@nestjs/common';
import { Field, Float, ID, InputType, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { ApiProperty, type ApiPropertyOptions, ApiSchema } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { IsOptional, ValidateBy, ValidateNested } from 'class-validator';
import { Instant as InstantScalar, parseInstant } from './instant.js';
import { JsonValue } from './json-value.js';

/** Largest magnitude of any number; sums and products of a few of them stay finite. */
export const NUMBER_MAX = 1e15;
export const TEXT_MAX = 200;
export const LEVELS_MAX = 10_000;
export const VERSION_MAX = 2 ** 31 - 1;
/** Instruments that one document may speak of. */
export const ASSETS_MAX = 512;
/** Rounds by which a price may be late. */
export const LAG_MAX = 1000;

interface Options {
  /** May be absent. */
  readonly optional?: true;
  /** Output only: always there, null when it has no value. */
  readonly nullable?: true;
}

interface Range extends Options {
  readonly min?: number;
  readonly above?: number;
  readonly max?: number;
  readonly below?: number;
}

type MessageClass = new () => object;
const messages = new Set<unknown>();

/** True for classes whose fields are described by field words and that may come in. */
export function isMessage(type: unknown): type is MessageClass {
  return messages.has(type);
}

export function messageClasses(): MessageClass[] {
  return [...messages] as MessageClass[];
}

export function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A class that comes in and goes out, as part of others. */
export function Part(description: string): ClassDecorator {
  return (target) => {
    applyDecorators(InputType(`${target.name}Input`, { description }), ObjectType(target.name, { description }), ApiSchema({ description }))(target);
    messages.add(target);
  };
}

/** A class that only comes in, a whole document; its output extends it. */
export function Input(description: string): ClassDecorator {
  return (target) => {
    applyDecorators(InputType({ description }), ObjectType({ isAbstract: true }), ApiSchema({ description }))(target);
    messages.add(target);
  };
}

/** A class that only goes out; it extends its input. */
export function Output(description: string): ClassDecorator {
  return applyDecorators(ObjectType({ description }), ApiSchema({ description }));
}

/** A number > 0 in the market's currency per unit. */
export function Price(description: string, options: Options = {}): PropertyDecorator {
  return Numeric(description, { above: 0, ...options });
}

/** A number >= 0 of units (or > 0 with `above: 0`). */
export function Quantity(description: string, options: Range = {}): PropertyDecorator {
  return Numeric(description, { ...(options.above === undefined && { min: 0 }), ...options });
}

/** A share of one, from 0 to 1 unless said otherwise. */
export function Fraction(description: string, options: Range = {}): PropertyDecorator {
  return Numeric(description, { ...(options.above === undefined && { min: 0 }), ...(options.below === undefined && { max: 1 }), ...options });
}

/** Money in the market's currency, of either sign. */
export function Cash(description: string, options: Range = {}): PropertyDecorator {
  return Numeric(description, { min: -NUMBER_MAX, ...options });
}

/** Any finite number within its range. */
export function Numeric(description: string, options: Range = {}): PropertyDecorator {
  return number(description, options, false);
}

export function Whole(description: string, options: Range = {}): PropertyDecorator {
  return number(description, options, true);
}

/** Number of a stored document's state; its ETag at the REST door. */
export function Version(): PropertyDecorator {
  return Whole('Raised by every change; what If-Match compares.', { min: 1, max: VERSION_MAX });
}

/** One line of text. */
export function Text(description: string, { max = TEXT_MAX, ...options }: Options & { readonly max?: number } = {}): PropertyDecorator {
  return field(description, options, () => String, { type: 'string', minLength: 1, maxLength: max }, rule('length', (value) => isText(value, max), `must be text of 1 to ${max} characters without control characters`));
}

/** What a field of text may be. */
export function isText(value: unknown, max = TEXT_MAX): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= max && value.isWellFormed() && !CONTROL.test(value);
}

/** A small file inside a message: text of any number of lines. */
export function FileText(description: string, { max, ...options }: Options & { readonly max: number }): PropertyDecorator {
  const isText = (value: unknown) => typeof value === 'string' && value.length <= max && value.isWellFormed();
  return field(description, options, () => String, { type: 'string', maxLength: max }, rule('length', isText, `must be text of at most ${max} characters`));
}

/** An instant as RFC 3339 text, a Date inside. */
export function Instant(description: string, options: Options = {}): PropertyDecorator {
  const inside = (value: unknown) => (typeof value === 'string' ? (parseInstant(value) ?? value) : value);
  return applyDecorators(
    field(description, { ...options, inside }, () => InstantScalar, { type: 'string', format: 'date-time' }, rule('instant', (value) => value instanceof Date, 'must be an RFC 3339 date and time with offset')),
    Transform(({ value }) => inside(value), { toClassOnly: true }),
  );
}

export function Flag(description: string, options: Options = {}): PropertyDecorator {
  return field(description, options, () => Boolean, { type: 'boolean' }, rule('flag', (value) => typeof value === 'boolean', 'must be true or false'));
}

/** Id of a stored document. */
export function Id(description: string, options: Options = {}): PropertyDecorator {
  return field(description, options, () => ID, { type: 'string', format: 'uuid' }, rule('id', (value) => typeof value === 'string' && isId(value), 'must be a UUID'));
}

/** One of the values of an object such as `{ cross: 'cross', isolated: 'isolated' } as const`, registered before with `choice`. */
export function Choice(values: Readonly<Record<string, string>>, description: string, options: Options = {}): PropertyDecorator {
  const known = Object.values(values);
  return field(description, options, () => values, { enum: known, enumName: choiceNames.get(values)! }, rule('choice', (value) => known.includes(value as string), `must be one of ${known.join(', ')}`));
}

/** Some of such values, at least one, each once. */
export function Choices(values: Readonly<Record<string, string>>, description: string, options: Options = {}): PropertyDecorator {
  const known = Object.values(values);
  return field(
    description,
    options,
    () => [values],
    { enum: known, enumName: choiceNames.get(values)!, isArray: true, minItems: 1, uniqueItems: true },
    rule('list', (value) => Array.isArray(value), 'must be a list'),
    rule('choice', (value) => Array.isArray(value) && value.every((item) => known.includes(item as string)), `must be some of ${known.join(', ')}`),
    rule('count', (value) => !Array.isArray(value) || (value.length > 0 && new Set(value).size === value.length), 'must have at least one element, each once'),
  );
}

/** Names a set of values at both doors. */
export function choice<const T extends string>(name: string, description: string, ...values: readonly T[]): { readonly [K in T]: K } {
  const object = Object.fromEntries(values.map((value) => [value, value])) as { readonly [K in T]: K };
  registerEnumType(object, { name, description });
  choiceNames.set(object, name);
  return object;
}

const choiceNames = new WeakMap<object, string>();

/** One part inside. */
export function One(type: () => new () => object, description: string, options: Options = {}): PropertyDecorator {
  return applyDecorators(
    field(description, { ...options, part: type }, type, { type: () => type() }, rule('objects', isPlainObject, 'must be an object')),
    ValidateNested(),
    Type(type),
  );
}

/** A list of parts, `min` to `max` of them. */
export function List(type: () => new () => object, max: number, description: string, { min = 0, ...options }: Options & { readonly min?: number } = {}): PropertyDecorator {
  return applyDecorators(
    field(
      description,
      { ...options, part: type },
      () => [type()],
      { type: () => type(), isArray: true, minItems: min, maxItems: max },
      rule('list', (value) => Array.isArray(value), 'must be a list'),
      rule('count', (value) => !Array.isArray(value) || (value.length >= min && value.length <= max), `must have ${min} to ${max} elements`),
      rule('objects', (value) => !Array.isArray(value) || value.every(isPlainObject), 'must be an object'),
    ),
    ValidateNested({ each: true }),
    Type(type),
  );
}

/** Lines of text, none to `max` of them. */
export function Texts(max: number, description: string, options: Options = {}): PropertyDecorator {
  return field(
    description,
    options,
    () => [String],
    { type: 'string', isArray: true, maxItems: max },
    rule('list', (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'), 'must be a list of texts'),
    rule('count', (value) => !Array.isArray(value) || value.length <= max, `must have at most ${max} elements`),
  );
}

/** Ids of stored documents, 1 to `max` of them. */
export function Ids(max: number, description: string, options: Options = {}): PropertyDecorator {
  return field(
    description,
    options,
    () => [ID],
    { type: 'string', format: 'uuid', isArray: true, minItems: 1, maxItems: max },
    rule('list', (value) => Array.isArray(value), 'must be a list of UUIDs'),
    rule('count', (value) => !Array.isArray(value) || (value.length >= 1 && value.length <= max), `must have 1 to ${max} elements`),
    rule('ids', (value) => !Array.isArray(value) || badId(value) === -1, 'must be a UUID'),
  );
}

/** JSON of another system as it came: a list, or an object with at most `max` keys. Unknown properties are no fault in it. */
export function Foreign(max: number, description: string, options: Options = {}): PropertyDecorator {
  const isContainer = (value: unknown) => typeof value === 'object' && value !== null;
  return field(
    description,
    options,
    () => JsonValue,
    { oneOf: [{ type: 'array', items: {}, maxItems: max }, { type: 'object', additionalProperties: true }] } as object,
    rule('list', isContainer, 'must be a list or an object'),
    rule('count', (value) => !isContainer(value) || (Array.isArray(value) ? value : Object.keys(value as object)).length <= max, `must have at most ${max} elements`),
  );
}

/** Output only: an object of any properties. */
export function Anything(description: string): PropertyDecorator {
  return field(description, {}, () => JsonValue, { type: 'object', additionalProperties: true } as ApiPropertyOptions);
}

/** One side of an order book, best first: pairs [price, size], both > 0. */
export function Levels(description: string): PropertyDecorator {
  const pair = { type: 'array', items: { type: 'number', exclusiveMinimum: 0, maximum: NUMBER_MAX }, minItems: 2, maxItems: 2 } as const;
  return field(
    description,
    {},
    () => [[Float]],
    { type: 'array', items: pair, maxItems: LEVELS_MAX } as object,
    rule('list', (value) => Array.isArray(value), 'must be a list of pairs [price, size]'),
    rule('count', (value) => !Array.isArray(value) || value.length <= LEVELS_MAX, `must have at most ${LEVELS_MAX} levels`),
    rule('levels', (value) => !Array.isArray(value) || badLevel(value) === null, `must be a pair [price, size] of numbers > 0 and at most ${NUMBER_MAX}`),
  );
}

/** Where inside its value a failed rule points: the elements that the rule is about. */
export function culprit(ruleName: string, value: unknown): readonly (string | number)[] {
  if (!Array.isArray(value)) return [];
  if (ruleName === 'levels') return badLevel(value) ?? [];
  const i = ruleName === 'objects' ? value.findIndex((item) => !isPlainObject(item)) : ruleName === 'ids' ? badId(value) : -1;
  return i === -1 ? [] : [i];
}

export function isId(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text);
}

// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f]/;

function badId(ids: readonly unknown[]): number {
  return ids.findIndex((id) => typeof id !== 'string' || !isId(id));
}

function badLevel(levels: readonly unknown[]): (string | number)[] | null {
  for (const [i, level] of levels.entries()) {
    if (!Array.isArray(level) || level.length !== 2) return [i];
    const j = level.findIndex((value) => typeof value !== 'number' || !(value > 0 && value <= NUMBER_MAX));
    if (j !== -1) return [i, j];
  }
  return null;
}

function number(description: string, { min, above, max = NUMBER_MAX, below, ...options }: Range, isWhole: boolean): PropertyDecorator {
  const isInRange = (value: unknown) =>
    typeof value === 'number' &&
    (!isWhole || Number.isInteger(value)) &&
    (above === undefined ? value >= (min ?? -NUMBER_MAX) : value > above) &&
    (below === undefined ? value <= max : value < below);
  const lower = above === undefined ? { minimum: min ?? -NUMBER_MAX } : { exclusiveMinimum: above };
  const upper = below === undefined ? { maximum: max } : { exclusiveMaximum: below };
  const words = `must be a ${isWhole ? 'whole ' : ''}number ${above === undefined ? `>= ${min ?? -NUMBER_MAX}` : `> ${above}`} and ${below === undefined ? `<= ${max}` : `< ${below}`}`;
  return field(description, options, () => (isWhole ? Int : Float), { type: isWhole ? 'integer' : 'number', ...lower, ...upper } as ApiPropertyOptions, rule('inRange', isInRange, words));
}

/** How a value comes in, where it is not taken as it is. */
interface Inside {
  /** Class of the part, or of each part of a list. */
  readonly part?: () => MessageClass;
  /** The value inside, by the value in JSON. */
  readonly inside?: (value: unknown) => unknown;
}

/** What a field word says of a value, besides its type. */
export interface Rule {
  readonly name: string;
  readonly isValid: (value: unknown) => boolean;
  readonly message: string;
}

export interface Described extends Inside {
  readonly optional: boolean;
  /** JSON type of the value. */
  readonly type: unknown;
  readonly rules: readonly Rule[];
}

const described = new Map<object, Map<string, Described>>();

/** The field words of a class and of what it extends, by field: its own first, then those of what it extends from the root on, as class-validator has them. */
export function describedFields(type: new () => object): ReadonlyMap<string, Described> {
  const classes: object[] = [];
  for (let at: object | null = type.prototype as object; at; at = Object.getPrototypeOf(at) as object | null) classes.splice(1, 0, at);
  const [own, ...extended] = classes;
  const fields = new Map<string, Described>(described.get(own!));
  for (const each of extended) for (const [name, word] of described.get(each) ?? []) if (!fields.has(name)) fields.set(name, word);
  return fields;
}

function describes(word: Described): PropertyDecorator {
  return (target, name) => {
    if (!described.has(target)) described.set(target, new Map());
    described.get(target)!.set(String(name), word);
  };
}

function rule(name: string, isValid: (value: unknown) => boolean, message: string): Rule {
  return { name, isValid, message };
}

function field(description: string, { optional, nullable, part, inside }: Options & Inside, graphql: () => unknown, openapi: ApiPropertyOptions, ...rules: readonly Rule[]): PropertyDecorator {
  return applyDecorators(
    describes({ optional: optional === true, type: openapi.type, rules, ...(part && { part }), ...(inside && { inside }) }),
    Field(graphql as () => typeof String, { description, ...((optional || nullable) && { nullable: true }) }),
    ApiProperty({ description, required: !optional, ...((optional || nullable) && { nullable: true }), ...openapi } as ApiPropertyOptions),
    ...(optional ? [IsOptional()] : []),
    ...rules.map(({ name, isValid, message }) => ValidateBy({ name, validator: { validate: isValid } }, { message })),
  );
}
