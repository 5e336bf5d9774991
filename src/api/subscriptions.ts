/** GraphQL subscriptions over WebSockets (graphql-transport-ws) at the address of GraphQL. An upgrade passes none of Fastify's hooks: all that guards the doors is said again here. */
import type { IncomingMessage, Server } from 'node:http';
import { type ExecutionArgs, GraphQLError, type GraphQLSchema, OperationTypeNode, parse, specifiedRules, subscribe, getOperationAST, validate } from 'graphql';
import { CloseCode, type Context, type ServerOptions, type SubscribePayload } from 'graphql-ws';
import { type Extra, useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { GRAPHQL_PATH, refuseNested } from './border.js';
import { asCaller, type Caller, NOBODY } from './caller.js';
import { ApiError } from './errors.js';
import { toApiError, toGraphQLError } from './error.filter.js';
import { answerOnSocket } from './no-request.js';
import { QUERY_TOKENS_MAX, queryRules, refuseCostlier, tooComplex } from './query-limits.js';
import { unauthenticated } from './scopes.js';

export const MESSAGE_BYTES_MAX = 256 * 1024;
/** Of all tenants, before anybody has said who he is. */
export const CONNECTIONS_MAX = 1000;
export const TENANT_CONNECTIONS_MAX = 50;
/** Who has not said who he is by then is let go. */
const INIT_WAIT_MS = 5000;
/** So often a connection says that it lives, and its credential is looked at again. */
const KEEP_ALIVE_MS = 12_000;
const CREDENTIAL_LOOK_MS = 5000;
/** Code of a connection that asks for more than it may. */
const TOO_MANY = 4429;
const GOING_AWAY = 1001;

interface Held {
  who: Caller;
  watch?: NodeJS.Timeout;
}

type Connection = Context<Record<string, unknown>, Extra & Partial<Held>>;

export interface SubscriptionOptions {
  readonly schema: GraphQLSchema;
  callerOf(authorization?: string): Promise<Caller>;
  /** Operations a minute of one connection. */
  readonly rateLimit: number;
}

/** Answers how to let all connections go: their clients come back to another process. */
export function serveSubscriptions(server: Server, options: SubscriptionOptions): () => void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_BYTES_MAX });
  useServer(serverOptions(options), sockets, KEEP_ALIVE_MS);
  let isOver = false;
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => undefined); // a client that is gone
    if (request.url?.split('?', 1)[0] !== GRAPHQL_PATH) return answerOnSocket(new ApiError('NOT_FOUND', `WebSockets are taken at ${GRAPHQL_PATH} alone.`), socket);
    if (!isSameOrigin(request)) return answerOnSocket(new ApiError('FORBIDDEN', 'A page of another origin may not subscribe.'), socket);
    if (isOver || sockets.clients.size >= CONNECTIONS_MAX) return answerOnSocket(new ApiError('OVERLOADED', isOver ? 'The service stops.' : `${CONNECTIONS_MAX} connections are open.`), socket);
    sockets.handleUpgrade(request, socket, head, (client) => {
      client.on('error', () => undefined); // ws closes it with the code of what is wrong
      sockets.emit('connection', client, request);
    });
  });
  return () => {
    isOver = true;
    for (const client of sockets.clients) client.close(GOING_AWAY, 'The service stops.');
    setTimeout(() => sockets.clients.forEach((client) => client.terminate()), INIT_WAIT_MS).unref();
  };
}

/** Browsers let any page open a WebSocket to anywhere, and say which page it was; other clients do not. */
function isSameOrigin({ headers: { origin, host } }: IncomingMessage): boolean {
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}

