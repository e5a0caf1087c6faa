import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { connect } from "../../src/client/connect.ts";
import { post } from "../http/http-client.ts";
import { expectNothingDone, expectUsable, itAsOnD1, itEveryWayIn } from "./ways-in.ts";

const tables = "CREATE TABLE item (n); CREATE TABLE log (n)";

async function log(db: D1Database): Promise<unknown[]> {
  return (await db.prepare("SELECT n FROM log ORDER BY rowid").raw()).flat();
}

/** Triggers that end where they do not seem to, each on table `item`, logging what it gets. */
const triggers: [what: string, trigger: string, name?: string][] = [
  [
    "CASE in CASE",
    "CREATE TRIGGER x AFTER INSERT ON item BEGIN INSERT INTO log VALUES (CASE WHEN CASE new.n WHEN 1 THEN 1 END THEN new.n ELSE CASE WHEN 0 THEN 0 END END); END",
  ],
  [
    "CASE in its WHEN",
    "CREATE TRIGGER x AFTER INSERT ON item WHEN CASE new.n WHEN 1 THEN 1 ELSE 0 END BEGIN INSERT INTO log VALUES (new.n); END",
  ],
  [
    "END as a column and an alias",
    'CREATE TRIGGER x AFTER INSERT ON item BEGIN INSERT INTO log SELECT "end" FROM (SELECT new.n AS end); SELECT 1 AS end; END',
  ],
  [
    "END and BEGIN as its own names",
    'CREATE TRIGGER "end" AFTER INSERT ON item BEGIN SELECT "begin" FROM (SELECT 1 AS "begin"); INSERT INTO log VALUES (new.n); END',
    '"end"',
  ],
  [
    "END in comments behind semicolons",
    "CREATE TRIGGER x AFTER INSERT ON item BEGIN SELECT 1; -- END;\n /* END; */ INSERT INTO log VALUES (new.n); /* ; END */ END",
  ],
  [
    "END; in strings and names",
    'CREATE TRIGGER x AFTER INSERT ON item BEGIN SELECT \'; END;\', "; END;", [; END;], `; END;` FROM (SELECT 1 AS "; END;"); INSERT INTO log VALUES (new.n); END',
  ],
  [
    "a comment between every two words",
    "CREATE/**/TRIGGER/*;*/x/**/AFTER--;\nINSERT/**/ON/**/item/**/BEGIN/*;*/INSERT/**/INTO/**/log/**/VALUES(new.n)/**/;/**/END",
  ],
  [
    "WITH in its body",
    "CREATE TRIGGER x AFTER INSERT ON item BEGIN INSERT INTO log WITH c AS (SELECT new.n AS n) SELECT n FROM c; END",
  ],
  [
    "CRLF, tabs and a byte order mark",
    "\ufeffCREATE\r\nTRIGGER\tx\fAFTER INSERT ON item\r\nBEGIN\r\n\tINSERT INTO log VALUES (new.n);\r\nEND",
  ],
  [
    "IF NOT EXISTS, a schema and quotes",
    'create trigger if not exists "main" . `a;b` after insert on [item] for each row begin insert into log values (new . n) ; end',
    "`a;b`",
  ],
  [
    "RAISE and an upsert",
    "CREATE TRIGGER x AFTER INSERT ON item BEGIN SELECT RAISE(IGNORE) WHERE new.n = 2; INSERT INTO log VALUES (new.n) ON CONFLICT DO NOTHING; END",
  ],
  [
    "no blank around its semicolons",
    "CREATE TRIGGER x AFTER INSERT ON item BEGIN SELECT 1;INSERT INTO log VALUES(new.n);END",
  ],
];

