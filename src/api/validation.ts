import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { invalidInput, type Issue, pointer } from './errors.js';
import { culprit, describedFields, isMessage, isPlainObject } from './fields.js';

type Class<T extends object = object> = new () => T;

const ISSUES_MAX = 100;

/** Arguments that are messages come in as checked instances with their defaults; all others pass untouched. */
@Injectable()
export class MessagePipe implements PipeTransform {
  transform(value: unknown, { metatype }: ArgumentMetadata): unknown {
    return isMessage(metatype) ? validated(metatype, value) : value;
  }
}

/** An instance of the message with defaults filled in; throws INVALID_INPUT with a pointer for each wrong field. Nothing is converted. */
export function validated<T extends object>(type: Class<T>, raw: unknown): T {
  const { message, issues } = checked(type, raw);
  if (issues.length > 0) throw invalidInput(issues);
  return message!;
}

export function inputIssues(type: Class, raw: unknown): readonly Issue[] {
  return checked(type, raw).issues;
}

function checked<T extends object>(type: Class<T>, raw: unknown): { readonly message?: T; readonly issues: readonly Issue[] } {
  if (raw === undefined || raw === null) return { issues: [{ pointer: '', code: 'MISSING', message: 'is missing' }] };
  if (!isPlainObject(raw)) return { issues: [{ pointer: '', code: 'WRONG_TYPE', message: 'must be an object' }] };
  const message = plainToInstance(type, raw);
  const errors = validateSync(message, { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: false, stopAtFirstError: true });
  return { message, issues: errors.flatMap((error) => issuesOf(error, [])).slice(0, ISSUES_MAX) };
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
