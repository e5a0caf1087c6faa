import { describe, expect, it } from "vitest";
import { RemoteDatabase, roundTrip, textOfDump } from "../support/transfers.ts";

/** Rows of every type: some of them are pages' ends. Texts that look like numbers, numbers that texts look like. */
function* keys(): Generator<SqlStorageValue | string> {
  for (let n = 0; n < 400; n++) yield `CAST(${n * 100} AS INTEGER)`;
  for (let n = 0; n < 400; n++) yield `'${n}'`;
  for (let n = 0; n < 300; n++) yield `${n * 100}.5`;
  for (let n = 0; n < 300; n++) yield `CAST('${n}' AS BLOB)`;
  for (let n = 0; n < 100; n++) yield `9007199254740992 + ${n}`;
  for (let n = 0; n < 50; n++) yield `-9223372036854775807 - 1 + ${n}`;
  yield* [
    "''",
    "X''",
    "CAST(X'00' AS TEXT)",
    "CAST(X'6100' AS TEXT)",
    "CAST(X'ff' AS TEXT)",
    "CAST(X'e282' AS TEXT)",
  ];
  yield* ["9e999", "-9e999", "5e-324", "'\ufffd'", "'😀'", "'a''b'"];
}

async function keeps(schema: string, ...columns: string[]) {
  const { before, after, again, text } = await roundTrip((sql) => {
    sql.exec(`CREATE TABLE t (${schema}) WITHOUT ROWID`);
    const rows = Array.from(keys(), (key, n) => {
      const others = columns.slice(1).map((column) => {
        if (column === "few") return n % 5;
        return column === "text" ? `'${n % 7}'` : n;
      });
      return `(${[key, ...others].join(", ")})`;
    });
    for (let n = 0; n < rows.length; n += 500)
      sql.exec(`INSERT OR IGNORE INTO t VALUES ${rows.slice(n, n + 500)}`);
  });
  expect(after).toEqual(before);
  expect(again).toBe(text);
  expect(before.t!.length).toBeGreaterThan(700);
}

describe("a table WITHOUT ROWID of many pages", () => {
  it.each([
    ["a column without a type", "k PRIMARY KEY, v", ["k", "v"]],
    ["a column without a type, descending", "k, v, PRIMARY KEY (k DESC)", ["k", "v"]],
    ["a BLOB", "k BLOB PRIMARY KEY, v", ["k", "v"]],
    ["a TEXT", "k TEXT PRIMARY KEY, v", ["k", "v"]],
    ["a TEXT without case", "k TEXT COLLATE NOCASE PRIMARY KEY, v", ["k", "v"]],
    ["a NUMERIC", "k NUMERIC PRIMARY KEY, v", ["k", "v"]],
    ["an INTEGER", "k INTEGER PRIMARY KEY, v", ["k", "v"]],
    ["a REAL", "k REAL, v, PRIMARY KEY (k, v)", ["k", "v"]],
    ["two columns", "k, f, v, PRIMARY KEY (f, k)", ["k", "few", "v"]],
    ["two columns, one of them descending", "k, f, v, PRIMARY KEY (f, k DESC)", ["k", "few", "v"]],
    ["two columns, the other one descending", "k, f, v, PRIMARY KEY (f DESC, k)", ["k", "few", "v"]],
    [
      "three columns, all descending",
      "k, f, t TEXT, PRIMARY KEY (t DESC, f DESC, k DESC)",
      ["k", "few", "text"],
    ],
    [
      "two columns, of other collations",
      "k, t TEXT COLLATE NOCASE, PRIMARY KEY (t COLLATE RTRIM, k COLLATE NOCASE DESC)",
      ["k", "text"],
    ],
    [
      "columns called as SQL and as what reads them",
      '"rowid", "select", "x", PRIMARY KEY ("select", "rowid" DESC)',
      ["rowid", "few", "v"],
    ],
  ])("by %s loses and doubles no row", async (_what, schema, columns) => {
    await keeps(schema, ...columns);
  });

  it.each([
    "literals PRIMARY KEY",
    "literals, PRIMARY KEY (literals DESC)",
    "text PRIMARY KEY",
    "page PRIMARY KEY",
    '"1" PRIMARY KEY',
    '"count(*)" PRIMARY KEY',
  ])("by a column whose name may mean something else loses and doubles no row: %s", async (schema) => {
    const { before, after } = await roundTrip((sql) => {
      sql.exec(`CREATE TABLE t (${schema}) WITHOUT ROWID`);
      sql.exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
        INSERT INTO t SELECT i FROM n UNION ALL SELECT CAST(i AS TEXT) FROM n`);
    });
    expect(after).toEqual(before);
    expect(before.t).toHaveLength(4_000);
  });

  it("by more columns than a key usually has loses and doubles no row", async () => {
    const columns = Array.from({ length: 20 }, (_, n) => `c${n}`);
    const { before, after } = await roundTrip((sql) => {
      sql.exec(`CREATE TABLE t (${columns}, PRIMARY KEY (${columns})) WITHOUT ROWID`);
      const values = columns.map((_, n) => (n === 19 ? "i" : n === 10 ? "i % 2" : n));
      sql.exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
        INSERT INTO t SELECT ${values} FROM n`);
    });
    expect(after).toEqual(before);
    expect(before.t).toHaveLength(2_500);
  });
});

