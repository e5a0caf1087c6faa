/**
 * The databases that a query builder's tests run on: the same test on Cloudflare's own local D1, through our client, and
 * inside a procedure. Each run gets an empty one.
 */

import { env } from "cloudflare:workers";
import { it } from "vitest";
import { connect } from "../../src/client/connect.ts";
import { inDatabase } from "../support/in-database.ts";

type Test = (db: D1Database) => Promise<void>;

const databases = {
  "local D1": async (test: Test) => test(await emptied(env.REFERENCE)),
  "the client": (test: Test) => test(connect(env.DB, { name: crypto.randomUUID() })),
  "a procedure": (test: Test) => inDatabase((database) => test(database.db()))(),
  "a transaction": (test: Test) =>
    inDatabase((database) =>
      database.db().transaction((txn) => test(txn), { onError: "throw", timeoutMs: 60_000 }),
    )(),
};

export type DatabaseName = keyof typeof databases;

/** Runs something on one of the databases. */
export function onDatabase(name: DatabaseName, test: Test): Promise<void> {
  return databases[name](test);
}

/** Registers the test once for each database. */
export function itOnEveryDatabase(title: string, test: Test): void {
  it.each(Object.keys(databases) as DatabaseName[])(`${title} (%s)`, (name) => onDatabase(name, test));
}

/** D1's storage is the file's, not the test's: drops what earlier tests have left. */
async function emptied(db: D1Database): Promise<D1Database> {
  const { results } = await db
    .prepare(
      `SELECT type, name FROM sqlite_schema WHERE type IN ('table', 'view')
        AND name NOT LIKE 'sqlite!_%' ESCAPE '!' AND name NOT LIKE '!_cf!_%' ESCAPE '!'
        ORDER BY type DESC, rowid DESC`,
    )
    .all<{ type: string; name: string }>();
  const drops = results.map(({ type, name }) => db.prepare(`DROP ${type} "${name.replaceAll('"', '""')}"`));
  await db.batch([db.prepare("PRAGMA defer_foreign_keys = ON"), ...drops]);
  return db;
}
