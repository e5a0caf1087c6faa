import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dumpOf } from "../support/dump.ts";
import { fuzzParameters } from "../support/fuzz.ts";
import { inDatabase, type TestDatabase } from "../support/in-database.ts";

const setUp = `
  CREATE TABLE t (a, b); CREATE TABLE log (a); CREATE TABLE "end" ("end", "begin");
  INSERT INTO t VALUES (1, 'one'), (2, 'two'); CREATE VIEW v AS SELECT a FROM t;
`;

// Scripts that run, as tokens. Every token may be lost, doubled or moved, or another may come in its place: most of
// what comes out still looks like a script, and where its statements end is SQLite's to say. No line ends between
// tokens: a statement a line is D1's form, not SQLite's.
const scripts = [
  "INSERT INTO t VALUES ( 3 , 'a;b' ) ; DELETE FROM t WHERE a = 1 ; SELECT * FROM v",
  "CREATE TRIGGER x AFTER INSERT ON t BEGIN INSERT INTO log VALUES ( new . a ) ; DELETE FROM log WHERE a = 7 ; END ; INSERT INTO t VALUES ( 4 , NULL ) ;",
  "CREATE TRIGGER x AFTER INSERT ON t WHEN CASE new . a WHEN 5 THEN 1 ELSE 0 END BEGIN UPDATE t SET b = CASE WHEN a THEN CASE a WHEN 5 THEN 'x' END END ; SELECT 1 ; END ; INSERT INTO t VALUES ( 5 , 5 )",
  'CREATE TRIGGER "END" BEFORE UPDATE OF a , b ON t FOR EACH ROW BEGIN SELECT "end" FROM "end" ; SELECT end FROM [end] ; END ; UPDATE t SET a = a + 1',
  "CREATE TRIGGER IF NOT EXISTS main . begin INSTEAD OF DELETE ON v BEGIN WITH c AS ( SELECT 1 ) SELECT * FROM c ; DELETE FROM t WHERE a = old . a ; END ; DELETE FROM v",
  "CREATE TABLE trigger_log ( end , begin , trigger ) ; INSERT INTO trigger_log ( end ) VALUES ( 'END;' ) ; SELECT end AS begin FROM trigger_log",
  "CREATE VIEW IF NOT EXISTS trigger AS SELECT CASE WHEN 1 THEN 2 END AS end ; SELECT * FROM trigger ; DROP VIEW trigger",
  "WITH c ( n ) AS ( VALUES ( 1 ) , ( 2 ) ) INSERT INTO log SELECT n FROM c RETURNING a ; REPLACE INTO log VALUES ( `a` ) ; DELETE FROM log",
  'CREATE INDEX i ON t ( a , b ) WHERE b <> \';\' ; REINDEX i ; ANALYZE ; DROP INDEX i ; ALTER TABLE t RENAME COLUMN a TO "a;b" ; SELECT "a;b" FROM t',
].map((script) => script.split(" "));

const strays = [
  ..."; ;; END BEGIN CASE WHEN THEN ELSE TRIGGER CREATE TEMP TABLE SELECT DELETE FROM t log v AFTER INSERT ON ( ) , 1 .".split(
    " ",
  ),
  ..."' \" ` [ ] /* */ /*; /*/ -- $a $a( $a(;) :b::c @ # ? 'it''s;' \"a\"\"b;\" [;] `;` /*;*/ x'00' \ufeff é end_ 1e5 || -> ->>".split(
    " ",
  ),
];

const mutation = fc.record({
  at: fc.nat(),
  kind: fc.constantFrom("lose", "double", "replace", "add", "swap", "glue"),
  stray: fc.constantFrom(...strays),
});

const mutated = fc
  .tuple(fc.constantFrom(...scripts), fc.constantFrom("", ...strays), fc.array(mutation, { maxLength: 3 }))
  .map(([script, tail, mutations]) => {
    const tokens = [...script, tail];
    for (const { at, kind, stray } of mutations) {
      const index = at % tokens.length;
      const token = tokens[index]!;
      const other = (at >> 8) % tokens.length;
      if (kind === "lose") tokens.splice(index, 1);
      else if (kind === "double") tokens.splice(index, 0, token);
      else if (kind === "replace") tokens[index] = stray;
      else if (kind === "add") tokens.splice(index, 0, stray);
      else if (kind === "glue") tokens.splice(index, 2, token + (tokens[index + 1] ?? ""));
      else [tokens[index], tokens[other]] = [tokens[other]!, token];
      if (tokens.length === 0) break;
    }
    return tokens.join(" ");
  });

/**
 * Blanks and comments at the end. The runtime's exec() takes them for one more statement when a semicolon stands
 * before them, and fails; SQLite takes a comment that opens with the last two characters for two operators.
 */
const emptyTail = /(?:;|\s|\ufeff|\/\*(?:[^*]|\*(?!\/))*(?:\*\/|$)|--.*$)+$/;

/** The database; a schema's text without what stands behind it, which SQLite keeps and exec() has cut off. */
function stateOf(sql: SqlStorage): Record<string, string[]> {
  const { schema, ...rows } = dumpOf(sql);
  return { ...rows, schema: schema!.map((entry) => entry.replace(emptyTail, "")) };
}

let runs = 0;

/** What SQLite itself makes of a script: the database after it, or undefined where it fails. Leaves nothing. */
async function native({ storage }: DurableObjectState, script: string) {
  let outcome: Record<string, string[]> | undefined;
  await storage.transaction(async (physical) => {
    try {
      // A text of its own: the runtime keeps it compiled, and a SELECT in its middle busy.
      storage.sql.exec(`/* ${runs++} */ ${script}`).toArray();
      outcome = stateOf(storage.sql);
    } catch {}
    physical.rollback();
  });
  return outcome;
}

/** What exec() makes of it. */
async function ours(database: TestDatabase, script: string) {
  let outcome: Record<string, string[]> | undefined;
  await database.db().transaction(async (txn) => {
    try {
      await txn.exec(script);
      outcome = stateOf(database.state.storage.sql);
    } catch {}
    await txn.rollback();
  });
  return outcome;
}

describe("a script whose tokens are lost, doubled and moved", () => {
  const { parameters, timeoutMs } = fuzzParameters("mutated scripts", { runs: 800, seconds: 20 });

  it(
    "does what SQLite does with it as a whole, or fails with it",
    () =>
      inDatabase(async (database) => {
        await database.db().exec(setUp);
        const untouched = dumpOf(database.state.storage.sql);
        const counts = { ran: 0, failed: 0, onlyHere: 0 };
        const property = fc.asyncProperty(mutated, async (script) => {
          const expected = await native(database.state, script);
          const actual = await ours(database, script);
          if (expected === undefined && actual !== undefined) {
            counts.onlyHere++;
            expect(script).toMatch(emptyTail);
            expect(actual).toEqual(await native(database.state, script.replace(emptyTail, "")));
          } else {
            counts[expected === undefined ? "failed" : "ran"]++;
            expect(actual).toEqual(expected);
          }
          expect(dumpOf(database.state.storage.sql)).toEqual(untouched);
        });
        await fc.assert(property, parameters);
        console.info(counts);
        expect(Math.min(counts.ran, counts.failed)).toBeGreaterThan(20);
      })(),
    timeoutMs,
  );
});
