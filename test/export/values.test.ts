import { describe, expect, it } from "vitest";
import { RemoteDatabase, roundTrip } from "../support/transfers.ts";

/** Stores values in a column of every affinity, and takes them through an export and an import. */
async function throughDump(values: readonly string[]) {
  const trip = await roundTrip((sql) => {
    sql.exec(`
      CREATE TABLE plain (v);
      CREATE TABLE typed (i INTEGER, r REAL, t TEXT, b BLOB, n NUMERIC);
      CREATE TABLE "strict" (v ANY) STRICT;
    `);
    for (const value of values) {
      sql.exec(`INSERT INTO plain VALUES (${value})`);
      sql.exec(`INSERT INTO typed VALUES (${value}, ${value}, ${value}, ${value}, ${value})`);
      sql.exec(`INSERT INTO "strict" VALUES (${value})`);
    }
  });
  expect(trip.after).toEqual(trip.before);
  expect(trip.before.plain).toHaveLength(values.length);
  expect(trip.again).toBe(trip.text);
  return trip;
}

describe("an export keeps exactly", () => {
  it.each([
    ["NULL", ["NULL"]],
    [
      "integers of 64 bits",
      [
        "0",
        "-1",
        "9007199254740991",
        "9007199254740992",
        "9007199254740993",
        "-9007199254740993",
        "9223372036854775807",
        "-9223372036854775807",
        "-9223372036854775807 - 1",
      ],
    ],
    [
      "REAL",
      [
        "0.0",
        "1.0",
        "-1.5",
        "0.1",
        "1e15",
        "1e16",
        "123456789012345678.0",
        "1e300",
        "-1e-300",
        "5e-324",
        "2.2250738585072011e-308",
        "1.7976931348623157e308",
        "9e999",
        "-9e999",
        "9223372036854775807.0",
        "9007199254740993.0",
      ],
    ],
    [
      "blobs",
      ["X''", "X'00'", "X'27'", "X'ff00fe'", "zeroblob(3)", "CAST('text' AS BLOB)", "randomblob(1000)"],
    ],
    [
      "texts",
      [
        "''",
        "''''",
        "''''''",
        "'a''b'",
        "'a\"b'",
        "'NULL'",
        "'1'",
        "'1.0'",
        "' 1 '",
        "'0x10'",
        "'1e3'",
        "'X''00'''",
      ],
    ],
    [
      "line ends, comments and semicolons in texts",
      [
        "'a\nb'",
        "'a\r\nb'",
        "'\r'",
        "'-- a'",
        "'/* a'",
        "'*/'",
        "';'",
        "'a;\nb;'",
        "'\t\v\f\b'",
        "'\\'",
        "'\\n'",
      ],
    ],
    [
      "NUL in texts",
      [
        "CAST(X'00' AS TEXT)",
        "CAST(X'6100' AS TEXT)",
        "CAST(X'610062' AS TEXT)",
        "char(0, 39, 0)",
        "'a'||char(0)||'''b'",
      ],
    ],
    [
      "texts that are no UTF-8",
      [
        "CAST(X'ff' AS TEXT)",
        "CAST(X'e282' AS TEXT)",
        "CAST(X'c080' AS TEXT)",
        "CAST(X'eda080' AS TEXT)",
        "CAST(X'eda080edb080' AS TEXT)",
        "CAST(X'f4908080' AS TEXT)",
        "CAST(X'27ff27' AS TEXT)",
      ],
    ],
    [
      "texts beyond ASCII",
      [
        "'é'",
        "'€'",
        "'😀👩‍👩‍👧'",
        "'\ufffd'",
        "'a\ufffdb'",
        "'\ufeff'",
        "'\ufeffa'",
        "'\ufffe\uffff'",
        "'\u2028\u2029'",
        "'e\u0301'",
        "'\u{10ffff}'",
      ],
    ],
  ])("%s", async (_what, values) => {
    await throughDump(values);
  });

  it("CR LF for whoever reads the dump line by line, as the sqlite3 command line does: no line ends in CR", async () => {
    const { text } = await throughDump([
      "'a\r\nb'",
      "'\r\n'",
      "'a\r\n\r\n''b'",
      "'\r'",
      "'a\rb\n'",
      "'\r'||char(10)||char(0)",
    ]);
    expect(text).not.toContain("\r\n");
  });

  it("all of them beside each other in one row, many times", async () => {
    const { after } = await roundTrip((sql) => {
      sql.exec("CREATE TABLE t (a, b, c, d, e, f, g)");
      sql.exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
        INSERT INTO t SELECT NULL, 9007199254740993 + i, i / 7.0, 'text''' || i, CAST(i AS BLOB),
          CASE i % 100 WHEN 0 THEN char(0) WHEN 1 THEN CAST(X'ff' AS TEXT) ELSE 'x' END, i % 2 FROM n`);
    });
    expect(after.t).toHaveLength(3_000);
  });

  it("which zero of a REAL it is, where SQL can see it", async () => {
    const { copy } = await roundTrip(
      "CREATE TABLE t (a REAL, b); INSERT INTO t VALUES (-0.0, -0.0), (0, 0), (0.0, 0.0)",
    );
    expect(await copy.rows("SELECT typeof(a), typeof(b), 1.0 / (a + 1) FROM t")).toEqual([
      ["real", "real", 1],
      ["real", "integer", 1],
      ["real", "real", 1],
    ]);
  });
});

/** Type and digest of every value: too long to be compared as text. */
async function digests(sql: SqlStorage): Promise<string[]> {
  const rows = sql
    .exec("SELECT typeof(a), CAST(a AS BLOB), typeof(b), CAST(b AS BLOB) FROM t ORDER BY rowid")
    .raw();
  const digest = async (value: SqlStorageValue) =>
    typeof value === "string"
      ? value
      : Buffer.from(await crypto.subtle.digest("SHA-256", value as ArrayBuffer)).toString("hex");
  return Promise.all([...rows].flat().map(digest));
}

describe("an export of long values", () => {
  it("keeps a value as long as one may be, text, blob and quotes", async () => {
    const original = new RemoteDatabase();
    const copy = new RemoteDatabase();
    await original.inside((sql) => {
      sql.exec("CREATE TABLE t (a, b)");
      for (const text of ["x", "'", "€", "\0"]) {
        const bytes = new TextEncoder().encode(text).length;
        sql.exec("INSERT INTO t VALUES (?, 1)", text.repeat(Math.floor(2_000_000 / bytes)));
      }
      sql.exec(
        "INSERT INTO t VALUES (2, randomblob(2000000)), (randomblob(1000000), replace(hex(zeroblob(490000)), '0', 'y'))",
      );
    });
    const dump = await original.export();
    expect(await copy.imported(dump)).toMatchObject({ rowsWritten: 6 });
    expect(await copy.inside(digests)).toEqual(await original.inside(digests));
    expect(await copy.export()).toBe(dump);
  });

  it("keeps long rows among short ones, in their order", async () => {
    const { before, after, copy } = await roundTrip((sql) => {
      sql.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, a)");
      for (let id = 0; id < 400; id++) {
        const length = id % 97 === 0 ? 200_000 : id % 31 === 0 ? 40_000 : id % 7;
        sql.exec(
          "INSERT INTO t VALUES (?, ?)",
          id,
          id % 5 === 0 ? new Uint8Array(length).fill(id) : "'".repeat(length),
        );
      }
    });
    expect(after).toEqual(before);
    expect(await copy.rows("SELECT count(*), max(id) FROM t")).toEqual([[400, 399]]);
  });

  it("keeps 100 columns, with long names, and long by many short values", async () => {
    const columns = Array.from({ length: 100 }, (_, n) => `"column ${n} ${"x".repeat(100)}"`);
    const { before, after, again, text } = await roundTrip((sql) => {
      sql.exec(`CREATE TABLE short (${columns}); CREATE TABLE long (${columns})`);
      sql.exec(
        `INSERT INTO short VALUES (${columns.map((_, n) => n)}), (${columns.map((_, n) => `'text ${n}'`)})`,
      );
      const long = columns.map((_, n) => `replace(hex(zeroblob(495)), '0', '${n % 3 === 0 ? "€" : n % 10}')`);
      for (let row = 0; row < 3; row++) sql.exec(`INSERT INTO long VALUES (${long})`);
    });
    expect(after).toEqual(before);
    expect(again).toBe(text);
  });
});
