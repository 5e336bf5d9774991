import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { invalidInput, type Issue, ISSUES_MAX, pointer } from './errors.js';
import { culprit, describedFields, isMessage, isPlainObject } from './fields.js';
import { inTurns, type Work } from './turns.js';

type Class<T extends object = object> = new () => T;

/** Elements of a message that class-validator looks at, some 50 microseconds each and none in between for others; larger ones are walked in turns. */
export const ELEMENTS_AT_ONCE_MAX = 200;

/** Arguments that are messages come in as checked instances with their defaults; what is one already, and all others, pass untouched. */
@Injectable()
export class MessagePipe implements PipeTransform {
  transform(value: unknown, { metatype }: ArgumentMetadata): unknown {
    if (!isMessage(metatype) || value instanceof metatype) return value;
    return isLarge(value) ? validatedInTurns(metatype, value) : validated(metatype, value);
  }
}

/** An instance of the message with defaults filled in; throws INVALID_INPUT with a pointer for each wrong field. Nothing is converted. */
export function validated<T extends object>(type: Class<T>, raw: unknown): T {
  const { message, issues } = checked(type, raw);
  if (issues.length > 0) throw invalidInput(issues);
  return message!;
}

/** The same in turns with all else. */
async function validatedInTurns<T extends object>(type: Class<T>, raw: unknown): Promise<T> {
  const { message, issues } = await inTurns(walked(type, raw));
  if (issues.length > 0) throw invalidInput(issues);
  return message!;
}

export async function checkedInTurns<T extends object>(type: Class<T>, raw: unknown): Promise<Checked<T>> {
  return isLarge(raw) ? inTurns(walked(type, raw)) : checked(type, raw);
}

export interface Checked<T> {
  readonly message?: T;
  readonly issues: readonly Issue[];
}

/** By class-transformer and class-validator. */
export function checked<T extends object>(type: Class<T>, raw: unknown): Checked<T> {
  const wrong = noObject(raw);
  if (wrong) return { issues: [wrong] };
  const message = plainToInstance(type, raw);
  const errors = validateSync(message, { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: false, stopAtFirstError: true });
  return { message, issues: errors.flatMap((error) => issuesOf(error, [])).slice(0, ISSUES_MAX) };
}

/** By one walk over the rules of the field words: the same instances and the same issues, at a tenth of the cost and in turns. */
export function* walked<T extends object>(type: Class<T>, raw: unknown): Work<Checked<T>> {
  const wrong = noObject(raw);
  if (wrong) return { issues: [wrong] };
  const issues: Issue[] = [];
  return { message: yield* walkedPart(type, raw as object, null, issues), issues };
}

/** Where a part stands, from the innermost step outwards. */
interface Place {
  readonly step: string | number;
  readonly around: Place | null;
}

function* walkedPart<T extends object>(type: Class<T>, raw: object, place: Place | null, issues: Issue[]): Work<T> {
  yield;
  const message = new type();
  const inside = message as Record<string, unknown>;
  const words = wordsOf(type);
  for (const [name, value] of Object.entries(raw)) {
    const word = words.get(name);
    if (word) inside[name] = word.inside ? word.inside(value) : value;
    else issues.push(unknownProperty(pointer([...path(place), name])));
    if (issues.length >= ISSUES_MAX) return message;
  }
  for (const [name, { optional, rules, part }] of words) {
    const value = inside[name];
    if (value == null && optional) continue;
    const failed = rules.find(({ isValid }) => !isValid(value));
    if (failed) issues.push(fault(pointer([...path(place), name, ...culprit(failed.name, value)]), failed.name, value, failed.message));
    else if (part) inside[name] = yield* walkedParts(part(), value as object | object[], { step: name, around: place }, issues);
    if (issues.length >= ISSUES_MAX) return message;
  }
  return message;
}

