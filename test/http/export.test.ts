import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { send } from "./http-client.ts";
import { configuredPath, createDatabase, databasesPath, reading, rest, rowsOf } from "./rest-client.ts";
import { pathOf } from "./sql-file.ts";

interface ExportAnswer {
  success: boolean;
  type: string;
  status: "active" | "complete" | "error";
  at_bookmark: string;
  messages: string[];
  error?: string;
  result?: { filename: string; signed_url: string; bookmark: string; taken_at: string };
}

let uuid: string;

beforeAll(async () => {
  ({ uuid } = await createDatabase("exported"));
  await rowsOf(
    uuid,
    "CREATE TABLE a (x); CREATE TABLE b (y); INSERT INTO a VALUES ('it''s'); INSERT INTO b VALUES (2)",
  );
});

async function post(body: object, headers = {}) {
  const path = `${databasesPath}/${uuid}/export`;
  return rest<ExportAnswer>("POST", path, { output_format: "polling", ...body }, headers);
}

async function exportAll(body: object = {}, headers = {}): Promise<ExportAnswer> {
  let { result } = (await post(body, headers)).answer;
  while (result.status === "active") {
    result = (await post({ ...body, current_bookmark: result.at_bookmark }, headers)).answer.result;
  }
  return result;
}

async function download(answer: ExportAnswer): Promise<string> {
  const response = await send(pathOf(answer.result!.signed_url), { headers: { authorization: "" } });
  return new TextDecoder().decode(await response.bytes());
}

describe("POST .../export", () => {
  it("writes a dump, and gives a URL for it that needs no token", async () => {
    const answer = await exportAll();
    expect(answer).toEqual({
      success: true,
      type: "export",
      status: "complete",
      at_bookmark: expect.any(String),
      messages: expect.any(Array),
      result: {
        filename: "exported.sql",
        signed_url: expect.stringMatching(/^http:\/\/localhost\/files\//),
        bookmark: expect.any(String),
        taken_at: expect.any(String),
        tables: [
          { name: "a", rows: 1 },
          { name: "b", rows: 1 },
        ],
      },
    });
    const dump = await download(answer);
    expect(dump).toMatch(/CREATE TABLE a \(x\)/);
    expect(dump).toContain("'it''s'");
  });

  it("can be made with the read-only token", async () => {
    expect(await download(await exportAll({}, reading))).toContain("'it''s'");
  });

  it("leaves out what it is told to", async () => {
    const schema = await download(await exportAll({ dump_options: { no_data: true } }));
    expect(schema).toContain("CREATE TABLE");
    expect(schema).not.toContain("'it''s'");
    const rows = await download(await exportAll({ dump_options: { no_schema: true } }));
    expect(rows).toContain("'it''s'");
    expect(rows).not.toContain("CREATE TABLE");
    const table = await download(await exportAll({ dump_options: { tables: ["b"] } }));
    expect(table).toContain("CREATE TABLE b");
    expect(table).not.toContain("CREATE TABLE a");
  });

  it("fails for a table that there is not, and says so", async () => {
    const answer = await exportAll({ dump_options: { tables: ["a", "missing"] } });
    expect(answer).toMatchObject({ status: "error", error: expect.stringContaining("missing") });
    expect(answer.result).toBeUndefined();
  });

  it("stores each dump under a name of its own, below its database", async () => {
    await Promise.all([exportAll(), exportAll()]);
    const { objects } = await env.DUMPS.list({ prefix: `exports/${uuid}/` });
    expect(objects.length).toBeGreaterThanOrEqual(2);
    for (const { key } of objects) expect(key).toMatch(/^exports\/[\w-]{36}\/[\w-]{36}\.sql$/);
  });

  it.each([
    ["no format", {}, "output_format"],
    ["another format", { output_format: "file" }, "output_format"],
    [
      "nothing at all to dump",
      { output_format: "polling", dump_options: { no_schema: true, no_data: true } },
      "dump_options.no_data",
    ],
    [
      "tables that are no list",
      { output_format: "polling", dump_options: { tables: "a" } },
      "dump_options.tables",
    ],
    [
      "a table that is no name",
      { output_format: "polling", dump_options: { tables: [1] } },
      "dump_options.tables[0]",
    ],
    ["an empty bookmark", { output_format: "polling", current_bookmark: "" }, "current_bookmark"],
  ])("answers 7400 for %s, and names the property", async (_what, body, property) => {
    const { status, answer } = await rest("POST", `${configuredPath}/export`, body);
    expect(status).toBe(400);
    expect(answer.errors).toEqual([{ code: 7400, message: expect.stringContaining(`'${property}'`) }]);
  });

  it("answers 7400 for the poll of an unknown bookmark", async () => {
    const { status, answer } = await post({ current_bookmark: "unknown" });
    expect([status, answer.errors[0]!.code]).toEqual([400, 7400]);
  });
});
