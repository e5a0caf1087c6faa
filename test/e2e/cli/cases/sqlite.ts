import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { queryFile, queryFileInShell } from "../sqlite-database.ts";
import type { Suite } from "../suite.ts";

const libraryUrl = new URL("../../wrangler/library.sql", import.meta.url);
const hostileUrl = new URL("../hostile.sql", import.meta.url);

const schemaQuery =
  "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*' AND name NOT GLOB '__mini*'";

/** Every value to the last bit, whichever SQLite reads it. */
function valuesQuery(table: string, columns: string[], order: string): string {
  const values = columns.flatMap((column, index) => {
    const exact =
      `CASE typeof(${column}) WHEN 'real' THEN CASE WHEN ${column} = 9e999 THEN 'infinite' ELSE ${column} END ` +
      `WHEN 'null' THEN NULL ELSE hex(CAST(${column} AS BLOB)) END`;
    return [`typeof(${column}) AS t${index}`, `${exact} AS v${index}`];
  });
  return `SELECT ${values.join(", ")} FROM ${table} ORDER BY ${order}`;
}

const tables: { table: string; columns: string[]; order: string }[] = [
  { table: "author", columns: ["id", "name", "mentor_id"], order: "id" },
  { table: "book", columns: ["id", "title", "price", "copies_sold", "cover", "shelf_mark"], order: "id" },
  { table: "tag", columns: ["name", "uses"], order: "name" },
  { table: '"odd ""name"";"', columns: ['"a;b"', '"select"'], order: "1, 2" },
  { table: "history", columns: ["rowid", "entry"], order: "rowid" },
  { table: "review", columns: ["rowid", "body"], order: "rowid" },
  { table: "strict_values", columns: ["id", "i", "r", "t", "b", "a"], order: "id" },
  { table: "keyed", columns: ["a", "b", "v"], order: "a, b" },
  { table: "made", columns: ["a", "b", "c"], order: "a" },
  { table: "numbered", columns: ["id", "v"], order: "id" },
  { table: "quoted", columns: ["size", "label"], order: "size" },
  { table: "parent", columns: ["id", "child"], order: "id" },
  { table: "child", columns: ["id", "parent"], order: "id" },
  { table: '"many rows"', columns: ["id", "word", "noise"], order: "id" },
  { table: "prefixes", columns: ["rowid", "body", "note"], order: "rowid" },
  { table: "sqlite_sequence", columns: ["name", "seq"], order: "name" },
];

export function sqliteCases(suite: () => Suite): void {
  let source: string;
  let file: string;

  beforeAll(async () => {
    const { api, makeDir, run } = suite();
    source = (await api.createDatabase()).name;
    for (const url of [libraryUrl, hostileUrl]) await api.import(source, readFileSync(url));
    const created = await run(["backup", "create", source]);
    expect(created.exitCode, created.stderr).toBe(0);
    file = join(makeDir("sqlite"), "db.sqlite3");
    const { exitCode, stdout, stderr } = await run([
      "backup",
      "download",
      source,
      "latest",
      "--format",
      "sqlite",
      "--output",
      file,
    ]);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: expect.stringContaining("Checking the database ..."),
    });
    expect(stdout).toContain(
      "SQLite's integrity check found nothing wrong, and every table has as many rows",
    );
  });

  it("saves a database that equals its source, row by row", async () => {
    const { api } = suite();
    const queries = tables.map(({ table, columns, order }) => valuesQuery(table, columns, order));
    // Before anything is read of the file, which keeps this process from noticing that a connection is closed.
    const schema = await api.query(source, schemaQuery);
    const sources: unknown[][] = [];
    for (const query of queries) sources.push(await api.query(source, query));

    expect(queryFile(file, "PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
    const byName = (left: Record<string, unknown>, right: Record<string, unknown>) =>
      String(left.name) < String(right.name) ? -1 : 1;
    expect(schema.length).toBeGreaterThan(30);
    expect(queryFile(file, schemaQuery).sort(byName)).toEqual(schema.sort(byName));
    queries.forEach((query, index) => {
      expect(sources[index]!.length).toBeGreaterThan(0);
      expect(queryFile(file, query), tables[index]!.table).toEqual(sources[index]);
    });
  });

  it("saves full-text indexes, views and triggers that work, in what the sqlite3 shell opens", () => {
    for (const [query, expected] of [
      ["SELECT rowid FROM prefixes WHERE prefixes MATCH 'creme'", "-5"],
      ["SELECT rowid FROM book_text WHERE book_text MATCH 'telling'", "1"],
      ["SELECT count(*) FROM expensive", "1"],
      ["SELECT name FROM sqlite_schema WHERE type = 'trigger'", "book_added"],
      ["PRAGMA integrity_check", "ok"],
    ] as const) {
      expect(Object.values(queryFile(file, query)[0]!).map(String), query).toEqual([expected]);
      expect([undefined, `${expected}\n`], query).toContain(queryFileInShell(file, query));
    }
  });
}
