import { describe, expect, it } from "vitest";
import { RemoteDatabase } from "../support/transfers.ts";

/** An INSERT that makes the import know its head, so that what follows with the same head is not compiled any more. */
const known =
  "CREATE TABLE t (a, b); CREATE TABLE victim (x); INSERT INTO victim VALUES (1);\nINSERT INTO t VALUES(1,2);\n";

async function importOf(file: string) {
  const database = new RemoteDatabase();
  await database.imported(known);
  return { database, refused: () => database.refused(file), imported: () => database.imported(file) };
}

const again = "INSERT INTO t VALUES(1,2);\n";

describe("an INSERT that looks like the one before it", () => {
  it.each([
    ["a row too short", "INSERT INTO t VALUES(1);", "table t has 2 columns but 1 values were supplied"],
    ["no rows", "INSERT INTO t VALUES;", "incomplete input"],
    ["a comma too much", "INSERT INTO t VALUES(1,2),;", "incomplete input"],
    ["rows without a comma", "INSERT INTO t VALUES(1,2)(3,4);", "syntax error"],
    ["a parenthesis too much", "INSERT INTO t VALUES(1,2));", "syntax error"],
    ["parentheses the wrong way round", "INSERT INTO t VALUES(1,2)),((3,4);", "syntax error"],
    ["a column for a value", "INSERT INTO t VALUES(a,2);", "no such column: a"],
    ["a parameter", "INSERT INTO t VALUES(?,2);", "Wrong number of parameter bindings"],
    ["a variable that hides a semicolon", "INSERT INTO t VALUES($a(';DROP TABLE victim;--'));", ""],
    ["a function that does not exist", "INSERT INTO t VALUES(absent(),2);", "no such function: absent"],
    ["hexadecimal digits that are none", "INSERT INTO t VALUES(X'0G',2);", "unrecognized token"],
    ["a trigger's function", "INSERT INTO t VALUES(raise(ROLLBACK, 'x'),2);", "RAISE"],
    [
      "a value that optimizes",
      "INSERT INTO t VALUES((SELECT count(*) FROM pragma_optimize),2);",
      "pragma_optimize",
    ],
    ["another statement behind it", "INSERT INTO t VALUES(1,2) DROP TABLE victim;", "syntax error"],
  ])("fails for %s, and the import with it", async (_what, statement, reason) => {
    const { refused } = await importOf(`${again}${again}${statement}\n${again}`);
    const error = await refused();
    expect(error).toContain(`Error in line 3: ${statement.slice(0, statement.indexOf(";DROP") + 1 || -1)}`);
    expect(error).toContain(reason);
  });

  it.each([
    ["values that read", "INSERT INTO t VALUES((SELECT max(a) + 1 FROM t), 2 IN (2));", [2, 1]],
    ["an upsert", "INSERT INTO t VALUES(3,4) ON CONFLICT DO NOTHING;", [3, 4]],
    ["rows that it returns", "INSERT INTO t VALUES(3,4) RETURNING a;", [3, 4]],
    ["a comment that hides a row", "INSERT INTO t VALUES(3,4)--,(5,6);\n;", [3, 4]],
    ["a comment among its values", "INSERT INTO t VALUES(3/*,;*/,4);", [3, 4]],
    ["a name in its values", 'INSERT INTO t VALUES("3;",4);', ["3;", 4]],
    ["a nested pair of parentheses", "INSERT INTO t VALUES(((3)),(4));", [3, 4]],
  ])("runs with %s", async (_what, statement, row) => {
    const { database, imported } = await importOf(`${again}${statement}\n${again}`);
    expect(await imported()).toMatchObject({ numQueries: 3 });
    expect(await database.rows("SELECT a, b FROM t WHERE rowid = 3")).toEqual([row]);
    expect(await database.rows("SELECT count(*), max(rowid) FROM t")).toEqual([[4, 4]]);
  });

  it("is compiled anew after every change of the schema", async () => {
    const { database, imported } = await importOf(`${again}
      ALTER TABLE t ADD COLUMN c DEFAULT 7; INSERT INTO t VALUES(3,4,5);
      ALTER TABLE t DROP COLUMN c; INSERT INTO t VALUES(6,7);
      DROP TABLE t; CREATE TABLE t (a UNIQUE ON CONFLICT REPLACE, b); INSERT INTO t VALUES(1,'first'); INSERT INTO t VALUES(1,'second');
    `);
    await imported();
    expect(await database.rows("SELECT * FROM t")).toEqual([[1, "second"]]);
  });
});

/** What ends SQLite's transaction: whatever came before it would be gone, and whatever follows durable on its own. */
describe("an import never rolls back behind the engine's back", () => {
  const inserts = "INSERT INTO t VALUES(1,2);\nINSERT INTO t VALUES(1,2);\n";
  const rollback = "ON CONFLICT ROLLBACK and RAISE(ROLLBACK)";

  it.each([
    ["a unique column", "DROP TABLE t; CREATE TABLE t (a UNIQUE ON CONFLICT ROLLBACK, b);\n"],
    ["a primary key", "DROP TABLE t; CREATE TABLE t (a INTEGER PRIMARY KEY ON CONFLICT ROLLBACK, b);\n"],
    [
      "a column that must not be empty",
      "DROP TABLE t; CREATE TABLE t (a, b NOT NULL ON CONFLICT ROLLBACK);\n",
    ],
    [
      "a trigger",
      "CREATE TRIGGER x BEFORE INSERT ON t WHEN new.a = 77 BEGIN SELECT raise(ROLLBACK, 'x'); END;\n",
    ],
    [
      "a trigger's statement",
      "CREATE UNIQUE INDEX i ON victim (x); CREATE TRIGGER x AFTER INSERT ON t BEGIN UPDATE OR ROLLBACK victim SET x = 2; END;\n",
    ],
    [
      "the trigger of a trigger",
      "CREATE TABLE u (x); CREATE TRIGGER y AFTER INSERT ON u BEGIN SELECT raise(ROLLBACK, 'x'); END; CREATE TRIGGER x AFTER INSERT ON t BEGIN INSERT INTO u SELECT 1 WHERE 0; END;\n",
    ],
  ])("by %s", async (_what, schema) => {
    const { refused } = await importOf(`CREATE TABLE lost (x);\n${schema}${inserts}`);
    expect(await refused()).toContain(rollback);
  });

  it("by a trigger that comes when the head of the INSERT is known", async () => {
    const trigger =
      "CREATE TRIGGER x BEFORE INSERT ON t WHEN new.a = 77 BEGIN SELECT raise(ROLLBACK, 'x'); END;\n";
    const error = await (await importOf(`${inserts}${trigger}${inserts}`)).refused();
    expect(error).toContain("Error in line 4");
    expect(error).toContain(rollback);
  });

  it.each(["INSERT OR ROLLBACK INTO t VALUES(1,2);", "UPDATE OR ROLLBACK t SET a = 1;"])(
    "by %s",
    async (statement) => {
      const { refused } = await importOf(`CREATE UNIQUE INDEX i ON t (a, b); DELETE FROM t;\n${statement}`);
      expect(await refused()).toContain(rollback);
    },
  );
});
