import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { connect } from "../../src/client/connect.ts";
import { engineOf } from "../../src/testing/engine-of.ts";
import { holdMutex } from "../support/pieces.ts";
import { queuedJobs } from "../support/queued-jobs.ts";
import type { Database } from "../worker.ts";

/** A database whose first object has handed it on, as a restore does, with a row that tells which one answers. */
async function movedDatabase(name: string, ...generations: string[]) {
  const names = [name, ...generations];
  for (const [index, generation] of names.entries()) {
    await env.DB.getByName(generation).exec(
      `CREATE TABLE place (name TEXT); INSERT INTO place VALUES ('${generation}')`,
    );
    if (index > 0) await env.DB.getByName(names[index - 1]!).endWith(generation);
  }
}

/** From the storage itself: an object that has ended answers nobody. */
function rowsIn(name: string): Promise<string[]> {
  return runInDurableObject(env.DB.getByName(name), (_, { storage }) =>
    storage.sql
      .exec<{ name: string }>("SELECT name FROM place")
      .toArray()
      .map((row) => row.name),
  );
}

describe("a database that a restore has moved to another object", () => {
  it("is found there by whoever asks the first one", async () => {
    await movedDatabase("first", "second");
    expect(await connect(env.DB, { name: "first" }).prepare("SELECT name FROM place").first("name")).toBe(
      "second",
    );
  });

  it("is found over several moves, and written there", async () => {
    await movedDatabase("a", "b", "c");
    const db = connect(env.DB, { name: "a" });
    await db.batch([db.prepare("INSERT INTO place VALUES ('written')")]);
    expect((await db.prepare("SELECT name FROM place").all()).results).toEqual([
      { name: "c" },
      { name: "written" },
    ]);
  });

  it("takes procedures and scripts along", async () => {
    await movedDatabase("procedures", "procedures@2");
    const db = connect(env.DB, { name: "procedures" });
    expect(await db.exec("INSERT INTO place VALUES ('by exec')")).toMatchObject({ count: 1 });
    expect(await db.Procedures.Echo("there")).toBe("there");
  });

  it("tells a stub of the old object where it went, and does nothing", async () => {
    await movedDatabase("old", "new");
    const stub = connect(env.DB.getByName("old"));
    await expect(stub.prepare("DELETE FROM place").run()).rejects.toMatchObject({
      code: "MOVED",
      generation: "new",
    });
    expect(await connect(env.DB, { name: "old" }).prepare("SELECT count(*) AS n FROM place").first("n")).toBe(
      1,
    );
  });

  it("is not looked for where a procedure says that it is", async () => {
    await movedDatabase("theirs", "theirs@2");
    const mine = connect(env.DB, { name: "mine" });
    await mine.exec("CREATE TABLE place (name TEXT); INSERT INTO place VALUES ('mine')");
    const said = await env.DB.getByName("theirs")
      .query({ queries: [{ sql: "SELECT 1", params: [] }] })
      .then(
        () => undefined,
        (error) => ({ ...error }),
      );
    expect(said).toMatchObject({ code: "MOVED", generation: "theirs@2" });
    const forged = { ...said, from: env.DB.idFromName("mine").toString() };
    for (const properties of [said, forged]) {
      await expect(mine.Procedures.ThrowError(properties)).rejects.toMatchObject({ code: "MOVED" });
      expect(await mine.prepare("SELECT name FROM place").first("name")).toBe("mine");
    }
  });

  it("gives up where the objects send it in a circle", async () => {
    await movedDatabase("circle", "circle@2");
    await expect(env.DB.getByName("circle@2").endWith("circle")).resolves.toHaveProperty("bookmark");
    await expect(connect(env.DB, { name: "circle" }).prepare("SELECT 1").run()).rejects.toMatchObject({
      code: "MOVED",
    });
  });

  it("sends on the writes that wait when it moves, and none of them is lost or done twice", async () => {
    await env.DB.getByName("busy@2").exec("CREATE TABLE place (name TEXT)");
    const db = connect(env.DB, { name: "busy" });
    await db.exec("CREATE TABLE place (name TEXT)");
    // All wait behind it, so that some are there before the move and some after it.
    const inBusy = <T>(work: (object: Database) => T) => runInDurableObject(env.DB.getByName("busy"), work);
    const letGo = await inBusy((object) => holdMutex(engineOf(object)));
    using jobs = await queuedJobs(env.DB.getByName("busy"));
    const writes = Array.from({ length: 50 }, (_, index) =>
      db.prepare("INSERT INTO place VALUES (?)").bind(`write ${index}`).run(),
    );
    await jobs.come(50);
    const move = env.DB.getByName("busy").endWith("busy@2");
    await jobs.come(51);
    const later = Array.from({ length: 50 }, (_, index) =>
      db.prepare("INSERT INTO place VALUES (?)").bind(`later ${index}`).run(),
    );
    await jobs.come(101);
    await inBusy(() => letGo());
    await Promise.all([...writes, ...later, move]);
    const [before, after] = [await rowsIn("busy"), await rowsIn("busy@2")];
    const expected = Array.from({ length: 50 }, (_, index) => [`write ${index}`, `later ${index}`]).flat();
    expect([...before, ...after].sort()).toEqual(expected.sort());
    expect(after.toSorted()).toEqual(expected.filter((name) => name.startsWith("later")).toSorted());
  });
});

describe("the object that held a database before", () => {
  it("keeps what it held for a while, and then discards it, but not the way to the next one", async () => {
    await movedDatabase("kept", "kept@2");
    const old = env.DB.getByName("kept");
    expect(await rowsIn("kept")).toEqual(["kept"]);
    expect(await runDurableObjectAlarm(old)).toBe(true);
    await expect(rowsIn("kept")).rejects.toThrow(/no such table/);
    await runInDurableObject(old, (_, state) => state.abort()).catch(() => {});
    expect(await connect(env.DB, { name: "kept" }).prepare("SELECT name FROM place").first("name")).toBe(
      "kept@2",
    );
  });

  it("discards tables of every kind", async () => {
    const old = env.DB.getByName("every-kind");
    await old.exec(`
      CREATE TABLE parent (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO parent VALUES (1);
      CREATE TABLE child (parent REFERENCES parent); INSERT INTO child VALUES (1);
      CREATE TABLE compact (a PRIMARY KEY) WITHOUT ROWID;
      CREATE VIRTUAL TABLE search USING fts5(text, content='text_content'); CREATE TABLE text_content (text);
      CREATE VIEW both AS SELECT * FROM parent, child; CREATE VIEW of_view AS SELECT * FROM both;
      CREATE TRIGGER t INSTEAD OF INSERT ON both BEGIN SELECT 1; END;
    `);
    await old.endWith("every-kind@2");
    await runDurableObjectAlarm(old);
    const left = await runInDurableObject(old, (_, { storage }) =>
      storage.sql.exec("SELECT name FROM sqlite_schema WHERE name NOT GLOB '_cf_*'").toArray(),
    );
    expect(left).toEqual([{ name: "sqlite_sequence" }]);
  });
});
