/** What a GraphQL query may cost, before anything is executed. */
import type { ApolloServerPlugin, BaseContext, GraphQLRequest } from '@apollo/server';
import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesRule } from '@escape.tech/graphql-armor-max-directives';
import { type DocumentNode, getNamedType, getOperationAST, getVariableValues, type GraphQLSchema, type GraphQLError, type GraphQLFormattedError, isListType, isNonNullType, type GraphQLOutputType, OperationTypeNode, type ValidationContext } from 'graphql';
import { type ComplexityEstimatorArgs, getComplexity } from 'graphql-query-complexity';
import { toGraphQLError } from './error.filter.js';
import { ApiError } from './errors.js';
import { takeLargeInputs } from './graphql-inputs.js';
import { PAGE_MAX } from './pages.js';
import { giveWay } from './turns.js';

export const QUERY_TOKENS_MAX = 10_000;
export const QUERY_DEPTH_MAX = 15;
export const QUERY_ALIASES_MAX = 30;
export const QUERY_DIRECTIVES_MAX = 30;
/** Fields of the answer, a page counted `first` times and a list without pages LIST_SIZE times. */
export const QUERY_COST_MAX = 400_000;
/** Parsed queries that are remembered, as JSON; in memory they take several times that, and whoever sends ever new ones fills it. */
export const PARSED_QUERIES_BYTES_MAX = 2 * 1024 * 1024;
const LIST_SIZE = 10;

const refused = { propagateOnRejection: false, onReject: [(context: ValidationContext | null, error: GraphQLError) => context?.reportError(tooComplex(error.message.replace(/^Syntax Error: /, '')))] };

export const queryRules = [
  maxDepthRule({ n: QUERY_DEPTH_MAX, flattenFragments: true, ...refused }),
  maxAliasesRule({ n: QUERY_ALIASES_MAX, ...refused }),
  maxDirectivesRule({ n: QUERY_DIRECTIVES_MAX, ...refused }),
];

export const refuseCostly: ApolloServerPlugin<BaseContext> = {
  async requestDidStart() {
    return {
      async didResolveOperation(context) {
        const { schema, document, request, operation } = context;
        if (operation?.operation === OperationTypeNode.SUBSCRIPTION) throw toGraphQLError(new ApiError('INVALID_INPUT', 'Subscriptions are had over a WebSocket at this address (graphql-transport-ws).'));
        if (operation && !schema.getRootType(operation.operation)) throw toGraphQLError(new ApiError('INVALID_INPUT', `There is no ${operation.operation} here.`));
        await takeLargeInputs(context, document);
        refuseCostlier(schema, document, request);
        await giveWay();
      },
      async willSendResponse({ response: { body } }) {
        if (body.kind === 'single') body.singleResult.errors = body.singleResult.errors?.map(withOwnCode);
      },
    };
  },
};

/** Throws TOO_COMPLEX. */
export function refuseCostlier(schema: GraphQLSchema, query: DocumentNode, asked: Pick<GraphQLRequest, 'variables' | 'operationName'>): void {
  const cost = costOfQuery(schema, query, asked);
  if (cost > QUERY_COST_MAX) throw tooComplex(`The query may answer ${cost} fields; ${QUERY_COST_MAX} are allowed. Ask for smaller pages.`);
}

/** Wrong variables cost nothing here: the execution refuses them, field by field. */
function costOfQuery(schema: GraphQLSchema, query: DocumentNode, { variables, operationName }: Pick<GraphQLRequest, 'variables' | 'operationName'>): number {
  try {
    return getComplexity({ schema, query, variables, operationName, estimators: [costOf] });
  } catch (error) {
    const operation = getOperationAST(query, operationName);
    if (getVariableValues(schema, operation?.variableDefinitions ?? [], variables ?? {}, { maxErrors: 1 }).errors) return 0;
    throw tooComplex((error as Error).message); // more nodes than it counts, fragments unfolded
  }
}

function costOf({ field, type, args, childComplexity }: ComplexityEstimatorArgs): number {
  if (field.name.startsWith('__') || type.name.startsWith('__') || getNamedType(field.type).name.startsWith('__')) return 0;
  const first: unknown = args.first;
  return 1 + childComplexity * (isPageSize(first) ? first : isList(field.type) && !PAGE_PARTS.includes(field.name) ? LIST_SIZE : 1);
}

/** Others are refused by name when they are read. */
function isPageSize(first: unknown): first is number {
  return typeof first === 'number' && first >= 1 && first <= PAGE_MAX;
}

/** Their size is that of the page around them. */
const PAGE_PARTS = ['nodes', 'edges'];

function isList(type: GraphQLOutputType): boolean {
  return isListType(isNonNullType(type) ? type.ofType : type);
}

/** Apollo gives every error of a validation rule its own code. */
function withOwnCode(error: GraphQLFormattedError): GraphQLFormattedError {
  return error.extensions?.code === 'GRAPHQL_VALIDATION_FAILED' && 'status' in error.extensions ? { message: error.message, extensions: { ...error.extensions, code: 'TOO_COMPLEX' } } : error;
}

export function tooComplex(message: string): GraphQLError {
  return toGraphQLError(new ApiError('TOO_COMPLEX', message));
}
