import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dumpOf } from "../support/dump.ts";
import { fuzzParameters } from "../support/fuzz.ts";
import { inDatabase } from "../support/in-database.ts";

const setUp = `
  CREATE TABLE t (id INTEGER PRIMARY KEY, a, b UNIQUE, half AS (b / 2));
  CREATE INDEX by_a ON t (a); CREATE INDEX by_json ON t (json_type(a));
  CREATE TABLE w (k PRIMARY KEY, v CHECK (v <> 13)) WITHOUT ROWID;
  CREATE TABLE parent (id INTEGER PRIMARY KEY);
  CREATE TABLE child (id INTEGER PRIMARY KEY, parent REFERENCES parent ON DELETE CASCADE ON UPDATE SET NULL, a);
  CREATE TABLE log (what); CREATE TABLE awake (n);
  CREATE VIEW v AS SELECT id, a FROM t;
  CREATE VIRTUAL TABLE doc USING fts5(body);
  CREATE TRIGGER t_log AFTER UPDATE OF a ON t BEGIN INSERT INTO log (what) VALUES (json(new.a)); END;
  CREATE TRIGGER v_insert INSTEAD OF INSERT ON v BEGIN INSERT INTO t (a) VALUES (new.a); INSERT INTO w VALUES (new.id, json(new.a)); END;
  CREATE TRIGGER c_log AFTER DELETE ON child BEGIN INSERT INTO log (what) VALUES (abs(old.a)); INSERT INTO doc VALUES (old.a); END;
  INSERT INTO t (id, a, b) VALUES (1, '1', 10), (2, '[2]', 20), (3, '{}', 30), (4, '"x"', 40);
  INSERT INTO w VALUES (1, 1), (2, 2), (3, 3);
  INSERT INTO parent VALUES (1), (2), (3);
  INSERT INTO child VALUES (1, 1, 5), (2, 2, -9223372036854775808), (3, 2, 7), (4, 3, 8);
  INSERT INTO doc VALUES ('one'), ('two'), ('"');
`;

/** Values of which some fail, and most of those only in a later row. */
const value = fc.constantFrom(
  ..."1 NULL 'x' '{' a b id x'ff' json(a) json('{') abs(-9223372036854775808) (SELECT sum(9223372036854775807) FROM t)".split(
    / (?![^(]*\))/,
  ),
  "CASE id WHEN 3 THEN json('{') ELSE id END",
  "CASE id WHEN 3 THEN zeroblob(3000000) ELSE id END",
  "CASE id WHEN 4 THEN hex(zeroblob(900000)) || hex(zeroblob(900000)) ELSE id END",
  "(SELECT value FROM json_each(a))",
  "(SELECT b FROM t AS other WHERE other.id = t.id + 1)",
  "id - 1",
  "13",
  "sum(b) OVER (ORDER BY id) * 9000000000000000000",
);
const condition = fc.constantFrom(
  "1",
  "id > 1",
  "id = 3",
  "id IN (2, 4)",
  "a IS NOT NULL",
  "json(a)",
  "b LIKE '%0' AND json_type(a)",
  "id = 9",
  "0",
);
const conflict = fc.constantFrom("", "OR IGNORE ", "OR REPLACE ", "OR FAIL ", "OR ABORT ");
const returning = fc.constantFrom("", "", " RETURNING *", " RETURNING json(a)");

