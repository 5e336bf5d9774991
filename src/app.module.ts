import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { GraphQLModule } from '@nestjs/graphql';
import { GRAPHQL_PATH } from './api/border.js';
import { ErrorFilter } from './api/error.filter.js';
import { sameErrorsAsRest } from './api/graphql-errors.js';
import { MessagePipe } from './api/validation.js';
import { CcxtModule } from './ccxt/ccxt.module.js';
import { DatabaseModule } from './database/database.js';
import { HealthController } from './health.controller.js';
import { MarketsModule } from './markets/markets.module.js';
import { PortfoliosModule } from './portfolios/portfolios.module.js';
import { ScenariosModule } from './scenarios/scenarios.module.js';
import { RunnerModule } from './simulations/runner.module.js';
import { SimulationsModule } from './simulations/simulations.module.js';
import { VenuesModule } from './venues/venues.module.js';

const QUERY_TOKENS_MAX = 10_000;

export interface ServerOptions {
  readonly databaseUrl: string;
  /** Whether this process takes simulations from the queue too, or leaves them to workers. */
  readonly runsSimulations: boolean;
}

/** Everything on one screen. */
@Module({})
export class AppModule {
  static with({ databaseUrl, runsSimulations }: ServerOptions): DynamicModule {
    return {
      module: AppModule,
      imports: [
        DatabaseModule.at(databaseUrl),
        GraphQLModule.forRoot<ApolloDriverConfig>({
          driver: ApolloDriver,
          path: GRAPHQL_PATH,
          autoSchemaFile: true,
          sortSchema: true,
          introspection: true,
          graphiql: false,
          csrfPrevention: true,
          allowBatchedHttpRequests: false,
          includeStacktraceInErrorResponses: false,
          preserveHttpStatusForExecutionErrors: false,
          parseOptions: { maxTokens: QUERY_TOKENS_MAX },
          fieldResolverEnhancers: ['filters'],
          plugins: [sameErrorsAsRest],
        }),
        MarketsModule,
        PortfoliosModule,
        ScenariosModule,
        SimulationsModule,
        CcxtModule,
        VenuesModule,
        ...(runsSimulations ? [RunnerModule] : []),
      ],
      controllers: [HealthController],
      providers: [
        { provide: APP_PIPE, useClass: MessagePipe },
        { provide: APP_FILTER, useClass: ErrorFilter },
      ],
    };
  }
}
