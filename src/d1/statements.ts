import { D1Error, DatabaseError } from "../errors.ts";
import type { StatementSource } from "../procedures.ts";
import { runBatch } from "./batch.ts";
import { PreparedStatement, type StatementExecutor } from "./prepared-statement.ts";
import { DatabaseSession, SessionBookmark } from "./session.ts";

/** D1's client API on top of anything that runs statements. Nothing is #private: see {@link PreparedStatement}. */
export abstract class Statements implements StatementSource {
  private readonly executor: StatementExecutor;
  private readonly exactIntegers: boolean;

  constructor(executor: StatementExecutor, exactIntegers = false) {
    this.executor = executor;
    this.exactIntegers = exactIntegers;
  }

  prepare(sql: string): D1PreparedStatement {
    return new PreparedStatement(this.executor, sql, this.exactIntegers);
  }

  batch<T = unknown>(statements: D1PreparedStatement[]): Promise<D1Result<T>[]> {
    return runBatch(this.executor, statements);
  }

  async exec(script: string): Promise<D1ExecResult> {
    if (typeof script !== "string") {
      throw new DatabaseError(
        "INVALID_ARGUMENT",
        `exec() expects SQL text as a string, not ${typeof script}.`,
      );
    }
    return this.executor.exec(script);
  }

  withSession(constraintOrBookmark?: string): D1DatabaseSession {
    const bookmark = new SessionBookmark(constraintOrBookmark);
    return new DatabaseSession(this.executor.inSession(bookmark), bookmark, this.exactIntegers);
  }

  abstract withExactIntegers(): StatementSource;

  async dump(): Promise<ArrayBuffer> {
    throw new D1Error(
      "D1_DUMP_ERROR",
      "dump() does not exist any more, here as on D1. `wrangler d1 export <name> --remote` writes the database as SQL.",
    );
  }
}