describe("a trigger with", () => {
  for (const [what, trigger, name = "x"] of triggers) {
    itEveryWayIn(`${what} is one statement, and what follows is the next`, async (db) => {
      const script = `${tables};\n${trigger};\nINSERT INTO item VALUES (1);${trigger.replace(name, "y")}; INSERT INTO item VALUES (1) ;`;
      expect((await db.exec(script)).count).toBe(6);
      expect(await log(db)).toEqual([1, 1, 1]);
    });

    itEveryWayIn(`${what} is one statement for prepare(), alone and with one behind it`, async (db) => {
      await db.exec(tables);
      await db.prepare(`${trigger}; -- the end\n`).run();
      await db.prepare(`DROP TRIGGER ${name}; ${trigger}; INSERT INTO item VALUES (?)`).bind("1").run();
      expect(
        await db.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE type = 'trigger'").first("n"),
      ).toBe(1);
    });
  }

  itEveryWayIn("no END, or nothing before it, fails with all that follows", async (db) => {
    await db.exec(tables);
    for (const trigger of [
      "CREATE TRIGGER x AFTER INSERT ON item BEGIN SELECT 1; INSERT INTO log VALUES (1);",
      "CREATE TRIGGER x AFTER INSERT ON item BEGIN SELECT 1 END; INSERT INTO log VALUES (1);",
      "CREATE TRIGGER x AFTER INSERT ON item BEGIN END; INSERT INTO log VALUES (1);",
      "CREATE TRIGGER x AFTER INSERT ON item BEGIN SELECT 1;; END; INSERT INTO log VALUES (1);",
      "CREATE TRIGGER x AFTER INSERT ON item BEGIN SELECT '; END; INSERT INTO log VALUES (1);",
      "CREATE TRIGGER x AFTER INSERT ON item BEGIN SELECT 1; END END; INSERT INTO log VALUES (1);",
      "CREATE TRIGGER x; INSERT INTO log VALUES (1); END; INSERT INTO log VALUES (1);",
    ]) {
      await expectNothingDone(db, () => db.exec(`INSERT INTO log VALUES (0); ${trigger}`), "D1_EXEC_ERROR");
      await expectNothingDone(db, () => db.prepare(trigger).run(), "D1_ERROR");
    }
  });

  itEveryWayIn("EXPLAIN before it is explained, not made, and harms nothing", async (db) => {
    await db.exec(tables);
    const explained = "EXPLAIN CREATE TRIGGER x AFTER INSERT ON item BEGIN SELECT 1; SELECT 2; END";
    expect((await db.exec(`${explained}; INSERT INTO log VALUES (1)`)).count).toBe(2);
    await db.prepare(`${explained};`).run();
    expect(await log(db)).toEqual([1]);
    expect(await db.prepare("SELECT * FROM sqlite_schema WHERE type = 'trigger'").raw()).toEqual([]);
    await expectUsable(db);
  });
});

describe("a script of lines without semicolons", () => {
  itAsOnD1("runs a statement on each line, PRAGMA, EXPLAIN and triggers among them", async (db) => {
    const { count } = await db.exec(
      [
        "CREATE TABLE item (n)",
        "CREATE TABLE log (n)",
        "PRAGMA table_info(item)",
        "CREATE TRIGGER x AFTER INSERT ON item BEGIN INSERT INTO log VALUES (new.n); END",
        "EXPLAIN INSERT INTO item VALUES (9)",
        "INSERT INTO item VALUES (1)",
        "SELECT * FROM log",
      ].join("\n"),
    );
    expect(count).toBe(7);
    expect(await log(db)).toEqual([1]);
  });

  itEveryWayIn("never runs what stands in a comment, a string or a name", async (db) => {
    await db.exec(`${tables}; INSERT INTO log VALUES (1)`);
    for (const script of [
      "DELETE FROM log /* old:\nDROP TABLE log\n-- */ WHERE missing = 1",
      "DELETE FROM log -- old:\nWHERE /*\nDROP TABLE log\n*/ missing = 1",
      "SELECT 1 AS '\nDROP TABLE log\n' FROM missing",
      "INSERT INTO item VALUES ('\nDROP TABLE log\n') garbage",
      'SELECT 1 AS "\nDROP TABLE log\n" garbage garbage',
      "SELECT 1 [\nDROP TABLE log\n] garbage",
      "SELECT 1 `\nDROP TABLE log\n` garbage",
    ]) {
      await expectNothingDone(db, () => db.exec(script), "D1_EXEC_ERROR");
    }
    expect((await db.exec("INSERT INTO item VALUES (1) /*\nDROP TABLE log")).count).toBe(1);
    expect(await log(db)).toEqual([1]);
  });

  itEveryWayIn(
    "tells what is wrong with a statement over several lines, and on which line it starts",
    async (db) => {
      await db.exec(tables);
      const failures: [script: string, failure: string | object][] = [
        [
          "SELECT 1;\nDELETE FROM log\nWHERE missing = 1",
          "Error in line 2: DELETE FROM log\nWHERE missing = 1: no such column: missing",
        ],
        ["DELETE FROM log\nWHERE n = ?", "Wrong number of parameter bindings for SQL query."],
        ["DELETE FROM log\nWHERE n = 1 AND", "incomplete input"],
        [`DELETE FROM log\nWHERE n IN (${"1,".repeat(60_000)}1)`, { code: "LIMIT_EXCEEDED" }],
        ["DELETE FROM log\nWHERE n = 'pragma_optimize'", { code: "STATEMENT_REFUSED" }],
      ];
      for (const [script, failure] of failures) await expectNothingDone(db, () => db.exec(script), failure);
    },
  );

  itEveryWayIn("undoes the lines before the one that fails, and names it", async (db) => {
    await db.exec(tables);
    const script =
      "INSERT INTO log VALUES (1)\n\n-- a comment\nINSERT INTO log VALUES (2)\r\nINSERT INTO missing VALUES (3)\nDROP TABLE log";
    await expectNothingDone(
      db,
      () => db.exec(script),
      "Error in line 5: INSERT INTO missing VALUES (3): no such table: missing",
    );
  });
});

