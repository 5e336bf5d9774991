import { defaultFieldResolver, type GraphQLFieldResolver } from 'graphql';
import { giveWay } from './turns.js';

/** Elements of a list that graphql-js may complete in one go. */
const AT_ONCE_MAX = 100;

/** What a field without a resolver of its own answers: long lists element by element, in turns with all else. */
export const fieldInTurns: GraphQLFieldResolver<unknown, unknown> = (source, args, context, info) => {
  const value: unknown = defaultFieldResolver(source, args, context, info);
  return Array.isArray(value) && value.length > AT_ONCE_MAX ? oneByOne(value) : value;
};

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
