import { expect } from "vitest";
import type { Concept } from "../conformance-case.ts";

const rows = (db: D1Database, sql: string, ...values: unknown[]) =>
  db
    .prepare(sql)
    .bind(...values)
    .raw();

const oneToThree = "(SELECT 1 AS x UNION SELECT 2 UNION SELECT 3)";

export default {
  title: "Queries",
  cases: [
    {
      behaviour: "runs recursive common table expressions",
      async run(db) {
        const sql =
          "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < ?) SELECT sum(x) FROM n";
        expect(await rows(db, sql, 100)).toEqual([[5050]]);
      },
    },
    {
      behaviour: "writes from a common table expression",
      async run(db) {
        await db.exec("CREATE TABLE item (x)");
        expect(
          await rows(db, "WITH a AS (SELECT 7 AS v) INSERT INTO item SELECT v FROM a RETURNING x"),
        ).toEqual([[7]]);
      },
    },
    {
      behaviour: "computes window functions",
      async run(db) {
        const sql =
          "SELECT x, row_number() OVER (ORDER BY x DESC), sum(x) OVER (ORDER BY x), lag(x) OVER (ORDER BY x), " +
          `ntile(2) OVER (ORDER BY x) FROM ${oneToThree} ORDER BY x`;
        expect(await rows(db, sql)).toEqual([
          [1, 3, 1, null, 1],
          [2, 2, 3, 1, 1],
          [3, 1, 6, 2, 2],
        ]);
      },
    },
    {
      behaviour: "computes aggregates with FILTER, DISTINCT and ORDER BY",
      async run(db) {
        const sql =
          "SELECT count(*) FILTER (WHERE x > 1), count(DISTINCT x / 2), group_concat(x, '-' ORDER BY x DESC), " +
          `string_agg(x, '+'), avg(x), total(x), min(x), max(x) FROM ${oneToThree}`;
        expect(await rows(db, sql)).toEqual([[2, 2, "3-2-1", "1+2+3", 2, 6, 1, 3]]);
      },
    },
    {
      behaviour: "joins from all sides",
      async run(db) {
        const join = (kind: string) =>
          rows(db, `SELECT a.x, b.x FROM (SELECT 1 x) a ${kind} JOIN (SELECT 2 x) b ON a.x = b.x`);
        expect(await join("INNER")).toEqual([]);
        expect(await join("LEFT")).toEqual([[1, null]]);
        expect(await join("RIGHT")).toEqual([[null, 2]]);
        expect(await join("FULL OUTER")).toEqual([
          [1, null],
          [null, 2],
        ]);
      },
    },
    {
      behaviour: "gives rows of VALUES, and compares row values",
      async run(db) {
        const values = await db.prepare("VALUES (1, 'a'), (2, 'b')").all();
        expect(values.results).toEqual([
          { column1: 1, column2: "a" },
          { column1: 2, column2: "b" },
        ]);
        expect(await rows(db, "SELECT (1, 2) < (1, 3), NULL IS DISTINCT FROM 1")).toEqual([[1, 1]]);
      },
    },
    {
      behaviour: "returns what INSERT, UPDATE and DELETE have written",
      async run(db) {
        await db.exec("CREATE TABLE item (id INTEGER PRIMARY KEY, n INT DEFAULT 5)");
        expect(await rows(db, "INSERT INTO item DEFAULT VALUES RETURNING *, n + 1 AS more")).toEqual([
          [1, 5, 6],
        ]);
        expect(await rows(db, "UPDATE item SET n = n * 2 RETURNING n")).toEqual([[10]]);
        expect(await rows(db, "DELETE FROM item RETURNING id")).toEqual([[1]]);
        expect(await rows(db, "DELETE FROM item RETURNING id")).toEqual([]);
      },
    },
    {
      behaviour: "updates from another table",
      async run(db) {
        await db.exec("CREATE TABLE a (id, n)\nCREATE TABLE b (id, n)\nINSERT INTO a VALUES (1, 0), (2, 0)");
        await db.exec("INSERT INTO b VALUES (1, 9)");
        expect(await rows(db, "UPDATE a SET n = b.n FROM b WHERE b.id = a.id RETURNING a.id, a.n")).toEqual([
          [1, 9],
        ]);
      },
    },
    {
      behaviour: "updates on a conflict, where a condition allows it",
      async run(db) {
        await db.exec("CREATE TABLE stock (k TEXT PRIMARY KEY, n INT)\nINSERT INTO stock VALUES ('a', 1)");
        const add =
          "INSERT INTO stock VALUES ('a', ?) ON CONFLICT (k) DO UPDATE SET n = n + excluded.n RETURNING n";
        expect(await rows(db, add, 5)).toEqual([[6]]);
        const raise =
          "INSERT INTO stock VALUES ('a', ?) ON CONFLICT (k) DO UPDATE SET n = excluded.n WHERE excluded.n > n RETURNING n";
        expect(await rows(db, raise, 1)).toEqual([]);
        expect(await rows(db, raise, 10)).toEqual([[10]]);
        expect(
          await rows(db, "INSERT INTO stock VALUES ('a', 2) ON CONFLICT DO NOTHING RETURNING n"),
        ).toEqual([]);
      },
    },
    {
      behaviour: "deletes and updates with ORDER BY and LIMIT",
      async run(db) {
        await db.exec("CREATE TABLE item (n INT)\nINSERT INTO item VALUES (1), (2), (3)");
        await db.prepare("DELETE FROM item ORDER BY n DESC LIMIT 1").run();
        await db.prepare("UPDATE item SET n = n * 10 ORDER BY n LIMIT 1").run();
        expect(await rows(db, "SELECT n FROM item")).toEqual([[10], [2]]);
      },
    },
    {
      behaviour: "matches with LIKE without regard to case, with GLOB with regard to it",
      async run(db) {
        const sql =
          "SELECT 'ABC' LIKE 'a%', 'abc' GLOB 'A*', 'abc' GLOB '[a-c]b?', 'a_c' LIKE 'a\\_c' ESCAPE '\\', 'abc' LIKE 'a\\_c' ESCAPE '\\'";
        expect(await rows(db, sql)).toEqual([[1, 0, 1, 1, 0]]);
      },
    },
    {
      behaviour: "takes a name in double quotes that names nothing for a string",
      async run(db) {
        expect(await rows(db, 'SELECT "hello"')).toEqual([["hello"]]);
        await db.exec('CREATE TABLE item (a TEXT DEFAULT "x")\nINSERT INTO item DEFAULT VALUES');
        expect(await db.prepare('SELECT "a", "b", [a] AS c, `a` AS d FROM item').first()).toEqual({
          a: "x",
          '"b"': "b",
          c: "x",
          d: "x",
        });
      },
    },
    {
      behaviour: "takes names without regard to case, and names columns as the table does",
      async run(db) {
        await db.exec("CREATE TABLE Item (Name TEXT)\nINSERT INTO ITEM VALUES ('a')");
        expect(await db.prepare("SELECT NAME, name AS Other FROM item").first()).toEqual({
          Name: "a",
          Other: "a",
        });
      },
    },
    {
      behaviour: "takes keywords as names in quotes, and main as the name of the schema",
      async run(db) {
        await db.exec('CREATE TABLE "order" ("group" INT)\nINSERT INTO main."order" VALUES (1)');
        expect(await db.prepare('SELECT "group" FROM main."order"').first()).toEqual({ group: 1 });
      },
    },
    {
      behaviour: "has the functions for text",
      async run(db) {
        const sql =
          "SELECT upper('a'), substr('abc', 2), replace('aa', 'a', 'b'), trim(' x '), instr('abc', 'b'), hex('a'), " +
          "unhex('61'), char(97), unicode('a'), printf('%05.1f|%s', 4.25, 'x'), quote('a''b'), concat_ws('-', 1, 'b', NULL)";
        expect(await rows(db, sql)).toEqual([
          ["A", "bc", "bb", "x", 2, "61", [97], "a", 97, "004.3|x", "'a''b'", "1-b"],
        ]);
      },
    },
    {
      behaviour: "has the functions for numbers",
      async run(db) {
        const sql =
          "SELECT abs(-1), round(2.567, 1), sign(-2), floor(1.7), ceil(1.2), trunc(-1.9), pow(2, 3), sqrt(4), mod(7, 3), " +
          "pi() > 3, 7 / 2, 7 / 2.0, 7 % 4, 5 & 4, 1 << 3, max(1, 2), min(1, 2), iif(1, 'a', 'b'), coalesce(NULL, 2)";
        expect(await rows(db, sql)).toEqual([
          [1, 2.6, -1, 1, 2, -1, 8, 2, 1, 1, 3, 3.5, 3, 4, 8, 2, 1, "a", 2],
        ]);
      },
    },
    {
      behaviour: "has the functions for dates",
      async run(db) {
        const sql =
          "SELECT date('2024-02-29', '+1 year'), strftime('%Y/%m', '2024-03-01'), unixepoch('1970-01-02'), " +
          "julianday('2000-01-01'), datetime(0, 'unixepoch'), time('12:00'), timediff('2024-01-02', '2024-01-01')";
        expect(await rows(db, sql)).toEqual([
          [
            "2025-03-01",
            "2024/03",
            86400,
            2451544.5,
            "1970-01-01 00:00:00",
            "12:00:00",
            "+0000-00-01 00:00:00.000",
          ],
        ]);
      },
    },
    {
      behaviour: "knows the time, and makes random values",
      async run(db) {
        const sql =
          "SELECT CURRENT_TIMESTAMP GLOB '20??-??-?? ??:??:??', CURRENT_DATE = date(), typeof(unixepoch()), " +
          "typeof(random()), length(randomblob(4)), random() <> random()";
        expect(await rows(db, sql)).toEqual([[1, 1, "integer", "integer", 4, 1]]);
      },
    },
  ],
} satisfies Concept;
