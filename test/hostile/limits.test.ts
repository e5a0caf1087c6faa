import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { connect } from "../../src/client/connect.ts";
import { inDatabase } from "../support/in-database.ts";
import { expectNothingDone, expectUsable, itEveryWayIn } from "./ways-in.ts";

const times = (count: number, text: string, between = "") => Array<string>(count).fill(text).join(between);
const numbered = (count: number, text: (n: number) => string, between = ",") =>
  Array.from({ length: count }, (_, n) => text(n)).join(between);

/** Statements that are too much, and how SQLite says so: as on D1, unless a comment says otherwise. */
const tooMuch: [what: string, sql: string, failure: string, params?: unknown[]][] = [
  ["parameter 101", "SELECT ?101", "variable number must be between ?1 and ?100"],
  ["a parameter beyond 32 bits", "SELECT ?4294967297", "variable number must be between ?1 and ?100"],
  [
    "a parameter beyond 64 bits",
    "SELECT ?99999999999999999999",
    "variable number must be between ?1 and ?100",
  ],
  ["101 different names of parameters", `SELECT ${numbered(101, (n) => `:a${n}`)}`, "too many SQL variables"],
  ["101 columns of a result", `SELECT ${times(101, "1", ",")}`, "too many columns in result set"],
  [
    "101 columns of a table",
    `CREATE TABLE wide (${numbered(101, (n) => `c${n}`)})`,
    "too many columns on wide",
  ],
  ["6 terms of a compound", times(6, "SELECT 1", " UNION "), "too many terms in compound SELECT"],
  ["NOT 2,000 times", `SELECT ${times(2_000, "NOT ")}1`, "Expression tree is too large"],
  ["20,000 minus signs", `SELECT ${times(20_000, "- ")}1`, "Expression tree is too large"],
  [
    "CASE in CASE",
    `SELECT ${times(500, "CASE WHEN 1 THEN ")}1${times(500, " END")}`,
    "Expression tree is too large",
  ],
  [
    "queries in queries",
    `SELECT ${times(500, "(SELECT ")}1${times(500, ")")}`,
    "Expression tree is too large",
  ],
  [
    "65 tables in a join",
    `SELECT 1 FROM ${numbered(65, (n) => `(SELECT 1) AS t${n}`)}`,
    "at most 64 tables in a join",
  ],
  ["200 terms of ORDER BY", `SELECT 1 ORDER BY ${times(200, "1", ",")}`, "too many terms in ORDER BY clause"],
  ["200 arguments", `SELECT max(${times(200, "1", ",")})`, "too many arguments on function max"],
  [
    "15,000 values of IN, which need a program too long",
    `SELECT 5 IN (${numbered(15_000, String)})`,
    "SQLITE_NOMEM",
  ],
  ["a LIKE pattern of 51 bytes", "SELECT 'a' LIKE ?", "LIKE or GLOB pattern too complex", [times(51, "%")]],
  [
    "a GLOB pattern of 51 bytes",
    "SELECT 'a' GLOB ?",
    "LIKE or GLOB pattern too complex",
    [`${times(17, "€")}x`],
  ],
  ["3 MB of zeros", "SELECT zeroblob(3000000)", "string or blob too big"],
  ["2^60 zeros", "SELECT zeroblob(1152921504606846976)", "string or blob too big"],
  ["2 GB of random bytes", "SELECT randomblob(2000000000)", "string or blob too big"],
  [
    "a text that replace() blows up",
    "SELECT replace(hex(zeroblob(500000)), '0', hex(zeroblob(1000)))",
    "string or blob too big",
  ],
  [
    "a text that group_concat() blows up",
    "SELECT group_concat(hex(zeroblob(100000))) FROM json_each(?)",
    "string or blob too big",
    [JSON.stringify(Array(20).fill(1))],
  ],
  ["JSON 1,001 deep", "SELECT json(?)", "malformed JSON", [times(1_001, "[") + times(1_001, "]")]],
  ["JSON a million deep", "SELECT * FROM json_tree(?)", "malformed JSON", [times(999_999, "[")]],
  ["REGEXP", "SELECT 'a' REGEXP '(a+)+$'", "no such function: REGEXP"],
  ["MATCH without a full-text table", "SELECT 'a' MATCH 'a'", "unable to use function MATCH"],
  ["a view of itself", "WITH v AS (SELECT * FROM v) SELECT * FROM v", "circular reference: v"],
  ["a query that is no number of rows", "SELECT 1 LIMIT 'many'", "datatype mismatch"],
];

