import { describe, expect, it } from "vitest";
import { importPartBytes, maxAtomicImportBytes } from "../../src/limits.ts";
import { importPieces } from "../support/pieces.ts";
import { RemoteDatabase } from "../support/transfers.ts";

const inParts = "-- d1-procedures: import in parts\n";
const fillerLine = `-- ${"x".repeat(996)}\n`;

/** More than a part, whatever is read at once. */
const fillerBytes = importPartBytes + 3_000_000;

/** A file whose second piece is read in another part than its first. */
function* twoParts(first: string, second: string): Generator<string> {
  yield inParts;
  yield first;
  for (let bytes = 0; bytes < fillerBytes; bytes += 1_000_000) yield `${fillerLine.repeat(999)}SELECT 1;\n`;
  yield second;
}

const fillerLines = fillerBytes / 1_000;
const fillerStatements = fillerBytes / 1_000_000;

describe("a file that asks to be imported in parts", () => {
  it("is imported, rows before those that they refer to", async () => {
    const database = new RemoteDatabase();
    const status = await importPieces(database, {
      pieces: twoParts(
        "CREATE TABLE c (p REFERENCES p); INSERT INTO c VALUES(1);\n",
        "CREATE TABLE p (id PRIMARY KEY); INSERT INTO p VALUES(1);",
      ),
    });
    expect(status).toMatchObject({
      status: "complete",
      messages: [expect.stringContaining("in parts"), expect.stringContaining("Processed")],
      result: { numQueries: 4 + fillerStatements, rowsWritten: 2 },
    });
    expect(await database.rows("SELECT * FROM c")).toEqual([[1]]);
    expect(await database.rows("PRAGMA foreign_keys")).toEqual([[1]]);
  });

  it("keeps the parts before a failure, and tells from which line on nothing was kept", async () => {
    const database = new RemoteDatabase();
    const status = await importPieces(database, {
      pieces: twoParts(
        "CREATE TABLE t (x);\nINSERT INTO t VALUES(1);\n",
        "INSERT INTO t VALUES(2);\nSELECT missing;\n",
      ),
    });
    const [, kept] = /what stands before line (\d+) was kept/.exec((status as { error: string }).error) ?? [];
    expect(status).toMatchObject({
      status: "error",
      error: expect.stringContaining(
        `Error in line ${fillerLines + 5}: SELECT missing: no such column: missing`,
      ),
    });
    expect(Number(kept)).toBeGreaterThan(3);
    expect(Number(kept)).toBeLessThanOrEqual(fillerLines + 4);
    expect(await database.rows("SELECT x FROM t")).toEqual([[1]]);
    expect(await database.rows("PRAGMA foreign_keys")).toEqual([[1]]);
    await database.imported("INSERT INTO t VALUES(2);");
  });

  it("keeps nothing when its first part fails", async () => {
    const database = new RemoteDatabase();
    const error = await database.refused(`${inParts}CREATE TABLE t (x);\nSELECT missing;`);
    expect(error).toContain("Error in line 3: SELECT missing");
    expect(error).toContain("Nothing of the file was kept.");
  });

  it("fails when it refers to nothing in the end, and is not told as complete after a restart", async () => {
    const database = new RemoteDatabase();
    const status = await database.import(
      `${inParts}CREATE TABLE p (id PRIMARY KEY); CREATE TABLE c (p REFERENCES p); INSERT INTO c VALUES(1);`,
    );
    expect(status).toMatchObject({
      status: "error",
      error: expect.stringContaining("FOREIGN KEY constraint failed"),
    });
    await database.crash();
    await expect(database.pollImport(status.id)).rejects.toMatchObject({ code: "UNKNOWN_TRANSFER" });
  });

  it("lets readers in between its parts, who see what was committed", async () => {
    const database = new RemoteDatabase();
    const seen = new Set<unknown>();
    let running = true;
    const reads = (async () => {
      await scheduler.wait(1);
      while (running)
        seen.add((await database.rows("SELECT count(*) FROM sqlite_schema WHERE name IN ('t', 'u')"))[0]![0]);
    })();
    await importPieces(database, {
      pieces: twoParts("CREATE TABLE t (x); CREATE TABLE u (x);\n", "DROP TABLE t; CREATE TABLE t (x);"),
    });
    running = false;
    await reads;
    expect([...seen].filter((count) => count !== 0 && count !== 2)).toEqual([]);
  });

  it.each([
    ["with blanks", "  --   d1-procedures:  import in parts  \r\n"],
    ["after a byte order mark", "\ufeff-- d1-procedures: import in parts\n"],
    ["without anything else", "-- d1-procedures: import in parts"],
  ])("may do so %s", async (_how, file) => {
    expect((await new RemoteDatabase().import(file)).messages[0]).toContain("in parts");
  });

  it.each([
    "-- d1-procedures: import in parts, please\n",
    "SELECT 1; -- d1-procedures: import in parts\n",
    "/* -- d1-procedures: import in parts */\n",
    "-- d1-procedures import in parts\n",
  ])("does not do so by %j", async (file) => {
    expect((await new RemoteDatabase().import(file)).messages[0]).not.toContain("in parts");
  });
});

describe("a file that is too large for one transaction", () => {
  const size = maxAtomicImportBytes + 1;

  it("is refused where the platform cannot take a failure back, with what to do", async () => {
    const database = new RemoteDatabase();
    const status = await importPieces(database, { pieces: ["CREATE TABLE t (x);"], size });
    expect(status).toMatchObject({ status: "error" });
    expect((status as { error: string }).error).toMatch(
      /^The file has 250000001 bytes; .* 250000000 at most\. Split the file; or make "-- d1-procedures: import in parts" its first line/,
    );
    expect(await database.rows("SELECT name FROM sqlite_schema WHERE name = 't'")).toEqual([]);
  });

  it("is imported in parts where it asks for them", async () => {
    const status = await importPieces(new RemoteDatabase(), {
      pieces: [inParts, "CREATE TABLE t (x);"],
      size,
    });
    expect(status).toMatchObject({ status: "complete", result: { numQueries: 1 } });
  });
});
