/**
 * The opcodes of EXPLAIN that statement-compiler.ts and capture.ts read. Each test names what they conclude
 * from them; an SQLite that compiles otherwise would make them conclude wrongly, without any error.
 */
import { beforeAll, describe, expect, it } from "vitest";
import type { Instruction } from "../../src/database/compiled-statement.ts";
import { bareObject, inBareObject } from "./bare-object.ts";

const stub = bareObject();

const schema = `
  CREATE TABLE plain (id INTEGER PRIMARY KEY, a, b UNIQUE, c DEFAULT (random()), d DEFAULT CURRENT_TIMESTAMP);
  CREATE TABLE without_rowid (a PRIMARY KEY) WITHOUT ROWID;
  CREATE TABLE parent (id INTEGER PRIMARY KEY);
  CREATE TABLE at_once (p REFERENCES parent);
  CREATE TABLE at_commit (p REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
  CREATE TABLE counted (id INTEGER PRIMARY KEY AUTOINCREMENT, a);
  CREATE VIRTUAL TABLE doc USING fts5(body);
  CREATE VIEW seen AS SELECT a, random() AS r FROM plain;
  CREATE TABLE with_triggers (a);
  CREATE TRIGGER rolling_back BEFORE INSERT ON with_triggers BEGIN SELECT RAISE(ROLLBACK, 'no'); END;
  CREATE TRIGGER failing BEFORE UPDATE ON with_triggers BEGIN SELECT RAISE(FAIL, 'no'); END;
  CREATE TRIGGER indexing AFTER DELETE ON with_triggers BEGIN INSERT INTO doc VALUES (datetime('now')); END;
`;

beforeAll(() => inBareObject(({ storage }) => void storage.sql.exec(schema).toArray(), stub));

async function explain(sql: string): Promise<Instruction[]> {
  return inBareObject(
    ({ storage }) => storage.sql.exec(`EXPLAIN ${sql}`).toArray() as unknown as Instruction[],
    stub,
  );
}

async function opcodes(sql: string): Promise<string[]> {
  return (await explain(sql)).map(({ opcode }) => opcode);
}

describe("EXPLAIN of a text that was explained before", () => {
  it("is that of the schema then, unless a comment makes it another text", async () => {
    await inBareObject(({ storage: { sql } }) => {
      sql.exec("CREATE TABLE t (a)");
      const hasTrigger = (explain: string) =>
        sql
          .exec(explain)
          .toArray()
          .some(({ opcode }) => opcode === "Program");
      expect(hasTrigger("EXPLAIN INSERT INTO t VALUES (1)")).toBe(false);
      sql.exec("CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END");
      expect(hasTrigger("EXPLAIN INSERT INTO t VALUES (1)")).toBe(false);
      expect(hasTrigger("EXPLAIN /*1*/ INSERT INTO t VALUES (1)")).toBe(true);
    });
  });
});

describe("a statement that writes", () => {
  it.each([
    "INSERT INTO plain (a) VALUES (1)",
    "UPDATE plain SET a = 1",
    "DELETE FROM plain",
    "WITH x AS (SELECT 1) INSERT INTO plain (a) SELECT * FROM x",
    "INSERT INTO doc VALUES ('a')",
    "CREATE TABLE t (a)",
    "DROP TABLE plain",
    "ALTER TABLE plain ADD COLUMN e",
    "CREATE INDEX i ON plain (a)",
    "REINDEX plain",
    "ANALYZE plain",
  ])("opens a write transaction (Transaction, p2 != 0): %s", async (sql) => {
    const program = await explain(sql);
    expect(program.some(({ opcode, p2 }) => opcode === "Transaction" && p2 !== 0)).toBe(true);
  });
});

describe("a statement that only reads", () => {
  it.each([
    "SELECT * FROM plain",
    "SELECT random()",
    "VALUES (1)",
    "WITH RECURSIVE n AS (SELECT 1 UNION ALL SELECT 2) SELECT * FROM n",
    "SELECT * FROM doc WHERE doc MATCH 'a'",
    "SELECT * FROM pragma_table_info('plain')",
  ])("opens none, or one to read (Transaction, p2 = 0): %s", async (sql) => {
    const program = await explain(sql);
    expect(program.filter(({ opcode, p2 }) => opcode === "Transaction" && p2 !== 0)).toEqual([]);
  });
});

describe("a statement that changes the schema", () => {
  it.each([
    "CREATE TABLE t (a)",
    "CREATE VIEW v AS SELECT 1",
    "CREATE TRIGGER t AFTER INSERT ON plain BEGIN SELECT 1; END",
    "CREATE INDEX i ON plain (a)",
    "CREATE VIRTUAL TABLE v USING fts5(a)",
    "DROP TABLE plain",
    "DROP VIEW seen",
    "DROP TRIGGER failing",
    "ALTER TABLE plain RENAME TO other",
    "ALTER TABLE plain RENAME COLUMN a TO z",
    "ALTER TABLE plain DROP COLUMN a",
  ])("has ParseSchema, SetCookie or Destroy: %s", async (sql) => {
    expect(await opcodes(sql)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^(ParseSchema|SetCookie|Destroy)$/)]),
    );
  });
});