function serverOptions({ schema, callerOf, rateLimit }: SubscriptionOptions): ServerOptions<Record<string, unknown>, Extra & Partial<Held>> {
  const connectionsOf = new Map<string, number>();
  const count = (tenant: string, by: number) => connectionsOf.set(tenant, (connectionsOf.get(tenant) ?? 0) + by);
  const rates = new WeakMap<object, { minute: number; operations: number }>();

  const isTooFast = ({ extra }: Connection) => {
    const minute = Math.floor(Date.now() / 60_000);
    const rate = rates.get(extra)?.minute === minute ? rates.get(extra)! : { minute, operations: 0 };
    rates.set(extra, rate);
    return ++rate.operations > rateLimit;
  };

  return {
    schema,
    connectionInitWaitTimeout: INIT_WAIT_MS,
    async onConnect(context) {
      const { socket, request } = context.extra;
      const authorization = credentialOf(context.connectionParams) ?? request.headers.authorization;
      const letGo = (error: unknown) => {
        const { code, message } = toApiError(error);
        if (code === 'UNAUTHENTICATED') socket.close(CloseCode.Unauthorized, message);
      };
      const who = await admitted(callerOf, authorization).catch(letGo);
      if (!who) return false;
      if ((connectionsOf.get(who.tenant) ?? 0) >= TENANT_CONNECTIONS_MAX) {
        socket.close(TOO_MANY, `${TENANT_CONNECTIONS_MAX} connections are open already.`);
        return false;
      }
      count(who.tenant, 1);
      const watch = setInterval(() => void admitted(callerOf, authorization).catch(letGo), CREDENTIAL_LOOK_MS).unref();
      Object.assign(context.extra, { who, watch } satisfies Held);
      if (socket.readyState !== socket.OPEN) release(context);
      return true;
    },
    onClose: (context) => release(context),
    onSubscribe(context, _id, payload) {
      if (isTooFast(context)) return [toGraphQLError(new ApiError('RATE_LIMITED', `More than ${rateLimit} operations a minute.`))].map(shown);
      try {
        return executionOf(payload, schema, context.extra.who!);
      } catch (error) {
        return (Array.isArray(error) ? (error as GraphQLError[]) : [error]).map((each) => shown(each instanceof GraphQLError ? each : toGraphQLError(toApiError(each))));
      }
    },
    subscribe: async (args) => {
      const { who } = args.contextValue as Held;
      const answer = await asCaller(who, async () => subscribe(args));
      return Symbol.asyncIterator in answer ? eachAs(who, answer) : { ...answer, errors: answer.errors?.map(shown) };
    },
  };

  function release({ extra }: Connection): void {
    if (!extra.who) return;
    count(extra.who.tenant, -1);
    if (connectionsOf.get(extra.who.tenant) === 0) connectionsOf.delete(extra.who.tenant);
    clearInterval(extra.watch);
    extra.who = undefined;
  }
}

async function admitted(callerOf: SubscriptionOptions['callerOf'], authorization?: string): Promise<Caller> {
  const who = await callerOf(authorization);
  if (who === NOBODY) throw unauthenticated();
  return who;
}

/** Browsers cannot set headers of a WebSocket: the first message says it. */
function credentialOf(params: Readonly<Record<string, unknown>> = {}): string | undefined {
  const said = params.authorization ?? params.Authorization;
  return said === undefined ? undefined : String(said);
}

/** The operation, when it is a subscription within the limits of every query; throws one error or several. */
function executionOf({ query, variables, operationName }: SubscribePayload, schema: GraphQLSchema, who: Caller): ExecutionArgs {
  refuseNested(query);
  const document = parsed(query);
  const errors = validate(schema, document, [...specifiedRules, ...queryRules]);
  if (errors.length > 0) throw errors.map((error) => ('status' in error.extensions ? error : withCode(error, 'GRAPHQL_VALIDATION_FAILED')));
  if (getOperationAST(document, operationName)?.operation !== OperationTypeNode.SUBSCRIPTION) throw new ApiError('INVALID_INPUT', `Here are subscriptions alone: queries and mutations go to POST ${GRAPHQL_PATH}.`);
  refuseCostlier(schema, document, { variables: variables ?? {}, operationName: operationName ?? undefined });
  return { schema, document, operationName, variableValues: variables, contextValue: { who } };
}

function parsed(query: string) {
  try {
    return parse(query, { maxTokens: QUERY_TOKENS_MAX });
  } catch (error) {
    const { message } = error as GraphQLError;
    throw /token/.test(message) && message.includes(String(QUERY_TOKENS_MAX)) ? tooComplex(message.replace(/^Syntax Error: /, '')) : withCode(error as GraphQLError, 'GRAPHQL_PARSE_FAILED');
  }
}

function withCode({ message, nodes, source, positions }: GraphQLError, code: string): GraphQLError {
  return new GraphQLError(message, { nodes, source, positions, extensions: { code } });
}

/** Without what is meant for HTTP. */
function shown(error: GraphQLError): GraphQLError {
  const { http: _http, ...extensions } = error.extensions;
  const { message, nodes, source, positions, path } = error;
  return new GraphQLError(message, { nodes, source, positions, path, extensions });
}

/** Each answer is made as `who`, whoever asks for it. */
function eachAs<T>(who: Caller, answers: AsyncIterable<T>): AsyncIterableIterator<T, void> {
  const source = answers[Symbol.asyncIterator]();
  return {
    next: () => asCaller(who, () => source.next()),
    return: async () => {
      await source.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
