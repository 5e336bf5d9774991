import { Injectable, Module, type DynamicModule, type OnModuleDestroy } from '@nestjs/common';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from './generated/client.js';

const TRANSACTION_WAIT_MS = 10_000;
const TRANSACTION_TIMEOUT_MS = 60_000;

/** Natural keys order the children; nobody outside sees them. */
const KEYS = {
  asset: { marketId: true, ordinal: true },
  marginTier: { marketId: true, assetOrdinal: true, ordinal: true },
  account: { portfolioId: true, ordinal: true },
  collateral: { portfolioId: true, accountOrdinal: true, ordinal: true },
  position: { portfolioId: true, accountOrdinal: true, ordinal: true },
  stopOrder: { portfolioId: true, accountOrdinal: true, ordinal: true },
  loan: { portfolioId: true, ordinal: true },
  loanCollateral: { portfolioId: true, loanOrdinal: true, ordinal: true },
  debt: { portfolioId: true, loanOrdinal: true, ordinal: true },
} as const;

const options = (url: string) => ({
  adapter: new PrismaPg({ connectionString: url }),
  omit: KEYS,
  transactionOptions: { maxWait: TRANSACTION_WAIT_MS, timeout: TRANSACTION_TIMEOUT_MS },
});

/** Prisma on our PostgreSQL; connects when first asked. */
@Injectable()
export class Database extends PrismaClient<ReturnType<typeof options>> implements OnModuleDestroy {
  constructor(readonly url: string) {
    super(options(url));
  }

  async onModuleDestroy(): Promise<void> {
    await this.$disconnect();
  }
}

/** What is to be had inside `database.$transaction`. */
export type Transaction = Omit<Database, '$connect' | '$disconnect' | '$on' | '$extends' | '$transaction' | 'url' | 'onModuleDestroy'>;

@Module({})
export class DatabaseModule {
  static at(url: string): DynamicModule {
    return { module: DatabaseModule, global: true, providers: [{ provide: Database, useFactory: () => new Database(url) }], exports: [Database] };
  }
}
