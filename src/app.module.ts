import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { InMemoryLRUCache } from '@apollo/utils.keyvaluecache';
import { type DynamicModule, Module, type OnModuleDestroy } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE, DiscoveryModule } from '@nestjs/core';
import { GraphQLModule } from '@nestjs/graphql';
import { GRAPHQL_PATH } from './api/border.js';
import { ErrorFilter } from './api/error.filter.js';
import { jsonBytes } from './api/json-text.js';
import { listsInTurns } from './api/graphql-lists.js';
import { sameErrorsAsRest } from './api/graphql-errors.js';
import { withTakenInputs } from './api/graphql-inputs.js';
import { PARSED_QUERIES_BYTES_MAX, QUERY_TOKENS_MAX, queryRules, refuseCostly } from './api/query-limits.js';
import { DeclaredScopes, ScopeGuard } from './api/scopes.js';
import { MessagePipe } from './api/validation.js';
import { CcxtModule } from './ccxt/ccxt.module.js';
import { DatabaseModule } from './database/database.module.js';
import { HealthController } from './health.controller.js';
import { DEFAULT_JOBS, type JobSettings } from './config.js';
import { KeysModule } from './keys/keys.module.js';
import { MarketsModule } from './markets/markets.module.js';
import { PortfoliosModule } from './portfolios/portfolios.module.js';
import { ScenariosModule } from './scenarios/scenarios.module.js';
import { JobsModule } from './simulations/jobs.module.js';
import { RunnerModule } from './simulations/runner.module.js';
import { SimulationsModule } from './simulations/simulations.module.js';
import { Streams } from './simulations/streams.js';
import { Waiting } from './simulations/waiting.js';
import { VenuesModule } from './venues/venues.module.js';

export interface ServerOptions {
  readonly databaseUrl: string;
  /** Whether this process takes simulations from the queue too, or leaves them to workers. */
  readonly runsSimulations: boolean;
  /** What the API keys are stored under; absent: no authentication, everybody is the local tenant. */
  readonly keySecret?: string | null;
  readonly jobs?: JobSettings;
}

/** Everything on one screen. */
@Module({})
export class AppModule implements OnModuleDestroy {
  constructor(
    private readonly waiting: Waiting,
    private readonly streams: Streams,
  ) {}

  /** The first part that is told of a stop: who waits is let go, so that all requests can be answered before the connections close. */
  onModuleDestroy(): void {
    this.waiting.end();
    this.streams.end();
  }

  static with({ databaseUrl, runsSimulations, keySecret = null, jobs = DEFAULT_JOBS }: ServerOptions): DynamicModule {
    return {
      module: AppModule,
      imports: [
        DatabaseModule.at(databaseUrl),
        JobsModule.with(jobs),
        GraphQLModule.forRoot<ApolloDriverConfig>({
          driver: ApolloDriver,
          path: GRAPHQL_PATH,
          context: (req: unknown, reply: unknown) => ({ req, reply }),
          autoSchemaFile: true,
          sortSchema: true,
          introspection: true,
          graphiql: false,
          csrfPrevention: true,
          allowBatchedHttpRequests: false,
          persistedQueries: false,
          documentStore: new InMemoryLRUCache({ maxSize: PARSED_QUERIES_BYTES_MAX }),
          includeStacktraceInErrorResponses: false,
          transformSchema: (schema) => withTakenInputs(listsInTurns(schema)),
          stringifyResult: async (result) => Buffer.from((await jsonBytes(result)).buffer) as unknown as string, // handed on as it is: Fastify takes bytes
          preserveHttpStatusForExecutionErrors: false,
          parseOptions: { maxTokens: QUERY_TOKENS_MAX },
          fieldResolverEnhancers: ['filters'],
          validationRules: queryRules,
          plugins: [sameErrorsAsRest, refuseCostly],
        }),
        MarketsModule,
        PortfoliosModule,
        ScenariosModule,
        SimulationsModule,
        CcxtModule,
        VenuesModule,
        DiscoveryModule,
        KeysModule.with(keySecret),
        ...(runsSimulations ? [RunnerModule] : []),
      ],
      controllers: [HealthController],
      providers: [
        DeclaredScopes,
        { provide: APP_GUARD, useClass: ScopeGuard },
        { provide: APP_PIPE, useClass: MessagePipe },
        { provide: APP_FILTER, useClass: ErrorFilter },
      ],
    };
  }
}
