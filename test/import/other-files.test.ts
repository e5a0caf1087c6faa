import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { RemoteDatabase, uploaded } from "../support/transfers.ts";

const utf8 = new TextEncoder();
const bytesOf = (...parts: (string | number[])[]) =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === "string" ? [...utf8.encode(part)] : part)));

const utf16 = (text: string) => Array.from(text).flatMap((character) => [character.charCodeAt(0), 0]);

async function gzip(text: string): Promise<Uint8Array> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Response(stream).bytes();
}

describe("a file that is no SQL text", () => {
  it("is refused with a word of how to make one, when it is a SQLite database", async () => {
    const header = bytesOf("SQLite format 3", [0, 16, 0, 1, 1, 0, 64, 32, 32], new Array(4_000).fill(0));
    expect(await new RemoteDatabase().refused(header)).toMatch(/SQLite database.*sqlite3 file\.db \.dump/);
  });

  it.each([
    ["UTF-16 with a byte order mark", () => bytesOf([0xff, 0xfe], utf16("CREATE TABLE t (x);"))],
    ["UTF-16 without one", () => bytesOf(utf16("CREATE TABLE t (x);"))],
    ["gzip", () => gzip("CREATE TABLE t (x);")],
    ["Latin-1", () => bytesOf("INSERT INTO t VALUES('caf", [0xe9], "');")],
    ["half a character", () => bytesOf("SELECT '", [0xe2, 0x82], "';")],
    ["half a character at the end", () => bytesOf("SELECT '", [0xe2, 0x82])],
    ["a lone surrogate", () => bytesOf("SELECT '", [0xed, 0xa0, 0x80], "';")],
    ["overlong characters", () => bytesOf("SELECT '", [0xc0, 0xaf], "';")],
    ["random bytes", () => crypto.getRandomValues(new Uint8Array(50_000))],
    ["zeros", () => new Uint8Array(50_000)],
  ])("is refused: %s", async (_what, file) => {
    expect(await new RemoteDatabase().refused(await file())).toMatch(
      /is not UTF-8 text|NUL character|unrecognized token/,
    );
  });

  it("is refused where the fault is", async () => {
    const inserts = "INSERT INTO t VALUES('a');\n".repeat(100);
    const latin1 = bytesOf(
      "CREATE TABLE t (x);\n",
      inserts,
      "INSERT INTO t VALUES('",
      [0xe9],
      "');\n",
      inserts,
    );
    expect(await new RemoteDatabase().refused(latin1)).toMatch(
      /^D1_EXEC_ERROR: Error in line 102: .*The file is not UTF-8 text/,
    );
    const nul = `CREATE TABLE t (x);\n${inserts}INSERT INTO t VALUES('a\0b');\n${inserts}`;
    expect(await new RemoteDatabase().refused(nul)).toMatch(
      /^D1_EXEC_ERROR: Error in line 102: .*NUL character.*CAST/,
    );
  });

  it("may hold anything in its comments, wherever they stand", async () => {
    const comment = bytesOf("-- caf", [0xe9, 0x00, 0xff], "\n");
    const insert = utf8.encode("INSERT INTO t VALUES('a');\n");
    const inserts = Array.from({ length: 20 }, () => [...insert, ...comment]).flat();
    const file = bytesOf([...comment], "CREATE TABLE t (x);\n", inserts);
    expect(await new RemoteDatabase().imported(file)).toMatchObject({ numQueries: 21 });
  });
});

describe("a file without statements", () => {
  it.each([
    ["is empty", ""],
    ["is blank", " \r\n\t;;"],
    ["holds comments only", "-- nothing\n/* at all */"],
    ["holds a comment that is never closed", "/* INSERT INTO missing VALUES(1);"],
    ["holds a byte order mark only", "\ufeff"],
  ])("that %s does nothing", async (_what, file) => {
    const database = new RemoteDatabase();
    expect(await database.imported(file)).toMatchObject({ numQueries: 0, rowsWritten: 0 });
  });
});

describe("a file", () => {
  it.each([
    ["has no semicolon at its end", "CREATE TABLE t (x); INSERT INTO t VALUES(1)"],
    ["starts with a byte order mark", "\ufeffCREATE TABLE t (x); INSERT INTO t VALUES(1);"],
    ["has CRLF line ends", "CREATE TABLE t (\r\nx);\r\nINSERT INTO t VALUES(1);\r\n"],
    ["ends in a comment", "CREATE TABLE t (x); INSERT INTO t VALUES(1); -- end"],
    ["has a comment for a semicolon", "CREATE TABLE t (x); INSERT INTO t VALUES(1) -- ;"],
    ["reads", "CREATE TABLE t (x); SELECT * FROM t; INSERT INTO t VALUES(1) RETURNING x; EXPLAIN SELECT 1;"],
  ])("that %s is imported", async (_what, file) => {
    const database = new RemoteDatabase();
    await database.imported(file);
    expect(await database.rows("SELECT * FROM t")).toEqual([[1]]);
  });

  it("keeps line ends in its texts as they are", async () => {
    const database = new RemoteDatabase();
    await database.imported("CREATE TABLE t (x);\r\nINSERT INTO t VALUES('a\r\nb\rc\nd\u2028');\r\n");
    expect(await database.rows("SELECT x FROM t")).toEqual([["a\r\nb\rc\nd\u2028"]]);
  });

  it("that is a multiple of what is read at once is imported to its end", async () => {
    const database = new RemoteDatabase();
    const file = "CREATE TABLE t (x);\n".padEnd(1_048_576 * 2 - 25, "-- filler\n");
    await database.imported(`${file}\nINSERT INTO t VALUES(1);`);
    expect(await database.rows("SELECT * FROM t")).toEqual([[1]]);
  });

  it("that is not in the bucket fails, and is named", async () => {
    const database = new RemoteDatabase();
    const status = await database.ended("Import", await database.stub.startImport("nowhere.sql"));
    expect(status).toMatchObject({ status: "error", error: expect.stringContaining("nowhere.sql") });
  });

  it("stays in the bucket, whether it is imported or fails", async () => {
    const database = new RemoteDatabase();
    for (const text of ["CREATE TABLE t (x);", "CREATE TABLE t (x);"]) {
      const key = await uploaded(text);
      await database.ended("Import", await database.stub.startImport(key));
      expect(await (await env.DUMPS.get(key))!.text()).toBe(text);
    }
  });
});
