import { expect } from "vitest";
import type { Concept } from "../conformance-case.ts";
import { expectD1Error } from "../failures.ts";

const first = (db: D1Database, sql: string, ...values: unknown[]) =>
  db
    .prepare(sql)
    .bind(...values)
    .first();

export default {
  title: "JSON",
  cases: [
    {
      behaviour: "reads values out of JSON text, by function and by operator",
      async run(db) {
        const row = await first(
          db,
          "SELECT json_extract(?1, '$.a.b[1]') AS deep, ?1 -> 'a' AS json, ?1 ->> '$.s' AS text, " +
            "?1 ->> 'none' AS missing, json_extract(?1, '$.s', '$.t') AS both",
          '{ "a": { "b": [1, 2] }, "s": "x", "t": true }',
        );
        expect(row).toEqual({ deep: 2, json: '{"b":[1,2]}', text: "x", missing: null, both: '["x",true]' });
      },
    },
    {
      behaviour: "gives JSON's true, false and null as 1, 0 and null",
      async run(db) {
        const row = await first(
          db,
          "SELECT ?1 ->> 't' AS t, ?1 ->> 'f' AS f, ?1 ->> 'n' AS n, json_type(?1, '$.t') AS type",
          '{"t":true,"f":false,"n":null}',
        );
        expect(row).toEqual({ t: 1, f: 0, n: null, type: "true" });
      },
    },
    {
      behaviour: "makes JSON text of values",
      async run(db) {
        const row = await first(
          db,
          "SELECT json_object('k', json_array(1, 'a', NULL)) AS object, json_quote('x') AS quoted, json(' [1 ] ') AS small",
        );
        expect(row).toEqual({ object: '{"k":[1,"a",null]}', quoted: '"x"', small: "[1]" });
      },
    },
    {
      behaviour: "changes JSON text",
      async run(db) {
        const row = await first(
          db,
          "SELECT json_set('{}', '$.a', 1) AS added, json_remove('{\"a\":1}', '$.a') AS removed, " +
            "json_patch('{\"a\":1}', '{\"b\":2}') AS merged, json_insert('[1]', '$[#]', 2) AS appended",
        );
        expect(row).toEqual({ added: '{"a":1}', removed: "{}", merged: '{"a":1,"b":2}', appended: "[1,2]" });
      },
    },
    {
      behaviour: "writes a bound whole number into JSON with a decimal point",
      async run(db) {
        expect(await first(db, "SELECT json_array(?, ?, ?) AS a", 1, "1", null)).toEqual({
          a: '[1.0,"1",null]',
        });
      },
    },
    {
      behaviour: "makes rows of JSON with json_each() and json_tree()",
      async run(db) {
        const each = await db
          .prepare("SELECT key, value, type FROM json_each(?)")
          .bind('[1,"a",null,{"x":1}]')
          .raw();
        expect(each).toEqual([
          [0, 1, "integer"],
          [1, "a", "text"],
          [2, null, "null"],
          [3, '{"x":1}', "object"],
        ]);
        const tree = db.prepare("SELECT fullkey, atom FROM json_tree(?) WHERE atom IS NOT NULL");
        expect(await tree.bind('{"a":[1,{"b":2}]}').raw()).toEqual([
          ["$.a[0]", 1],
          ["$.a[1].b", 2],
        ]);
      },
    },
    {
      behaviour: "takes a list as one bound JSON text",
      async run(db) {
        await db.exec("CREATE TABLE item (id INTEGER PRIMARY KEY)\nINSERT INTO item VALUES (1), (2), (3)");
        const found = db.prepare(
          "SELECT id FROM item WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
        );
        expect(await found.bind(JSON.stringify([3, 1, 7])).raw()).toEqual([[1], [3]]);
      },
    },
    {
      behaviour: "makes JSON of groups of rows",
      async run(db) {
        const row = await first(
          db,
          "SELECT json_group_array(x) AS list, json_group_object('k' || x, x) AS object FROM (SELECT 1 AS x UNION SELECT 2)",
        );
        expect(row).toEqual({ list: "[1,2]", object: '{"k1":1,"k2":2}' });
      },
    },
    {
      behaviour: "keeps binary JSON as a blob",
      async run(db) {
        const row = await first(db, "SELECT typeof(jsonb('{}')) AS type, json(jsonb('{\"a\":1}')) AS text");
        expect(row).toEqual({ type: "blob", text: '{"a":1}' });
      },
    },
    {
      behaviour: "tells valid JSON from other text",
      async run(db) {
        expect(await first(db, "SELECT json_valid('{}') AS yes, json_valid('{') AS no")).toEqual({
          yes: 1,
          no: 0,
        });
        await expectD1Error(first(db, "SELECT ?1 ->> 'a'", "{"), "malformed JSON: SQLITE_ERROR");
      },
    },
    {
      behaviour: "finds rows by an index on what is inside JSON",
      async run(db) {
        await db.exec(
          "CREATE TABLE doc (json TEXT, name TEXT AS (json ->> 'name') VIRTUAL)\nCREATE INDEX by_name ON doc (name)",
        );
        await db.prepare("INSERT INTO doc (json) VALUES (?), (?)").bind('{"name":"a"}', '{"name":"b"}').run();
        const byName = db.prepare("SELECT json FROM doc WHERE name = ?").bind("b");
        expect(await byName.first("json")).toBe('{"name":"b"}');
        expect((await byName.run()).meta.rows_read).toBe(1);
      },
    },
  ],
} satisfies Concept;
