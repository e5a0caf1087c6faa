import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { connect } from "../../src/client/connect.ts";
import { callProcedure, post } from "../http/http-client.ts";
import { contentsOf, expectNothingDone, expectUsable, itEveryWayIn } from "./ways-in.ts";

/** Each of them means something to SQL, to JSON, to LIKE or to a terminal, where it is not a value. */
const hostileValues = [
  ..."' '' \" \"\" ` [ ] ( ) ; ;; , -- /* */ # \\ \\' \\\\ % _ %% ? ?? ?1 ?2 :a @a $a $a(b) NULL null true x'00'".split(
    " ",
  ),
  ..."CURRENT_TIMESTAMP random() EXPLAIN BEGIN COMMIT ROLLBACK VACUUM sqlite_schema pragma_optimize __proto__".split(
    " ",
  ),
  "x'; DROP TABLE note; --",
  "x'); DELETE FROM note; SELECT ('",
  'x"; DROP TABLE note; --',
  "x` ; DROP TABLE note; --",
  "' OR '1'='1",
  "1 OR 1=1",
  "' UNION SELECT sql FROM sqlite_schema --",
  "(SELECT sql FROM sqlite_schema)",
  "'; PRAGMA foreign_keys = OFF; --",
  "'; COMMIT; BEGIN; --",
  "a\0b",
  "\0",
  "'\0; DROP TABLE note; --",
  "\u02bc; DROP TABLE note; --",
  "\u2018\u2019\uff07\u201c; DROP TABLE note",
  "\ufeff'; DROP TABLE note; --",
  "\u2028'\u2029; DROP TABLE note",
  "'\r\n; DROP TABLE note\r\n--",
  "\b\u001b[2J\u007f",
  '{"a": "\'; DROP TABLE note"}',
  '["\'", null]',
  "$.a",
  `$${"{1 + 1}"}`,
  "",
  " ",
];

async function withNotes(db: D1Database): Promise<void> {
  await db.exec("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)");
}

const texts = async (db: D1Database) =>
  (await db.prepare("SELECT text FROM note ORDER BY id").raw<[string]>()).flat();

