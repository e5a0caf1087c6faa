import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { connect } from "../../src/client/connect.ts";
import { Engine } from "../../src/database/engine.ts";
import { Exporter } from "../../src/database/export/exporter.ts";
import { PollTimers } from "../../src/database/transfers.ts";
import { exportPartBytes } from "../../src/limits.ts";
import { gateOf } from "../support/gate.ts";
import { holdMutex } from "../support/pieces.ts";
import { queuedJobs } from "../support/queued-jobs.ts";
import { dumpOfExport, RemoteDatabase, uploaded } from "../support/transfers.ts";

/** A database of two tables that every write keeps equal, and large enough for an export to take some time. */
async function pairs(rows = 30_000): Promise<RemoteDatabase> {
  const database = new RemoteDatabase();
  await database.rows(`
    CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT UNIQUE);
    CREATE TABLE one (n, filler); CREATE TABLE two (n, filler);
    WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ${rows})
      INSERT INTO one SELECT n, hex(zeroblob(20)) FROM c;
    INSERT INTO two SELECT * FROM one;`);
  return database;
}

const write = (n: number) =>
  `INSERT INTO one VALUES (${n}, 'written'); INSERT INTO two VALUES (${n}, 'written'); CREATE TABLE t${n} (x)`;

describe("an export", () => {
  it("is of one committed state, while others write: they wait, and all is written", async () => {
    const database = await pairs();
    const stub = database.stub;
    const exports = (async () => [
      await database.export(),
      await database.export(),
      await database.export(),
    ])();
    const writes = Array.from({ length: 40 }, async (_, n) => {
      await scheduler.wait(n * 5);
      await stub.script(write(n));
    });
    const dumps = await exports;
    await Promise.all(writes);
    expect(await database.rows("SELECT count(*) FROM one")).toEqual([[30_040]]);
    for (const dump of dumps) {
      const [one, two] = ["one", "two"].map((table) =>
        dump
          .split(/^INSERT INTO /m)
          .filter((text) => text.startsWith(`"${table}"`))
          .join(""),
      );
      expect(one!.replaceAll('"one"', '"two"')).toBe(two);
      const tables = dump.match(/^CREATE TABLE t\d+/gm) ?? [];
      expect(one!.match(/'written'/g)?.length ?? 0).toBe(tables.length);
    }
  });

  it("lets readers go on, who see what was committed", async () => {
    const database = await pairs(60_000);
    const stub = database.stub;
    let running = true;
    const status = database.startExport().then((started) => database.ended("Export", started));
    const ended = status.finally(() => {
      running = false;
    });
    let reads = 0;
    while (running) {
      const { results } = await stub.query({ queries: [{ sql: "SELECT count(*) FROM one", params: [] }] });
      expect(results.queryResults[0]!.data.rows).toEqual([[60_000]]);
      reads++;
    }
    expect((await ended).status).toBe("complete");
    // The last one may have waited for the end.
    expect(reads).toBeGreaterThan(1);
  });

  it("waits for a transaction that waits for something outside, and has its rows", async () => {
    const database = await pairs(10);
    const { Procedures } = connect(env.DB, { name: database.name });
    const name = crypto.randomUUID();
    const transaction = Procedures.InsertAtGate(name);
    await gateOf(name).reached();
    using jobs = await queuedJobs(database.stub);
    const exported = database.export();
    await jobs.come(1);
    gateOf(name).open();
    expect(await exported).toContain(name);
    await transaction;
  });

  it("comes before the transaction that starts after it, and has none of its rows", async () => {
    const database = await pairs();
    const { Procedures } = connect(env.DB, { name: database.name });
    using jobs = await queuedJobs(database.stub);
    const exported = database.export();
    await jobs.come(1);
    const transaction = Procedures.InsertSlowly("inserted later", 1);
    expect(await exported).not.toContain("inserted later");
    await transaction;
    expect(await database.rows("SELECT name FROM item")).toEqual([["inserted later"]]);
  });

  it("and an import take turns, whichever comes first", async () => {
    const database = await pairs();
    const file = "INSERT INTO one VALUES (-1, 'imported'); INSERT INTO two VALUES (-1, 'imported');";
    const [before, status] = await Promise.all([database.export(), database.import(file)]);
    expect(status).toMatchObject({ status: "complete" });
    expect([0, 2]).toContain(before.match(/'imported'/g)?.length ?? 0);
    const started = database.stub.startImport(await uploaded(file));
    const after = await database.export();
    expect(await database.ended("Import", await started)).toMatchObject({ status: "complete" });
    expect([2, 4]).toContain(after.match(/'imported'/g)?.length);
  });

  it("is complete when the database is erased while it runs", async () => {
    const database = await pairs();
    using jobs = await queuedJobs(database.stub);
    const exported = database.export();
    await jobs.come(1);
    await database.stub.erase();
    const copy = new RemoteDatabase();
    await copy.imported(await exported);
    expect(await copy.rows("SELECT count(*) FROM two")).toEqual([[30_000]]);
    expect(await database.rows("SELECT name FROM sqlite_schema WHERE name IN ('one', 'two')")).toEqual([]);
  });

  it("that fails lets those through who waited for it", async () => {
    const database = await pairs(10);
    const failing = database.startExport({ tables: ["missing"] });
    const written = database.rows(write(1));
    expect(await failing).toMatchObject({ status: "error" });
    await written;
    expect(await database.export()).toContain("'written'");
  });

  it("of more than a part of an upload is uploaded in parts of one size, to the byte", async () => {
    const database = new RemoteDatabase();
    await database.inside((sql) => {
      sql.exec("CREATE TABLE t (a, b)");
      for (let n = 0; n < 9; n++) sql.exec("INSERT INTO t VALUES (?, ?)", n, "€é😀'\n".repeat(100_000));
    });
    const status = await database.ended("Export", await database.startExport());
    expect(status.messages).toEqual([
      "Uploaded part 1",
      "Uploaded part 2",
      expect.stringMatching(/^Exported 108\d{5} bytes$/),
    ]);
    const dump = await dumpOfExport(status);
    expect(new TextEncoder().encode(dump).length).toBeGreaterThan(exportPartBytes);
    const copy = new RemoteDatabase();
    await copy.imported(dump);
    expect(await copy.rows("SELECT count(*), sum(a), count(DISTINCT b), min(length(b)) FROM t")).toEqual([
      [9, 36, 1, 500_000],
    ]);
    expect(await copy.export()).toBe(dump);
  });

  it("is refused while another one waits or runs", async () => {
    const database = await pairs(10);
    const outcomes = await database.inside(async (sql, state) => {
      const engine = new Engine(state.storage, state.id.toString());
      const exporter = new Exporter(engine, sql, { DUMPS: env.DUMPS }, new PollTimers());
      const letGo = holdMutex(engine);
      const first = exporter.start("first.sql", {});
      const second = await exporter.start("second.sql", {}).catch((error) => error.code);
      letGo();
      return [(await first).status, second];
    });
    expect(outcomes).toEqual(["complete", "EXPORT_RUNNING"]);
    expect(await env.DUMPS.head("second.sql")).toBeNull();
    await database.export();
  });

  it("leaves nothing in the bucket when it fails", async () => {
    const database = await pairs(1);
    await database.stub.startExport("failed.sql", { tables: ["missing"] });
    expect(await env.DUMPS.head("failed.sql")).toBeNull();
  });
});
