import type { CompiledQuery, DatabaseConnection, Driver, QueryResult, TransactionSettings } from "kysely";
import { DatabaseError } from "../errors.ts";
import type { ProcedureDatabase } from "../procedures.ts";
import { DrivenTransaction, type DriveOptions } from "./driven-transaction.ts";

/**
 * Kysely's driver over the `db` of a procedure. Every query and every transaction gets a connection of its own,
 * so that a query belongs to a transaction exactly if it was built with its `trx`:
 *
 * - a select outside the open transaction runs at once, on the last committed state;
 * - anything else outside, another transaction too, waits for its end. The database's own queue would see to that,
 *   but here what waited in vain can be told why: a callback that uses the instance in place of its `trx` waits
 *   for itself until the timeout, and its write must not be stored then, beside a transaction that was rolled back.
 */
export class ProcedureDriver implements Driver {
  readonly #database: ProcedureDatabase;
  readonly #options: DriveOptions;
  /** The one in whose callback Kysely is: two never have the write mutex at once. */
  #open: DrivenTransaction | undefined;

  constructor(database: ProcedureDatabase, options: DriveOptions) {
    this.#database = database;
    this.#options = options;
  }

  async init(): Promise<void> {}

  async destroy(): Promise<void> {}

  async acquireConnection(): Promise<ProcedureConnection> {
    return new ProcedureConnection(this.#database, () => this.#endOfTransaction());
  }

  async releaseConnection(): Promise<void> {}

  /** Every transaction is serializable, which is as good as any isolation level that is asked for. */
  async beginTransaction(
    connection: ProcedureConnection,
    { accessMode }: TransactionSettings,
  ): Promise<void> {
    if (accessMode === "read only") {
      throw new DatabaseError(
        "INVALID_ARGUMENT",
        "Kysely: a transaction here may always write. Leave the access mode out.",
      );
    }
    await this.#endOfTransaction();
    const transaction = new DrivenTransaction(this.#database, this.#options);
    await transaction.begun;
    connection.transaction = transaction;
    this.#open = transaction;
    void transaction.over.then(() => {
      if (this.#open === transaction) this.#open = undefined;
    });
  }

  async commitTransaction({ transaction }: ProcedureConnection): Promise<void> {
    await transaction!.commit();
  }

  async rollbackTransaction({ transaction }: ProcedureConnection): Promise<void> {
    await transaction!.rollback();
  }

  async savepoint({ transaction }: ProcedureConnection, name: string): Promise<void> {
    await transaction!.control("SAVEPOINT", name);
  }

  async rollbackToSavepoint({ transaction }: ProcedureConnection, name: string): Promise<void> {
    await transaction!.control("ROLLBACK TO", name);
  }

  async releaseSavepoint({ transaction }: ProcedureConnection, name: string): Promise<void> {
    await transaction!.control("RELEASE", name);
  }

  /** Resolves when no transaction of this instance is open. @throws DatabaseError TRANSACTION_MISUSE */
  async #endOfTransaction(): Promise<void> {
    while (this.#open !== undefined) {
      const error = await this.#open.over;
      if (error instanceof DatabaseError && error.code === "TRANSACTION_TIMEOUT")
        throw waitedForItself(error);
    }
  }
}

/** What runs one query after another: outside any transaction, or inside the one that was begun on it. */
class ProcedureConnection implements DatabaseConnection {
  /** Kept after its end, so that no late query runs outside by mistake. */
  transaction: DrivenTransaction | undefined;
  readonly #database: ProcedureDatabase;
  readonly #endOfTransaction: () => Promise<void>;

  constructor(database: ProcedureDatabase, endOfTransaction: () => Promise<void>) {
    this.#database = database;
    this.#endOfTransaction = endOfTransaction;
  }

  async executeQuery<R>({ query, sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    if (this.transaction === undefined && query.kind !== "SelectQueryNode") await this.#endOfTransaction();
    const source = this.transaction?.txn ?? this.#database;
    const { results, meta } = await source
      .prepare(sql)
      .bind(...parameters)
      .all<R>();
    if (query.kind === "SelectQueryNode") return { rows: results };
    return { rows: results, numAffectedRows: BigInt(meta.changes), insertId: insertIdOf(query, meta) };
  }

  streamQuery(): never {
    throw new DatabaseError(
      "STATEMENT_REFUSED",
      "Kysely: stream() is not supported, because a result is read to its end before anything else runs. Use execute(), " +
        "and limit() for large results.",
    );
  }
}

/** The id of the row that the query has inserted; undefined where D1 would tell that of an earlier insert. */
function insertIdOf(query: CompiledQuery["query"], meta: D1Meta): bigint | undefined {
  const mayInsert =
    query.kind === "RawNode" || (query.kind === "InsertQueryNode" && !query.onConflict?.updates);
  return mayInsert && meta.changes > 0 && Number.isSafeInteger(meta.last_row_id)
    ? BigInt(meta.last_row_id)
    : undefined;
}

function waitedForItself(timeout: DatabaseError): DatabaseError {
  return new DatabaseError(
    "TRANSACTION_MISUSE",
    "A query or transaction of a Kysely instance waited for another transaction of it, until that one timed out, and did " +
      "not run. In the callback of kysely.transaction() use its `trx`: what the instance itself runs is not part of it.",
    { cause: timeout },
  );
}
