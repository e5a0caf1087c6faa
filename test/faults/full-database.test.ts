/**
 * A database that may not grow any more, as one of 10 GB: SQLite refuses a page with SQLITE_FULL. Where it cannot undo the statement
 * alone it rolls back all that is open, and the runtime ends the object.
 */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { type FaultyDatabase, faultyDatabase } from "./faulty-database.ts";

/** Far more than the pages that are left. */
const tooLarge = 100_000;
const full = expect.stringContaining("database or disk is full: SQLITE_FULL");

/** Its failure is a result, because the object goes on. */
const inTransaction = (wait: boolean) => async (database: FaultyDatabase) => {
  const { error } = await database.procedures.InsertMany("x", tooLarge, wait);
  throw error ?? new Error("it was stored");
};

const writes: [what: string, write: (database: FaultyDatabase) => Promise<unknown>][] = [
  [
    "a single write",
    ({ db }) => db.prepare("INSERT INTO item VALUES ('x', zeroblob(?))").bind(tooLarge).run(),
  ],
  [
    "a write of several rows",
    ({ db }) =>
      db.prepare("INSERT INTO item SELECT name, zeroblob(9999) FROM item, json_each('[1,2,3]')").run(),
  ],
  ["an update", ({ db }) => db.prepare("UPDATE item SET filler = zeroblob(?)").bind(tooLarge).run()],
  [
    "a batch",
    ({ db }) =>
      db.batch([
        db.prepare("INSERT INTO item VALUES ('x', '')"),
        db.prepare("INSERT INTO item VALUES ('y', zeroblob(?))").bind(tooLarge),
      ]),
  ],
  [
    "a script",
    ({ db }) =>
      db.exec(`INSERT INTO item VALUES ('x', ''); INSERT INTO item VALUES ('y', zeroblob(${tooLarge}))`),
  ],
  [
    "a new index",
    ({ db }) => db.exec("CREATE TABLE more (a); CREATE INDEX more_a ON more (a); CREATE TABLE most (a)"),
  ],
  ["a transaction", ({ procedures }) => procedures.InsertTwo("x", tooLarge, false)],
  ["a transaction that has waited outside", ({ procedures }) => procedures.InsertTwo("x", tooLarge, true)],
  ["a transaction that adds several rows", inTransaction(false)],
  ["a transaction that adds several rows after it has waited outside", inTransaction(true)],
  [
    "a transaction that goes on after the failure",
    ({ procedures }) => procedures.InsertRegardless("x", tooLarge),
  ],
];

describe("a database that is full", () => {
  it.each(writes)("refuses %s as a whole, and says that it is full", async (_what, write) => {
    const database = await faultyDatabase();
    await database.procedures.Insert("kept");
    await database.stub.mayGrowBy(1);
    await expect(write(database)).rejects.toMatchObject({ message: full });
    expect(await database.names()).toEqual(["kept"]);
    // Whether the object has ended or not: its mutex is free.
    await database.procedures.InsertTwo("later", 0, true);
    expect(await database.names()).toEqual(["kept", "later 1", "later 2"]);
  });

  it("answers all who write at once: what was acknowledged is stored, what was refused is not", async () => {
    const database = await faultyDatabase();
    await database.stub.mayGrowBy(1);
    // Behind the first, which waits outside, the others share a turn.
    const calls = [
      database.procedures.InsertTwo("first", 0, true),
      database.procedures.InsertTwo("before", 0, false),
      database.procedures.InsertTwo("large", tooLarge, false),
      database.procedures.InsertTwo("after", 0, false),
      database.procedures.InsertTwo("waits", 0, true),
    ];
    const outcomes = await Promise.allSettled(calls);
    const names = ["first", "before", "large", "after", "waits"];
    const acknowledged = names.filter((_, index) => outcomes[index]!.status === "fulfilled");
    expect(acknowledged).not.toContain("large");
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ message: full });
    }
    expect(await database.names()).toEqual(acknowledged.flatMap((name) => [`${name} 1`, `${name} 2`]));
  });

  it("stores what shares a turn with a write that is refused alone", async () => {
    const database = await faultyDatabase();
    await database.stub.mayGrowBy(1);
    const results = await Promise.all([
      database.procedures.InsertTwo("first", 0, true),
      database.procedures.InsertTwo("before", 0, false),
      database.procedures.InsertMany("large", tooLarge, false),
      database.procedures.InsertTwo("after", 0, false),
      database.procedures.InsertMany("waits", tooLarge, true),
    ]);
    expect(results.map(({ error }) => error?.message)).toEqual([undefined, undefined, full, undefined, full]);
    const stored = ["first", "before", "after"].flatMap((name) => [`${name} 1`, `${name} 2`]);
    expect(await database.names()).toEqual(stored);
  });

  it("answers reads, and takes writes again once something was deleted, without a restart", async () => {
    const database = await faultyDatabase();
    for (const name of ["a", "b"]) await database.procedures.Insert(name, 20_000);
    await database.stub.mayGrowBy(0);
    expect(await database.names()).toEqual(["a", "b"]);
    expect(await database.db.prepare("DELETE FROM item WHERE name = 'a'").run()).toMatchObject({
      success: true,
    });
    await database.procedures.InsertTwo("c", 10_000, true);
    expect(await database.names()).toEqual(["b", "c 1", "c 2"]);
    await expect(database.procedures.Insert("d", 20_000)).rejects.toMatchObject({ message: full });
    expect(await database.names()).toEqual(["b", "c 1", "c 2"]);
  });

  it("takes nothing of an import that does not fit, and imports the next one", async () => {
    const database = await faultyDatabase();
    await database.procedures.Insert("kept");
    const insert = (name: string) => `INSERT INTO item VALUES('${name}','${"x".repeat(9_000)}');\n`;
    const [large, small] = [crypto.randomUUID(), crypto.randomUUID()];
    await env.DUMPS.put(
      large,
      `CREATE TABLE more (a);\n${Array.from({ length: 20 }, (_, n) => insert(`${n}`)).join("")}`,
    );
    await env.DUMPS.put(small, insert("imported"));
    await database.stub.mayGrowBy(10);
    const import_ = async (key: string) => database.stub.startImport(key);
    const failure = await import_(large).then(
      (status) => (status.status === "error" ? status.error : status),
      ({ message }: Error) => message,
    );
    expect(failure).toEqual(full);
    expect(await database.names()).toEqual(["kept"]);
    await expect(database.db.prepare("SELECT * FROM more").all()).rejects.toThrow("no such table");
    expect(await import_(small)).toMatchObject({ status: "complete" });
    expect(await database.names()).toEqual(["kept", "imported"]);
  });
});