function* walkedParts(type: Class, value: object | object[], place: Place, issues: Issue[]): Work<object> {
  if (!Array.isArray(value)) return yield* walkedPart(type, value, place, issues);
  const parts: object[] = [];
  for (const [i, each] of value.entries()) {
    parts.push(yield* walkedPart(type, each as object, { step: i, around: place }, issues));
    if (issues.length >= ISSUES_MAX) break;
  }
  return parts;
}

function path(place: Place | null): (string | number)[] {
  const steps: (string | number)[] = [];
  for (let at = place; at; at = at.around) steps.unshift(at.step);
  return steps;
}

const known = new Map<Class, ReturnType<typeof describedFields>>();

function wordsOf(type: Class): ReturnType<typeof describedFields> {
  if (!known.has(type)) known.set(type, describedFields(type));
  return known.get(type)!;
}

/** More than ELEMENTS_AT_ONCE_MAX objects, elements of lists and keys of one object; looks at no more than those. */
export function isLarge(raw: unknown): boolean {
  const open: unknown[] = [raw];
  let count = 0;
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== 'object' || value === null) continue;
    const inner: unknown[] = Array.isArray(value) ? value : Object.values(value);
    count += Array.isArray(value) ? inner.length : 1;
    if (Math.max(count, inner.length) > ELEMENTS_AT_ONCE_MAX) return true;
    open.push(...inner);
  }
  return false;
}

function noObject(raw: unknown): Issue | null {
  if (raw === undefined || raw === null) return { pointer: '', code: 'MISSING', message: 'is missing' };
  return isPlainObject(raw) ? null : { pointer: '', code: 'WRONG_TYPE', message: 'must be an object' };
}

function issuesOf({ property, value, constraints = {}, children = [] }: ValidationError, parents: readonly string[]): Issue[] {
  const path = [...parents, property];
  const failed = RULES_FIRST_TO_TELL.find((name) => name in constraints) ?? Object.keys(constraints)[0];
  if (!failed || failed === 'nestedValidation') return children.flatMap((child) => issuesOf(child, path));
  const place = pointer([...path, ...culprit(failed, value)]);
  if (failed === 'whitelistValidation') return [unknownProperty(place)];
  return [fault(place, failed, value, constraints[failed]!)];
}

function unknownProperty(place: string): Issue {
  return { pointer: place, code: 'UNKNOWN_PROPERTY', message: 'is not a property of this object' };
}

function fault(place: string, failed: string, value: unknown, message: string): Issue {
  if (value === undefined) return { pointer: place, code: 'MISSING', message: 'is missing' };
  return { pointer: place, code: isRightType(failed, value) ? 'OUT_OF_RANGE' : 'WRONG_TYPE', message };
}

/**
 * The same validation of flat objects of numbers and texts, as one loop over the rules of the field words: for files of millions of lines.
 * `only` are the fields looked at; the others are not properties of the object.
 */
export function flatCheck(type: Class, only: readonly string[] = [...describedFields(type).keys()]): (raw: object) => Issue[] {
  const words = describedFields(type);
  const known = new Set(only);
  const fields = only.map((name) => ({ name, place: pointer([name]), ...words.get(name)! }));
  return (raw) => {
    const issues: Issue[] = [];
    for (const name in raw) if (!known.has(name)) issues.push(unknownProperty(pointer([name])));
    for (const { name, place, optional, rules } of fields) {
      const value = (raw as Record<string, unknown>)[name];
      if (value == null && optional) continue;
      for (const { name: rule, isValid, message } of rules) {
        if (isValid(value)) continue;
        issues.push(fault(place, rule, value, message));
        break;
      }
    }
    return issues;
  };
}

const RULES_FIRST_TO_TELL = ['list', 'count', 'objects'];

function isRightType(rule: string, value: unknown): boolean {
  return (rule === 'inRange' && typeof value === 'number') || (rule === 'length' && typeof value === 'string') || rule === 'count';
}
