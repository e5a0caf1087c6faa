import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { connect } from "../../src/client/connect.ts";
import type { Engine } from "../../src/database/engine.ts";
import { JobQueue } from "../../src/database/job-queue.ts";
import { gateOf } from "../support/gate.ts";
import { holdMutex, importerOf, importPieces } from "../support/pieces.ts";
import { jobsOf, queuedJobs } from "../support/queued-jobs.ts";
import { RemoteDatabase, uploaded } from "../support/transfers.ts";

/** A database whose write mutex can be held, by a transaction that waits. */
async function busyDatabase() {
  const database = new RemoteDatabase();
  await database.rows("CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT UNIQUE)");
  const { Procedures } = connect(env.DB, { name: database.name });
  /** Resolves when the mutex is held: by a transaction that inserts `holder`, until it is let go of. */
  async function hold() {
    const holder = crypto.randomUUID();
    const held = Procedures.InsertAtGate(holder);
    await gateOf(holder).reached();
    return { holder, held, letGo: () => gateOf(holder).open() };
  }
  return { database, hold };
}

const rows = (count: number) =>
  Array.from({ length: count }, (_, n) => `INSERT INTO t VALUES(${n}, 'row ${n}');\n`).join("");
const file = `CREATE TABLE t (a PRIMARY KEY, b);\n${rows(20_000)}`;

describe("an import", () => {
  it("waits for the transaction that is open, and its client polls", async () => {
    const { database, hold } = await busyDatabase();
    const { holder, held, letGo } = await hold();
    using jobs = await queuedJobs(database.stub);
    const importing = database.import("INSERT INTO item (name) VALUES ('imported');");
    await jobs.come(1);
    letGo();
    expect(await importing).toMatchObject({ status: "complete" });
    await held;
    expect(await database.rows("SELECT name FROM item ORDER BY id")).toEqual([[holder], ["imported"]]);
  });

  it("is refused while another one waits or runs, and nothing is done", async () => {
    const database = new RemoteDatabase();
    const outcomes = await database.inside(async (_sql, state) => {
      const { engine, importer } = importerOf({ pieces: ["CREATE TABLE first (x);"] }, state);
      const letGo = holdMutex(engine);
      const first = importer.start("first.sql");
      const second = await importer.start("second.sql").catch((error) => error.code);
      letGo();
      return [(await first).status, second];
    });
    expect(outcomes).toEqual(["complete", "IMPORT_RUNNING"]);
    expect(await database.import("CREATE TABLE next (x);")).toMatchObject({ status: "complete" });
    expect(await database.rows("SELECT name FROM sqlite_schema WHERE name IN ('first', 'next')")).toEqual([
      ["first"],
      ["next"],
    ]);
  });

  it("into another database is not refused", async () => {
    const { database, hold } = await busyDatabase();
    const { held, letGo } = await hold();
    using jobs = await queuedJobs(database.stub);
    const first = database.import("CREATE TABLE first (x);");
    await jobs.come(1);
    expect(await new RemoteDatabase().import("CREATE TABLE other (x);")).toMatchObject({
      status: "complete",
    });
    letGo();
    await Promise.all([first, held]);
  });

  it("lets a new one in after it has failed", async () => {
    const database = new RemoteDatabase();
    for (let attempt = 0; attempt < 3; attempt++) await database.refused("SELECT missing;");
    await database.imported("CREATE TABLE t (x);");
  });

  it("is seen by nobody before it is committed: reads and writes that come meanwhile find all of it or none", async () => {
    const database = new RemoteDatabase();
    const { stub } = database;
    const status = stub.startImport(await uploaded(`${file}CREATE TABLE done (x);`));
    const count = "SELECT (SELECT count(*) FROM sqlite_schema WHERE name IN ('t', 'done'))";
    const reads = Array.from({ length: 30 }, async (_, n) => {
      await scheduler.wait(n * 3);
      return (await stub.script(count)).results.queryResults[0]!.data.rows[0]![0];
    });
    const writes = Array.from({ length: 10 }, async (_, n) => {
      await scheduler.wait(n * 9);
      return stub.script(`CREATE TABLE IF NOT EXISTS written (x); INSERT INTO written ${count}`);
    });
    await database.ended("Import", await status);
    expect((await Promise.all(reads)).filter((found) => found !== 0 && found !== 2)).toEqual([]);
    await Promise.all(writes);
    expect(
      await database.rows("SELECT DISTINCT x FROM written EXCEPT SELECT * FROM (VALUES (0), (2))"),
    ).toEqual([]);
    expect(await database.rows("SELECT (SELECT count(*) FROM t), (SELECT count(*) FROM written)")).toEqual([
      [20_000, 10],
    ]);
  });

  it("keeps writes waiting that come in the same moment, and they go on from its state", async () => {
    const database = new RemoteDatabase();
    const { stub } = database;
    const key = await uploaded(file);
    const [status, write, read] = await Promise.all([
      stub.startImport(key),
      stub.script("INSERT INTO t VALUES (-1, 'later') RETURNING (SELECT count(*) FROM t)").catch(String),
      stub.script("SELECT count(*) FROM sqlite_schema WHERE name = 't'"),
    ]);
    expect(await database.ended("Import", status)).toMatchObject({ status: "complete" });
    expect([0, 1]).toContain(read.results.queryResults[0]!.data.rows[0]![0]);
    // The file is fetched before the import takes its place in the queue, so that the write may be first.
    if (typeof write === "string") expect(write).toContain("no such table: t");
    else expect(await database.rows("SELECT count(*) FROM t")).toEqual([[20_001]]);
  });

  it("that fails lets those through who waited for it", async () => {
    const { database, hold } = await busyDatabase();
    const { holder, held, letGo } = await hold();
    using jobs = await queuedJobs(database.stub);
    const failing = database.import(
      "CREATE TABLE t (x); INSERT INTO item (name) VALUES ('lost'); SELECT missing;",
    );
    await jobs.come(1);
    const write = database.rows("INSERT INTO item (name) VALUES ('kept')");
    await jobs.come(2);
    letGo();
    expect(await failing).toMatchObject({ status: "error" });
    await Promise.all([held, write]);
    expect(await database.rows("SELECT name FROM item ORDER BY id")).toEqual([[holder], ["kept"]]);
  });

  it("fails when the queue is full, or moves too slowly, and leaves nothing", async () => {
    /** Two others that wait for good: the engine ends with its import. */
    const occupy = (engine: Engine) => {
      for (let job = 0; job < 2; job++) engine.exclusively(() => new Promise(() => {})).catch(() => {});
    };
    const file = { pieces: ["CREATE TABLE t (x);"] };
    const database = new RemoteDatabase();
    const full = await importPieces(database, file, { queue: new JobQueue({ maxJobs: 1 }), occupy });
    expect(full).toMatchObject({
      status: "error",
      error: expect.stringContaining("1 writes are waiting already"),
    });
    const slow = await importPieces(database, file, { queue: new JobQueue({ timeoutMs: 20 }), occupy });
    expect(slow).toMatchObject({
      status: "error",
      error: expect.stringContaining("Waited 20 ms for other writers"),
    });
    expect(await database.rows("SELECT name FROM sqlite_schema WHERE name = 't'")).toEqual([]);
  });
});

