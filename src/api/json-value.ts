import { GraphQLScalarType, valueFromASTUntyped } from 'graphql';

/** Any JSON, as it came; whoever reads it says what must be in it. The border has bounded its depth and size. */
export const JsonValue = new GraphQLScalarType<unknown, unknown>({
  name: 'JSON',
  description: 'Any JSON value.',
  serialize: (value) => value,
  parseValue: (value) => value,
  parseLiteral: (node, variables) => valueFromASTUntyped(node, variables),
});
