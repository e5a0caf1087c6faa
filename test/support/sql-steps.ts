import type { ProcedureDatabase } from "../../src/procedures.ts";
import type { TestDatabase } from "./in-database.ts";

/** Makes the tables that the tests of transactions as SQL text use. */
export async function withItems(database: TestDatabase): Promise<ProcedureDatabase> {
  const db = database.db();
  await db.exec(`
    CREATE TABLE item (name TEXT PRIMARY KEY);
    CREATE TABLE parent (id INTEGER PRIMARY KEY);
    CREATE TABLE child (parent INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
  `);
  return db;
}

/** Runs statements one after another. `+a` inserts the item "a", `wait` lets the transaction detach. */
export async function script(db: Pick<ProcedureDatabase, "prepare">, ...steps: string[]): Promise<void> {
  for (const step of steps) {
    if (step === "wait") await scheduler.wait(1);
    else if (step[0] === "+") await db.prepare("INSERT INTO item VALUES (?)").bind(step.slice(1)).run();
    else await db.prepare(step).run();
  }
}

export const names = (database: TestDatabase) => database.column("SELECT name FROM item ORDER BY rowid");
