import { dumpOf } from "../support/dump.ts";

/** All that a statement could change, of the database and of the connection. */
export interface WholeState {
  /** Rows and schema. */
  rows: Record<string, string[]>;
  /** What the object keeps beside the tables. */
  kept: unknown[];
  /** Flags and counters of the connection. */
  connection: Record<string, unknown>;
}

export function wholeState({ sql, kv }: DurableObjectStorage): WholeState {
  const flags = ["defer_foreign_keys", "foreign_keys", "recursive_triggers"].map((flag) =>
    sql.exec(`PRAGMA ${flag}`).one(),
  );
  const counters = sql.exec("SELECT total_changes() AS changes, last_insert_rowid() AS last").one();
  return { rows: dumpOf(sql), kept: [...kv.list()], connection: Object.assign({}, ...flags, counters) };
}

/** Runs an action in a transaction that is rolled back. */
export function undone<T>(storage: DurableObjectStorage, action: () => T): T {
  const undo = new Error("undo");
  let result: T;
  try {
    storage.transactionSync(() => {
      result = action();
      // What an FTS5 table has in memory it writes now, while its own tables still exist, or the runtime resets the object.
      storage.transactionSync(() => {});
      throw undo;
    });
  } catch (error) {
    if (error !== undo) throw error;
  }
  storage.sql.exec("PRAGMA defer_foreign_keys = OFF").toArray();
  // After an ALTER TABLE that failed SQLite keeps the schema that was rolled back, until it compares it.
  storage.sql.exec("SELECT 1 FROM sqlite_schema LIMIT 0").toArray();
  return result!;
}

/** Recursion that nothing ends: a mutation may have made it, and the runtime would never come back from it. */
export function mayRunForever(sql: string): boolean {
  return /\bwith\b/i.test(sql) && /\bunion\b/i.test(sql) && !sql.includes("FROM n WHERE i < 4) ");
}
