import { describe, expect, it } from "vitest";
import { configuredPath, rest, rowsOf } from "./rest-client.ts";

interface RawResult {
  success: boolean;
  results: { columns: string[]; rows: unknown[][] };
  meta: Record<string, unknown>;
}

async function raw(body: unknown) {
  return rest<RawResult[]>("POST", `${configuredPath}/raw`, body);
}

/** Everything that D1 tells about the run of a statement. */
const completeMeta = {
  served_by: expect.any(String),
  served_by_primary: true,
  duration: expect.any(Number),
  timings: { sql_duration_ms: expect.any(Number) },
  changes: expect.any(Number),
  last_row_id: expect.any(Number),
  changed_db: expect.any(Boolean),
  size_after: expect.any(Number),
  rows_read: expect.any(Number),
  rows_written: expect.any(Number),
};

describe("POST .../d1/database/:database/raw", () => {
  it("gives rows as arrays beside their columns, repeated names too, and complete meta", async () => {
    const { status, answer } = await raw({ sql: "SELECT 1 AS a, 'x' AS a, x'01ff' AS b, NULL AS c" });
    expect(status).toBe(200);
    expect(answer.result).toEqual([
      {
        success: true,
        results: { columns: ["a", "a", "b", "c"], rows: [[1, "x", [1, 255], null]] },
        meta: completeMeta,
      },
    ]);
  });

  it("gives the columns of a statement without rows", async () => {
    const { answer } = await raw({ sql: "SELECT 1 AS a WHERE 0" });
    expect(answer.result[0]!.results).toEqual({ columns: ["a"], rows: [] });
  });

  it("runs several statements, and binds the parameters of one", async () => {
    const several = await raw({ sql: "SELECT 1; SELECT 2" });
    expect(several.answer.result.map(({ results }) => results.rows)).toEqual([[[1]], [[2]]]);
    const bound = await raw({ sql: "SELECT ?, ?", params: ["a", 2] });
    expect(bound.answer.result[0]!.results.rows).toEqual([["a", 2]]);
  });

  it("answers 7500 for an SQL error", async () => {
    const { status, answer } = await raw({ sql: "SELECT * FROM missing" });
    expect(status).toBe(400);
    expect(answer).toMatchObject({ success: false, result: [], errors: [{ code: 7500 }] });
  });
});

describe("{ batch }", () => {
  it.each(["query", "raw"])("of /%s is one transaction", async (route) => {
    const table = `batch_${route}`;
    await rowsOf("test-database", `CREATE TABLE ${table} (id INTEGER PRIMARY KEY, text TEXT UNIQUE)`);
    const run = (...texts: string[]) =>
      rest<unknown[]>("POST", `${configuredPath}/${route}`, {
        batch: texts.map((text) => ({ sql: `INSERT INTO ${table} (text) VALUES (?)`, params: [text] })),
      });

    const worked = await run("a", "b");
    expect(worked.answer.result).toEqual([
      expect.objectContaining({ success: true, meta: { ...completeMeta, changes: 1, last_row_id: 1 } }),
      expect.objectContaining({ success: true, meta: { ...completeMeta, changes: 1, last_row_id: 2 } }),
    ]);

    const failed = await run("c", "a", "d");
    expect(failed.status).toBe(400);
    expect(failed.answer.errors).toEqual([
      { code: 7500, message: expect.stringMatching(/^UNIQUE constraint failed/) },
    ]);
    expect(await rowsOf("test-database", `SELECT text FROM ${table}`)).toEqual([
      [{ text: "a" }, { text: "b" }],
    ]);
  });

  it("takes a statement without parameters", async () => {
    const { answer } = await raw({ batch: [{ sql: "SELECT 1" }, { sql: "SELECT ?", params: [2] }] });
    expect(answer.result.map(({ results }) => results.rows)).toEqual([[[1]], [[2]]]);
  });

  it.each([
    ["an empty batch", { batch: [] }, "'batch'"],
    ["a batch beside sql", { sql: "SELECT 1", batch: [{ sql: "SELECT 1" }] }, "'sql'"],
    ["a statement without sql", { batch: [{ sql: "SELECT 1" }, {}] }, "'batch[1].sql'"],
    ["params that are no array", { batch: [{ sql: "SELECT 1", params: 1 }] }, "'batch[0].params'"],
    ["a value that cannot be bound", { batch: [{ sql: "SELECT ?", params: [{}] }] }, "'batch[0].params[0]'"],
    ["a batch that is no array", { batch: { sql: "SELECT 1" } }, "'batch'"],
  ])("answers 7400 for %s, and names the property", async (_what, body, property) => {
    const { status, answer } = await raw(body);
    expect(status).toBe(400);
    expect(answer.errors).toEqual([{ code: 7400, message: expect.stringContaining(property) }]);
  });
});
