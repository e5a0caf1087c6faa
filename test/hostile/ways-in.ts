/** The ways into a database that hostile input can take, and what has to hold after it on each of them. */

import { expect, it } from "vitest";
import { backends } from "../conformance/backends.ts";
import { backendNames, everywhere } from "../conformance/conformance-case.ts";

type Test = (db: D1Database) => Promise<void>;

/** Registers the test once for the client, the service binding, a procedure's `db` and a transaction. */
export function itEveryWayIn(title: string, test: Test): void {
  // Over the service binding the test pool takes some 40 ms a call.
  it.each(everywhere)(`${title} (%s)`, (way) => backends[way](test), 30_000);
}

/** The same, and on Cloudflare's local D1 first, for what D1 does with it too. */
export function itAsOnD1(title: string, test: Test): void {
  it.each(backendNames)(`${title} (%s)`, (name) => backends[name](test), 30_000);
}

/** Schema and rows, as a client sees them: equal contents, and nothing was done. */
export async function contentsOf(db: D1Database): Promise<unknown[]> {
  const { results: schema } = await db
    .prepare(
      `SELECT type, name, sql FROM sqlite_schema WHERE name NOT GLOB '_cf_*' AND name NOT GLOB '__miniflare_*'
        ORDER BY name`,
    )
    .all<{ type: string; name: string; sql: string }>();
  const tables = schema.filter(({ type, sql }) => type === "table" && !sql.startsWith("CREATE VIRTUAL"));
  const rows = await db.batch(
    tables.map(({ name }) => db.prepare(`SELECT * FROM "${name.replaceAll('"', '""')}"`)),
  );
  return [schema, ...rows.map(({ results }) => results)];
}

/** Checks that an attempt fails in the expected way, does nothing at all, and leaves the database usable. */
export async function expectNothingDone(
  db: D1Database,
  attempt: () => Promise<unknown>,
  failure: string | RegExp | object,
): Promise<void> {
  const before = await contentsOf(db);
  const failed = expect(attempt()).rejects;
  if (typeof failure === "string" || failure instanceof RegExp) await failed.toThrow(failure);
  else await failed.toMatchObject(failure);
  expect(await contentsOf(db)).toEqual(before);
  await expectUsable(db);
}

/** Checks that the database takes a write and gives it back; leaves nothing. */
export async function expectUsable(db: D1Database): Promise<void> {
  const [, , rows] = await db.batch([
    db.prepare("CREATE TABLE still_usable (a, at DEFAULT CURRENT_TIMESTAMP)"),
    db.prepare("INSERT INTO still_usable (a) VALUES (?)").bind("yes"),
    db.prepare("SELECT a FROM still_usable"),
    db.prepare("DROP TABLE still_usable"),
  ]);
  expect(rows!.results).toEqual([{ a: "yes" }]);
}
