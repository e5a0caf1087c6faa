import {
  type DatabaseIntrospector,
  type Dialect,
  DialectAdapterBase,
  type Driver,
  type Kysely,
  type QueryCompiler,
  SqliteQueryCompiler,
} from "kysely";
import type { ProcedureDatabase, TransactionOptions } from "../procedures.ts";
import { ProcedureDriver } from "./procedure-driver.ts";
import { ProcedureIntrospector } from "./procedure-introspector.ts";

/** What a {@link ProcedureDialect} needs: the database, and the options of the transactions that it begins. */
export interface ProcedureDialectConfig extends Pick<TransactionOptions, "timeoutMs" | "signal"> {
  /**
   * `this.db` of the procedure call that runs; a Kysely instance lives no longer than its call. With
   * `this.db.withExactIntegers()` a BigInt, such as an `insertId`, can be bound.
   */
  database: ProcedureDatabase;
}

/** Kysely on the database of a procedure, transactions and savepoints included. */
export class ProcedureDialect implements Dialect {
  readonly #config: ProcedureDialectConfig;

  constructor(config: ProcedureDialectConfig) {
    this.#config = config;
  }

  createAdapter(): DialectAdapterBase {
    return new ProcedureAdapter();
  }

  createDriver(): Driver {
    const { database, timeoutMs, signal } = this.#config;
    return new ProcedureDriver(database, { timeoutMs, signal });
  }

  createQueryCompiler(): QueryCompiler {
    return new SqliteQueryCompiler();
  }

  // biome-ignore lint/suspicious/noExplicitAny: the type is Kysely's.
  createIntrospector(kysely: Kysely<any>): DatabaseIntrospector {
    return new ProcedureIntrospector(kysely);
  }
}

/** Not a SqliteAdapter: from 0.29 on that one tells Kysely to run one thing at a time. */
class ProcedureAdapter extends DialectAdapterBase {
  /** Lets Kysely's Migrator run all pending migrations in one transaction, whose write mutex is the lock. */
  override get supportsTransactionalDdl(): boolean {
    return true;
  }

  override get supportsReturning(): boolean {
    return true;
  }

  async acquireMigrationLock(): Promise<void> {}

  async releaseMigrationLock(): Promise<void> {}
}
