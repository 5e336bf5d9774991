import { v7 as uuid } from 'uuid';
import { caller } from '../api/caller.js';
import { type Issue, notFound, refuseInconsistent } from '../api/errors.js';
import { isId, isPlainObject } from '../api/fields.js';
import type { Page, PageRequest } from '../api/pages.js';
import { inTurns, type Work } from '../api/turns.js';
import { type Match, preconditionFailed } from '../api/preconditions.js';
import type { Database, Transaction } from './database.js';
import { effect } from './effect.js';

/** A document by id, if it is the caller's. */
export interface Own {
  readonly id: string;
  readonly tenant: string;
}

export function own(id: string): Own {
  return { id, tenant: caller().tenant };
}

/** Which page of documents to find, newest first when ids are UUIDv7. */
export interface Find {
  readonly where: { readonly tenant: string; readonly id?: { readonly lt: string }; readonly reference?: string };
  readonly orderBy: { readonly id: 'desc' };
  readonly limit: number;
}

/** The same, if it has one of these versions. */
export interface Which extends Own {
  readonly version?: { readonly in: number[] };
}

/**
 * Whole documents with their children: create, read, list, replace, delete, each in one transaction.
 * A noun says what is particular: its rules, how it is found, written and deleted, and what is `Listed` where the whole would be too much.
 */
export abstract class Documents<In extends object, Out extends { id: string }, Listed extends { id: string } = Out> {
  protected constructor(
    protected readonly database: Database,
    private readonly noun: string,
  ) {}

  /** Contradictions inside a document whose fields are each right. */
  abstract issues(input: In): Work<Issue[]>;
  protected abstract findOne(from: Transaction, where: Own): Promise<Out | null>;
  protected abstract findPage(from: Transaction, query: Find): Promise<Page<Listed>>;
  /** Writes the document and its children under a new id. */
  protected abstract insert(write: Transaction, id: string, input: In): Promise<void>;
  /** Overwrites the document and all its children; the row of the document first, which makes two replacements take turns, and throws P2025 without it. */
  protected abstract update(write: Transaction, which: Which, input: In): Promise<void>;
  protected abstract erase(write: Transaction, which: Which): Promise<{ count: number }>;

  async create(input: In): Promise<Out> {
    refuseInconsistent(await inTurns(this.issues(input)));
    const id = uuid();
    return effect(this.database, async (write) => {
      await this.insert(write, id, input);
      return this.found(write, id);
    });
  }

  /** Throws NOT_FOUND. */
  async read(id: string): Promise<Out> {
    if (!isId(id)) throw notFound(this.noun, id);
    return this.database.$transaction((from) => this.found(from, id), SNAPSHOT);
  }

  async list({ limit, after, reference }: PageRequest): Promise<Page<Listed>> {
    const where = { tenant: caller().tenant, ...(after && { id: { lt: after } }), ...(reference !== undefined && { reference }) };
    const page = await this.database.$transaction((from) => this.findPage(from, { where, orderBy: { id: 'desc' }, limit }), SNAPSHOT);
    return inTurns(withoutNulls(page));
  }

  /** Throws NOT_FOUND, or PRECONDITION_FAILED when the document has another version than it must. */
  async replace(id: string, input: In, match?: Match): Promise<Out> {
    refuseInconsistent(await inTurns(this.issues(input)));
    if (!isId(id)) throw notFound(this.noun, id);
    return effect(this.database, async (write) => {
      await this.update(write, which(id, match), input).catch(async (error: { code?: string }) => {
        throw error.code === 'P2025' ? await this.absent(write, id) : error;
      });
      return this.found(write, id);
    });
  }

  /** Answers the id; throws NOT_FOUND and PRECONDITION_FAILED. */
  async delete(id: string, match?: Match): Promise<string> {
    if (!isId(id)) throw notFound(this.noun, id);
    return effect(this.database, async (write) => {
      const { count } = await this.erase(write, which(id, match));
      if (count === 0) throw await this.absent(write, id);
      return id;
    });
  }

  /** Why a document was not to be had in the version asked for. */
  private async absent(from: Transaction, id: string): Promise<Error> {
    return (await this.findOne(from, own(id))) ? preconditionFailed(this.noun, id) : notFound(this.noun, id);
  }

  private async found(from: Transaction, id: string): Promise<Out> {
    const document = await this.findOne(from, own(id));
    if (!document) throw notFound(this.noun, id);
    return inTurns(withoutNulls(document));
  }
}

export function which(id: string, match: Match): Which {
  return { ...own(id), ...(match && { version: { in: [...match] } }) };
}

/** All statements of a reader see one moment: never the row of one version with the children of the next. */
export const SNAPSHOT = { isolationLevel: 'RepeatableRead' } as const;

/** For an update: what the message does not have is cleared. */
export function wholeRow<T extends object>(message: T): T {
  return Object.fromEntries(Object.entries(message).map(([field, value]) => [field, value ?? null])) as T;
}

/** A field that was not posted is not read back: no nulls. */
export function* withoutNulls<T>(value: T): Work<T> {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  yield;
  if (Array.isArray(value)) {
    const list: unknown[] = [];
    for (const inner of value) list.push(isPlainObject(inner) ? yield* withoutNulls<unknown>(inner) : inner);
    return list as T;
  }
  const object: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) if (inner !== null) object[key] = isScalar(inner) ? inner : yield* withoutNulls(inner as unknown);
  return object as T;
}

function isScalar(value: unknown): boolean {
  return typeof value !== 'object';
}
