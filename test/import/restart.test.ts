import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { gateOf } from "../support/gate.ts";
import { importPieces } from "../support/pieces.ts";
import { queuedJobs } from "../support/queued-jobs.ts";
import { RemoteDatabase, uploaded } from "../support/transfers.ts";

const schema =
  "CREATE TABLE kept (x); INSERT INTO kept VALUES(1); CREATE VIRTUAL TABLE words USING fts5 (word); INSERT INTO words VALUES('one');";
const file = `ALTER TABLE kept ADD COLUMN y; INSERT INTO kept VALUES(2, 2); INSERT INTO words VALUES('two');\n${"-- filler\n".repeat(150_000)}`;

describe("an object that ends", () => {
  it("in the middle of an import comes back as it was before", async () => {
    const database = new RemoteDatabase();
    await database.imported(schema);
    const before = await database.state();
    let reached = 0;
    const aborted = importPieces(database, {
      pieces: [file, file],
      beforePiece(index, state) {
        reached = index;
        if (index < 1) return;
        // By then all statements of the first piece have run.
        expect([...state.storage.sql.exec("SELECT count(*) FROM kept").raw()]).toEqual([[2]]);
        state.abort("ended by a test");
      },
    });
    await expect(aborted).rejects.toThrow("ended by a test");
    expect(reached).toBe(1);
    expect(await database.state()).toEqual(before);
    expect(await database.rows("SELECT rowid FROM words WHERE words MATCH 'one'")).toEqual([[1]]);
    await database.imported(file);
  });

  it("while an import waits does not know of it any more, and it has left nothing", async () => {
    const database = new RemoteDatabase();
    await database.stub.script("CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT UNIQUE)");
    const { stub } = database;
    const key = await uploaded("CREATE TABLE t (x);");
    const holder = crypto.randomUUID();
    const holding = Promise.allSettled([stub.call({ id: "holder", name: "InsertAtGate", args: [holder] })]);
    await gateOf(holder).reached();
    using jobs = await queuedJobs(database.stub);
    const importing = Promise.allSettled([stub.startImport(key)]);
    await jobs.come(1);
    await database.crash();
    const calls = [...(await holding), ...(await importing)];
    expect(calls.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(
      await database.rows("SELECT name FROM sqlite_schema WHERE name = 't' UNION SELECT name FROM item"),
    ).toEqual([]);
  });

  it("right after the commit still tells the result", async () => {
    const database = new RemoteDatabase();
    await database.imported("CREATE TABLE earlier (x);");
    const status = await database.ended("Import", await database.stub.startImport(await uploaded(schema)));
    await database.crash();
    const told = await database.pollImport(status.id);
    expect(told).toMatchObject({
      id: status.id,
      status: "complete",
      result: { numQueries: 4, rowsWritten: status.status === "complete" && status.result.rowsWritten },
    });
    expect(await database.rows("SELECT x FROM kept")).toEqual([[1]]);
  });

  it("after an import that failed knows nothing of it", async () => {
    const database = new RemoteDatabase();
    const before = await database.import(schema);
    const failed = await database.import("SELECT missing;");
    expect(await database.pollImport(failed.id)).toMatchObject({ status: "error" });
    await database.crash();
    await expect(database.pollImport(failed.id)).rejects.toMatchObject({ code: "UNKNOWN_TRANSFER" });
    expect(await database.pollImport(before.id)).toMatchObject({ status: "complete" });
  });

  it("after it was erased has forgotten its imports, and takes new ones", async () => {
    const database = new RemoteDatabase();
    const { id } = await database.import(schema);
    await database.stub.erase();
    await database.crash();
    await expect(database.pollImport(id)).rejects.toMatchObject({ code: "UNKNOWN_TRANSFER" });
    await database.imported(schema);
  });
});

describe("a poll", () => {
  it.each(["", "unknown", "__proto__", "x".repeat(1_000), crypto.randomUUID()])(
    "of an import that nobody started is refused: %s",
    async (id) => {
      const error = await new RemoteDatabase().stub.pollImport(id).then(String, (error) => error);
      expect(error).toMatchObject({ code: "UNKNOWN_TRANSFER" });
      expect(error.message.length).toBeLessThan(500);
    },
  );

  it("tells the end of an import as often as it is asked, and each message once", async () => {
    const database = new RemoteDatabase();
    const status = await database.import(schema);
    expect(status.messages).toEqual([expect.stringMatching(/^Importing \d+ bytes/), "Processed 4 queries."]);
    for (let poll = 0; poll < 3; poll++) {
      expect(await database.pollImport(status.id)).toEqual({ ...status, messages: [] });
    }
  });

  it("remembers the last imports, and forgets those before", async () => {
    const database = new RemoteDatabase();
    const ids: string[] = [];
    for (let n = 0; n < 18; n++) ids.push((await database.import(`CREATE TABLE t${n} (x);`)).id);
    expect(await database.pollImport(ids[3]!)).toMatchObject({ status: "complete" });
    await expect(database.pollImport(ids[0]!)).rejects.toMatchObject({ code: "UNKNOWN_TRANSFER" });
  });
});

describe("a file that cannot be read to its end", () => {
  it("leaves the database as it was", async () => {
    const database = new RemoteDatabase();
    await database.imported(schema);
    const before = await database.state();
    const status = await importPieces(database, {
      pieces: [file, file],
      beforePiece(index) {
        if (index === 1) throw new Error("the connection to R2 was lost");
      },
    });
    expect(status).toMatchObject({
      status: "error",
      error: expect.stringContaining("the connection to R2 was lost"),
    });
    expect(await database.state()).toEqual(before);
    await database.imported(file);
  });

  it("because no bucket is bound is refused, with what to write into wrangler.toml", async () => {
    const error = await env.CONFORMANCE_OBJECT.getByName("no bucket")
      .startImport("file.sql")
      .catch((error) => error);
    expect(error).toMatchObject({
      code: "INVALID_BINDING",
      message: expect.stringContaining("[[r2_buckets]]"),
    });
    const exported = await env.CONFORMANCE_OBJECT.getByName("no bucket")
      .startExport("file.sql", {})
      .catch((error) => error);
    expect(exported).toMatchObject({ code: "INVALID_BINDING" });
  });
});
