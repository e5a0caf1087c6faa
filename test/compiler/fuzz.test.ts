import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitStatements } from "../../src/database/sql-text.ts";
import { StatementCompiler } from "../../src/database/statement-compiler.ts";
import { inBareObject } from "../runtime-contract/bare-object.ts";
import { dumpOf } from "../support/dump.ts";
import { fuzzParameters } from "../support/fuzz.ts";

const setUp = `
  CREATE TABLE t (id INTEGER PRIMARY KEY, a, b UNIQUE);
  INSERT INTO t VALUES (1, 'one', 1), (2, 'two', 2);
  CREATE VIEW v AS SELECT a FROM t;
  CREATE VIRTUAL TABLE doc USING fts5(body);
  INSERT INTO doc VALUES ('some words');
`;

// Pieces of statements, of quotes and of comments, in any order: most of it is nonsense, some of it is not
// what it looks like.
const pieces = [
  ..."SELECT,INSERT INTO t (a) VALUES (7),DELETE FROM t,UPDATE t SET a = 0,DROP TABLE t".split(","),
  ..."FROM t,FROM v,FROM doc,WHERE a = 1,RETURNING *,AS x,EXPLAIN,EXPLAIN QUERY PLAN,WITH x AS (SELECT 1)".split(
    ",",
  ),
  ..."CREATE TRIGGER x AFTER INSERT ON t BEGIN,END,CASE WHEN 1 THEN 2 END,CREATE TABLE x (a),VALUES (1)".split(
    ",",
  ),
  ..."PRAGMA table_info(t),PRAGMA foreign_keys,PRAGMA defer_foreign_keys = ON,pragma_table_info('t'),BEGIN".split(
    ",",
  ),
  ..."*,a,1,(,),;,;;,',\",`,[,],--,\n,/*,*/,/,\\,\r,\t, ,\ufeff,\u000b,\u00a0,\u2028,x',$a,$a(,@b::c,?,#,%,é".split(
    ",",
  ),
  ",",
  "''",
  '""',
];

const soup = fc
  .array(fc.tuple(fc.constantFrom(...pieces), fc.constantFrom("", " ", " ")), { minLength: 1, maxLength: 12 })
  .map((parts) => parts.flat().join(""));

/** Texts that mostly compile, so that their runs matter. */
const statement = fc
  .tuple(
    fc.constantFrom(
      "",
      "-- c\n",
      "/* c; */ ",
      "EXPLAIN ",
      "EXPLAIN QUERY PLAN ",
      "WITH x AS (SELECT 1) ",
      "\ufeff",
    ),
    fc.constantFrom(
      "SELECT * FROM t",
      "SELECT a FROM v ORDER BY a",
      "SELECT * FROM doc WHERE doc MATCH 'words'",
      "VALUES (1), (2)",
      "SELECT (SELECT count(*) FROM t), random()",
      "SELECT * FROM pragma_table_info('t')",
      "PRAGMA table_info(t)",
      "PRAGMA foreign_key_check",
      "INSERT INTO t (a) VALUES (1)",
      "INSERT OR IGNORE INTO t (b) VALUES (1) RETURNING id",
      "UPDATE t SET a = a || '!' WHERE id = 1 RETURNING *",
      "DELETE FROM t WHERE id = 2",
      "REPLACE INTO t (b) VALUES (1)",
      "INSERT INTO doc VALUES ('more')",
      "INSERT INTO doc (doc) VALUES ('rebuild')",
      "CREATE TABLE x (a)",
      "ALTER TABLE t ADD COLUMN c",
      "DROP VIEW v",
      "ANALYZE",
      "REINDEX t",
    ),
    fc.constantFrom("", ";", "; -- c", " /* c */ ;", " -- c", ";;"),
  )
  .map((parts) => parts.join(""));

/** What a statement that only reads must leave alone. Rolls everything back afterwards. */
function traceOf(storage: DurableObjectStorage, action: () => void): { before: unknown; after: unknown } {
  const state = () => ({
    changes: storage.sql.exec("SELECT total_changes() AS n").one().n,
    flags: ["defer_foreign_keys", "foreign_keys", "recursive_triggers"].map((flag) =>
      storage.sql.exec(`PRAGMA ${flag}`).one(),
    ),
    rows: dumpOf(storage.sql),
  });
  let trace = { before: {}, after: {} };
  const undo = new Error("undo");
  try {
    storage.transactionSync(() => {
      const before = state();
      action();
      trace = { before, after: state() };
      throw undo;
    });
  } catch (error) {
    if (error !== undo) throw error;
  }
  return trace;
}

