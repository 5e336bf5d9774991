import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from './generated/client.js';
import { TenantPool } from './tenants.js';

const TRANSACTION_WAIT_MS = 10_000;
const TRANSACTION_TIMEOUT_MS = 60_000;
/** A process that freezes in the middle of a transaction holds its locks no longer than this. */
const STALLED_TRANSACTION_MS = 10_000;

/** Natural keys order the children, and rows say whose they are; nobody outside sees it. */
const UNSAID = {
  market: { tenant: true },
  portfolio: { tenant: true },
  scenario: { tenant: true },
  simulation: { tenant: true },
  simulationRound: { tenant: true },
  simulationAccount: { tenant: true },
  simulationThreshold: { tenant: true },
  simulationEntry: { tenant: true },
  simulationAttribution: { tenant: true },
  simulationPoint: { tenant: true },
  simulationChange: { tenant: true },
  apiKey: { hash: true },
  asset: { tenant: true, marketId: true, ordinal: true },
  marginTier: { tenant: true, marketId: true, assetOrdinal: true, ordinal: true },
  account: { tenant: true, portfolioId: true, ordinal: true },
  collateral: { tenant: true, portfolioId: true, accountOrdinal: true, ordinal: true },
  position: { tenant: true, portfolioId: true, accountOrdinal: true, ordinal: true },
  stopOrder: { tenant: true, portfolioId: true, accountOrdinal: true, ordinal: true },
  loan: { tenant: true, portfolioId: true, ordinal: true },
  loanCollateral: { tenant: true, portfolioId: true, loanOrdinal: true, ordinal: true },
  institution: { tenant: true, portfolioId: true, ordinal: true },
  institutionHolding: { tenant: true, portfolioId: true, institutionOrdinal: true, ordinal: true },
  debt: { tenant: true, portfolioId: true, loanOrdinal: true, ordinal: true },
} as const;

const options = (pool: TenantPool) => ({
  adapter: new PrismaPg(pool, { disposeExternalPool: true }),
  omit: UNSAID,
  transactionOptions: { maxWait: TRANSACTION_WAIT_MS, timeout: TRANSACTION_TIMEOUT_MS },
});

/** Prisma on our PostgreSQL; connects when first asked. */
@Injectable()
export class Database extends PrismaClient<ReturnType<typeof options>> implements OnModuleDestroy {
  /** `pool`: connections of the caller's tenant, for what Prisma has no word for. `url` is above tenants: for the queue and the migrations. */
  constructor(
    readonly url: string,
    readonly pool = new TenantPool(url, { idle_in_transaction_session_timeout: STALLED_TRANSACTION_MS }),
  ) {
    super(options(pool));
  }

  async onModuleDestroy(): Promise<void> {
    await this.$disconnect();
  }
}

/** What is to be had inside `database.$transaction`. */
export type Transaction = Omit<Database, '$connect' | '$disconnect' | '$on' | '$extends' | '$transaction' | 'url' | 'pool' | 'onModuleDestroy'>;