describe("a statement that asks for too much", () => {
  for (const [what, sql, failure, params = []] of tooMuch) {
    itEveryWayIn(`fails and does nothing: ${what}`, async (db) => {
      const statement = db.prepare(sql).bind(...params);
      await expectNothingDone(db, () => statement.run(), failure);
      await expectNothingDone(db, () => db.batch([db.prepare("CREATE TABLE t (a)"), statement]), failure);
    });
  }
});

describe("a statement just below a limit", () => {
  itEveryWayIn("gives what it is asked for", async (db) => {
    const value = (sql: string, ...params: unknown[]) =>
      db
        .prepare(`SELECT (${sql}) AS value`)
        .bind(...params)
        .first("value");
    expect(await value(`${times(1_000, "(")}1${times(1_000, ")")}`)).toBe(1);
    expect(await value(`SELECT count(*) FROM ${numbered(64, (n) => `(SELECT 1) AS t${n}`)}`)).toBe(1);
    expect(await value(`SELECT 5 IN (${numbered(2_000, String)})`)).toBe(1);
    expect(await value(`SELECT count(*) FROM (VALUES ${times(5_000, "(1)", ",")})`)).toBe(5_000);
    expect(await value("json_valid(?)", times(1_000, "[") + times(1_000, "]"))).toBe(1);
    expect(await value("? LIKE ?", `${times(500_000, "a")}b`, times(24, "%a"))).toBe(0);
    expect(await value(`WITH ${numbered(500, (n) => `c${n} AS (SELECT ${n})`)} SELECT * FROM c499`)).toBe(
      499,
    );
    expect(
      await value(
        "SELECT count(*) FROM (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c LIMIT 10000)",
      ),
    ).toBe(10_000);
  });

  itEveryWayIn("formats no more than 100,000 characters, whatever width it is told", async (db) => {
    const formats = ["'%2000000000d', 1", "'%.*c', 2000000000, 'x'", "'%*d', 2147483647, 1"];
    for (const format of formats) {
      expect(await db.prepare(`SELECT length(printf(${format})) AS n`).first("n")).toBe(100_000);
    }
  });
});

describe("a schema that is deep", () => {
  itEveryWayIn("answers a chain of 150 views, and none in a circle", async (db) => {
    const views = numbered(150, (n) => `CREATE VIEW v${n + 1} AS SELECT a FROM v${n};`, "\n");
    await db.exec(`CREATE TABLE v0 (a); INSERT INTO v0 VALUES (7);\n${views}`);
    expect(await db.prepare("SELECT a FROM v150").raw()).toEqual([[7]]);
    await db.exec("CREATE VIEW x AS SELECT * FROM y; CREATE VIEW y AS SELECT * FROM x");
    await expect(db.prepare("SELECT * FROM x").all()).rejects.toThrow("view x is circularly defined");
    await db.exec("DROP VIEW x; DROP VIEW y");
    await expectUsable(db);
  });

  itEveryWayIn("fires a chain of 9 triggers, and a trigger not on its own work", async (db) => {
    const level = (n: number) => `CREATE TABLE t${n} (a); CREATE TRIGGER fires${n} AFTER INSERT ON t${n}
      BEGIN INSERT INTO t${n + 1} VALUES (new.a + 1); END;`;
    await db.exec(`${numbered(9, level, "\n")} CREATE TABLE t9 (a)`);
    expect((await db.prepare("INSERT INTO t0 VALUES (0)").run()).meta.changes).toBe(10);
    expect(await db.prepare("SELECT a FROM t9").raw()).toEqual([[9]]);
    await db.exec(
      "CREATE TABLE r (a); CREATE TRIGGER again AFTER INSERT ON r BEGIN INSERT INTO r VALUES (1); END",
    );
    expect((await db.prepare("INSERT INTO r VALUES (0)").run()).meta.changes).toBe(2);
  });
});

