import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { connect } from "../../src/client/connect.ts";
import { applyMigrations, seed } from "../../src/testing/index.ts";

const migrations = [
  { name: "0001_user.sql", queries: ["CREATE TABLE user (id INTEGER PRIMARY KEY, name TEXT)"] },
  {
    name: "0002_email.sql",
    queries: ["ALTER TABLE user ADD COLUMN email TEXT", "CREATE UNIQUE INDEX by_email ON user (email)"],
  },
];

const fresh = () => ({ name: crypto.randomUUID() });

describe("applyMigrations()", () => {
  it("names the migration that fails, and keeps nothing of it", async () => {
    const on = fresh();
    const broken = { name: "0003_broken.sql", queries: ["CREATE TABLE kept (a)", "CREATE TABL oops (a)"] };
    const applying = applyMigrations(env.DB, [...migrations, broken], on);
    await expect(applying).rejects.toThrow(
      /^Migration "0003_broken.sql" failed, and nothing of it was kept: D1_ERROR: near "TABL"/,
    );
    const db = connect(env.DB, on);
    expect(await db.prepare("SELECT name FROM sqlite_schema WHERE name = 'kept'").first()).toBeNull();
    expect(await db.prepare("SELECT count(*) AS n FROM d1_migrations").first("n")).toBe(2);
  });

  it.each([["migrations"], [undefined], [["CREATE TABLE t (a)"]], [[{ name: "a", queries: "b" }]]])(
    "refuses %j, with the set-up that gives what it wants",
    async (wrong) => {
      const applying = applyMigrations(env.DB, wrong as never, fresh());
      await expect(applying).rejects.toThrow(
        /expects a list of \{ name, queries \}.*readD1Migrations\("migrations"\)/,
      );
    },
  );

  it("applies them in their order, once, and notes them as wrangler does", async () => {
    const on = fresh();
    const db = connect(env.DB, on);
    await applyMigrations(env.DB, migrations.slice(0, 1), on);
    await db.exec("INSERT INTO user (name) VALUES ('Ada')");
    await applyMigrations(env.DB, migrations, on);
    await applyMigrations(env.DB, migrations, on);
    expect(await db.prepare("SELECT name, email FROM user").first()).toEqual({ name: "Ada", email: null });
    expect(await db.prepare("SELECT id, name FROM d1_migrations ORDER BY id").raw()).toEqual([
      [1, "0001_user.sql"],
      [2, "0002_email.sql"],
    ]);
  });
});

describe("seed()", () => {
  it("keeps nothing of a script that fails, and names the line", async () => {
    const on = fresh();
    const seeding = seed(
      env.DB,
      "CREATE TABLE t (a);\nINSERT INTO t\n  VALUES (1);\nINSERT INTO nowhere VALUES (2);",
      on,
    );
    await expect(seeding).rejects.toThrow(/D1_EXEC_ERROR: Error in line 4: INSERT INTO nowhere/);
    expect(
      await connect(env.DB, on).prepare("SELECT name FROM sqlite_schema WHERE name = 't'").first(),
    ).toBeNull();
  });

  it("refuses what is no text, with the import that gives the text of a file", async () => {
    await expect(seed(env.DB, { default: "INSERT" } as never)).rejects.toThrow(/not object.*seed.sql\?raw/);
  });

  it("runs statements over several lines, comments and triggers", async () => {
    const on = fresh();
    await seed(
      env.DB,
      `-- the shop
       CREATE TABLE t (a);
       CREATE TRIGGER twice AFTER INSERT ON t WHEN NEW.a < 10 BEGIN
         INSERT INTO t VALUES (NEW.a * 10);
       END;
       INSERT INTO t VALUES (1), (2);`,
      on,
    );
    expect(await connect(env.DB, on).prepare("SELECT sum(a) AS sum FROM t").first("sum")).toBe(33);
  });
});
