import { getNullableType, type GraphQLFieldResolver, type GraphQLSchema, isListType, isObjectType } from 'graphql';
import { giveWay } from './turns.js';

/** Elements of a list that graphql-js may complete in one go. */
const AT_ONCE_MAX = 100;

type Resolver = GraphQLFieldResolver<unknown, unknown>;

/** Has long lists of an answer completed element by element, in turns with all else. */
export function listsInTurns(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) if (field.resolve && isListType(getNullableType(field.type))) field.resolve = inTurns(field.resolve);
  }
  return schema;
}

function inTurns(resolve: Resolver): Resolver {
  return (...args) => {
    const value: unknown = resolve(...args);
    return Array.isArray(value) && value.length > AT_ONCE_MAX ? oneByOne(value) : value;
  };
}

/** Promises that are kept in their order, each after its turn. */
function oneByOne<T>(list: readonly T[]): Promise<T>[] {
  const keep: ((value: T) => void)[] = [];
  const promises = list.map(() => new Promise<T>((done) => keep.push(done)));
  const keepAll = async () => {
    for (const [i, value] of list.entries()) {
      keep[i]!(value);
      await giveWay();
    }
  };
  void keepAll();
  return promises;
}