describe("a batch and a script", () => {
  const client = () => connect(env.DB, { name: crypto.randomUUID() });

  it("take 10,000 statements in a batch, and none of 10,001", async () => {
    const db = client();
    await db.prepare("CREATE TABLE item (n)").run();
    const insert = db.prepare("INSERT INTO item VALUES (1)");
    await db.batch(Array<D1PreparedStatement>(10_000).fill(insert));
    await expectNothingDone(db, () => db.batch(Array<D1PreparedStatement>(10_001).fill(insert)), {
      code: "LIMIT_EXCEEDED",
    });
    expect(await db.prepare("SELECT count(*) AS n FROM item").first("n")).toBe(10_000);
  });

  it("take 100,000 statements on one line in a script, all or nothing", async () => {
    const db = client();
    await db.prepare("CREATE TABLE item (n)").run();
    const script = times(100_000, "INSERT INTO item VALUES (1);");
    await expectNothingDone(
      db,
      () => db.exec(`${script}SELECT * FROM missing`),
      "Error in line 1: SELECT * FROM missing: no such table: missing",
    );
    expect((await db.exec(script)).count).toBe(100_000);
    expect(await db.prepare("SELECT count(*) AS n FROM item").first("n")).toBe(100_000);
  });

  itEveryWayIn("refuse a statement of megabytes with a short error that has its code", async (db) => {
    await db.prepare("CREATE TABLE item (n)").run();
    for (const sql of [
      `SELECT '${times(4_500_000, "''")}'`,
      `SELECT '${times(3_000_000, "€")}'`,
      `SELECT [${times(9_000_000, "x")}]`,
      `SELECT ${times(9_000_000, "x")}`,
    ]) {
      const failure = await db.exec(`INSERT INTO item VALUES (1); ${sql}`).then(
        () => undefined,
        (error: Error) => error,
      );
      expect(failure).toMatchObject({
        code: "LIMIT_EXCEEDED",
        message: expect.stringContaining("the limit is 99950"),
      });
      expect(failure!.message.length).toBeLessThan(2_000);
    }
    expect(await db.prepare("SELECT count(*) AS n FROM item").first("n")).toBe(0);
  });

  /** One row written, and 40 MB read: more than RPC carries in one message. */
  async function writeAndReadTooMuch(db: D1Database): Promise<unknown> {
    await db.prepare("CREATE TABLE item (n)").run();
    const large = db.prepare("SELECT hex(zeroblob(1000000)) AS value");
    return db.batch([
      db.prepare("INSERT INTO item VALUES (1)"),
      ...Array<D1PreparedStatement>(20).fill(large),
    ]);
  }

  it("keep nothing when a client could not get what they give", async () => {
    const db = client();
    await expect(writeAndReadTooMuch(db)).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
    expect(await db.prepare("SELECT count(*) AS n FROM item").first("n")).toBe(0);
    await expectUsable(db);
  });

  it("give a procedure what a client could not get", () =>
    inDatabase(async (database) => {
      expect(await writeAndReadTooMuch(database.db())).toHaveLength(21);
      expect(await database.column("SELECT n FROM item")).toEqual([1]);
    })());

  it("refuse a script of 10,000,001 characters", async () => {
    const db = client();
    await expectNothingDone(db, () => db.exec(times(10_000_001, " ")), { code: "LIMIT_EXCEEDED" });
  });
});
