import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { connect } from "../../src/client/connect.ts";
import type { StatementSource } from "../../src/procedures.ts";
import { inDatabase } from "../support/in-database.ts";

const beyond = 2n ** 53n + 1n;
const edges = [-(2n ** 63n), -beyond, -(2n ** 53n), 2n ** 53n, beyond, 2n ** 62n + 1n, 2n ** 63n - 1n];

/** The same on every kind of database that has statements. */
function onEach(title: string, test: (db: StatementSource) => Promise<void>): void {
  it(`${title}, over a client`, () => test(connect(env.DB, { name: crypto.randomUUID() })));
  it(
    `${title}, in a procedure`,
    inDatabase((database) => test(database.db())),
  );
  it(
    `${title}, in a transaction`,
    inDatabase(async (database) => {
      await database.db().transaction((txn) => test(txn), { onError: "throw" });
    }),
  );
}

describe("withExactIntegers()", () => {
  onEach("stores and gives every 64-bit integer as it is", async (plain) => {
    const db = plain.withExactIntegers();
    await db.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, untyped, real REAL, text TEXT)");
    for (const value of edges) {
      await db.prepare("INSERT INTO t (id, untyped) VALUES (?, ?)").bind(value, value).run();
      const row = db.prepare("SELECT id, untyped, typeof(untyped) AS type FROM t WHERE id = ?").bind(value);
      expect(await row.first()).toEqual({ id: value, untyped: value, type: "integer" });
      expect(await row.raw()).toEqual([[value, value, "integer"]]);
      expect(await row.first("untyped")).toBe(value);
    }
    const { results } = await db.prepare("SELECT id FROM t ORDER BY id DESC").all();
    expect(results.map(({ id }) => id)).toEqual(edges.toReversed());
    expect(await db.prepare("SELECT sum(id > ?) AS n FROM t").bind(beyond).first("n")).toBe(2);
  });

  onEach("gives small integers, reals and text as ever", async (plain) => {
    const db = plain.withExactIntegers();
    const sql =
      "SELECT 1 AS a, 1.5 AS b, 1e300 AS c, 9007199254740993.0 AS d, '9007199254740993' AS e, NULL AS f";
    expect(await db.prepare(sql).first()).toEqual({
      a: 1,
      b: 1.5,
      c: 1e300,
      d: 9007199254740992,
      e: "9007199254740993",
      f: null,
    });
    expect(await db.prepare("SELECT ? AS small, typeof(?1) AS type").bind(5n).first()).toEqual({
      small: 5,
      type: "integer",
    });
  });

  onEach("binds a BigInt among other parameters, whatever their notation", async (plain) => {
    const db = plain.withExactIntegers();
    for (const sql of [
      "SELECT ?, ?, ?",
      "SELECT ?1, ?2, ?3",
      "SELECT ?, ?2, ?",
      "SELECT :a, @b, $c",
      "SELECT :a, ?, :c -- ? :d",
      "SELECT /* ? */ ?1, ?2, ?3 WHERE '?' <> \"?2\"",
      "SELECT min(?1, ?1), ?2, ?3",
    ]) {
      expect(await db.prepare(sql).bind(beyond, "x", -beyond).raw()).toEqual([[beyond, "x", -beyond]]);
    }
  });

  onEach("lets a bound BigInt compare as a bound number does", async (plain) => {
    await plain.exec("CREATE TABLE t (text TEXT, untyped)");
    await plain.exec("INSERT INTO t VALUES ('5', '5'), ('6', 6)");
    const count = (db: StatementSource, sql: string, value: unknown) =>
      db.prepare(sql).bind(value).first("n");
    for (const condition of [
      "text = ?",
      "untyped = ?",
      "untyped > ?",
      "text IN (?)",
      "untyped BETWEEN ?1 AND ?1",
    ]) {
      const sql = `SELECT count(*) AS n FROM t WHERE ${condition}`;
      const literal = await plain.prepare(sql.replaceAll(/\?1?/g, "6")).first("n");
      expect(await count(plain.withExactIntegers(), sql, 6n)).toBe(literal);
    }
  });

  onEach("keeps the order of the rows and repeated columns", async (plain) => {
    const db = plain.withExactIntegers();
    const sql = `SELECT value + 9007199254740990 AS v, value AS v FROM json_each('[5,3,4,1,2]')
      ORDER BY value DESC LIMIT 3 -- the last line is a comment`;
    expect(await db.prepare(sql).raw({ columnNames: true })).toEqual([
      ["v", "v"],
      [9007199254740995n, 5],
      [9007199254740994n, 4],
      [9007199254740993n, 3],
    ]);
  });

  onEach("reads a table whose name is that of its own means", async (plain) => {
    const db = plain.withExactIntegers();
    await db.exec("CREATE TABLE Exact (id INTEGER); INSERT INTO exact VALUES (9007199254740993)");
    expect(await db.prepare("SELECT id FROM exact").first("id")).toBe(beyond);
  });

  onEach("refuses what it cannot give exactly, and keeps nothing of it", async (plain) => {
    const db = plain.withExactIntegers();
    await db.exec("CREATE TABLE t (id INTEGER PRIMARY KEY)");
    const returning = db.prepare("INSERT INTO t VALUES (?) RETURNING id").bind(beyond);
    await expect(returning.run()).rejects.toMatchObject({
      code: "NOT_EXACT",
      message: expect.stringContaining("CAST(column AS TEXT)"),
    });
    expect(await db.prepare("SELECT count(*) AS n FROM t").first("n")).toBe(0);
    const asText = db.prepare("INSERT INTO t VALUES (?) RETURNING CAST(id AS TEXT) AS id").bind(beyond);
    expect(await asText.first("id")).toBe(`${beyond}`);
    await expect(
      db.prepare("SELECT max(abs(random()), 9007199254740993) AS n").first(),
    ).rejects.toMatchObject({
      code: "NOT_EXACT",
    });
  });

  onEach("works in batches and sessions, beside statements that do without", async (plain) => {
    const db = plain.withExactIntegers();
    const sql = "SELECT 9007199254740993 AS n";
    const [exact, rounded] = await db.batch<{ n: unknown }>([db.prepare(sql), plain.prepare(sql)]);
    expect(exact!.results).toEqual([{ n: beyond }]);
    expect(rounded!.results).toEqual([{ n: 9007199254740992 }]);
    expect(await db.withSession().prepare("SELECT ? AS n").bind(beyond).first("n")).toBe(beyond);
  });

  onEach("refuses a BigInt of more than 64 bits, and plain statements refuse any", async (plain) => {
    const statement = plain.withExactIntegers().prepare("SELECT ?");
    for (const value of [2n ** 63n, -(2n ** 63n) - 1n]) {
      expect(() => statement.bind(value)).toThrow(`'bigint' not supported for value '${value}'`);
    }
    expect(() => plain.prepare("SELECT ?").bind(1n)).toThrow("D1_TYPE_ERROR: Type 'bigint' not supported");
  });
});

describe("an exact integer in a transaction", () => {
  it(
    "survives a wait, that is, the replay of the redo log",
    inDatabase(async (database) => {
      const db = database.db().withExactIntegers();
      await db.exec("CREATE TABLE t (id INTEGER PRIMARY KEY)");
      const read = await db.transaction(async (txn) => {
        await db.prepare("INSERT INTO t VALUES (?)").bind(beyond).run();
        await scheduler.wait(5);
        const { results } = await txn.prepare("SELECT id FROM t").all<{ id: bigint }>();
        return { ids: results.map(({ id }) => id) };
      });
      expect(read.ids).toEqual([beyond]);
      expect(await database.column("SELECT CAST(id AS TEXT) FROM t")).toEqual([`${beyond}`]);
    }),
  );
});