describe("a bound value", () => {
  itEveryWayIn("comes back as it is, and is found again, whatever it holds", async (db) => {
    await withNotes(db);
    const insert = db.prepare("INSERT INTO note (text) VALUES (?) RETURNING text, typeof(text) AS type");
    const inserted = await Promise.all(hostileValues.map((value) => insert.bind(value).first()));
    expect(inserted).toEqual(hostileValues.map((text) => ({ text, type: "text" })));
    const find = db.prepare("SELECT text FROM note WHERE text = ?");
    const found = await Promise.all(hostileValues.map((value) => find.bind(value).raw()));
    expect(found).toEqual(hostileValues.map((value) => [[value]]));
    const all = db.prepare(`SELECT ${hostileValues.map(() => "?")}`).bind(...hostileValues);
    expect(await all.raw()).toEqual([hostileValues]);
  });

  itEveryWayIn("stays a value in a batch", async (db) => {
    await withNotes(db);
    const insert = db.prepare("INSERT INTO note (text) VALUES (?)");
    const find = db.prepare("SELECT count(*) AS n FROM note WHERE text = ?");
    await db.batch(hostileValues.map((value) => insert.bind(value)));
    const found = await db.batch<{ n: number }>(hostileValues.map((value) => find.bind(value)));
    expect(found.map(({ results }) => results)).toEqual(hostileValues.map(() => [{ n: 1 }]));
    expect(await texts(db)).toEqual(hostileValues);
  });

  itEveryWayIn("that looks like another parameter is not replaced by it", async (db) => {
    const values = ["?2", "?1", "?3"];
    expect(
      await db
        .prepare("SELECT ?2, ?1, ?2, ?3, ?1")
        .bind(...values)
        .raw(),
    ).toEqual([["?1", "?2", "?1", "?3", "?2"]]);
    expect(await db.prepare("SELECT :a, @b, $c, :a").bind("@b", "$c", ":a").raw()).toEqual([
      ["@b", "$c", ":a", "@b"],
    ]);
    expect(await db.prepare("SELECT '?1', \"?2\", ?1, ?2").bind("x", "y").raw()).toEqual([
      ["?1", "?2", "x", "y"],
    ]);
  });

  itEveryWayIn("is changed, deleted and compared as a value", async (db) => {
    await withNotes(db);
    await db.prepare("INSERT INTO note (text) VALUES ('kept'), ('other')").run();
    const update = db.prepare("UPDATE note SET text = 'changed' WHERE text = ?");
    const remove = db.prepare("DELETE FROM note WHERE text = ?1 OR id = ?1");
    const results = await db.batch(
      hostileValues.flatMap((value) => [update.bind(value), remove.bind(value)]),
    );
    expect(results.every(({ meta }) => meta.changes === 0)).toBe(true);
    expect(await texts(db)).toEqual(["kept", "other"]);
  });

  itEveryWayIn("does not name a column, a direction or a number of rows", async (db) => {
    await withNotes(db);
    await db.prepare("INSERT INTO note (text) VALUES ('b'), ('a')").run();
    const ordered = db.prepare("SELECT text FROM note ORDER BY ?, id").bind("text DESC; DROP TABLE note");
    expect((await ordered.raw()).flat()).toEqual(["b", "a"]);
    const limited = db.prepare("SELECT text FROM note LIMIT ?").bind("1; DROP TABLE note");
    await expectNothingDone(db, () => limited.all(), "D1_ERROR: datatype mismatch: SQLITE_MISMATCH");
  });

  itEveryWayIn("is a pattern for LIKE and GLOB, which can be escaped, and nothing more", async (db) => {
    await withNotes(db);
    for (const text of ["100%", "100 percent", "a_b", "axb", "it's"]) {
      await db.prepare("INSERT INTO note (text) VALUES (?)").bind(text).run();
    }
    const like = async (pattern: string) =>
      (
        await db
          .prepare("SELECT text FROM note WHERE text LIKE ? ESCAPE '\\' ORDER BY id")
          .bind(pattern)
          .raw()
      ).flat();
    expect(await like("100%")).toEqual(["100%", "100 percent"]);
    expect(await like("100\\%")).toEqual(["100%"]);
    expect(await like("a\\_b")).toEqual(["a_b"]);
    expect(await like("%'%")).toEqual(["it's"]);
    expect(await like("%' OR 1=1 --")).toEqual([]);
    const glob = db.prepare("SELECT text FROM note WHERE text GLOB ?").bind("*[']*");
    expect((await glob.raw()).flat()).toEqual(["it's"]);
    expect(await texts(db)).toHaveLength(5);
  });

  itEveryWayIn("is JSON for json_each(?), whose items stay values", async (db) => {
    await withNotes(db);
    const list = JSON.stringify(hostileValues);
    await db.prepare("INSERT INTO note (text) SELECT value FROM json_each(?)").bind(list).run();
    expect(await texts(db)).toEqual(hostileValues);
    const found = db.prepare("SELECT count(*) AS n FROM note WHERE text IN (SELECT value FROM json_each(?))");
    expect(await found.bind(list).first("n")).toBe(hostileValues.length);
    for (const broken of ["'; DROP TABLE note; --", '["a"', "[1,]]"]) {
      await expectNothingDone(db, () => found.bind(broken).all(), "D1_ERROR: malformed JSON: SQLITE_ERROR");
    }
    const path = db.prepare("SELECT json_extract('{\"a\": 1}', ?) AS value").bind("$.a'; DROP TABLE note");
    expect(await path.first("value")).toBeNull();
  });

  itEveryWayIn("is a query for FTS5's MATCH, where quotes make it a phrase", async (db) => {
    await db.prepare("CREATE VIRTUAL TABLE doc USING fts5(title, body)").run();
    await db.prepare("INSERT INTO doc VALUES ('public', 'a secret word'), ('secret', 'nothing')").run();
    const match = (query: string) => db.prepare("SELECT title FROM doc WHERE doc MATCH ?").bind(query).raw();
    // The query language is the one thing that a bound text can speak here: it names columns, too.
    expect(await match("title: secret")).toEqual([["secret"]]);
    expect(await match('"title: secret"')).toEqual([]);
    const phraseOf = (value: string) => `"${value.replaceAll('"', '""')} secret"`;
    const phrases = hostileValues.filter((value) => !value.includes("\0")).map(phraseOf);
    const found = await Promise.all(phrases.map(match));
    // What is left of it are its words: "x'; DROP TABLE note; -- secret" looks for `x drop table note secret`.
    for (const rows of found) expect(rows.length).toBeLessThan(3);
    expect(await match(phraseOf("x'; DROP TABLE note; --"))).toEqual([]);
    // A NUL ends the query, before its closing quote.
    for (const query of [phraseOf("\0"), '"'])
      await expect(match(query)).rejects.toThrow("unterminated string");
    await expectNothingDone(db, () => match('"'), "D1_ERROR: unterminated string: SQLITE_ERROR");
  });
});