describe("PRAGMA foreign_keys = OFF", () => {
  const family =
    "CREATE TABLE parent (id INTEGER PRIMARY KEY); CREATE TABLE child (parent REFERENCES parent ON DELETE CASCADE); INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1)";
  const rebuild = [
    "CREATE TABLE copy (id INTEGER PRIMARY KEY)",
    "PRAGMA foreign_keys=OFF",
    "INSERT INTO copy SELECT * FROM parent",
    "DROP TABLE parent",
    "ALTER TABLE copy RENAME TO parent",
  ];

  it.each([
    ["; ", "semicolons"],
    ["\n", "lines"],
    [";\n", "both"],
    [" ;\r\n /* ; */ ", "comments"],
  ])("keeps the children of a table that is rebuilt by a script with %j (%s)", async (between) => {
    const path = `/client/v4/accounts/${env.ACCOUNT_ID}/d1/database/${env.DATABASE_ID}/query`;
    const query = async (sql: string) =>
      (await post(path, { sql })).json<{ success: boolean; result: { results: object[] }[] }>();
    await query(`DROP TABLE IF EXISTS child; DROP TABLE IF EXISTS parent; ${family}`);
    expect(await query(rebuild.join(between))).toMatchObject({ success: true });
    expect((await query("SELECT * FROM child")).result[0]!.results).toEqual([{ parent: 1 }]);
    expect((await query("PRAGMA foreign_keys")).result[0]!.results).toEqual([{ foreign_keys: 1 }]);
  });

  it.each([
    [
      "a row that refers to nothing",
      "PRAGMA foreign_keys=OFF; DELETE FROM parent",
      "FOREIGN KEY constraint failed",
    ],
    [
      "a key that refers to no unique column",
      "PRAGMA foreign_keys=OFF; CREATE TABLE p (a); CREATE TABLE c (x REFERENCES p (a))",
      "foreign key mismatch",
    ],
    [
      "a statement that fails",
      "PRAGMA foreign_keys=OFF; DELETE FROM parent; SELECT * FROM missing",
      "no such table",
    ],
    [
      "the pragma in lines, and a violation",
      "PRAGMA foreign_keys=OFF\nDELETE FROM parent",
      "FOREIGN KEY constraint failed",
    ],
  ])(
    "keeps nothing, enforces again, and says why, after a script with %s",
    async (_what, script, failure) => {
      const db = connect(env.DB, { name: crypto.randomUUID() });
      await db.exec(family);
      const says = {
        message: expect.stringMatching(new RegExp(`^D1_(EXEC_)?ERROR: .*${failure}`, "s")),
        code: expect.stringMatching(/^SQLITE_/),
      };
      await expectNothingDone(db, () => db.exec(script), says);
      await expect(db.prepare("INSERT INTO child VALUES (7)").run()).rejects.toThrow(
        "FOREIGN KEY constraint failed",
      );
    },
  );
});
