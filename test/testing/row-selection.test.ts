import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { rawRows } from "../../src/database/raw-rows.ts";
import { rowSelector } from "../../src/testing/isolation/row-selection.ts";
import type { RunSql } from "../../src/testing/isolation/run-sql.ts";
import { readSelection } from "../../src/testing/isolation/stored-rows.ts";
import { readShape } from "../../src/testing/isolation/table-shape.ts";

const setup = `
  CREATE TABLE t (id INTEGER PRIMARY KEY, "where" TEXT, n INT, "a ""b""" TEXT);
  INSERT INTO t VALUES (1, 'x', 1, 'q'), (2, 'y', 2, 'q'), (3, 'where', 3, 'r'), (4, NULL, NULL, '?')`;

/** Statements, their parameters, and the rows that they are about; undefined where that is left to a dry run. */
const cases: [sql: string, params: unknown[], ids: number[] | undefined][] = [
  ["UPDATE t SET n = n + 1", [], [1, 2, 3, 4]],
  ["UPDATE t SET n = ? WHERE id = ?", [9, 2], [2]],
  ["UPDATE t SET n = ?2 WHERE n > ?1", [1, 9], [2, 3]],
  ['UPDATE t SET n = ?2, "where" = ?3 WHERE n = ?1 OR n = ? RETURNING *', [1, 9, "z", 3], [1, 3]],
  ["update t as u set n = 0 where u.n in (select n from t where t.n < ?)", [3], [1, 2]],
  ["UPDATE main.t SET n = (SELECT max(n) FROM t WHERE n < ?) WHERE n = ?", [3, 1], [1]],
  ["UPDATE t SET n = CASE WHEN n = 1 THEN 5 ELSE n END WHERE n < 3 -- WHERE n = 9", [], [1, 2]],
  ["UPDATE /* SET n = 1 WHERE */ t SET \"where\" = 'WHERE' WHERE \"where\" = 'where'", [], [3]],
  ["UPDATE t SET [a \"b\"] = '?' WHERE `where` = ?", ["x"], [1]],
  ["DELETE FROM t", [], [1, 2, 3, 4]],
  ["DELETE FROM t WHERE n IS NULL RETURNING id", [], [4]],
  ["DELETE FROM t AS u WHERE EXISTS (SELECT 1 FROM t WHERE t.n = u.n + 1)", [], [1, 2]],
  ['DELETE FROM t WHERE "a ""b""" = \'?\'', [], [4]],
  // The rows have other keys afterwards.
  ["UPDATE t SET id = id + 10 WHERE n = 1", [], undefined],
  ["UPDATE t SET (n, ROWID) = (1, 20) WHERE n = 1", [], undefined],
  ['UPDATE t SET "id" = 30 WHERE n = 1', [], undefined],
  ["UPDATE t SET \"where\" = '''' WHERE n = 1", [], undefined],
  // Other ways to say which rows.
  ["UPDATE t SET n = u.n FROM (SELECT 5 AS n) AS u WHERE t.n = 1", [], undefined],
  ["UPDATE OR IGNORE t SET n = 1 WHERE n = 2", [], undefined],
  ["WITH u AS (SELECT 1 AS n) DELETE FROM t WHERE n IN (SELECT n FROM u)", [], undefined],
  ["INSERT INTO t (n) VALUES (1)", [], undefined],
];

describe("The rows of an UPDATE or DELETE are found before it runs:", () => {
  for (const [sql, params, ids] of cases) {
    it(`${sql} is about ${ids ?? "what only a dry run tells"}`, async () => {
      const found = await runInDurableObject(env.DB.getByName(crypto.randomUUID()), (_, { storage }) => {
        const run: RunSql = (text, ...bound) => rawRows(storage.sql.exec(text, ...bound));
        storage.sql.exec(setup);
        const shape = readShape(run, "t")!;
        const selector = rowSelector(sql, shape);
        const rows = selector && readSelection(run, shape, selector.selection(params));
        const changed = storage.sql.exec(sql, ...params);
        changed.toArray();
        const [[changes] = [0]] = run<[number]>("SELECT changes()");
        return { ids: rows?.map(({ key }) => Number(key.text)), changes };
      });
      expect(found.ids).toEqual(ids);
      // SQLite itself agrees.
      if (ids !== undefined) expect(found.changes).toBe(ids.length);
    });
  }
});