describe("a statement that calls functions", () => {
  const calls = async (sql: string) =>
    (await explain(sql))
      .filter(({ opcode }) => ["Function", "PureFunc", "AggStep", "AggInverse"].includes(opcode))
      .map(({ p4 }) => p4);

  it.each([
    ["in itself", "SELECT upper(a) FROM plain", "upper(1)"],
    ["in the DEFAULT of a column that it leaves out", "INSERT INTO plain (a) VALUES (1)", "random(0)"],
    ["in a DEFAULT CURRENT_TIMESTAMP", "INSERT INTO plain (a) VALUES (1)", "current_timestamp(0)"],
    ["in a view", "SELECT * FROM seen", "random(0)"],
    ["in a trigger", "DELETE FROM with_triggers WHERE a = 1", "datetime(-1)"],
    ["as an aggregate", "SELECT sum(a) FROM plain", "sum(1)"],
    ["over a window", "SELECT sum(a) OVER (ORDER BY id ROWS 1 PRECEDING) FROM plain", "sum(1)"],
  ])("names each with its arity, %s", async (_where, sql, call) => {
    expect(await calls(sql)).toContain(call);
  });
});

describe("a conflict clause", () => {
  const halts = async (sql: string) =>
    (await explain(sql))
      .filter(({ opcode, p1 }) => (opcode === "Halt" || opcode === "HaltIfNull") && p1 !== 0)
      .map(({ p2 }) => p2);

  it.each([
    ["OR ROLLBACK", "INSERT OR ROLLBACK INTO plain (b) VALUES (1)", 1],
    ["OR ABORT", "INSERT OR ABORT INTO plain (b) VALUES (1)", 2],
    ["OR FAIL", "INSERT OR FAIL INTO plain (b) VALUES (1)", 3],
    ["RAISE(ROLLBACK) in a trigger", "INSERT INTO with_triggers VALUES (1)", 1],
    ["RAISE(FAIL) in a trigger", "UPDATE with_triggers SET a = 1", 3],
  ])("%s is p2 of Halt", async (_clause, sql, action) => {
    expect(await halts(sql)).toContain(action);
  });

  it.each([
    ["OR ROLLBACK", 1],
    ["OR ABORT", 2],
    ["OR FAIL", 3],
  ])("%s on an FTS5 table is p5 of VUpdate", async (clause, action) => {
    const program = await explain(`INSERT ${clause} INTO doc VALUES ('a')`);
    expect(program.find(({ opcode }) => opcode === "VUpdate")?.p5).toBe(action);
  });

  it("is absent from a statement without one that has no constraint to violate", async () => {
    expect(await halts("INSERT INTO at_once VALUES (NULL)")).not.toContain(1);
    expect(await halts("INSERT INTO at_once VALUES (NULL)")).not.toContain(3);
  });
});

describe("a foreign key", () => {
  const counters = async (sql: string) =>
    (await explain(sql)).filter(({ opcode }) => opcode === "FkCounter").map(({ p1 }) => p1);

  it("that is checked at the commit counts its violations with FkCounter, p1 = 1", async () => {
    expect(await counters("INSERT INTO at_commit VALUES (1)")).toContain(1);
    expect(await counters("DELETE FROM parent WHERE id = 1")).toContain(1);
  });

  it("that is checked at once has p1 = 0 or stops the statement", async () => {
    expect(await counters("INSERT INTO at_once VALUES (1)")).not.toContain(1);
  });
});

describe("an INSERT into a table with rowids", () => {
  // p5 of Insert: OPFLAG_NCHANGE 0x01, OPFLAG_ISUPDATE 0x04, OPFLAG_LASTROWID 0x20.
  const counted = async (sql: string) =>
    (await explain(sql)).filter(({ opcode, p5 }) => opcode === "Insert" && (p5 & 0x01) !== 0);

  it("has one Insert that counts and that sets last_insert_rowid()", async () => {
    const inserts = await counted("INSERT INTO plain (a) VALUES (1)");
    expect(inserts.map(({ p5 }) => p5 & 0x25)).toEqual([0x21]);
  });

  it("does not count the row of sqlite_sequence that AUTOINCREMENT writes", async () => {
    expect(await counted("INSERT INTO counted (a) VALUES (1)")).toHaveLength(1);
  });

  it("marks the Insert of an UPDATE, of an upsert too", async () => {
    expect((await counted("UPDATE plain SET a = 1")).map(({ p5 }) => p5 & 0x04)).toEqual([0x04]);
    const upsert = "INSERT INTO plain (b) VALUES (1) ON CONFLICT (b) DO UPDATE SET a = 1";
    expect((await counted(upsert)).map(({ p5 }) => p5 & 0x04)).toContain(0x04);
  });

  it("that replaces rows has Delete or IdxDelete", async () => {
    expect(await opcodes("INSERT OR REPLACE INTO plain (id) VALUES (1)")).toEqual(
      expect.arrayContaining([expect.stringMatching(/^(Delete|IdxDelete)$/)]),
    );
  });

  it("that fires triggers has Program", async () => {
    expect(await opcodes("INSERT INTO with_triggers VALUES (1)")).toContain("Program");
  });

  it("that has no rowid uses no Insert", async () => {
    expect(await opcodes("INSERT INTO without_rowid VALUES (1)")).not.toContain("Insert");
  });

  it("opens its cursor with OpenWrite on the root page (p2) of the main database (p3 = 0)", async () => {
    const program = await explain("INSERT INTO plain (a) VALUES (1)");
    const insert = program.find(({ opcode }) => opcode === "Insert");
    const open = program.find(({ opcode, p1 }) => opcode === "OpenWrite" && p1 === insert?.p1);
    const rootPage = await inBareObject(
      ({ storage }) =>
        storage.sql.exec("SELECT rootpage FROM sqlite_schema WHERE name = 'plain'").one().rootpage,
      stub,
    );
    expect(open).toMatchObject({ p2: rootPage, p3: 0 });
  });
});
