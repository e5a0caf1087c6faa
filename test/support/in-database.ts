import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { CallScope } from "../../src/database/call-scope.ts";
import { Engine } from "../../src/database/engine.ts";
import { ScopedDatabase } from "../../src/database/procedure-database.ts";
import { waitElsewhereOf } from "../../src/database/wait-elsewhere.ts";
import type { ProcedureDatabase } from "../../src/procedures.ts";
import type { SqlValue } from "../../src/protocol.ts";

/** An empty database, as the code of a Durable Object sees it. */
export class TestDatabase {
  readonly engine: Engine;
  readonly state: DurableObjectState;

  constructor(state: DurableObjectState) {
    this.state = state;
    this.engine = new Engine(state.storage, state.id.toString(), { waitElsewhere: waitElsewhereOf(state) });
  }

  /** The scope of one more procedure call. */
  scope(): CallScope {
    return new CallScope(this.engine, this.state.id.toString());
  }

  /** The `db` of one more procedure call. */
  db(scope = this.scope()): ProcedureDatabase {
    return new ScopedDatabase(scope);
  }

  /** What a plain client sends: one query RPC with one statement. Gives the rows as arrays. */
  async query(sql: string, ...params: SqlValue[]): Promise<SqlValue[][]> {
    const [result] = await this.engine.query([{ sql, params }]);
    return result!.data.rows as SqlValue[][];
  }

  /** The first column of every row. */
  async column(sql: string, ...params: SqlValue[]): Promise<SqlValue[]> {
    return (await this.query(sql, ...params)).map(([value]) => value!);
  }
}

/**
 * Runs a test beside the data: inside a Durable Object of its own, on an engine of its own. There
 * `scheduler.wait()` is a real wait for something outside the database.
 */
export function inDatabase(test: (database: TestDatabase) => Promise<void>): () => Promise<void> {
  return () =>
    runInDurableObject(env.DB.getByName(crypto.randomUUID()), async (_object, state) =>
      test(new TestDatabase(state)),
    );
}
