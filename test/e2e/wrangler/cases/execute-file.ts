import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { expectOnPage } from "../page.ts";
import type { Suite } from "../suite.ts";

/** Comments, triggers with their semicolons, rows before those that they refer to. */
const library = readFileSync(new URL("../library.sql", import.meta.url), "utf8");

export function executeFileCases(suite: () => Suite): void {
  const execute = (name: string, file: string, ...options: string[]) =>
    suite().wrangler.d1(["execute", name, "--remote", `--file=${file}`, ...options]);

  it("a file that fails leaves the database as it was, and names the statement and its line", async () => {
    const { api, writeSql } = suite();
    const { name, uuid } = await api.createDatabase();
    await api.query(uuid, "CREATE TABLE note (id INTEGER PRIMARY KEY); INSERT INTO note VALUES (1)");
    const file = writeSql(
      "CREATE TABLE more (id);\n-- fails; here\nINSERT INTO note\n  VALUES (2), (1);\nDROP TABLE note;\n",
    );

    const run = await execute(name, file, "--json");

    expect(run.exitCode).toBe(1);
    // wrangler writes down its progress before the JSON.
    expect(JSON.parse(run.stdout.slice(run.stdout.indexOf("{")))).toMatchObject({
      error: {
        text: expect.stringMatching(
          /Error in line 3: INSERT INTO note\n {2}VALUES \(2\), \(1\): UNIQUE constraint failed: note\.id/,
        ),
      },
    });
    expect(await api.query(uuid, "SELECT name FROM sqlite_schema WHERE name IN ('note', 'more')")).toEqual([
      { name: "note" },
    ]);
    expect(await api.query(uuid, "SELECT id FROM note")).toEqual([{ id: 1 }]);
  });

  it("a file in another encoding is refused, with the line of the first such text", async () => {
    const { api, writeSql } = suite();
    const { name, uuid } = await api.createDatabase();
    const file = writeSql(
      Buffer.from("CREATE TABLE note (text);\nINSERT INTO note VALUES ('café');", "latin1"),
    );

    const run = await execute(name, file);

    expect(run).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/Error in line 2: .*The file is not UTF-8 text/),
    });
    await expect(api.query(uuid, "SELECT * FROM note")).rejects.toThrow("no such table");
  });

  it("a schema with triggers and comments is imported; the same file again is not uploaded again", async () => {
    const { api, writeSql } = suite();
    const { name, uuid } = await api.createDatabase();
    await api.query(uuid, "CREATE TABLE earlier (id INTEGER)");
    const file = writeSql(library);

    const first = await execute(name, file);

    expect(first.exitCode, first.output).toBe(0);
    expectOnPage("execute my-db --remote --file=library.sql", first.stdout, { [name]: "my-db" });
    expect(await api.query(uuid, "SELECT entry FROM history WHERE entry LIKE 'added; The %'")).toEqual([
      { entry: "added; The Telling" },
    ]);
    expect(await api.query(uuid, "SELECT rowid FROM book_text('telling')")).toEqual([{ rowid: 1 }]);

    const tables = ["book_text", "review", "history", '"odd ""name"";"', "tag", "book", "author"];
    await api.query(uuid, `DROP VIEW expensive; ${tables.map((table) => `DROP TABLE ${table};`).join("")}`);
    const again = await execute(name, file, "--json");

    expect(again.exitCode, again.output).toBe(0);
    expect(again.stdout).not.toContain("Uploading");
    expect(JSON.parse(again.stdout.slice(again.stdout.indexOf("[")))).toMatchObject([
      { success: true, results: [{ "Total queries executed": 18 }], meta: { changed_db: true } },
    ]);
    expect(await api.query(uuid, "SELECT uses FROM tag WHERE name = 'new'")).toEqual([{ uses: 3 }]);
  });

  it("20 MB as sqlite3 dumps them, and a second file at the same time: each as a whole or not at all", async () => {
    const { api, writeSql } = suite();
    const { name, uuid } = await api.createDatabase();
    const rows = 100_000;
    const inserts = Array.from(
      { length: rows },
      (_, id) => `INSERT INTO entry VALUES(${id},'${bodyOf(id)}');`,
    );
    const dump = [
      ...["PRAGMA foreign_keys=OFF;", "BEGIN TRANSACTION;"],
      ...["CREATE TABLE entry (id INTEGER PRIMARY KEY, body TEXT NOT NULL);", ...inserts, "COMMIT;", ""],
    ].join("\n");
    expect(dump.length).toBeGreaterThan(20_000_000);
    const small = "CREATE TABLE beside (id INTEGER); INSERT INTO beside VALUES (1), (2);";

    const runs = await Promise.all([execute(name, writeSql(dump)), execute(name, writeSql(small))]);

    // The one that comes while the other is under way is refused.
    const contents = [
      {
        table: "entry",
        sql: "SELECT count(*) AS n, sum(id) AS ids, sum(length(body)) AS characters FROM entry",
      },
      { table: "beside", sql: "SELECT count(*) AS n, sum(id) AS ids FROM beside" },
    ];
    const characters = inserts.reduce((sum, _, id) => sum + bodyOf(id).length, 0);
    const whole = [
      { n: rows, ids: (rows * (rows - 1)) / 2, characters },
      { n: 2, ids: 3 },
    ];
    expect(runs.map(({ exitCode }) => exitCode)).toContain(0);
    for (const [index, run] of runs.entries()) {
      const { table, sql } = contents[index]!;
      if (run.exitCode === 0) {
        expect(await api.query(uuid, sql)).toEqual([whole[index]]);
      } else {
        expect(run.output).toContain("Another import into this database is running");
        await expect(api.query(uuid, sql)).rejects.toThrow(`no such table: ${table}`);
      }
    }
  });
}

function bodyOf(id: number): string {
  return `${"lorem ipsum; ".repeat(13)} ${id}`;
}