describe("an argument of a procedure", () => {
  it("stays a value over RPC", async () => {
    const db = connect(env.DB, { name: crypto.randomUUID() });
    await db.Procedures.CreateTables();
    await Promise.all(hostileValues.map((value) => db.Procedures.Insert(value)));
    const rows = await db.prepare("SELECT name FROM item").raw();
    expect(rows.flat().sort()).toEqual([...hostileValues].sort());
    expect(await Promise.all(hostileValues.map((value) => db.Procedures.Echo(value)))).toEqual(hostileValues);
  });

  it("stays a value over HTTP, and so does a parameter of the D1 REST API", async () => {
    const path = `/client/v4/accounts/${env.ACCOUNT_ID}/d1/database/${env.DATABASE_ID}/query`;
    const query = async (sql: string, ...params: string[]) => {
      const answer = await (await post(path, { sql, params })).json<{ result: { results: object[] }[] }>();
      return answer.result[0]!.results;
    };
    await callProcedure("CreateTables");
    for (const value of hostileValues) {
      expect(await callProcedure("Insert", value)).toMatchObject({ status: 200 });
      expect(await query("SELECT name FROM item WHERE name = ?", value)).toEqual([{ name: value }]);
    }
    await query("DELETE FROM item WHERE name = ?", "x'; DROP TABLE item; --");
    expect(await query("SELECT count(*) AS n FROM item")).toEqual([{ n: hostileValues.length }]);
  });

  it("does not choose another procedure, nor a method that is none", async () => {
    const names = [
      "constructor",
      "__proto__",
      "toString",
      "Echo.call",
      "Insert'--",
      "Insert%00",
      "%E0%A4%A",
      "a%2Fb",
    ];
    for (const name of names) {
      const { status, envelope } = await callProcedure(name, "x");
      expect([name, status, envelope.errors[0]!.code]).toEqual([name, 404, "UNKNOWN_PROCEDURE"]);
    }
  });
});

// This is what parameters are for. What the library adds is that no part of it stays when a part of it fails.
describe("a value that is spliced into the text", () => {
  const spliced = (value: string) => `SELECT text FROM note WHERE text = '${value}'`;

  async function withTwoNotes(db: D1Database): Promise<void> {
    await withNotes(db);
    await db.prepare("INSERT INTO note (text) VALUES ('a'), ('b')").run();
  }

  itEveryWayIn("can read what the statement was not meant to read", async (db) => {
    await withTwoNotes(db);
    expect(await db.prepare(spliced("' OR '1'='1")).raw()).toEqual([["a"], ["b"]]);
    const schema = await db
      .prepare(spliced("' UNION SELECT sql FROM sqlite_schema WHERE name = 'note' --"))
      .raw();
    expect(schema.flat()).toEqual(["CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)"]);
  });

  itEveryWayIn("can add statements, which run with it as one write", async (db) => {
    await withTwoNotes(db);
    const statement = db.prepare(spliced("'; DELETE FROM note; --"));
    expect((await statement.all()).meta.changes).toBe(2);
    expect(await texts(db)).toEqual([]);
  });

  itEveryWayIn("can add statements in a batch and in exec()", async (db) => {
    await withTwoNotes(db);
    await db.batch([db.prepare(spliced("'; DELETE FROM note WHERE text = 'a'; --"))]);
    await db.exec(spliced("'; DELETE FROM note WHERE text = 'b'; --"));
    expect(await texts(db)).toEqual([]);
  });

  itEveryWayIn("does nothing at all when one of its statements fails", async (db) => {
    await withTwoNotes(db);
    const attacks = [
      "'; DELETE FROM note; SELECT * FROM missing --",
      "'; DELETE FROM note; '",
      "'; DROP TABLE note; x",
    ];
    const before = await contentsOf(db);
    for (const attack of attacks) {
      const statement = db.prepare(spliced(attack));
      for (const attempt of [
        () => statement.all(),
        () => db.batch([statement]),
        () => db.exec(spliced(attack)),
      ]) {
        await expect(attempt()).rejects.toThrow("SQLITE_ERROR");
      }
    }
    expect(await contentsOf(db)).toEqual(before);
    await expectUsable(db);
  });

  itEveryWayIn("can neither end the transaction nor reach another database or a file", async (db) => {
    await withTwoNotes(db);
    const before = await contentsOf(db);
    for (const attack of [
      "'; DELETE FROM note; COMMIT; --",
      "'; DELETE FROM note; ROLLBACK; --",
      "'; DELETE FROM note; END TRANSACTION; SELECT '",
      "'; DELETE FROM note; RELEASE x; --",
      "'; DELETE FROM note; ATTACH ':memory:' AS other; --",
      "'; DELETE FROM note; VACUUM INTO 'copy'; --",
      "'; DELETE FROM note; SELECT load_extension('x'); --",
      "'; DELETE FROM note; SELECT readfile('/etc/passwd'); --",
      "'; DELETE FROM note; PRAGMA writable_schema = ON; --",
      "'; DELETE FROM note; DELETE FROM sqlite_schema; --",
      "'; DELETE FROM note; SELECT * FROM _cf_KV; --",
    ]) {
      await expect(db.prepare(spliced(attack)).all()).rejects.toThrow("D1_ERROR");
    }
    expect(await contentsOf(db)).toEqual(before);
    await expectUsable(db);
  });

  itEveryWayIn(
    "leaves a statement with parameters alone only if these stand in the last statement",
    async (db) => {
      await withTwoNotes(db);
      const text = (value: string) => `SELECT * FROM note WHERE text = ? AND text <> '${value}'`;
      await expectNothingDone(
        db,
        () => db.prepare(text("'; DELETE FROM note; --")).bind("a").all(),
        "only the last statement can have parameters",
      );
      await expectNothingDone(db, () => db.prepare(text("'; DELETE FROM note; --")).all(), "D1_ERROR: ");
    },
  );
});
