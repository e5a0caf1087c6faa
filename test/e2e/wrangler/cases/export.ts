import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { queryInAnotherSqlite } from "../another-sqlite.ts";
import { expectOnPage } from "../page.ts";
import type { Suite } from "../suite.ts";

const library = readFileSync(new URL("../library.sql", import.meta.url), "utf8");

/** Reads what is easily lost on the way: exact numbers, bytes, generated columns, ids to come, the text index. */
const contentQuery = `
  SELECT json_array(title, shelf_mark, quote(price), CAST(copies_sold AS TEXT), quote(cover)) AS content FROM book
  UNION ALL SELECT json_array(name, seq) FROM sqlite_sequence
  UNION ALL SELECT json_array("a;b", quote("select"), typeof("select")) FROM "odd ""name"";"
  UNION ALL SELECT json_array(entry) FROM history
  UNION ALL SELECT json_array(rowid, body) FROM review WHERE review MATCH 'loud'
  ORDER BY 1`;

export function exportCases(suite: () => Suite): void {
  const exportTo = async (name: string, ...options: string[]) => {
    const { wrangler, makeDir } = suite();
    const path = join(makeDir("dump"), "dump.sql");
    const run = await wrangler.d1([
      "export",
      name,
      "--remote",
      "--skip-confirmation",
      `--output=${path}`,
      ...options,
    ]);
    return { run, path, dump: () => readFileSync(path, "utf8") };
  };

  it("the dump imports again to an equal database, with wrangler and elsewhere", async () => {
    const { wrangler, api } = suite();
    const [original, copy] = await Promise.all([api.createDatabase(), api.createDatabase()]);
    await api.import(original.uuid, library);

    const { run, path, dump } = await exportTo(original.name);
    expect(run.exitCode, run.output).toBe(0);
    expectOnPage("export my-db --remote --skip-confirmation --output=dump.sql", run.stdout, {
      [original.name]: "my-db",
      [path]: "dump.sql",
    });
    const imported = await wrangler.d1(["execute", copy.name, "--remote", `--file=${path}`]);
    expect(imported.output).toContain("Executed");
    expect(imported.exitCode, imported.output).toBe(0);

    const content = await api.query(original.uuid, contentQuery);
    expect(content).toContainEqual({
      content: `["The Telling","THE","19.99","9007199254740993","X'00FF00'"]`,
    });
    expect(await api.query(copy.uuid, contentQuery)).toEqual(content);
    expect(await api.export(copy.uuid)).toBe(dump());
    const elsewhere = queryInAnotherSqlite(dump(), contentQuery);
    if (elsewhere !== undefined) expect(elsewhere).toEqual(content);
  });

  it("--no-data, --no-schema and --table choose the parts; the two halves make the whole again", async () => {
    const { api } = suite();
    const { name, uuid } = await api.createDatabase();
    await api.import(uuid, library);

    const [schema, data, tables, unknown] = await Promise.all([
      exportTo(name, "--no-data"),
      exportTo(name, "--no-schema"),
      exportTo(name, "--table=tag", "--table=author"),
      exportTo(name, "--table=nobody"),
    ]);

    expect(schema.dump()).toContain("CREATE TRIGGER book_added");
    expect(schema.dump()).not.toContain("The Telling");
    expect(data.dump()).toContain("The Telling");
    expect(data.dump()).not.toMatch(/^CREATE /m);
    expect(tables.dump().match(/^CREATE .*? (?=\()/gm)).toEqual([
      "CREATE TABLE author ",
      "CREATE TABLE tag ",
    ]);
    expect(
      tables
        .dump()
        .match(/^INSERT INTO \S+/gm)
        ?.sort(),
    ).toEqual(['INSERT INTO "author"', 'INSERT INTO "tag"', "INSERT INTO sqlite_sequence"]);
    expect(unknown.run).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("nobody") });
    expect(unknown.dump).toThrow("ENOENT");

    for (const { dump } of [schema, data, tables]) {
      expect(dump()).not.toMatch(/_cf_|__miniflare|sqlite_(?!sequence)/);
    }
    const again = await api.createDatabase();
    await api.import(again.uuid, tables.dump());
    expect(await api.query(again.uuid, "SELECT name FROM author ORDER BY id")).toEqual([
      { name: "Ursula" },
      { name: "Alfred" },
    ]);
  });
}
