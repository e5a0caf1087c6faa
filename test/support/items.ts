import type { ProcedureDatabase } from "../../src/procedures.ts";
import type { SqlValue } from "../../src/protocol.ts";
import type { TestDatabase } from "./in-database.ts";

/** The smallest database that tells what was stored, and in which order: a table of names. */
export async function withItems(database: TestDatabase): Promise<ProcedureDatabase> {
  const db = database.db();
  await db.exec("CREATE TABLE item (name TEXT)");
  return db;
}

export function insert(db: Pick<ProcedureDatabase, "prepare">, name: string): Promise<D1Result> {
  return db.prepare("INSERT INTO item VALUES (?)").bind(name).run();
}

/** What the last commit has left. */
export function names(database: TestDatabase): Promise<SqlValue[]> {
  return database.column("SELECT name FROM item ORDER BY rowid");
}
