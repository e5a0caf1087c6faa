import { describe, expect, it } from "vitest";
import { maxImportStatementBytes, maxStatementBytes, maxValueBytes } from "../../src/limits.ts";
import { RemoteDatabase } from "../support/transfers.ts";

async function importInto(schema: string, file: string | Uint8Array) {
  const database = new RemoteDatabase();
  await database.imported(schema);
  return { database, result: () => database.imported(file), error: () => database.refused(file) };
}

const long = 150_000;

describe("an INSERT that is longer than a statement may be", () => {
  it.each([
    [
      "a long text",
      `'${"x".repeat(long)}'`,
      `typeof(a) = 'text' AND a = replace(hex(zeroblob(${long / 2})), '0', 'x')`,
    ],
    ["a text of quotes", `'${"''".repeat(long)}'`, `length(a) = ${long} AND replace(a, '''', '') = ''`],
    [
      "a text of characters beyond ASCII",
      `'${"é€😀".repeat(long / 10)}'`,
      `length(a) = ${(long * 3) / 10} AND substr(a, -2) = '€😀'`,
    ],
    [
      "a text with semicolons, comments and line ends",
      `'${";--/*\r\n".repeat(long / 7)}'`,
      `a LIKE ';--/*%*/' || '%' OR length(a) > 140000`,
    ],
    [
      "a blob",
      `X'${"00fF".repeat(long)}'`,
      `typeof(a) = 'blob' AND hex(substr(a, -2)) = '00FF' AND length(a) = ${long * 2}`,
    ],
    [
      "a text that is cast from a blob",
      `CAST(X'${"61".repeat(long)}' AS TEXT)`,
      `typeof(a) = 'text' AND length(a) = ${long}`,
    ],
    ["an expression", `'${"x".repeat(long)}' || ('y')`, `length(a) = ${long + 1}`],
    [
      "the longest text that a value may be",
      `'${"x".repeat(maxValueBytes)}'`,
      `length(a) = ${maxValueBytes}`,
    ],
    [
      "the longest blob that a value may be",
      `x'${"ab".repeat(maxValueBytes)}'`,
      `length(a) = ${maxValueBytes}`,
    ],
  ])("stores %s", async (_what, literal, check) => {
    const { database, result } = await importInto(
      "CREATE TABLE t (a, b)",
      `INSERT INTO t VALUES(${literal}, 9007199254740993);\nINSERT INTO t VALUES(1, 2);`,
    );
    expect(await result()).toMatchObject({ numQueries: 2, rowsWritten: 2 });
    expect(await database.rows(`SELECT CAST(b AS TEXT), ${check} FROM t`)).toEqual([
      ["9007199254740993", 1],
      ["2", expect.anything()],
    ]);
  });

  it("stores it in a table whose names are not ASCII", async () => {
    const { database, result } = await importInto(
      'CREATE TABLE "größe; ""x""" ("höhe €", b)',
      `INSERT INTO "größe; ""x""" ("höhe €", b) VALUES ('${"é".repeat(long)}', 1), (2, '${"y".repeat(long)}');`,
    );
    expect(await result()).toMatchObject({ numQueries: 1, rowsWritten: 2 });
    expect(await database.rows('SELECT length("höhe €"), length(b) FROM "größe; ""x"""')).toEqual([
      [long, 1],
      [1, long],
    ]);
  });

  it("stores ten thousand rows in their order, all or none", async () => {
    const rows = Array.from(
      { length: 10_000 },
      (_, n) => `(${n}, 'row ${n} it''s; (', X'${n.toString(16).padStart(8, "0")}')`,
    );
    const statement = `INSERT INTO t VALUES\n${rows.join(",\n")}`;
    const { database, result, error } = await importInto(
      "CREATE TABLE t (a PRIMARY KEY, b, c)",
      `${statement};`,
    );
    expect(await result()).toMatchObject({ numQueries: 1, rowsWritten: 10_000 });
    expect(
      await database.rows("SELECT count(*), sum(a = rowid - 1), sum(b = 'row ' || a || ' it''s; (') FROM t"),
    ).toEqual([[10_000, 10_000, 10_000]]);
    expect(await error()).toMatch(
      /^D1_EXEC_ERROR: Error in line 1: INSERT INTO t VALUES\n\(0, [\s\S]*UNIQUE constraint failed: t.a/,
    );
  });

  it("stores rows that are long by many short values", async () => {
    const row = Array.from({ length: 100 }, (_, n) => `'${String.fromCharCode(97 + (n % 26)).repeat(990)}'`);
    const columns = row.map((_, n) => `column_${n}`).join(", ");
    const wide = await importInto(
      `CREATE TABLE t (${columns})`,
      `INSERT INTO t (${columns}) VALUES (${row}), (${row});`,
    );
    expect(await wide.result()).toMatchObject({ rowsWritten: 2 });
    expect(await wide.database.rows("SELECT length(column_0), column_99 FROM t WHERE rowid = 2")).toEqual([
      [990, "v".repeat(990)],
    ]);

    const euros = Array.from({ length: 40 }, () => `'${"€".repeat(900)}'`);
    const narrow = await importInto(
      `CREATE TABLE t (${euros.map((_, n) => `c${n}`)})`,
      `INSERT INTO t VALUES(${euros});`,
    );
    expect(await narrow.result()).toMatchObject({ rowsWritten: 1 });
    expect(await narrow.database.rows("SELECT length(c0), length(c39) FROM t")).toEqual([[900, 900]]);
  });

  it("fires triggers, and obeys INSERT OR IGNORE and OR REPLACE, row by row", async () => {
    const text = "x".repeat(60_000);
    const { database, result } = await importInto(
      "CREATE TABLE t (a PRIMARY KEY, b); CREATE TABLE log (a); CREATE TRIGGER x AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.a); END",
      `INSERT OR IGNORE INTO t VALUES(1, '${text}'), (1, '${text}'), (2, 'two');
       INSERT OR REPLACE INTO t VALUES(1, 'other'), (3, '${text}${text}');`,
    );
    expect(await result()).toMatchObject({ numQueries: 2 });
    expect(await database.rows("SELECT a, substr(b, 1, 5) FROM t ORDER BY a")).toEqual([
      [1, "other"],
      [2, "two"],
      [3, "xxxxx"],
    ]);
    expect(await database.rows("SELECT a FROM log")).toEqual([[1], [2], [1], [3]]);
  });

  it.each([
    [
      "a value that is too long",
      `INSERT INTO t VALUES('${"x".repeat(maxValueBytes + 1)}', 1)`,
      `${maxValueBytes}`,
    ],
    [
      "a blob that is too long",
      `INSERT INTO t VALUES(X'${"00".repeat(maxValueBytes + 1)}', 1)`,
      `${maxValueBytes}`,
    ],
    [
      "a blob with a digit that is none",
      `INSERT INTO t VALUES(X'${"00".repeat(long)}0G', 1)`,
      "unrecognized token",
    ],
    ["a blob with half a byte", `INSERT INTO t VALUES(X'${"00".repeat(long)}0', 1)`, "unrecognized token"],
    ["a row that is too short", `INSERT INTO t VALUES('${"x".repeat(long)}')`, "2 columns but 1 values"],
    ["a missing table", `INSERT INTO missing VALUES('${"x".repeat(long)}')`, "no such table: missing"],
    ["a parenthesis that is missing", `INSERT INTO t VALUES('${"x".repeat(long)}', 1`, ""],
    ["a name that is missing", `INSERT INTO t VALUES('${"x".repeat(long)}', oops)`, "no such column: oops"],
    ["a value in double quotes", `INSERT INTO t VALUES("${"x".repeat(long)}", 1)`, "statement too long"],
    [
      "a condition behind it",
      `INSERT INTO t VALUES('${"x".repeat(long)}', 1) ON CONFLICT DO NOTHING`,
      `${maxStatementBytes}`,
    ],
    ["rows without a comma", `INSERT INTO t VALUES('${"x".repeat(long)}', 1) (2, 3)`, ""],
    ["a comma at the end", `INSERT INTO t VALUES('${"x".repeat(long)}', 1),`, ""],
    ["two commas", `INSERT INTO t VALUES('${"x".repeat(long)}', 1),,(2, 3)`, ""],
    ["rows that are no rows", `INSERT INTO t VALUES('${"x".repeat(long)}', 1)), ((2, 3)`, ""],
  ])("is refused with %s, by a short error that names its line", async (_what, statement, reason) => {
    const { error } = await importInto(
      "CREATE TABLE t (a, b)",
      `INSERT INTO t VALUES(0, 0);\n\n${statement};\n`,
    );
    const message = await error();
    expect(message).toMatch(/^D1_EXEC_ERROR: Error in line 3: INSERT INTO /);
    expect(message).toContain(reason);
    expect(message.length).toBeLessThan(2_000);
  });
});

describe("another statement", () => {
  it("is refused for its length, and names its line", async () => {
    const { error } = await importInto(
      "CREATE TABLE t (a)",
      `SELECT 1;\n\nUPDATE t SET a = '${"x".repeat(long)}';`,
    );
    expect(await error()).toMatch(
      /Error in line 3: UPDATE t SET a = 'x+\.\.\.: The statement has \d+ bytes; the limit is 99950/,
    );
  });

  it("that is never closed is refused, and names the line on which it starts", async () => {
    const { error } = await importInto(
      "CREATE TABLE t (a)",
      `SELECT 1;\n\n-- here:\nSELECT '${"x".repeat(maxImportStatementBytes + 2_000_000)}\n`,
    );
    expect(await error()).toMatch(
      /Error in line 4: SELECT 'x+: The statement has more than 10000000 bytes, or a quote/,
    );
  });

  it("that is a trigger without its END is refused, and names its line", async () => {
    const rest = "INSERT INTO t VALUES('it''s');\n".repeat(40_000);
    const { error } = await importInto(
      "CREATE TABLE t (a)",
      `SELECT 1;\nCREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1;\n${rest}`,
    );
    expect(await error()).toMatch(
      /Error in line 2: CREATE TRIGGER x [\s\S]*: The statement has \d+ bytes; the limit is 99950/,
    );
    const euros = `CREATE TRIGGER x AFTER INSERT ON t BEGIN ${"SELECT '€';\n".repeat(40_000)}`;
    expect(await (await importInto("CREATE TABLE t (a)", euros)).error()).toContain("the limit is 99950");
  });

  it("may stand among comments of any length, which are no part of it", async () => {
    const comment = `-- ${"x".repeat(10_000)}\n/* ${"y".repeat(10_000)} */\n`.repeat(
      maxImportStatementBytes / 18_000,
    );
    const { result } = await importInto(
      "CREATE TABLE t (a)",
      `${comment}INSERT INTO t VALUES(1);\n${comment}`,
    );
    expect(await result()).toMatchObject({ numQueries: 1 });
  });
});
