import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { post, send } from "./http-client.ts";

const path = `/client/v4/accounts/${env.ACCOUNT_ID}/d1/database/${env.DATABASE_ID}/query`;

interface RestAnswer {
  success: boolean;
  result: { success: boolean; results: unknown[]; meta: { duration: number; changes: number } }[];
  errors: { code: number; message: string }[];
  messages: string[];
}

async function query(body: unknown, at = path) {
  const response = await post(at, body);
  return { status: response.status, answer: await response.json<RestAnswer>() };
}

describe("POST .../d1/database/:database/query", () => {
  it("runs several statements as one transaction and gives the result of each", async () => {
    const { status, answer } = await query({
      sql: "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT);\nINSERT INTO note (text) VALUES ('a'), ('b');\nSELECT text FROM note;",
    });
    expect(status).toBe(200);
    expect(answer).toMatchObject({ success: true, errors: [], messages: [] });
    expect(answer.result).toHaveLength(3);
    expect(answer.result[1]).toMatchObject({ success: true, results: [], meta: { changes: 2 } });
    expect(answer.result[2]).toMatchObject({ success: true, results: [{ text: "a" }, { text: "b" }] });
    expect(answer.result[2]!.meta.duration).toBeTypeOf("number");
  });

  it("undoes all statements when one of them fails, and tells SQLite's words with 7500", async () => {
    const { status, answer } = await query({
      sql: "INSERT INTO note (text) VALUES ('c'); INSERT INTO missing VALUES (1);",
    });
    expect(status).toBe(400);
    expect(answer).toEqual({
      success: false,
      result: [],
      errors: [
        { code: 7500, message: expect.stringMatching(/^(?!D1_).*no such table: missing: SQLITE_ERROR$/) },
      ],
      messages: [],
    });
    expect((await query({ sql: "SELECT 1 FROM note WHERE text = 'c'" })).answer.result[0]!.results).toEqual(
      [],
    );
  });

  it("binds parameters", async () => {
    const { answer } = await query({ sql: "SELECT ? AS a, ? AS b, ? AS c", params: ["x'; --", null, true] });
    expect(answer.result).toMatchObject([{ success: true, results: [{ a: "x'; --", b: null, c: 1 }] }]);
  });

  it("finds the database by its name as well", async () => {
    const byName = path.replace(env.DATABASE_ID, env.DATABASE_NAME);
    expect((await query({ sql: "SELECT 1" }, byName)).answer.success).toBe(true);
  });

  it("answers 7404 for another database and 7403 for another account", async () => {
    const otherDatabase = await query({ sql: "SELECT 1" }, path.replace(env.DATABASE_ID, "other"));
    expect(otherDatabase).toMatchObject({
      status: 404,
      answer: { success: false, errors: [{ code: 7404 }] },
    });
    const otherAccount = await query({ sql: "SELECT 1" }, path.replace(env.ACCOUNT_ID, "other"));
    expect(otherAccount).toMatchObject({ status: 403, answer: { success: false, errors: [{ code: 7403 }] } });
  });

  it.each([
    ["no sql", {}],
    ["sql that is no string", { sql: 1 }],
    ["params that are no array", { sql: "SELECT 1", params: { a: 1 } }],
    ["a parameter that cannot be bound", { sql: "SELECT ?", params: [{ a: 1 }] }],
    ["an array as the body", ["SELECT 1"]],
    ["null as the body", null],
  ])("answers 7400 for %s", async (_what, body) => {
    const { status, answer } = await query(body);
    expect(status).toBe(400);
    expect(answer).toMatchObject({ success: false, result: [], errors: [{ code: 7400 }] });
  });

  it("answers 7500 for a wrong number of parameters and for BEGIN", async () => {
    expect((await query({ sql: "SELECT ?", params: [1, 2] })).answer.errors[0]!.code).toBe(7500);
    expect((await query({ sql: "BEGIN; SELECT 1; COMMIT" })).answer.errors[0]!.code).toBe(7500);
  });

  it("answers 7003 for a route that does not exist", async () => {
    const response = await send("/client/v4/zones");
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ success: false, errors: [{ code: 7003 }] });
  });
});