describe("a table whose columns hide the rowid", () => {
  it.each([
    ["one of them", "rowid"],
    ["two of them", "_ROWID_, oid"],
    ["all of them", "rowid, oid, _rowid_"],
    ["all of them, in capitals", "ROWID TEXT, OID TEXT, _RowId_ TEXT"],
    ["all of them, one as the key", "oid INTEGER PRIMARY KEY, rowid, _rowid_"],
  ])("loses and doubles no row: %s", async (_what, columns) => {
    const count = columns.split(",").length;
    const { before, after } = await roundTrip((sql) => {
      sql.exec(
        `CREATE TABLE t (${columns}); CREATE INDEX everything ON t (${columns
          .replace(/TEXT|INTEGER PRIMARY KEY/g, "")
          .split(",")
          .reverse()})`,
      );
      const values = Array.from({ length: count }, (_, n) => (n === 0 ? "i" : "iif(i % 3, 'x', NULL)"));
      sql.exec(`WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 2499)
        INSERT INTO t SELECT ${values} FROM n`);
      sql.exec(`DELETE FROM t WHERE ${columns.split(/[ ,]/)[0]} % 10 = 3`);
    });
    expect(after).toEqual(before);
    expect(before.t).toHaveLength(2_250);
  });
});

describe("the rows of a dump", () => {
  it("stand in the order of their rowid, gaps and negative ones included", async () => {
    const database = new RemoteDatabase();
    const text = await database.inside((sql) => {
      sql.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, a); CREATE INDEX by_a ON t (a, id)");
      for (const id of [5, -9, 3_000_000, 0, 77]) sql.exec(`INSERT INTO t VALUES (${id}, ${-id})`);
      return textOfDump(sql);
    });
    expect(text).toContain("(-9,9),\n(0,0),\n(5,-5),\n(77,-77),\n(3000000,-3000000);");
  });

  it("are written many in an INSERT, none of which is longer than a statement may be", async () => {
    const database = new RemoteDatabase();
    const text = await database.inside((sql) => {
      sql.exec("CREATE TABLE t (a, b)");
      sql.exec(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO t SELECT i, '€€€€€€€€' FROM n",
      );
      return textOfDump(sql);
    });
    const inserts = text.split(";\n").filter((statement) => statement.startsWith("INSERT"));
    expect(inserts.length).toBeLessThan(60);
    for (const insert of inserts) expect(new TextEncoder().encode(insert).length).toBeLessThan(99_950);
  });
});