describe("erasing", () => {
  it("comes before an import that waits for it, and the import finds an empty database", async () => {
    const { database, hold } = await busyDatabase();
    const { held, letGo } = await hold();
    using jobs = await queuedJobs(database.stub);
    const erased = database.stub.erase();
    await jobs.come(1);
    const failing = database.import("INSERT INTO item (name) VALUES ('late');");
    await jobs.come(2);
    letGo();
    await Promise.all([held, erased]);
    expect(await failing).toMatchObject({
      status: "error",
      error: expect.stringContaining("no such table: item"),
    });
    const deferring =
      "PRAGMA defer_foreign_keys=ON; CREATE TABLE p (id PRIMARY KEY); CREATE TABLE c (p REFERENCES p); INSERT INTO c VALUES(1); INSERT INTO p VALUES(1);";
    const [, status] = await Promise.all([database.stub.erase(), database.import(deferring)]);
    expect(status).toMatchObject({ status: "complete" });
    expect(await database.rows("PRAGMA defer_foreign_keys")).toEqual([[0]]);
  });

  it("waits for an import, and takes its rows away", async () => {
    const database = new RemoteDatabase();
    const status = await importPieces(
      database,
      { pieces: ["CREATE TABLE t (x); INSERT INTO t VALUES (1);"] },
      {
        occupy: (engine) => {
          const jobs = jobsOf(engine);
          void engine.exclusively(async () => {
            await jobs.come(2); // this one, and the import
            void engine.erase();
          });
        },
      },
    );
    expect(status).toMatchObject({ status: "complete", result: { numQueries: 2 } });
    await expect.poll(() => database.rows("SELECT name FROM sqlite_schema WHERE name = 't'")).toEqual([]);
  });
});
