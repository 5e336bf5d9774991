import type { ApolloServerPlugin, BaseContext, GraphQLRequestContext } from '@apollo/server';
import { type DocumentNode, getNamedType, type GraphQLFormattedError, type GraphQLSchema, isNonNullType, Kind, type OperationDefinitionNode, valueFromASTUntyped } from 'graphql';
import { TypeMetadataStorage } from '@nestjs/graphql';
import { ERRORS, invalidInput, type Issue } from './errors.js';
import { toGraphQLError } from './error.filter.js';
import { inputIssues, isLarge } from './validation.js';

/**
 * GraphQL refuses wrong input by rules of its own, before any resolver runs. So that both doors say the same, the input that it refused
 * is put before the validation of the REST door, and those issues are answered; what only GraphQL knows keeps its words and gets a pointer.
 */
export const sameErrorsAsRest: ApolloServerPlugin = {
  async requestDidStart() {
    return {
      async willSendResponse(context) {
        const { body, http } = context.response;
        if (body.kind !== 'single' || 'data' in body.singleResult) return;
        const { errors = [] } = body.singleResult;
        if (!errors.some(isAboutInput)) return;
        const found = context.document ? await issuesOfArguments(context, context.document) : [];
        const error = toGraphQLError(invalidInput(found.length > 0 ? found : errors.filter(isAboutInput).map(issueOf)));
        const { http: _http, ...extensions } = error.extensions;
        body.singleResult.errors = [{ message: error.message, extensions }];
        http.status = ERRORS.INVALID_INPUT.status;
      },
    };
  },
};

/** graphql-js looks at every element of an input in one go, however many there are: what is wrong with a large one is found before, in turns. Throws INVALID_INPUT. */
export async function refuseLargeWrongInput(context: GraphQLRequestContext<BaseContext>, document: DocumentNode): Promise<void> {
  if (!isLarge(context.request.variables)) return;
  const found = await issuesOfArguments(context, document);
  if (found.length > 0) throw toGraphQLError(invalidInput(found));
}

/** Coercion of variables (execution) and of literals (validation); other validation errors are about the query itself. */
function isAboutInput({ message, extensions }: GraphQLFormattedError): boolean {
  return extensions?.code === 'BAD_USER_INPUT' || (extensions?.code === 'GRAPHQL_VALIDATION_FAILED' && /^(Expected value of type|Field ".*" is not defined by type|Field ".*" of required type|Value ".*" does not exist in|Float cannot|Int cannot|String cannot|Boolean cannot|ID cannot|Enum ".*" cannot|There can be only one input field)/.test(message));
}

async function issuesOfArguments({ request, schema }: GraphQLRequestContext<BaseContext>, document: DocumentNode): Promise<readonly Issue[]> {
  const operation = document.definitions.find((node): node is OperationDefinitionNode => node.kind === Kind.OPERATION_DEFINITION && (!request.operationName || node.name?.value === request.operationName));
  const root = operation && schema.getRootType(operation.operation);
  if (!root) return [];
  const known = inputClasses(schema);
  const found = operation.selectionSet.selections.flatMap((selection) => {
    if (selection.kind !== Kind.FIELD) return [];
    const declared = root.getFields()[selection.name.value]?.args ?? [];
    return declared.map((argument) => {
      const type = known.get(getNamedType(argument.type).name);
      const given = selection.arguments?.find((node) => node.name.value === argument.name);
      return type && (given || isNonNullType(argument.type)) ? inputIssues(type, given && valueFromASTUntyped(given.value, request.variables)) : [];
    });
  });
  return (await Promise.all(found)).flat();
}

function inputClasses(schema: GraphQLSchema): Map<string, new () => object> {
  const classes = TypeMetadataStorage.getInputTypesMetadata().map(({ name, target }) => [name, target as new () => object] as const);
  return new Map(classes.filter(([name]) => schema.getType(name)));
}

/** `at "input.assets[0].price"` as a pointer. */
function issueOf({ message }: GraphQLFormattedError): Issue {
  const path = / at "(?:input\.?)?([^"]*)"/.exec(message)?.[1] ?? '';
  const pointer = path.replaceAll(/\.?([^.[\]]+)\]?\[?/g, '/$1');
  return { pointer, code: 'WRONG_TYPE', message };
}