const statement = fc.oneof(
  fc
    .tuple(conflict, value, value, condition, returning)
    .map(([or, x, y, where, back]) => `UPDATE ${or}t SET a = ${x}, b = ${y} WHERE ${where}${back}`),
  fc
    .tuple(conflict, value, value, condition, returning)
    .map(
      ([or, x, y, where, back]) => `INSERT ${or}INTO t (a, b) SELECT ${x}, ${y} FROM t WHERE ${where}${back}`,
    ),
  fc.tuple(conflict, value, value).map(([or, x, y]) => `INSERT ${or}INTO w SELECT ${x}, ${y} FROM t`),
  fc
    .tuple(value, value)
    .map(
      ([x, y]) =>
        `INSERT INTO w SELECT id, ${x} FROM t WHERE true ON CONFLICT (k) DO UPDATE SET v = ${y.replace(/\b(a|b|id)\b/g, "excluded.v")}`,
    ),
  fc.tuple(condition, returning).map(([where, back]) => `DELETE FROM t WHERE ${where}${back}`),
  fc
    .tuple(value, condition)
    .map(([x, where]) => `INSERT INTO v (id, a) SELECT id + 10, ${x} FROM t WHERE ${where}`),
  fc.constantFrom(
    "DELETE FROM parent",
    "DELETE FROM parent WHERE id = 2",
    "UPDATE parent SET id = id + 10",
    "INSERT INTO child (parent) VALUES (1), (9)",
    "UPDATE child SET parent = id",
  ),
  fc.constantFrom(
    "INSERT INTO doc SELECT json(a) FROM t",
    "INSERT INTO log (what) SELECT body FROM doc, t WHERE doc MATCH body",
    "DELETE FROM doc WHERE json(body)",
    "INSERT INTO doc (doc) VALUES ('rebuild')",
  ),
  fc.constantFrom(
    "INSERT INTO log (what) SELECT item.value FROM t, json_each(t.a) AS item",
    "INSERT INTO log (what) VALUES (1), (json('{'))",
  ),
  value.map((x) => `CREATE TABLE made AS SELECT ${x} AS x FROM t`),
  value.map((x) => `CREATE UNIQUE INDEX made_index ON t (${x})`),
  value.map((x) => `ALTER TABLE w ADD COLUMN added DEFAULT (${x})`),
  fc.constantFrom(
    "ALTER TABLE t DROP COLUMN a",
    "ALTER TABLE t RENAME COLUMN b TO c",
    "DROP TABLE parent",
    "DROP TABLE child",
    "REINDEX",
    "ANALYZE t",
  ),
);

/** What SQL can see. A full-text table writes the tables behind it when it likes. */
function stateOf(sql: SqlStorage): Record<string, string[]> {
  return Object.fromEntries(Object.entries(dumpOf(sql)).filter(([table]) => !table.startsWith("doc_")));
}

describe("statements of which some fail", () => {
  const { parameters, timeoutMs } = fuzzParameters("half-done statements", { runs: 250, seconds: 20 });

  it(
    "leave what the others have written, nothing of their own, and a log that gives the same again",
    () =>
      inDatabase(async (database) => {
        const { sql } = database.state.storage;
        const db = database.db();
        await db.exec(setUp);
        const untouched = stateOf(sql);
        const counts = { failed: 0, succeeded: 0 };
        const property = fc.asyncProperty(
          fc.array(statement, { minLength: 1, maxLength: 5 }),
          async (statements) => {
            const undone = new Error("undone");
            const run = db.transaction(
              async () => {
                for (const text of statements) {
                  const before = stateOf(sql);
                  const failure = await db
                    .prepare(text)
                    .run()
                    .then(
                      () => undefined,
                      (error: Error) => error,
                    );
                  counts[failure === undefined ? "succeeded" : "failed"]++;
                  if (failure !== undefined) expect({ text, ...stateOf(sql) }).toEqual({ text, ...before });
                }
                const inside = stateOf(sql);
                await scheduler.wait(0);
                // Takes the log to be run again, where that is certain to give the same.
                await db.prepare("UPDATE awake SET n = n").run();
                expect(stateOf(sql)).toEqual(inside);
                throw undone;
              },
              { onError: "throw" },
            );
            await expect(run).rejects.toBe(undone);
            expect(stateOf(sql)).toEqual(untouched);
          },
        );
        await fc.assert(property, parameters);
        console.info(counts);
        expect(Math.min(counts.failed, counts.succeeded)).toBeGreaterThan(20);
      })(),
    timeoutMs,
  );
});