describe("any text", () => {
  const { parameters, timeoutMs } = fuzzParameters("texts", { runs: 2_000, seconds: 20 });

  it(
    "changes nothing while it is compiled, and nothing when it is judged to read and runs",
    () =>
      inBareObject(({ storage }) => {
        storage.sql.exec(setUp).toArray();
        const counts = { refused: 0, reading: 0, writing: 0 };
        const property = fc.property(fc.oneof(soup, statement), (sql) => {
          const compiler = new StatementCompiler(storage.sql);
          const { before, after } = traceOf(storage, () => {
            try {
              const compiled = compiler.compile(sql, []);
              if (compiled.control !== undefined) return;
              counts[compiled.writes ? "writing" : "reading"]++;
              if (!compiled.writes) storage.sql.exec(compiled.sql).toArray();
            } catch {
              counts.refused++;
            }
          });
          expect(after).toEqual(before);
        });
        fc.assert(property, parameters);
        // Else the search looks at nothing: each kind must come up.
        expect(Math.min(...Object.values(counts))).toBeGreaterThan(20);
      }),
    timeoutMs,
  );
});

describe("a script", () => {
  const { parameters, timeoutMs } = fuzzParameters("scripts", { runs: 500, seconds: 20 });

  const literal = fc
    .array(fc.constantFrom(";", "''", "--", "/*", "*/", '"', "[", "`", "END", "\n", "é", "BEGIN", "$a("), {
      maxLength: 5,
    })
    .map((parts) => `'${parts.join(" ")}'`);
  const comment = fc.constantFrom("", " ", "\r\n", " -- it's; \"\n", "/* ; ' */", "/*/ ; */", "\t");
  const between = fc.oneof(comment, fc.constant("\ufeff"));
  const name = fc.constantFrom('"a;b"', "[c;d]", "`e;f`", '"g"";h"', "plain", "é");
  const single = fc.tuple(literal, comment, name).chain(([text, gap, column]) =>
    fc.constantFrom(
      `INSERT INTO${gap} log VALUES (${text}${gap})`,
      `UPDATE log SET a = CASE${gap} WHEN a = ${text} THEN 1 ELSE a END`,
      `CREATE TABLE IF NOT EXISTS${gap} ${column} (${column}${gap})`,
      `CREATE TRIGGER IF NOT EXISTS${gap} ${column} AFTER INSERT ON log BEGIN${gap} SELECT ${text};${gap}
           UPDATE log SET a = CASE a WHEN ${text} THEN 2 ELSE a END; ${gap}END`,
      `SELECT ${text} AS ${column}${gap}`,
      `DELETE FROM log WHERE a${gap} = ${text}`,
    ),
  );
  const script = fc.tuple(fc.array(fc.tuple(between, single, comment), { maxLength: 8 }), between);

  it(
    "is split where SQLite ends its statements",
    () =>
      inBareObject(({ storage }) => {
        const { sql } = storage;
        sql.exec("CREATE TABLE log (a)");
        const property = fc.property(script, ([statements, tail]) => {
          const text = statements.map(([before, one, after]) => `${before}${one}${after};`).join("") + tail;
          const pieces = splitStatements(text);
          expect(pieces).toHaveLength(statements.length);
          for (const [index, { sql: piece, line }] of pieces.entries()) {
            expect(statements[index]![1].startsWith(piece) || piece.startsWith(statements[index]![1])).toBe(
              true,
            );
            const at = text
              .split("\n")
              .slice(line - 1)
              .join("\n");
            expect(at).toContain(piece);
          }
          if (pieces.length === 0) return;
          // What SQLite makes of the whole text, against what it makes of the pieces.
          const whole = traceOf(storage, () => sql.exec(pieces.map(({ sql }) => sql).join(";\n")).toArray());
          const original = traceOf(storage, () => runWhole(sql, text));
          const split = traceOf(storage, () => {
            for (const piece of pieces) sql.exec(piece.sql).toArray();
          });
          expect(rowsOf(split)).toEqual(rowsOf(whole));
          expect(rowsOf(split)).toEqual(rowsOf(original));
        });
        fc.assert(property, parameters);
      }),
    timeoutMs,
  );
});

/** The runtime refuses a comment after the last semicolon; an innocent statement ends every script. */
function runWhole(sql: SqlStorage, text: string): void {
  sql.exec(`${text}\nSELECT 1`).toArray();
}

function rowsOf({ after }: { after: unknown }): unknown {
  return (after as { rows: unknown }).rows;
}
