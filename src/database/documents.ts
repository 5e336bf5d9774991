import { v7 as uuid } from 'uuid';
import { type Issue, notFound, refuseInconsistent } from '../api/errors.js';
import { isId } from '../api/fields.js';
import { type Page, pageOf, type PageRequest } from '../api/pages.js';
import type { Database, Transaction } from './database.js';

/** Which page of documents to find, newest first when ids are UUIDv7. */
export interface Find {
  readonly where: { readonly id?: { readonly lt: string }; readonly reference?: string };
  readonly orderBy: { readonly id: 'desc' };
  readonly take: number;
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
  abstract issues(input: In): Issue[];
  protected abstract findOne(from: Transaction, id: string): Promise<Out | null>;
  protected abstract findPage(from: Transaction, query: Find): Promise<Listed[]>;
  /** Writes the document and its children under a new id. */
  protected abstract insert(write: Transaction, id: string, input: In): Promise<void>;
  /** Overwrites the document and all its children; the row of the document first, which makes two replacements take turns. */
  protected abstract update(write: Transaction, id: string, input: In): Promise<void>;
  protected abstract erase(id: string): Promise<{ count: number }>;

  async create(input: In): Promise<Out> {
    refuseInconsistent(this.issues(input));
    const id = uuid();
    return this.database.$transaction(async (write) => {
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
    const where = { ...(after && { id: { lt: after } }), ...(reference !== undefined && { reference }) };
    const found = await this.database.$transaction((from) => this.findPage(from, { where, orderBy: { id: 'desc' }, take: limit + 1 }), SNAPSHOT);
    return pageOf(found.map(withoutNulls), limit);
  }

  /** Throws NOT_FOUND. */
  async replace(id: string, input: In): Promise<Out> {
    refuseInconsistent(this.issues(input));
    if (!isId(id)) throw notFound(this.noun, id);
    const work = async (write: Transaction) => {
      await this.update(write, id, input);
      return this.found(write, id);
    };
    return this.database.$transaction(work).catch((error: { code?: string }) => {
      throw error.code === 'P2025' ? notFound(this.noun, id) : error;
    });
  }

  /** Answers the id; throws NOT_FOUND. */
  async delete(id: string): Promise<string> {
    const { count } = isId(id) ? await this.erase(id) : { count: 0 };
    if (count === 0) throw notFound(this.noun, id);
    return id;
  }

  private async found(from: Transaction, id: string): Promise<Out> {
    const document = await this.findOne(from, id);
    if (!document) throw notFound(this.noun, id);
    return withoutNulls(document);
  }
}

/** All statements of a reader see one moment: never the row of one version with the children of the next. */
const SNAPSHOT = { isolationLevel: 'RepeatableRead' } as const;

/** For an update: what the message does not have is cleared. */
export function wholeRow<T extends object>(message: T): T {
  return Object.fromEntries(Object.entries(message).map(([field, value]) => [field, value ?? null])) as T;
}

/** A field that was not posted is not read back: no nulls. */
function withoutNulls<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutNulls) as T;
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[key, withoutNulls(inner)]]))) as T;
}
