/**
 * The commands of docs/moving.md, with the real wrangler: this database in `wrangler dev` on one side, Cloudflare's own local D1
 * on the other, which `--local` means in the place of `--remote`.
 */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { useDevServer } from "../test-server.ts";
import { readPage, runInShell } from "./shell-page.ts";

const page = readPage("moving.md");
const token = "token-of-the-move";
const folder = mkdtempSync(join(tmpdir(), "d1-procedures-moving-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const configuration = ["shop", "shop-again"]
  .map((name, index) => {
    const id = `11111111-2222-4333-8444-55555555555${index}`;
    return `[[d1_databases]]\nbinding = "DB${index}"\ndatabase_name = "${name}"\ndatabase_id = "${id}"\n`;
  })
  .join("");

const schema = `
  CREATE TABLE customer (customer_id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL);
  CREATE TABLE purchase (purchase_id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customer, total REAL, document BLOB);
  CREATE INDEX purchase_by_customer ON purchase (customer_id);
  CREATE VIEW spending AS SELECT name, sum(total) AS total FROM customer JOIN purchase USING (customer_id) GROUP BY 1;
  CREATE TRIGGER purchase_checked BEFORE INSERT ON purchase WHEN new.total < 0 BEGIN SELECT RAISE(ABORT, 'no; never'); END;
`;
const rows = `
  INSERT INTO customer (name) VALUES ('Ada'), ('Grace; Hopper'), ('O''Neil'), ('gone');
  DELETE FROM customer WHERE name = 'gone';
  INSERT INTO purchase VALUES (1, 2, 19.99, x'00ff'), (2, 3, 0.1, NULL);
  CREATE TABLE t (id);
  INSERT INTO t VALUES (1), (9007199254740991), (9007199254740993);
`;

describe("the commands of docs/moving.md", () => {
  const server = useDevServer({ configs: ["wrangler.toml"], secrets: { API_TOKEN: token } });
  const [tellWrangler, move, compare, back] = [...page.matchAll(/^( *)```sh\n(.*?)^ *```$/gms)].map(
    ([, indent, code]) => code!.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
  );

  /** A command that is not given the file of this database goes to Cloudflare, where a test has no account: to the local D1, then. */
  function run(script: string): Promise<string> {
    const lines = script
      .replace("https://d1-procedures.<you>.workers.dev", server().url)
      .split("\n")
      .filter((line) => !line.includes("wrangler d1 create"))
      .map((line) => (line.includes("--env-file=here.env") ? line : line.replace("--remote", "--local")));
    return runInShell(lines.join("\n"), folder, { API_TOKEN: token });
  }

  /** The documents that wrangler has printed one after another. */
  const results = (printed: string) =>
    printed.split(/(?<=^\])\n/m).flatMap((text) => {
      const answers = text.trim() === "" ? [] : (JSON.parse(text) as { results: unknown }[]);
      return answers.map((answer) => answer.results);
    });

  const queryD1 = async (name: string, sql: string) => {
    const printed = await run(`npx wrangler d1 execute ${name} --local --json --command="${sql}"`);
    return results(printed).at(-1);
  };
  const queryHere = async (sql: string) => {
    const printed = await run(
      `npx wrangler d1 execute d1-procedures --remote --env-file=here.env --json --command="${sql}"`,
    );
    return results(printed).at(-1);
  };

  beforeAll(async () => {
    writeFileSync(
      join(folder, "wrangler.toml"),
      `name = "shop"\ncompatibility_date = "2026-04-24"\n${configuration}`,
    );
    writeFileSync(join(folder, "rows.sql"), rows);
    mkdirSync(join(folder, "migrations"));
    writeFileSync(join(folder, "migrations", "0001_tables.sql"), schema);
    await run(tellWrangler!);
    await run("npx wrangler d1 migrations apply shop --local");
    await run("npx wrangler d1 execute shop --local --file=rows.sql");
  }, 120_000);

  it("bring a D1 here, with its migrations, and to D1 again", { timeout: 240_000 }, async () => {
    await run(move!);
    const [there, here] = results(await run(compare!));
    expect(here).toEqual(there);
    expect(here).toEqual([{ customers: 3, total: 20.09 }]);

    const content =
      "SELECT (SELECT group_concat(name) FROM customer) AS names, (SELECT seq FROM sqlite_sequence WHERE name = 'customer') AS seq, (SELECT hex(document) FROM purchase WHERE purchase_id = 1) AS document, (SELECT group_concat(name) FROM d1_migrations) AS migrations, (SELECT count(*) FROM sqlite_schema WHERE type IN ('index', 'view', 'trigger') AND name NOT LIKE 'sqlite%') AS others, (SELECT count(*) FROM spending) AS spending";
    const expected = [
      {
        names: "Ada,Grace; Hopper,O'Neil",
        seq: 4,
        document: "00FF",
        migrations: "0001_tables.sql",
        others: 3,
        spending: 2,
      },
    ];
    expect(await queryHere(content)).toEqual(expected);

    await queryHere(
      "CREATE VIRTUAL TABLE search USING fts5(body); INSERT INTO search VALUES ('full text, too')",
    );
    await run(back!);
    const found = "SELECT body FROM search WHERE search MATCH 'text'";
    const printed = await run(
      `npx wrangler d1 execute shop-again --local --json --command="${content}; ${found}"`,
    );
    expect(results(printed)).toEqual([expected, [{ body: "full text, too" }]]);
  });

  it("lose on the way what the page says", { timeout: 240_000 }, async () => {
    const [lossy] = /SELECT id FROM t WHERE [^`]+/.exec(page)!;
    expect(await queryD1("shop", lossy.replace("SELECT id", "SELECT CAST(id AS TEXT) AS id"))).toEqual([
      { id: "9007199254740993" },
    ]);
    expect(readFileSync(join(folder, "shop.sql"), "utf8")).toContain("9007199254740992");

    await queryHere("CREATE TABLE large (document BLOB); INSERT INTO large VALUES (zeroblob(50000))");
    const toD1 = run(
      "npx wrangler d1 export d1-procedures --remote --env-file=here.env --skip-confirmation --table=large --output=large.sql\n" +
        "npx wrangler d1 execute shop-again --local --file=large.sql 2>&1",
    );
    await expect(toD1).rejects.toMatchObject({ stdout: expect.stringContaining("statement too long") });
  });
});
