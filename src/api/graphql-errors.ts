import type { ApolloServerPlugin } from '@apollo/server';
import type { GraphQLFormattedError } from 'graphql';
import { ERRORS, invalidInput, type Issue } from './errors.js';
import { toGraphQLError } from './error.filter.js';
import { issuesOfInputs } from './graphql-inputs.js';

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
        const found = context.document ? await issuesOfInputs(context, context.document) : [];
        const error = toGraphQLError(invalidInput(found.length > 0 ? found : errors.filter(isAboutInput).map(issueOf)));
        const { http: _http, ...extensions } = error.extensions;
        body.singleResult.errors = [{ message: error.message, extensions }];
        http.status = ERRORS.INVALID_INPUT.status;
      },
    };
  },
};

/** Coercion of variables (execution) and of literals (validation); other validation errors are about the query itself. */
function isAboutInput({ message, extensions }: GraphQLFormattedError): boolean {
  return extensions?.code === 'BAD_USER_INPUT' || (extensions?.code === 'GRAPHQL_VALIDATION_FAILED' && /^(Expected value of type|Field ".*" is not defined by type|Field ".*" of required type|Value ".*" does not exist in|Float cannot|Int cannot|String cannot|Boolean cannot|ID cannot|Enum ".*" cannot|There can be only one input field)/.test(message));
}

/** `at "input.assets[0].price"` as a pointer. */
function issueOf({ message }: GraphQLFormattedError): Issue {
  const path = / at "(?:input\.?)?([^"]*)"/.exec(message)?.[1] ?? '';
  const pointer = path.replaceAll(/\.?([^.[\]]+)\]?\[?/g, '/$1');
  return { pointer, code: 'WRONG_TYPE', message };
}
